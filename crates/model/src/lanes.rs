//! `exp` and `ln` without branches, for loops that the compiler turns into vector code.
//!
//! Both are within one unit in the last place, for all arguments, subnormal results and arguments included.
use std::f64::consts::LOG2_E;

use maxlik_dual::instructions::Instructions;

/// Adding this rounds to an integer, whose bits are then the last of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// `ln 2` in two parts; multiples of the first by numbers of 11 bits are exact.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// `1 / n!` from `n = 13` down to 2: beyond that terms are less than 2^-57 of the sum where `|r| <= ln 2 / 2`.
const EXP: [f64; 12] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
];

/// The exponential function.
///
/// # Formula
/// `exp x = 2^k exp r` with `r = x - k ln 2`, and Taylor's series of `exp r`.
#[inline(always)]
pub fn exp<I: Instructions>(x: f64) -> f64 {
    // Beyond these limits the result is 0 or infinite; a NaN stays one.
    let x = if x < -746.0 { -746.0 } else { x };
    let x = if x > 710.0 { 710.0 } else { x };
    let shifted = I::mul_add(x, LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = I::mul_add(-k, LN_2[1], I::mul_add(-k, LN_2[0], x));
    let mut p = EXP[0];
    for c in &EXP[1..] {
        p = I::mul_add(p, r, *c);
    }
    let exp_r = 1.0 + I::mul_add(p * r, r, r);
    // 2^k in two factors, neither of which is subnormal; 2048 keeps the integer positive.
    let k = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(2048);
    let half = k >> 1;
    let power = |k: u64| f64::from_bits(k.wrapping_sub(1) << 52); // 2^(k - 1024)
    exp_r * power(half) * power(k.wrapping_sub(half))
}

/// `2 / (2 n + 1)` from `n = 11` down to 1.
const LN: [f64; 11] = [
    2.0 / 23.0,
    2.0 / 21.0,
    2.0 / 19.0,
    2.0 / 17.0,
    2.0 / 15.0,
    2.0 / 13.0,
    2.0 / 11.0,
    2.0 / 9.0,
    2.0 / 7.0,
    2.0 / 5.0,
    2.0 / 3.0,
];

/// The natural logarithm.
///
/// # Formula
/// `ln x = k ln 2 + ln m` with `m = 1 + f` between `sqrt 1/2` and `sqrt 2`; with `s = f / (2 + f)` and `R = s (2/3 s^2 + 2/5 s^4 + ..)`, that is
/// `ln m = 2 artanh s = f - (f^2 / 2 - s (f^2 / 2)) + R`.
#[inline(always)]
pub fn ln<I: Instructions>(x: f64) -> f64 {
    let subnormal = x < f64::MIN_POSITIVE;
    let (normal, shift) = if subnormal { (x * 18_014_398_509_481_984.0, -54.0) } else { (x, 0.0) }; // 2^54
    // From the bits of sqrt(1/2) on, whole powers of 2 apart.
    let above = normal.to_bits().wrapping_sub(std::f64::consts::FRAC_1_SQRT_2.to_bits()).wrapping_add(2048 << 52);
    let exponent = above >> 52;
    let m = f64::from_bits(normal.to_bits().wrapping_sub(exponent.wrapping_sub(2048) << 52));
    let k = f64::from_bits(exponent.wrapping_add(ROUND.to_bits())) - ROUND - 2048.0 + shift;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    let mut p = LN[0];
    for c in &LN[1..] {
        p = I::mul_add(p, square, *c);
    }
    let half = 0.5 * f * f;
    let small = I::mul_add(s, I::mul_add(p, square, half), k * LN_2[1]);
    let ln = k * LN_2[0] - ((half - small) - f);
    let ln = if x == f64::INFINITY { x } else { ln };
    let ln = if x == 0.0 { f64::NEG_INFINITY } else { ln };
    if x < 0.0 || x.is_nan() { f64::NAN } else { ln }
}

#[cfg(test)]
mod tests {
    use maxlik_dual::instructions::{Work, run};

    use super::*;

    struct All<'x>(&'x [f64], fn(f64) -> f64, bool);

    impl Work for All<'_> {
        type Output = f64;

        /// The greatest error in units of the last place.
        #[inline(always)]
        fn run<I: Instructions>(self) -> f64 {
            let mut worst = 0.0_f64;
            for &x in self.0 {
                let (found, right) = (if self.2 { exp::<I>(x) } else { ln::<I>(x) }, (self.1)(x));
                if right.is_finite() {
                    let unit = right.abs().next_up() - right.abs();
                    worst = worst.max((found - right).abs() / unit);
                } else {
                    assert!(found == right || found.is_nan() && right.is_nan(), "{x}: {found}");
                }
            }
            worst
        }
    }

    #[test]
    fn the_exponential_function_is_right_to_the_last_place() {
        let mut x: Vec<f64> = (0..200_000).map(|i| -760.0 + 0.007_351 * f64::from(i)).collect();
        x.extend((0..100_000).map(|i| 1e-5 * f64::from(i - 50_000)));
        x.extend([
            0.0,
            -0.0,
            1e-300,
            -1e-17,
            -745.1,
            -745.2,
            709.78,
            709.79,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ]);
        // The system's function is itself wrong by half a unit.
        assert!(run(All(&x, f64::exp, true)) <= 1.5);
        assert!(All(&x, f64::exp, true).run::<maxlik_dual::instructions::Baseline>() <= 1.5);
    }

    #[test]
    fn the_logarithm_is_right_to_the_last_place() {
        let mut x: Vec<f64> = (1..200_000).map(|i| 3e-5 * f64::from(i)).collect();
        x.extend((-1070..1020).map(|k| 1.37 * 2_f64.powi(k)));
        x.extend([
            1.0,
            0.0,
            -0.0,
            -1.5,
            5e-324,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ]);
        assert!(run(All(&x, f64::ln, false)) <= 1.5);
        assert!(All(&x, f64::ln, false).run::<maxlik_dual::instructions::Baseline>() <= 1.5);
    }
}
