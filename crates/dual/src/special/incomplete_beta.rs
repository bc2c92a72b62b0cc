//! The regularised incomplete beta function on the log scale.
//!
//! Notation: `I_x(a, b) = 1/B(a, b) integral of t^(a-1) (1-t)^(b-1) dt` from 0 to `x`, `y = 1 - x`, `n = a + b`, `lambda =
//! a y - b x`. Everything is written once over [`Real`]: series, the continued fraction and integrals are evaluated on
//! numbers with derivatives, so that derivatives in `x`, `a` and `b` are those of the formula itself.
//!
//! By `I_x(a, b) = 1 - I_y(b, a)` it is enough to look at `x` below the mean `a / n`, that is `lambda >= 0`. There
//!
//! - `b < 1`, `a y < 1`, `x > 1/2`: the complement by [`near_one`], a series that keeps `ln(1 - I) = O(b)` exact for small `b`;
//! - `a < 1`: `I` itself by the same series;
//! - `1 <= a < 10`: the continued fraction [`fraction`];
//! - `a >= 10`: the integral [`tail`] of forty nodes, whatever the arguments.
//!
//! Accuracy is that of the incomplete gamma functions: where `I` is near 1 the relative error of `ln I` is some roundings of
//! `ln(1 - I)`, and third mixed derivatives cancel for a small exponent (measured: 2e-9 at `a = 0.0013`, second ones 5e-13).
use std::f64::consts::TAU;

use super::quadrature::{exp_m1_minus, integral, reach};
use super::stirling::{complement, complement_of_product, ln_gamma_1p, ln_gamma_increase, stirling_remainder};
use super::x_minus_ln_1p;
use crate::Real;

/// From here on the integral takes the place of the continued fraction.
const LARGE: f64 = 10.0;

/// Stands for an exponent `a` that is even smaller where `ln I / a` is wanted, which then does not depend on `a`.
const TINY: f64 = 1e-30;

/// `ln I_x(a, b)` for `0 <= x <= 1` and positive `a` and `b`, differentiable in all three; NaN outside.
///
/// Near `x = 1` what is known of `1 - x` decides: see [`ln_beta_inc_with`].
///
/// # Formula
/// `I_x(a, b) = 1/B(a, b) integral of t^(a-1) (1-t)^(b-1) dt` from 0 to `x`
///
/// # Example
/// ```
/// use maxlik_dual::special::ln_beta_inc;
/// // I_x(a, 1) = x^a
/// assert!((ln_beta_inc(0.3, 2.5, 1.0) - 2.5 * 0.3_f64.ln()).abs() < 2e-15);
/// // I_x(2, 2) = x^2 (3 - 2 x)
/// assert!((ln_beta_inc(0.7, 2.0, 2.0) - (0.49_f64 * 1.6).ln()).abs() < 2e-16);
/// ```
///
/// # References
/// DLMF 8.17.1, 8.17.2.
pub fn ln_beta_inc<T: Real>(x: T, a: T, b: T) -> T {
    ln_beta_inc_with(x, -x + 1.0, a, b)
}

/// `ln(1 - I_x(a, b)) = ln I_(1 - x)(b, a)`, without the cancellation of that difference where `I` is near 1.
///
/// # Example
/// ```
/// use maxlik_dual::special::ln_beta_inc_complement;
/// // 1 - I_x(1, b) = (1 - x)^b
/// assert!((ln_beta_inc_complement(1e-20, 1.0, 2.5) / -2.5e-20 - 1.0).abs() < 1e-15);
/// ```
///
/// # References
/// DLMF 8.17.4.
pub fn ln_beta_inc_complement<T: Real>(x: T, a: T, b: T) -> T {
    ln_beta_inc_with(-x + 1.0, x, b, a)
}

