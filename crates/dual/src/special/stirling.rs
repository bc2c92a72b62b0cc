//! Parts of gamma and beta densities and distribution functions that do not cancel: Stirling's remainder, the deviance and
//! ratios of gamma functions; and the step from one tail to the other.
use super::ln_gamma::large_stirling_remainder;
use super::polygamma;
use crate::Real;
use crate::recent;
use crate::rules::Derivatives;

/// `R(x) = ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2`, what Stirling's formula leaves of `ln Gamma`, for `x > 0`.
///
/// The series of Abramowitz & Stegun 6.1.40 from 16 on. From 1 on, upwards by
/// `R(x) - R(x + 1) = (x + 1/2) ln(1 + 1/x) - 1 = s^2/3 + s^4/5 + ...`, `s = 1 / (2x + 1)`, and derivatives from those of
/// `ln Gamma`, which cancel to at worst 7e-13, just below 16; below 1 the definition itself, whose value is within 10 ulp
/// (both measured).
///
/// ```
/// use maxlik_dual::special::{ln_gamma, stirling_remainder};
/// let x = 2.5_f64;
/// let rest = ln_gamma(x) - 2.0 * x.ln() + x - 0.5 * std::f64::consts::TAU.ln();
/// assert!((stirling_remainder(x) - rest).abs() < 1e-15);
/// assert!((stirling_remainder(1e9) * 12e9 - 1.0).abs() < 1e-15); // 1 / (12 x) for large x
/// ```
#[inline]
pub fn stirling_remainder<T: Real>(x: T) -> T {
    if x.value() < 1.0 {
        return x.ln_gamma() - (x - 0.5) * x.ln() + x - 0.5 * std::f64::consts::TAU.ln();
    }
    let (x0, order) = (x.value(), T::ORDER);
    x.chain(recent!([x0.to_bits(), order as u64] -> Derivatives, remainder_rule(x0, order)))
}

fn remainder_rule(x: f64, order: usize) -> Derivatives {
    let r = 1.0 / x;
    if x >= 16.0 {
        let r2 = r * r;
        let series = |c: [f64; 6]| c.iter().rev().fold(0.0, |t, c| t * r2 + c);
        let mut derivatives = [large_stirling_remainder(x), 0.0, 0.0, 0.0];
        if order > 0 {
            derivatives[1] =
                r2 * series([-1.0 / 12.0, 1.0 / 120.0, -1.0 / 252.0, 1.0 / 240.0, -1.0 / 132.0, 691.0 / 32760.0]);
            derivatives[2] =
                r2 * r * series([1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0]);
            derivatives[3] = r2 * r2 * series([-0.5, 1.0 / 6.0, -1.0 / 6.0, 0.3, -5.0 / 6.0, 691.0 / 210.0]);
        }
        return derivatives;
    }
    let mut value = 0.0;
    let mut y = x;
    while y < 16.0 {
        let s = 1.0 / (2.0 * y + 1.0);
        let square = s * s;
        value += (1..=17).rev().fold(0.0, |t, j| (t + 1.0 / f64::from(2 * j + 1)) * square);
        y += 1.0;
    }
    let [psi, psi1, psi2, ..] = if order > 0 { polygamma(x, order) } else { [0.0; 5] };
    let r2 = r * r;
    [value + large_stirling_remainder(y), psi - x.ln() + 0.5 * r, psi1 - r - 0.5 * r2, psi2 + r2 + r2 * r]
}

/// `m - x - x ln(m / x) >= 0` for positive `m` and `x`, half the deviance of a Poisson mean `m` from a count `x`, from the best
/// value known of `difference = m - x`; `ln_ratio` gives `ln(m / x)` where the two are far apart.
///
/// ```
/// use maxlik_dual::special::half_deviance;
/// let (m, x) = (2.5_f64, 4.0_f64);
/// assert!((half_deviance(x, m - x, || (m / x).ln()) - (-1.5 + 4.0 * 1.6_f64.ln())).abs() < 1e-15);
/// // (m - x)^2 / (2 x) where they are near each other
/// assert!((half_deviance(1e10, 3.0, || f64::NAN) / 4.5e-10 - 1.0).abs() < 1e-9);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), equation 3.
#[inline(always)]
pub fn half_deviance<T: Real>(x: T, difference: T, ln_ratio: impl FnOnce() -> T) -> T {
    let v = difference / x;
    if v.value().abs() < 0.5 { x * v.x_minus_ln_1p() } else { difference - x * ln_ratio() }
}

/// `ln Gamma(b + a) - ln Gamma(b)` for `b > 0`, `a >= 0`, to its own relative precision also for small `a`.
///
/// From `b = 16` on the two Stirling formulas are subtracted term by term; below, upwards by
/// `Gamma(b + a) / Gamma(b) = Gamma(b + 1 + a) / Gamma(b + 1) / (1 + a / b)`.
pub(super) fn ln_gamma_increase<T: Real>(b: T, a: T) -> T {
    let mut low = b;
    let mut result = T::from(0.0);
    if b.value() < 16.0 {
        // The first factor may be huge.
        result -= if a.value() < b.value() { (a / b).ln_1p() } else { (a + b).ln_ratio(b) };
        let mut excess = T::from(0.0); // the product of the other factors, minus 1
        low = b + 1.0;
        while low.value() < 16.0 {
            let part = a / low;
            excess += part * (excess + 1.0);
            low += 1.0;
        }
        result -= excess.ln_1p();
    }
    let high = low + a;
    let ratio = a / low;
    let log = if ratio.value() < 1.0 { ratio.ln_1p() } else { high.ln_ratio(low) };
    // c(1/high) - c(1/low), c(r) = r/12 - r^3/360 + ...: (1/high - 1/low) times the divided difference, by Horner's scheme.
    let (r, s) = (T::from(1.0) / high, T::from(1.0) / low);
    let c = [
        0.0,
        1.0 / 12.0,
        0.0,
        -1.0 / 360.0,
        0.0,
        1.0 / 1260.0,
        0.0,
        -1.0 / 1680.0,
        0.0,
        1.0 / 1188.0,
        0.0,
        -691.0 / 360_360.0,
    ];
    let (mut polynomial, mut divided) = (T::from(0.0), T::from(0.0));
    for &c in c.iter().rev() {
        divided = divided * s + polynomial;
        polynomial = polynomial * r + c;
    }
    result + (low - 0.5) * log + a * (high.ln() - 1.0) - ratio * r * divided
}

/// `ln Gamma(1 + a)` for `a > 0`, to its own relative precision also for small `a`.
pub(super) fn ln_gamma_1p<T: Real>(a: T) -> T {
    let exact = (a + 1.0).ln_gamma();
    if a.value() > 0.25 { exact } else { exact.with_value(ln_gamma_increase(1.0, a.value())) }
}

/// Where `e^z` may count as zero with all its derivatives: three derivatives of a power of `x` by `x >= 1e-308` gain less than
/// `e^2200`, whereas `z` itself may have infinite ones.
const NOTHING: f64 = -3000.0;

/// `ln(1 - e^z)`.
pub(super) fn complement<T: Real>(z: T) -> T {
    if z.value() < NOTHING { T::from(0.0) } else { z.ln_1m_exp() }
}

/// `ln(1 - a e^z)`, where `z + ln a` would bring in the derivatives of `ln a`, which are large for small `a` and cancel.
pub(super) fn complement_of_product<T: Real>(z: T, a: T) -> T {
    if z.value() < NOTHING { T::from(0.0) } else { (-z.exp() * a).ln_1p() }
}
