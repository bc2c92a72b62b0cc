//! Where numbers take their elementary and special functions from.
use std::fmt::Debug;

use crate::instructions::Baseline;
use crate::lanes::InLanes;
use crate::rules::{Derivatives, Derivatives2};
use crate::{recent, special};

/// The functions that exist twice: one argument at a time ([`Scalar`]), and without branches, so that a loop over rows
/// becomes vector code ([`InLanes`]). All others are made of them, or exist in the first form only.
///
/// Functions with an `order` return value and derivatives up to it, like those of [`rules`](crate::rules).
pub trait Functions: Copy + Debug + Send + Sync + 'static {
    /// Whether these are the functions without branches.
    const IN_LANES: bool;

    /// `e^x`
    fn exp(x: f64) -> f64;
    /// `e^x - 1`
    fn exp_m1(x: f64) -> f64;
    /// `ln x`
    fn ln(x: f64) -> f64;
    /// `ln(1 + x)`
    fn ln_1p(x: f64) -> f64;
    /// `ln(1 + x)` for `0 <= x <= 1`
    fn ln_1p_unit(x: f64) -> f64;
    /// `x - ln(1 + x)`
    fn x_minus_ln_1p(x: f64) -> f64;
    /// `ln Gamma(x)` for `x > 0`
    fn ln_gamma(x: f64, order: usize) -> Derivatives;
    /// `ln Gamma(x + k) - ln Gamma(x)` for `x > 0`
    fn ln_rising_factorial(x: f64, k: u64, order: usize) -> Derivatives;
    /// `ln B(x, y)` for `x, y > 0`
    fn ln_beta(x: f64, y: f64, order: usize) -> Derivatives2;
    /// `1 - erf(x)`
    fn erfc(x: f64, order: usize) -> Derivatives;
}

/// Arguments for which the function without branches is as exact as the general one: below, differences of polygamma functions cancel.
pub(crate) const LN_BETA: std::ops::Range<f64> = 0.02..1e100;

/// `ln B(x, y)` for arguments in [`LN_BETA`]: value and two derivatives without branches, faster than the general function and to the same
/// tolerances, the same whatever the order.
fn moderate_ln_beta(x: f64, y: f64, order: usize) -> Derivatives2 {
    recent!([x.to_bits(), y.to_bits(), order as u64] -> Derivatives2, {
        let f = InLanes::<Baseline>::ln_beta(x, y, order.min(2));
        let mut derivatives = if order < 3 { f } else { special::ln_beta(x, y, order) };
        derivatives[..6].copy_from_slice(&f[..6]);
        derivatives
    })
}

/// The functions of the standard library, of libm and of [`special`], which take one argument at a time.
#[derive(Clone, Copy, Debug)]
pub struct Scalar;

impl Functions for Scalar {
    const IN_LANES: bool = false;

    #[inline(always)]
    fn exp(x: f64) -> f64 {
        x.exp()
    }

    #[inline(always)]
    fn exp_m1(x: f64) -> f64 {
        x.exp_m1()
    }

    #[inline(always)]
    fn ln(x: f64) -> f64 {
        x.ln()
    }

    #[inline(always)]
    fn ln_1p(x: f64) -> f64 {
        x.ln_1p()
    }

    #[inline(always)]
    fn ln_1p_unit(x: f64) -> f64 {
        special::ln_1p_unit(x)
    }

    #[inline(always)]
    fn x_minus_ln_1p(x: f64) -> f64 {
        special::x_minus_ln_1p(x)
    }

    #[inline(always)]
    fn ln_gamma(x: f64, order: usize) -> Derivatives {
        let [d1, d2, d3, ..] = if order > 0 { special::polygamma(x, order) } else { [0.0; 5] };
        [special::ln_gamma(x), d1, d2, d3]
    }

    #[inline(always)]
    fn ln_rising_factorial(x: f64, k: u64, order: usize) -> Derivatives {
        special::ln_rising_factorial(x, k, order)
    }

    #[inline(always)]
    fn ln_beta(x: f64, y: f64, order: usize) -> Derivatives2 {
        if !(LN_BETA.contains(&x) && LN_BETA.contains(&y)) {
            return special::ln_beta(x, y, order);
        }
        moderate_ln_beta(x, y, order)
    }

    #[inline(always)]
    fn erfc(x: f64, order: usize) -> Derivatives {
        special::erfc(x, order)
    }
}
