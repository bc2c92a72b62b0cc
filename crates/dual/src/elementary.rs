//! The rules whose functions exist twice, one argument at a time and in lanes: written once over [`Functions`].
use std::f64::consts::LN_2;

use crate::functions::Functions;
use crate::rules::{Derivatives, OUTSIDE};

/// `e^x`
#[inline(always)]
pub(crate) fn exp<F: Functions>(x: f64, _order: usize) -> Derivatives {
    [F::exp(x); 4]
}

/// `e^x - 1`
#[inline(always)]
pub(crate) fn exp_m1<F: Functions>(x: f64, order: usize) -> Derivatives {
    let e = if order > 0 { F::exp(x) } else { 0.0 };
    [F::exp_m1(x), e, e, e]
}

/// `ln x`
#[inline(always)]
pub(crate) fn ln<F: Functions>(x: f64, _order: usize) -> Derivatives {
    // x + 0 turns -0 into 0: the limit is the one from inside the domain.
    let r = 1.0 / if x < 0.0 { f64::NAN } else { x + 0.0 };
    [F::ln(x), r, -r * r, 2.0 * r * r * r]
}

/// `ln(1 + x)`
#[inline(always)]
pub(crate) fn ln_1p<F: Functions>(x: f64, _order: usize) -> Derivatives {
    let r = 1.0 / if x < -1.0 { f64::NAN } else { 1.0 + x };
    [F::ln_1p(x), r, -r * r, 2.0 * r * r * r]
}

/// `ln(1 + e^x)`
#[inline(always)]
pub(crate) fn softplus<F: Functions>(x: f64, order: usize) -> Derivatives {
    let [d1, d2, d3, _] = sigmoid::<F>(x, order.saturating_sub(1));
    [x.max(0.0) + F::ln_1p_unit(F::exp(-x.abs())), d1, d2, d3]
}

/// `1 / (1 + e^-x)`
#[inline(always)]
pub(crate) fn sigmoid<F: Functions>(x: f64, order: usize) -> Derivatives {
    // e = exp(-|x|) <= 1 never overflows; both branches are the same function.
    let e = F::exp(-x.abs());
    let r = 1.0 / (1.0 + e);
    let value = if x >= 0.0 { r } else { e * r };
    let d1 = e * r * r;
    // 1 - 2 s = -sign(x) (1 - e) / (1 + e)
    let skew = if order > 1 { F::exp_m1(-x.abs()) * r * x.signum() } else { 0.0 };
    [value, d1, d1 * skew, d1 * (1.0 - 6.0 * d1)]
}

/// `ln(1 / (1 + e^-x)) = -ln(1 + e^-x)`
#[inline(always)]
pub(crate) fn ln_sigmoid<F: Functions>(x: f64, order: usize) -> Derivatives {
    let [f, d1, d2, d3] = softplus::<F>(-x, order);
    [-f, d1, -d2, d3]
}

/// `ln(p / (1 - p))`
#[inline(always)]
pub(crate) fn logit<F: Functions>(p: f64, _order: usize) -> Derivatives {
    let q = 1.0 - p;
    // Near 1/2 the quotient is near 1 and its logarithm would cancel: p / q = 1 + (2 p - 1) / q.
    let value = if (0.25..=0.75).contains(&p) { F::ln_1p((2.0 * p - 1.0) / q) } else { F::ln(p / q) };
    if !(0.0..=1.0).contains(&p) {
        return OUTSIDE;
    }
    let (rp, rq) = (1.0 / (p + 0.0), 1.0 / q);
    let d1 = rp * rq;
    [value, d1, (2.0 * p - 1.0) * d1 * d1, 2.0 * (rp * rp * rp + rq * rq * rq)]
}

/// `ln(1 - e^x)` for `x < 0`; Mächler, "Accurately computing log(1 - exp(-|a|))" (2012), equation 7, for the value.
#[inline(always)]
pub(crate) fn ln_1m_exp<F: Functions>(x: f64, _order: usize) -> Derivatives {
    if x > 0.0 {
        return OUTSIDE;
    }
    let value = if x > -LN_2 { F::ln(-F::exp_m1(x)) } else { F::ln_1p(-F::exp(x)) };
    let q = 1.0 / (F::exp_m1(-x) + 0.0); // e^x / (1 - e^x)
    let d2 = -q * (1.0 + q);
    [value, -q, d2, d2 * (1.0 + 2.0 * q)]
}

/// `ln Gamma(x)` for `x > 0`; its derivatives are the digamma, trigamma and tetragamma functions.
#[inline(always)]
pub(crate) fn ln_gamma<F: Functions>(x: f64, order: usize) -> Derivatives {
    F::ln_gamma(x, order)
}

/// `ln Gamma(x + k) - ln Gamma(x)` for `x > 0`
#[inline(always)]
pub(crate) fn ln_rising_factorial<F: Functions>(x: f64, k: u64, order: usize) -> Derivatives {
    F::ln_rising_factorial(x, k, order)
}

/// `1 - erf(x)`
#[inline(always)]
pub(crate) fn erfc<F: Functions>(x: f64, order: usize) -> Derivatives {
    F::erfc(x, order)
}

/// `x - ln(1 + x)` for `x >= -1`
#[inline(always)]
pub(crate) fn x_minus_ln_1p<F: Functions>(x: f64, _order: usize) -> Derivatives {
    if x < -1.0 {
        return OUTSIDE;
    }
    let r = 1.0 / (1.0 + x);
    [F::x_minus_ln_1p(x), if x.is_infinite() { 1.0 } else { x * r }, r * r, -2.0 * r * r * r]
}
