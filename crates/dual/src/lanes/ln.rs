//! Logarithms, without branches.
//!
//! `x = 2^k m` with `m` between `sqrt(1/2)` and `sqrt(2)`, `f = m - 1`, `s = f / (2 + f)`:
//! `ln m = 2 atanh s = f - f^2/2 + s (f^2/2 + R)`, where `R = z P(z)`, `z = s^2`, is what the series leaves of its first term.
//!
//! # References
//! Ng, "fdlibm" (1993), `e_log.c`, for the arrangement; the coefficients are our own.
use crate::instructions::Instructions;
use crate::lanes::exp::{LN_2_HIGH, LN_2_LOW};

/// `P`, by Chebyshev approximation of `(ln((1 + s) / (1 - s)) / s - 2) / s^2` in `z = s^2` on `0 <= z <= 0.0295`, error 6e-20 of the
/// logarithm; the highest coefficient first.
const P: [f64; 8] = [
    0.130_880_348_509_275_54,
    0.132_686_383_692_668_24,
    0.153_862_447_376_216_67,
    0.181_817_955_475_211_36,
    0.222_222_223_925_810_45,
    0.285_714_285_707_997_85,
    0.400_000_000_000_008_83,
    0.666_666_666_666_666_7,
];

/// The bits of `1` less those of `sqrt(1/2)`.
const OFFSET: u64 = 0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd;

/// `2^52`
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// `k` and `m` of a positive normal number.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    let bits = x.to_bits();
    let biased = (bits.wrapping_add(OFFSET)) >> 52;
    // The whole number as a float, by its place in the last bits of 2^52 + k.
    let k = f64::from_bits(biased | TWO_52.to_bits()) - (TWO_52 + 1023.0);
    (k, f64::from_bits(bits.wrapping_sub(biased.wrapping_sub(1023) << 52)))
}

/// `ln(2^k (1 + f)) + rest`.
#[inline(always)]
fn combine<I: Instructions>(k: f64, f: f64, rest: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * P[1..].iter().fold(P[0], |p, &c| I::mul_add(p, z, c));
    let half_square = 0.5 * f * f;
    let low = I::mul_add(k, LN_2_LOW, rest);
    let correction = I::mul_add(s, half_square + r, low);
    I::mul_add(k, LN_2_HIGH, f - (half_square - correction))
}

/// `ln x`
#[inline(always)]
pub(super) fn ln<I: Instructions>(x: f64) -> f64 {
    let subnormal = x < f64::MIN_POSITIVE;
    // 2^54
    let (k, m) = split(if subnormal { x * 18_014_398_509_481_984.0 } else { x });
    let value = combine::<I>(if subnormal { k - 54.0 } else { k }, m - 1.0, 0.0);
    at_the_ends(x, value, x)
}

/// `ln(1 + x)`, exact for small `x`.
#[inline(always)]
pub(super) fn ln_1p<I: Instructions>(x: f64) -> f64 {
    let u = 1.0 + x;
    let (k, m) = split(u);
    // What the sum has rounded away, from the larger of the two.
    let lost = if x > 1.0 { 1.0 - (u - x) } else { x - (u - 1.0) };
    let value = combine::<I>(k, m - 1.0, lost / u);
    at_the_ends(u, if x == 0.0 { x } else { value }, x)
}

/// The value, but for arguments of the logarithm that are not positive and finite.
#[inline(always)]
fn at_the_ends(argument: f64, value: f64, x: f64) -> f64 {
    let low = if argument < 0.0 { f64::NAN } else { f64::NEG_INFINITY };
    if argument <= 0.0 {
        low
    } else if argument < f64::INFINITY {
        value
    } else {
        x
    }
}

/// `x - ln(1 + x)` for `x >= -1`, to its own relative precision also for small `x`.
#[inline(always)]
pub(super) fn x_minus_ln_1p<I: Instructions>(x: f64) -> f64 {
    // With k = 0 and f = x: what is taken off f above.
    let s = x / (2.0 + x);
    let z = s * s;
    let r = z * P[1..].iter().fold(P[0], |p, &c| I::mul_add(p, z, c));
    let half_square = 0.5 * x * x;
    let near = half_square - s * (half_square + r);
    if x > -0.29 && x < 0.41 {
        near
    } else if x < f64::INFINITY {
        x - ln_1p::<I>(x)
    } else {
        x
    }
}
