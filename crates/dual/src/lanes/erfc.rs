//! The complement of the error function, without branches.
//!
//! For `x >= 0`: `erfc(x) = e^(-x^2) E(u) / (1 + 2x)` with `u = (x - K) / (x + K)`, a function that is smooth up to infinity, where
//! `u = 1`; below 0, `erfc(x) = 2 - erfc(-x)`.
//!
//! # References
//! Shepherd & Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity" (1981), for the form and
//! `K`; the coefficients are our own.
use std::f64::consts::FRAC_2_SQRT_PI;

use crate::instructions::Instructions;
use crate::lanes::exp::exp;
use crate::rules::Derivatives;

const K: f64 = 3.75;

/// `E`, by Chebyshev approximation, error 2.4e-18; the highest coefficient first.
const E: [f64; 26] = [
    -3.798_064_723_590_028_6e-11,
    4.243_303_825_109_675_8e-10,
    5.485_084_520_083_625e-10,
    -5.169_080_644_815_931e-9,
    -4.396_921_916_762_903e-9,
    3.866_242_066_283_792e-8,
    2.430_183_948_450_308_4e-8,
    -2.586_489_910_718_322e-7,
    -5.827_501_862_768_691e-8,
    1.751_618_940_694_367_7e-6,
    -9.728_413_451_815_078e-7,
    -0.000_011_444_134_389_658_475,
    0.000_022_383_908_276_600_38,
    0.000_051_649_093_885_821_706,
    -0.000_290_153_978_137_838_4,
    0.000_293_713_666_984_613_1,
    0.001_755_625_832_191_535_6,
    -0.009_746_579_558_275_151,
    0.028_362_277_421_543_98,
    -0.058_693_398_589_611_16,
    0.092_304_321_160_196_38,
    -0.108_803_930_141_750_24,
    0.082_276_738_490_151_09,
    0.003_585_415_485_464_458_5,
    -0.140_240_598_585_547_02,
    1.237_512_630_837_827_6,
];

/// `e^(-x^2)`: the rounding of the square is taken back, which the exponential would magnify.
#[inline(always)]
fn gaussian<I: Instructions>(x: f64) -> f64 {
    let square = x * x;
    let value = exp::<I>(-square);
    // Where the exponential vanishes the rounding need not exist.
    if value > 0.0 { value * (1.0 - I::product_rounding(x, x, square)) } else { value }
}

/// `1 - erf(x)`, its first two derivatives up to `order`.
#[inline(always)]
pub(super) fn erfc<I: Instructions>(x: f64, order: usize) -> Derivatives {
    let distance = x.abs();
    let gaussian = gaussian::<I>(x);
    let u = if distance > 1e17 { 1.0 } else { (distance - K) / (distance + K) };
    let e = E[1..].iter().fold(E[0], |e, &c| I::mul_add(e, u, c));
    let tail = gaussian * e / (1.0 + 2.0 * distance);
    let value = if x < 0.0 { 2.0 - tail } else { tail };
    let mut derivatives = [if x.is_nan() { x } else { value }, 0.0, 0.0, 0.0];
    if order > 0 {
        derivatives[1] = -FRAC_2_SQRT_PI * gaussian;
        derivatives[2] = if gaussian == 0.0 { 0.0 } else { -2.0 * x * derivatives[1] };
    }
    derivatives
}
