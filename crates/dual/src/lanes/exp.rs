//! The exponential, without branches.
//!
//! `x = k ln 2 + r` with a whole number `k` and `|r| <= ln(2) / 2`, so that `e^x = 2^k e^r`; `e^r - 1 = r + r^2 q(r)`, `q` a polynomial.
//! The rounding of `r` is carried along.
//!
//! # References
//! Tang, "Table-driven implementation of the expm1 function" (1992), for the two parts of `ln 2` and the rounding of `r`.
use crate::instructions::Instructions;

/// `1.5 * 2^52`: a number below `2^51` in size that is added to it is rounded to a whole number, which stands in the last bits.
pub(super) const SHIFTER: f64 = 6_755_399_441_055_744.0;

/// `ln 2` in two parts; products of the first with whole numbers below `2^20` are exact.
pub(super) const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(super) const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// The polynomial `q`, by Chebyshev approximation of `(e^r - 1 - r) / r^2` on `|r| <= 0.3466`, error 1.7e-19 of `e^r`; the highest
/// coefficient first.
const Q: [f64; 11] = [
    2.091_468_696_808_687_7e-9,
    2.510_521_700_472_074_5e-8,
    2.755_727_364_311_03e-7,
    2.755_725_540_020_642_4e-6,
    0.000_024_801_587_325_547_741,
    0.000_198_412_698_748_206_25,
    0.001_388_888_888_888_374_8,
    0.008_333_333_333_326_135,
    0.041_666_666_666_666_67,
    0.166_666_666_666_666_7,
    0.5,
];

/// `e^r - 1`, and `2^k` in two factors.
#[inline(always)]
fn parts<I: Instructions>(x: f64) -> (f64, f64, f64) {
    // Beyond, the result is infinite or zero; NaN passes.
    let x = if x > 720.0 { 720.0 } else { x };
    let x = if x < -760.0 { -760.0 } else { x };
    let k = I::mul_add(x, std::f64::consts::LOG2_E, SHIFTER) - SHIFTER;
    let high = I::mul_add(-k, LN_2_HIGH, x);
    let low = k * LN_2_LOW;
    let r = high - low;
    let rounding = (high - r) - low;
    let q = Q[1..].iter().fold(Q[0], |q, &c| I::mul_add(q, r, c));
    let shifted = I::mul_add(k, 0.5, SHIFTER);
    let half = shifted - SHIFTER;
    let power = |shifted: f64| f64::from_bits(shifted.to_bits().wrapping_sub(SHIFTER.to_bits() - 1023) << 52);
    (r + I::mul_add(r * r, q, rounding), power(shifted), power((k - half) + SHIFTER))
}

/// `e^x`, subnormal results included.
#[inline(always)]
pub(super) fn exp<I: Instructions>(x: f64) -> f64 {
    let (p, half, rest) = parts::<I>(x);
    (1.0 + p) * half * rest
}

/// `e^x - 1`, to its own relative precision.
#[inline(always)]
pub(super) fn exp_m1<I: Instructions>(x: f64) -> f64 {
    let (p, half, rest) = parts::<I>(x);
    // 2^k (p + 1) - 1 = 2^k p + (2^k - 1); beyond 2^512 the whole is the exponential.
    let scale = half * rest;
    let sum = I::mul_add(scale, p, scale - 1.0);
    if x > 700.0 {
        (1.0 + p) * half * rest
    } else if p == 0.0 && scale == 1.0 {
        x
    } else {
        sum
    }
}