/// [`ln_beta_inc`] where the caller knows both `x` and `y = 1 - x`: the smaller of the two carries the information and is
/// taken as exact. For the complement exchange `x` with `y` and `a` with `b`.
///
/// The tail of Student's `t` with `m` degrees of freedom, `P(|T| > t) = I_x(m/2, 1/2)` with `x = m / (m + t^2)`, has full
/// relative precision for large and for small `t` with `y = t^2 / (m + t^2)`.
///
/// Where `I` or `1 - I` underflows, second derivatives may be those of intermediate results, infinite or NaN.
///
/// # Example
/// ```
/// use maxlik_dual::special::ln_beta_inc_with;
/// // One degree of freedom, Cauchy's distribution: P(|T| <= t) = 2 atan(t) / pi = I_y(1/2, 1/2).
/// let t = 1e-20_f64;
/// let (x, y) = (1.0 / (1.0 + t * t), t * t / (1.0 + t * t));
/// let expected = (2.0 * t.atan() / std::f64::consts::PI).ln();
/// assert!((ln_beta_inc_with(y, x, 0.5, 0.5) / expected - 1.0).abs() < 1e-15);
/// ```
pub fn ln_beta_inc_with<T: Real>(x: T, one_minus_x: T, a: T, b: T) -> T {
    let y = one_minus_x;
    // Intermediate results may be infinite, and a constant has no derivatives.
    if T::ORDER > 0 && [x, y, a, b].into_iter().all(T::is_constant) {
        return T::from(ln_beta_inc_with(x.value(), y.value(), a.value(), b.value()));
    }
    if let Some(edge) = edge(x, y, a, b) {
        return edge;
    }
    let lambda = difference(x.value(), y.value(), a.value(), b.value());
    if lambda >= 0.0 { lower(x, y, a, b, lambda) } else { upper(y, x, b, a, -lambda) }
}

/// `ln I` outside the domain and on its edges.
fn edge<T: Real>(x: T, y: T, a: T, b: T) -> Option<T> {
    const INFINITE: f64 = f64::INFINITY;
    let (xv, yv, av, bv) = (x.value(), y.value(), a.value(), b.value());
    if !(xv >= 0.0 && yv >= 0.0 && xv <= 1.0 && yv <= 1.0 && av > 0.0 && bv > 0.0) || av == bv && av == INFINITE {
        return Some(T::from(f64::NAN));
    }
    if av == INFINITE || bv == INFINITE {
        let one = if av == INFINITE { yv == 0.0 } else { xv > 0.0 };
        return Some(T::from(if one { 0.0 } else { -INFINITE }));
    }
    if xv == 0.0 {
        // I ~ x^a / (a B(a, b))
        let constant = ln_gamma_increase(b, a) - ln_gamma_1p(a);
        let slopes = x.chain([-INFINITE, INFINITE, -INFINITE, INFINITE]) + a.chain([0.0, -INFINITE, 0.0, 0.0]);
        return Some((constant + slopes).with_value(-INFINITE));
    }
    if yv == 0.0 {
        return Some(if bv == 1.0 { a * (-y).ln_1p() } else { y.chain(complement_at_zero(bv, av)) });
    }
    None
}

/// `ln(1 - I)` and its derivatives in `x` at `x = 0`: those of `-x^a / (a B(a, b))` where they do not vanish or are infinite;
/// at `a = 2` the next term of the series counts too.
fn complement_at_zero(a: f64, b: f64) -> [f64; 4] {
    let rising = [b, b * (b + 1.0), b * (b + 1.0) * (b + 2.0)];
    let limit = |order: f64, falling: f64, integer: f64| match a {
        _ if a > order => 0.0,
        _ if a == order => -integer,
        _ => -falling.signum() * f64::INFINITY,
    };
    let d1 = limit(1.0, a, rising[0]);
    let d2 = limit(2.0, a * (a - 1.0), rising[1]);
    let d3 = if a == 2.0 { 2.0 * rising[1] * (b - 1.0) } else { limit(3.0, a * (a - 1.0) * (a - 2.0), rising[2]) };
    [0.0, d1, d2, d3]
}

/// `lambda = a y - b x`, exact to rounding: each product's rounding is taken back, and that of the larger of `x` and `y`.
fn difference(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let (p, q) = (a * y, b * x);
    let products = a.mul_add(y, -p) - b.mul_add(x, -q);
    let rest = if x <= 0.5 { a * ((1.0 - y) - x) } else { -b * ((1.0 - x) - y) };
    (p - q) + (products + rest)
}

/// `ln I` for `lambda >= 0`.
fn lower<T: Real>(x: T, y: T, a: T, b: T, lambda: f64) -> T {
    if is_complement_series(x, y, a, b) {
        one_minus(y, b, a)
    } else if a.value() < 1.0 {
        near_one(x, a, b)
    } else if b.value() < 1.0 {
        ln_over_b(x, y, a, b, lambda) + b.ln()
    } else {
        direct(x, y, a, b, lambda)
    }
}

