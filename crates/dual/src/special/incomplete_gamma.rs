//! The regularised incomplete gamma functions on the log scale.
//!
//! Notation: `P(a, x) = 1/Gamma(a) integral of t^(a-1) e^-t dt` from 0 to `x`, `Q = 1 - P`. Everything is written once over
//! [`Real`]: series and integrals are evaluated on numbers with derivatives, so that derivatives in `a` and in `x` are those
//! of the formula itself.
//!
//! Whichever of `P` and `Q` is the smaller by and large is computed, the other follows by `ln(1 - e^y)`:
//!
//! - `x < a`, `a >= 10`, or `x >= max(a, 1)`: with `t = x e^s`, [`tail`], forty nodes whatever the arguments;
//! - `x < a`, `1 <= a < 10`: the power series [`series`], at most some sixty positive terms;
//! - `a < 1`, `x < 1`: the alternating series [`near_one`], which keeps `ln P = O(a)` exact for small `a`.
//!
//! Accuracy: the smaller of `P` and `Q` has an absolute error of its logarithm that is a few roundings of that logarithm; where
//! `P` is near 1 this is the relative error of `ln P = -Q - ...` (4e-14 at `ln Q = -104`), and likewise for `Q`. Derivatives of
//! `ln Q` for small `a` and `x < 1` are formed of `1 / ln P = O(1/a)`, in which the mixed ones cancel: measured relative errors
//! at `a = 4e-6` are 1e-11 for `d2/da dx` and 8e-7 for `d3/da2 dx`.
use std::f64::consts::TAU;

use super::polygamma;
use super::quadrature::{exp_m1_minus, integral, reach};
use super::stirling::{complement, complement_of_product, half_deviance, ln_gamma_1p, stirling_remainder};
use crate::Real;

/// From here on the lower function is an integral of forty nodes, below a series.
const LARGE: f64 = 10.0;

/// Stands for an `a` that is even smaller where `ln P / a` is wanted.
const TINY: f64 = 1e-30;

/// `ln P(a, x)` for `a > 0`, `x >= 0`, differentiable in both; NaN outside.
///
/// # Formula
/// `P(a, x) = x^a e^-x / Gamma(a + 1) (1 + x/(a + 1) + x^2/((a + 1)(a + 2)) + ...)`
///
/// # Example
/// ```
/// use maxlik_dual::special::ln_gamma_p;
/// let (a, x) = (2.5_f64, 0.3_f64);
/// let series = 1.0 + x / 3.5 * (1.0 + x / 4.5 * (1.0 + x / 5.5 * (1.0 + x / 6.5 * (1.0 + x / 7.5))));
/// let density = a * x.ln() - x - libm::lgamma(a + 1.0);
/// assert!((ln_gamma_p(a, x) - (density + series.ln())).abs() < 1e-7);
/// ```
///
/// # References
/// DLMF 8.7.1, 8.7.3; Loader (2000) for the density.
pub fn ln_gamma_p<T: Real>(a: T, x: T) -> T {
    // Intermediate results may be infinite, and a constant has no derivatives.
    if T::ORDER > 0 && a.is_constant() && x.is_constant() {
        return T::from(ln_gamma_p(a.value(), x.value()));
    }
    if let Some([p, _]) = edge(a, x) {
        return p;
    }
    if is_lower(a.value(), x.value()) {
        lower(a, x)
    } else if a.value() < 1.0 {
        complement_of_product(ln_upper_over_a(a, x), a)
    } else {
        complement(upper(a, x))
    }
}

/// `ln Q(a, x)` for `a > 0`, `x >= 0`, differentiable in both; NaN outside.
///
/// Where `P` underflows, `x < 1e-150`, second derivatives in `x` are those of intermediate results and may be infinite or
/// NaN.
///
/// # Formula
/// `Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1)`
///
/// # Example
/// ```
/// use maxlik_dual::special::ln_gamma_q;
/// let (a, x) = (2.5_f64, 4.3_f64);
/// let density = (a * x.ln() - x - libm::lgamma(a + 1.0)).exp();
/// assert!((ln_gamma_q(a + 1.0, x).exp() - ln_gamma_q(a, x).exp() - density).abs() < 1e-15);
/// ```
///
/// # References
/// DLMF 8.2.4, 8.8.6.
pub fn ln_gamma_q<T: Real>(a: T, x: T) -> T {
    // Intermediate results may be infinite, and a constant has no derivatives.
    if T::ORDER > 0 && a.is_constant() && x.is_constant() {
        return T::from(ln_gamma_q(a.value(), x.value()));
    }
    if let Some([_, q]) = edge(a, x) {
        return q;
    }
    if !is_lower(a.value(), x.value()) {
        upper(a, x)
    } else if a.value() < TINY {
        upper_tiny(a, x)
    } else {
        complement(lower(a, x))
    }
}

/// Where `ln P` is computed and `ln Q` follows.
fn is_lower(a: f64, x: f64) -> bool {
    x < a.max(1.0)
}

