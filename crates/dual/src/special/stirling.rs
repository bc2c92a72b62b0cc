//! What the incomplete gamma and beta functions share: Stirling's remainder, the deviance, and ratios of gamma functions,
//! none of which cancels, and the step from one tail to the other.
use super::ln_gamma::stirling;
use super::{polygamma, x_minus_ln_1p};
use crate::Real;
use crate::rules::Derivatives;

/// `R(x) = ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2` and its derivatives, for `x >= 1`.
///
/// The series of Abramowitz & Stegun 6.1.40 from 16 on. Below, upwards by
/// `R(x) - R(x + 1) = (x + 1/2) ln(1 + 1/x) - 1 = s^2/3 + s^4/5 + ...`, `s = 1 / (2x + 1)`, and derivatives from those of
/// `ln Gamma`, which do not cancel seriously there.
pub(super) fn remainder<T: Real>(x: T) -> T {
    x.chain(remainder_rule(x.value(), T::ORDER))
}

fn remainder_rule(x: f64, order: usize) -> Derivatives {
    let r = 1.0 / x;
    if x >= 16.0 {
        let r2 = r * r;
        let series = |c: [f64; 6]| c.iter().rev().fold(0.0, |t, c| t * r2 + c);
        let mut derivatives = [stirling(x), 0.0, 0.0, 0.0];
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
    [value + stirling(y), psi - x.ln() + 0.5 * r, psi1 - r - 0.5 * r2, psi2 + r2 + r2 * r]
}

/// `m - a - a ln(m / a) >= 0` for positive `m` and `a`: half the deviance of a Poisson mean `m` from a count `a`.
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), equation 3.
pub(super) fn deviance<T: Real>(m: T, a: T) -> T {
    let (mv, av) = (m.value(), a.value());
    let difference = mv - av;
    let v = difference / av;
    if v.abs() < 0.5 {
        let (rm, ra, q) = (1.0 / mv, 1.0 / av, av / mv);
        let value = av * x_minus_ln_1p(v);
        m.chain2(a, [value, difference * rm, -v.ln_1p(), q * rm, -rm, ra, -2.0 * q * rm * rm, rm * rm, 0.0, -ra * ra])
    } else {
        m - a - a * m.ln_ratio(a)
    }
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
