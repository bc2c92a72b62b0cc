//! The logarithm of the gamma function with its first two derivatives, without branches.
//!
//! From 8 on Stirling's formula. Below, `x` is brought by whole steps to `2 + t`, `|t| <= 1/2`, where `ln Gamma(2 + t) = t G(t)`; the
//! factors of `Gamma(x + 1) = x Gamma(x)` on the way are multiplied up, so that one logarithm does in either case.
use crate::instructions::Instructions;
use crate::lanes::ln::{ln, ln_1p};
use crate::rules::Derivatives;
use crate::special::HALF_LN_2_PI;

/// `G`, by Chebyshev approximation of `ln Gamma(2 + t) / t` on `|t| <= 0.501`, error 4e-18 of the second derivative; the highest
/// coefficient first.
const G: [f64; 24] = [
    3.544_880_395_760_503_4e-9,
    -7.389_474_100_530_407e-9,
    1.009_296_955_497_897_2e-8,
    -2.116_125_266_360_066e-8,
    4.798_941_144_122_98e-8,
    -1.010_376_548_167_887_7e-7,
    2.120_006_103_224_071_6e-7,
    -4.490_988_794_650_731e-7,
    9.551_526_440_745_49e-7,
    -2.039_239_508_056_781_5e-6,
    4.374_865_570_996_944e-6,
    -9.439_485_742_369_147e-6,
    0.000_020_507_212_861_015_435,
    -0.000_044_926_236_915_476_89,
    0.000_099_457_512_778_027_17,
    -0.000_223_154_758_445_721_92,
    0.000_509_669_524_743_141_1,
    -0.001_192_753_911_703_466_1,
    0.002_890_510_330_741_522,
    -0.007_385_551_028_673_982,
    0.020_580_808_427_784_548,
    -0.067_352_301_053_198_1,
    0.322_467_033_424_113_2,
    0.422_784_335_098_467_14,
];

/// What Stirling's formula leaves of `ln Gamma(x)`, of `psi(x) = ln x - 1/(2x) - ..` and of `psi'(x) = 1/x + 1/(2x^2) + ..`, for `x >= 8`:
/// `S0(z) / x`, `z S1(z)` and `z S2(z) / x` with `z = 1/x^2`, by Chebyshev approximation, errors below 4e-18.
const S0: [f64; 8] = [
    -0.020_855_820_832_946_814,
    0.006_208_136_765_964_715,
    -0.001_914_965_912_156_681_8,
    0.000_841_732_526_802_166,
    -0.000_595_238_023_429_124_9,
    0.000_793_650_793_511_728_2,
    -0.002_777_777_777_777_674_8,
    0.083_333_333_333_333_33,
];
const S1: [f64; 8] = [
    -0.299_425_370_553_774_05,
    0.080_023_374_649_694_44,
    -0.021_051_060_907_947_134,
    0.007_575_459_920_367_972,
    -0.004_166_665_501_516_717,
    0.003_968_253_965_999_701,
    -0.008_333_333_333_331_664,
    0.083_333_333_333_333_33,
];
const S2: [f64; 8] = [
    -4.575_304_140_868_672,
    1.109_360_196_486_607,
    -0.252_394_686_271_742_44,
    0.075_752_463_481_755_3,
    -0.033_333_313_355_818_32,
    0.023_809_523_770_911_365,
    -0.033_333_333_333_304_76,
    0.166_666_666_666_666_66,
];

/// Below, `Gamma(x)` is `1 / x`; products of reciprocals overflow.
const SMALLEST: f64 = 1e-100;

/// From here on Stirling's formula.
pub(super) const STIRLING: f64 = 8.0;

#[inline(always)]
fn polynomial<I: Instructions, const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    coefficients[1..].iter().fold(coefficients[0], |p, &c| I::mul_add(p, x, c))
}

/// What Stirling's formula leaves of `ln Gamma(x)`, `psi(x)` and `psi'(x)` for `x >= 8`, from `r = 1 / x`.
#[inline(always)]
pub(super) fn remainder<I: Instructions>(r: f64) -> [f64; 3] {
    let z = r * r;
    [r * polynomial::<I, 8>(&S0, z), -z * polynomial::<I, 8>(&S1, z), z * r * polynomial::<I, 8>(&S2, z)]
}