/// `[ln P, ln Q]` outside the domain and on its edges.
fn edge<T: Real>(a: T, x: T) -> Option<[T; 2]> {
    const INFINITE: f64 = f64::INFINITY;
    let (av, xv) = (a.value(), x.value());
    if !(av > 0.0 && xv >= 0.0) || (av == INFINITE && xv == INFINITE) {
        return Some([T::from(f64::NAN); 2]);
    }
    if av == INFINITE {
        return Some([T::from(-INFINITE), T::from(0.0)]);
    }
    if xv == 0.0 {
        // P ~ x^a / Gamma(a + 1)
        let [_, d2, d3, ..] = polygamma(av + 1.0, 3);
        let p = x.chain([-INFINITE, INFINITE, -INFINITE, INFINITE]) + a.chain([0.0, -INFINITE, -d2, -d3]);
        return Some([p, x.chain(upper_at_zero(av))]);
    }
    if xv == INFINITE {
        // Q ~ x^(a - 1) e^-x / Gamma(a)
        let [_, d2, d3, ..] = polygamma(av, 3);
        let q = x.chain([-INFINITE, -1.0, 0.0, 0.0]) + a.chain([0.0, INFINITE, -d2, -d3]);
        return Some([T::from(0.0), q]);
    }
    None
}

/// `ln Q` and its derivatives in `x` at `x = 0`: those of `-x^a / Gamma(a + 1)` where they do not vanish or are infinite;
/// at `a = 1` `ln Q = -x`, at `a = 2` `ln Q = ln(1 + x) - x`.
fn upper_at_zero(a: f64) -> [f64; 4] {
    if a == 1.0 {
        return [0.0, -1.0, 0.0, 0.0];
    }
    if a == 2.0 {
        return [0.0, 0.0, -1.0, 2.0];
    }
    let limit = |order: f64, falling: f64| match a {
        _ if a > order => 0.0,
        _ if a == order => -1.0,
        _ => -falling.signum() * f64::INFINITY,
    };
    [0.0, limit(1.0, a), limit(2.0, a * (a - 1.0)), limit(3.0, a * (a - 1.0) * (a - 2.0))]
}

/// `ln P` for `x < max(a, 1)`.
fn lower<T: Real>(a: T, x: T) -> T {
    if a.value() < 1.0 {
        a * x.ln() - ln_gamma_1p(a) + (a * near_one(a, x)).ln_1p()
    } else if a.value() < LARGE {
        // sqrt(2 pi a) from Stirling's formula for Gamma(a + 1)
        -half_deviance(a, x - a, || x.ln_ratio(a)) - stirling_remainder(a) + (series(a, x) / (a * TAU).sqrt()).ln()
    } else {
        ln_scaled(a, x, tail(a, x, -1.0))
    }
}

/// `ln Q` for `x >= max(a, 1)`.
fn upper<T: Real>(a: T, x: T) -> T {
    if a.value() < 1.0 { ln_upper_over_a(a, x) + a.ln() } else { ln_scaled(a, x, tail(a, x, 1.0)) }
}

/// `ln(Q / a)` for `a < 1 <= x`: `1 / Gamma(a) = a / Gamma(1 + a)`.
fn ln_upper_over_a<T: Real>(a: T, x: T) -> T {
    a * x.ln() - x - ln_gamma_1p(a) + tail(a, x, 1.0).ln()
}

/// `ln Q` for tiny `a` and `x < 1`: `ln P / a` then does not depend on `a`, and `1 - P = -ln P`.
fn upper_tiny<T: Real>(a: T, x: T) -> T {
    a.ln() + (lower(T::from(TINY), x) / -TINY).ln()
}

/// `ln(x^a e^-x / Gamma(a) f)` for `a >= 1`, Stirling's formula with the large terms cancelled.
fn ln_scaled<T: Real>(a: T, x: T, f: T) -> T {
    -half_deviance(a, x - a, || x.ln_ratio(a)) - stirling_remainder(a) + (a.sqrt() * f / TAU.sqrt()).ln()
}

/// `Gamma(a) e^x / x^a` times `Q` (`sign = 1`, `x >= a`) or `P` (`sign = -1`, `x <= a`): the integral of
/// `exp(a s - x (e^s - 1))` over the `s` of that sign, `t = x e^s` in the definition.
///
/// The exponent is `-(x - a) s - x (e^s - 1 - s)`: two terms of one sign, linear in `a` and `x`.
fn tail<T: Real>(a: T, x: T, sign: f64) -> T {
    let slope = (x - a) * sign;
    let (xv, k) = (x.value(), slope.value());
    let bend = |s: f64| exp_m1_minus(sign * s);
    let reach = reach(k, xv.sqrt(), |s| [k * s + xv * bend(s), k + xv * sign * (sign * s).exp_m1()]);
    integral(reach, |s| slope * s + x * bend(s))
}

/// `1 + x/(a + 1) + x^2/((a + 1)(a + 2)) + ...`; DLMF 8.7.1.
fn series<T: Real>(a: T, x: T) -> T {
    let (mut sum, mut term, mut denominator) = (T::from(1.0), T::from(1.0), a);
    // Derivatives of the terms fall like the terms, times powers of the logarithm of their number.
    while term.value() > 1e-22 * sum.value() {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
    }
    sum
}

/// `s` in `P(a, x) = x^a / Gamma(a + 1) (1 + a s)`: `s = -x/(a + 1) + x^2/(2! (a + 2)) - ...`; DLMF 8.7.3.
fn near_one<T: Real>(a: T, x: T) -> T {
    let (mut sum, mut power) = (T::from(0.0), T::from(1.0));
    for n in 1..=24 {
        power *= x * (-1.0 / f64::from(n));
        sum += power / (a + f64::from(n));
    }
    sum
}