/// `ln(1 - I)` for `lambda >= 0`.
fn upper<T: Real>(x: T, y: T, a: T, b: T, lambda: f64) -> T {
    if is_complement_series(x, y, a, b) {
        near_one(y, b, a)
    } else if a.value() < 1.0 {
        one_minus(x, a, b)
    } else if b.value() < 1.0 {
        complement_of_product(ln_over_b(x, y, a, b, lambda), b)
    } else {
        complement(direct(x, y, a, b, lambda))
    }
}

fn is_complement_series<T: Real>(x: T, y: T, a: T, b: T) -> bool {
    b.value() < 1.0 && a.value() * y.value() < 1.0 && x.value() > 0.5
}

/// `B(a, b) I / (x^a y^b)` for `a >= 1`.
fn over_density<T: Real>(x: T, y: T, a: T, b: T, lambda: f64) -> T {
    let lambda = (a * y - b * x).with_value(lambda);
    if a.value() < LARGE { fraction(x, y, a, b, lambda) } else { tail(x, y, a + b, lambda) }
}

/// `ln(I / b)` for `a >= 1`, `b < 1`: `1 / B(a, b) = b Gamma(a + b) / Gamma(a) / Gamma(1 + b)`.
fn ln_over_b<T: Real>(x: T, y: T, a: T, b: T, lambda: f64) -> T {
    let ln_x = if x.value() > 0.5 { (-y).ln_1p() } else { x.ln() };
    a * ln_x + b * y.ln() + ln_gamma_increase(a, b) - ln_gamma_1p(b) + over_density(x, y, a, b, lambda).ln()
}

/// `ln I` for `a, b >= 1`, by Stirling's formula for `B(a, b)`.
fn direct<T: Real>(x: T, y: T, a: T, b: T, lambda: f64) -> T {
    let n = a + b;
    let ratio = over_density(x, y, a, b, lambda);
    stirling_remainder(n) - stirling_remainder(a) - stirling_remainder(b)
        + deviance(x, y, a, b, lambda)
        + ((a / n * b / TAU).sqrt() * ratio).ln()
}

/// `f = a ln(n x / a) + b ln(n y / b) <= 0`, minus half a binomial deviance; Loader (2000), equation 4.
///
/// Near the mean the two terms cancel to first order. Exact derivatives in place of those of the formula: `f_x = lambda / (x
/// y)`, `f_a = ln(n x / a)`, `f_aa = -b / (n a)`, `f_ab = 1 / n`; `f` is the sum of its part that varies with `x` alone, of
/// that with `a` and `b` alone, and of the mixed rest, which is linear in `a` and in `b`.
fn deviance<T: Real>(x: T, y: T, a: T, b: T, lambda: f64) -> T {
    let (xv, yv, av, bv) = (x.value(), y.value(), a.value(), b.value());
    let n = av + bv;
    // d - c ln(1 + d / c), and that logarithm
    let part = |mean: f64, c: f64, d: f64| {
        let v = d / c;
        if v.abs() < 0.5 { (c * x_minus_ln_1p(v), v.ln_1p()) } else { (d - c * mean.ln_ratio(c), mean.ln_ratio(c)) }
    };
    let (deviance_a, ln_a) = part(n * xv, av, -lambda);
    let (deviance_b, ln_b) = part(n * yv, bv, lambda);
    let (rx, ry) = (1.0 / xv, 1.0 / yv);
    let at_fixed_exponents = x.chain([
        -(deviance_a + deviance_b),
        lambda * rx * ry,
        -(av * rx * rx + bv * ry * ry),
        2.0 * (av * rx * rx * rx - bv * ry * ry * ry),
    ]);
    let (ra, rb, rn) = (1.0 / av, 1.0 / bv, 1.0 / n);
    let (pa, pb) = (av / n, bv / n);
    let at_fixed_x = a.chain2(
        b,
        [
            0.0,
            0.0,
            0.0,
            -pb * ra,
            rn,
            -pa * rb,
            pb * (1.0 + pa) * ra * ra,
            -rn * rn,
            -rn * rn,
            pa * (1.0 + pb) * rb * rb,
        ],
    );
    let mixed = a.with_value(0.0) * x.ln().with_value(ln_a) + b.with_value(0.0) * y.ln().with_value(ln_b);
    at_fixed_exponents + at_fixed_x + mixed
}