/// `ln Gamma(x)` for `x > 0`, its first two derivatives up to `order`.
///
/// Within 0.01 of its zero the digamma function has the rounding of 1 for its absolute error.
#[inline(always)]
pub(super) fn ln_gamma<I: Instructions>(x: f64, order: usize) -> Derivatives {
    let r = 1.0 / x;
    let large = x >= STIRLING;

    // The product q of the factors, x (x + 1) on the way up, (x - 1) .. (x - n) on the way down; its derivative q1, and
    // q^2 times the sum of the reciprocal squares of the factors: sums of positive terms.
    let up = x < 1.5;
    let (mut q, mut q1, mut squares, mut steps) = (1.0, 0.0, 0.0, 0.0);
    for j in 0..6 {
        let factor = x + steps - if up { 0.0 } else { 1.0 };
        let takes = if up { j < 2 && factor < 1.5 } else { !large && factor > 1.5 };
        let (factor, slope) = if takes { (factor, 1.0) } else { (1.0, 0.0) };
        steps += if up { slope } else { -slope };
        squares = I::mul_add(squares * factor, factor, slope * (q * q));
        q1 = I::mul_add(q1, factor, slope * q);
        q *= factor;
    }
    let sign = if up { -1.0 } else { 1.0 };
    // Exact, as the sum of x and the steps need not be.
    let t = x + (steps - 2.0);
    let log = ln::<I>(if large { x } else { q });
    let (g, mut g1, mut g2) = {
        let (mut g, mut g1, mut g2) = (G[0], 0.0, 0.0);
        for &c in &G[1..] {
            if order > 1 {
                g2 = I::mul_add(g2, t, g1);
            }
            if order > 0 {
                g1 = I::mul_add(g1, t, g);
            }
            g = I::mul_add(g, t, c);
        }
        (g, g1, 2.0 * g2)
    };
    (g1, g2) = (I::mul_add(t, g1, g), I::mul_add(t, g2, 2.0 * g1));

    let z = r * r;
    let value = if large {
        // (x - 1/2) ln x - x, so that nothing overflows before the result does.
        I::mul_add(x - 0.5, log - 1.0, r * polynomial::<I, 8>(&S0, z) + (HALF_LN_2_PI - 0.5))
    } else {
        I::mul_add(sign, log, t * g)
    };
    let mut derivatives = [value, 0.0, 0.0, 0.0];
    if order > 0 {
        let ratio = q1 / q;
        let stirling = log - I::mul_add(z, polynomial::<I, 8>(&S1, z), 0.5 * r);
        derivatives[1] = if large { stirling } else { I::mul_add(sign, ratio, g1) };
        if order > 1 {
            let stirling = I::mul_add(z * r, polynomial::<I, 8>(&S2, z), I::mul_add(0.5, z, r));
            let curvature = -squares / (q * q);
            derivatives[2] = if large { stirling } else { I::mul_add(sign, curvature, g2) };
        }
    }
    // The ends. x + 0 turns -0 into 0.
    let at_zero = [value, -1.0 / (x + 0.0), r * r];
    let all = |k: usize| if x < SMALLEST { at_zero[k] } else { derivatives[k] };
    let defined = |derivative: f64| if x < 0.0 { f64::NAN } else { derivative };
    [defined(all(0)), defined(all(1)), defined(all(2)), 0.0]
}

/// `ln Gamma(x + k) - ln Gamma(x)` for `x > 0`, its first two derivatives up to `order`.
///
/// From 8 on the two Stirling formulas are subtracted term by term; below, `ln Gamma(x)` is too small to cancel.
#[inline(always)]
pub(super) fn ln_rising_factorial<I: Instructions>(x: f64, k: u64, order: usize) -> Derivatives {
    let n = k as f64;
    let y = x + n;
    let (high, low) = (ln_gamma::<I>(y, order), ln_gamma::<I>(x, order));
    let (rx, ry) = (1.0 / x, 1.0 / y);
    let gap = n * rx * ry; // 1/x - 1/y
    let log = ln_1p::<I>(n * rx);
    let large = x >= STIRLING;
    let choose = |stirling: f64, k: usize| if large { stirling } else { high[k] - low[k] };
    let (rest_x, rest_y) = (remainder::<I>(rx), remainder::<I>(ry));
    let rest = |k: usize| rest_y[k] - rest_x[k];
    let mut derivatives = [choose((x - 0.5) * log + n * (ln::<I>(y) - 1.0) + rest(0), 0), 0.0, 0.0, 0.0];
    if order > 0 {
        derivatives[1] = choose(log + 0.5 * gap + rest(1), 1);
    }
    if order > 1 {
        derivatives[2] = choose(-gap * (1.0 + 0.5 * (rx + ry)) + rest(2), 2);
    }
    derivatives
}