/// `B(a, b) I / (x^a y^b)`, the integral of `exp(-a s - n ln(1 - x h))` over `s > 0` with `h = 1 - e^-s`: the log-odds of `t`
/// in the definition are those of `x` less `s`.
///
/// Of the exponent, `-lambda s` is split off; the rest is `-n (x (s - h) - D(-x h)) = -n (y (e - s) - D(y e))` with
/// `e = e^s - 1` and `D(z) = z - ln(1 + z)`, of which the first loses no digits for `x <= 1/2`, the second beyond.
fn tail<T: Real>(x: T, y: T, n: T, lambda: T) -> T {
    let (xv, yv, nv, k) = (x.value(), y.value(), n.value(), lambda.value());
    let bend = |s: f64| {
        if xv <= 0.5 {
            let h = (-s).exp_m1();
            nv * (xv * exp_m1_minus(-s) - x_minus_ln_1p(xv * h))
        } else {
            nv * (yv * exp_m1_minus(s) - x_minus_ln_1p(yv * s.exp_m1()))
        }
    };
    let slope = |s: f64| nv * xv * yv * -(-s).exp_m1() / (yv + xv * (-s).exp());
    let reach = reach(k, (nv * xv).sqrt() * yv.sqrt(), |s| [k * s + bend(s), k + slope(s)]);
    integral(reach, |s| {
        let bend = if xv <= 0.5 {
            x * exp_m1_minus(-s) - (x * (-s).exp_m1()).x_minus_ln_1p()
        } else {
            y * exp_m1_minus(s) - (y * s.exp_m1()).x_minus_ln_1p()
        };
        lambda * s + n * bend
    })
}

/// `B(a, b) I / (x^a y^b)` for `1 <= a < 10` as a continued fraction, from the last term backwards.
///
/// # References
/// Didonato and Morris, "Algorithm 708: significant digit computation of the incomplete beta function ratios" (1992),
/// section 3; it is the even part of DLMF 8.17.22.
fn fraction<T: Real>(x: T, y: T, a: T, b: T, lambda: T) -> T {
    // Measured over 1 <= a < 10 and 1e-6 < b < 1e7, 24 digits of the value: 17 terms and 39; the rest is for the derivatives.
    let terms = if x.value() <= 0.5 { 20 } else { 42 };
    let n = a + b;
    let mut rest = T::from(0.0);
    for k in (1..=terms).rev() {
        let k = f64::from(k);
        let r = T::from(1.0) / (a + (2.0 * k - 1.0));
        let odd = (b - k) * x * r * k;
        let denominator = odd + k + (a + k) / (a + (2.0 * k + 1.0)) * (lambda + 1.0 + (y + 1.0) * k);
        let numerator = odd * (a + (k - 1.0)) * r * ((n + (k - 1.0)) * x);
        rest = numerator / (denominator + rest);
    }
    T::from(1.0) / (a / (a + 1.0) * (lambda + 1.0) + rest)
}

/// `ln I` for `a < 1`, `b x < 1`, `x <= 1/2`: `I = x^a / (a B(a, b)) (1 + a s)` with
/// `s = (1 - b) x / (a + 1) + (1 - b)(2 - b) x^2 / (2! (a + 2)) + ...`; DLMF 8.17.7.
fn near_one<T: Real>(x: T, a: T, b: T) -> T {
    let (mut sum, mut term, mut bound) = (T::from(0.0), T::from(1.0), 1.0);
    for k in 1..=90 {
        let k = f64::from(k);
        term *= (-b + k) * x / k;
        sum += term / (a + k);
        // Terms vanish for integer b, their derivatives do not.
        bound *= ((k - b.value()).abs() + 1.0) * x.value() / k;
        if bound < 1e-22 {
            break;
        }
    }
    a * x.ln() + (ln_gamma_increase(b, a) - ln_gamma_1p(a)) + (a * sum).ln_1p()
}

/// `ln(1 - I)` where [`near_one`] is `ln I`.
fn one_minus<T: Real>(x: T, a: T, b: T) -> T {
    if a.value() < TINY && b.value() > 1e-10 {
        a.ln() + (near_one(x, T::from(TINY), b) / -TINY).ln()
    } else {
        complement(near_one(x, a, b))
    }
}
