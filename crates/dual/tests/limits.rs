//! The limits of every rule at 0, at the smallest and the largest number, at infinity, at NaN and at the ends of its domain.
use std::f64::consts::{E, FRAC_1_SQRT_2, FRAC_2_SQRT_PI, FRAC_PI_2, FRAC_PI_4, LN_2, LN_10, PI};

use maxlik_dual::rules::{self, Derivatives, Derivatives2};
use maxlik_dual::{Dual2, Real, ln_sum_exp};
use num_dual::Dual3_64;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const MAX: f64 = f64::MAX;
const TINY: f64 = 5e-324;
const LN_MAX: f64 = 709.782_712_893_384;
const LN_TINY: f64 = -744.440_071_921_381_3;
const GAMMA: f64 = 0.577_215_664_901_532_9;
/// `zeta(2)`, `zeta(3)` and `zeta(5)`
const ZETA_2: f64 = PI * PI / 6.0;
const ZETA_3: f64 = 1.202_056_903_159_594_2;
const ZETA_5: f64 = 1.036_927_755_143_37;
/// `1 / sqrt(2 pi)`
const C: f64 = 0.398_942_280_401_432_7;

const UNDEFINED: Derivatives = [NAN; 4];
const ZERO: Derivatives = [0.0; 4];
/// `ln x` at 0 and everything that behaves like it: the signs of the limits alternate.
const LOG_AT_0: Derivatives = [-INF, INF, -INF, INF];

fn at(x: f64) -> Dual2<1> {
    Dual2::variable(x, 0)
}

/// Value, first and second derivative.
fn parts(f: Dual2<1>) -> [f64; 3] {
    [f.value(), f.gradient()[0], f.hessian(0, 0)]
}

type Rule = fn(f64, usize) -> Derivatives;
type Limits = Vec<(f64, Derivatives)>;

/// Value and three derivatives as mathematics has them, rounded to `f64` (to infinity where they are too large for it), at
/// 0, 5e-324, 1, the largest number, both infinities and the ends of the domain. At -0 the limits are those at 0 unless said
/// otherwise; at NaN they are NaN.
// Tables are as long as they are.
#[allow(clippy::too_many_lines)]
fn limits() -> Vec<(&'static str, Rule, Limits)> {
    macro_rules! table {
        ($($name:literal $rule:expr => { $($x:expr, $expected:expr;)* })*) => {
            vec![$(($name, $rule as Rule, vec![$(($x, $expected)),*])),*]
        };
    }
    let (sin_1, cos_1) = (0.841_470_984_807_896_5, 0.540_302_305_868_139_8);
    let (sin_max, cos_max) = (0.004_961_954_789_184_062, -0.999_987_689_426_559_9);
    let (sinh_1, cosh_1) = (1.175_201_193_643_801_4, 1.543_080_634_815_243_7);
    let tangent = |t: f64| [t, 1.0 + t * t, 2.0 * t * (1.0 + t * t), 2.0 * (1.0 + t * t) * (1.0 + 3.0 * t * t)];
    let th = sinh_1 / cosh_1;
    let th1 = 1.0 / (cosh_1 * cosh_1);
    let s = 1.0 / (1.0 + 1.0 / E);
    let (s1, s2) = (s * (1.0 - s), s * (1.0 - s) * (1.0 - 2.0 * s));
    let q = 1.0 / (E - 1.0);
    let (root_max, root_tiny) = (1.340_780_792_994_259_6e154, 2.222_758_749_485_077_5e-162);
    let (cube_max, cube_tiny) = (5.643_803_094_122_362e102, 1.703_183_936_003_260_3e-108);
    let slope = FRAC_2_SQRT_PI / E;
    let density = 0.241_970_724_519_143_37;
    let hazard = density / 0.841_344_746_068_542_9;
    // I_1(1) / I_0(1) and its derivatives by r' = 1 - r / x - r^2; its reciprocal in I_1.
    let (i0, i1) = (1.266_065_877_752_008_4, 0.565_159_103_992_485);
    let r = i1 / i0;
    let r1 = 1.0 - r - r * r;
    let r2 = r - r1 - 2.0 * r * r1;
    let t = i0 / i1;
    let t1 = 1.0 - t * t + t;
    let t2 = t1 - 2.0 * t * t1 - t;
    table! {
        "exp" rules::exp => {
            0.0, [1.0; 4]; TINY, [1.0; 4]; 1.0, [E; 4]; MAX, [INF; 4]; INF, [INF; 4]; -MAX, ZERO; -INF, ZERO;
        }
        "exp2" rules::exp2 => {
            0.0, [1.0, LN_2, LN_2 * LN_2, LN_2.powi(3)];
            TINY, [1.0, LN_2, LN_2 * LN_2, LN_2.powi(3)];
            1.0, [2.0, 2.0 * LN_2, 2.0 * LN_2 * LN_2, 2.0 * LN_2.powi(3)];
            MAX, [INF; 4]; INF, [INF; 4]; -INF, ZERO;
        }
        "exp_m1" rules::exp_m1 => {
            0.0, [0.0, 1.0, 1.0, 1.0]; TINY, [TINY, 1.0, 1.0, 1.0]; 1.0, [E - 1.0, E, E, E];
            MAX, [INF; 4]; INF, [INF; 4]; -MAX, [-1.0, 0.0, 0.0, 0.0]; -INF, [-1.0, 0.0, 0.0, 0.0];
        }
        "ln" rules::ln => {
            0.0, LOG_AT_0; TINY, [LN_TINY, INF, -INF, INF]; 1.0, [0.0, 1.0, -1.0, 2.0]; MAX, [LN_MAX, 0.0, 0.0, 0.0];
            INF, [INF, 0.0, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "ln_1p" rules::ln_1p => {
            0.0, [0.0, 1.0, -1.0, 2.0]; TINY, [TINY, 1.0, -1.0, 2.0]; 1.0, [LN_2, 0.5, -0.25, 0.25];
            MAX, [LN_MAX, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -1.0, LOG_AT_0; -INF, UNDEFINED;
        }
        "log2" rules::log2 => {
            0.0, LOG_AT_0; TINY, [-1074.0, INF, -INF, INF]; 1.0, [0.0, 1.0 / LN_2, -1.0 / LN_2, 2.0 / LN_2];
            MAX, [1024.0, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -INF, UNDEFINED;
        }
        "log10" rules::log10 => {
            0.0, LOG_AT_0; TINY, [LN_TINY / LN_10, INF, -INF, INF]; 1.0, [0.0, 1.0 / LN_10, -1.0 / LN_10, 2.0 / LN_10];
            MAX, [LN_MAX / LN_10, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -INF, UNDEFINED;
        }
        "sqrt" rules::sqrt => {
            0.0, [0.0, INF, -INF, INF]; TINY, [root_tiny, 0.5 / root_tiny, -INF, INF]; 1.0, [1.0, 0.5, -0.25, 0.375];
            MAX, [root_max, 0.5 / root_max, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "cbrt" rules::cbrt => {
            0.0, [0.0, INF, -INF, INF]; -0.0, [0.0, INF, INF, INF];
            TINY, [cube_tiny, 1.0 / (3.0 * cube_tiny * cube_tiny), -INF, INF];
            1.0, [1.0, 1.0 / 3.0, -2.0 / 9.0, 10.0 / 27.0];
            MAX, [cube_max, 1.0 / (3.0 * cube_max * cube_max), 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -INF, [-INF, 0.0, 0.0, 0.0];
        }
        "recip" rules::recip => {
            0.0, [INF, -INF, INF, -INF]; -0.0, [-INF; 4]; TINY, [INF, -INF, INF, -INF]; 1.0, [1.0, -1.0, 2.0, -6.0];
            MAX, ZERO; INF, ZERO; -INF, ZERO;
        }
        "sin" rules::sin => {
            0.0, [0.0, 1.0, 0.0, -1.0]; TINY, [TINY, 1.0, -TINY, -1.0]; 1.0, [sin_1, cos_1, -sin_1, -cos_1];
            MAX, [sin_max, cos_max, -sin_max, -cos_max]; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "cos" rules::cos => {
            0.0, [1.0, 0.0, -1.0, 0.0]; TINY, [1.0, -TINY, -1.0, TINY]; 1.0, [cos_1, -sin_1, -cos_1, sin_1];
            MAX, [cos_max, -sin_max, -cos_max, sin_max]; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "tan" rules::tan => {
            0.0, [0.0, 1.0, 0.0, 2.0]; TINY, [TINY, 1.0, 0.0, 2.0]; 1.0, tangent(sin_1 / cos_1);
            MAX, tangent(sin_max / cos_max); INF, UNDEFINED; -INF, UNDEFINED;
        }
        "asin" rules::asin => {
            0.0, [0.0, 1.0, 0.0, 1.0]; TINY, [TINY, 1.0, TINY, 1.0]; 1.0, [FRAC_PI_2, INF, INF, INF];
            -1.0, [-FRAC_PI_2, INF, -INF, INF]; MAX, UNDEFINED; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "acos" rules::acos => {
            0.0, [FRAC_PI_2, -1.0, 0.0, -1.0]; TINY, [FRAC_PI_2, -1.0, 0.0, -1.0]; 1.0, [0.0, -INF, -INF, -INF];
            -1.0, [PI, -INF, INF, -INF]; MAX, UNDEFINED; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "atan" rules::atan => {
            0.0, [0.0, 1.0, 0.0, -2.0]; TINY, [TINY, 1.0, 0.0, -2.0]; 1.0, [FRAC_PI_4, 0.5, -0.5, 0.5];
            MAX, [FRAC_PI_2, 0.0, 0.0, 0.0]; INF, [FRAC_PI_2, 0.0, 0.0, 0.0]; -INF, [-FRAC_PI_2, 0.0, 0.0, 0.0];
        }
        "sinh" rules::sinh => {
            0.0, [0.0, 1.0, 0.0, 1.0]; TINY, [TINY, 1.0, TINY, 1.0]; 1.0, [sinh_1, cosh_1, sinh_1, cosh_1];
            MAX, [INF; 4]; INF, [INF; 4]; -INF, [-INF, INF, -INF, INF];
        }
        "cosh" rules::cosh => {
            0.0, [1.0, 0.0, 1.0, 0.0]; TINY, [1.0, TINY, 1.0, TINY]; 1.0, [cosh_1, sinh_1, cosh_1, sinh_1];
            MAX, [INF; 4]; INF, [INF; 4]; -INF, [INF, -INF, INF, -INF];
        }
        "tanh" rules::tanh => {
            0.0, [0.0, 1.0, 0.0, -2.0]; TINY, [TINY, 1.0, 0.0, -2.0]; 1.0, [th, th1, -2.0 * th * th1, th1 * (4.0 - 6.0 * th1)];
            MAX, [1.0, 0.0, 0.0, 0.0]; INF, [1.0, 0.0, 0.0, 0.0]; -INF, [-1.0, 0.0, 0.0, 0.0];
        }
        "asinh" rules::asinh => {
            0.0, [0.0, 1.0, 0.0, -1.0]; TINY, [TINY, 1.0, 0.0, -1.0];
            1.0, [0.881_373_587_019_543, FRAC_1_SQRT_2, -0.5 * FRAC_1_SQRT_2, 0.25 * FRAC_1_SQRT_2];
            MAX, [LN_MAX + LN_2, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -INF, [-INF, 0.0, 0.0, 0.0];
        }
        "acosh" rules::acosh => {
            0.0, UNDEFINED; TINY, UNDEFINED; 1.0, [0.0, INF, -INF, INF];
            MAX, [LN_MAX + LN_2, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -INF, UNDEFINED;
        }
        "atanh" rules::atanh => {
            0.0, [0.0, 1.0, 0.0, 2.0]; TINY, [TINY, 1.0, 0.0, 2.0]; 1.0, [INF; 4]; -1.0, LOG_AT_0;
            MAX, UNDEFINED; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "abs" rules::abs => {
            0.0, [0.0, 1.0, 0.0, 0.0]; -0.0, [0.0, -1.0, 0.0, 0.0]; TINY, [TINY, 1.0, 0.0, 0.0]; 1.0, [1.0, 1.0, 0.0, 0.0];
            MAX, [MAX, 1.0, 0.0, 0.0]; INF, [INF, 1.0, 0.0, 0.0]; -INF, [INF, -1.0, 0.0, 0.0];
        }
        "softplus" rules::softplus => {
            0.0, [LN_2, 0.5, 0.25, 0.0]; TINY, [LN_2, 0.5, 0.25, 0.0]; 1.0, [(1.0 + E).ln(), s, s1, s2];
            MAX, [MAX, 1.0, 0.0, 0.0]; INF, [INF, 1.0, 0.0, 0.0]; -MAX, ZERO; -INF, ZERO;
        }
        "sigmoid" rules::sigmoid => {
            0.0, [0.5, 0.25, 0.0, -0.125]; TINY, [0.5, 0.25, 0.0, -0.125]; 1.0, [s, s1, s2, s1 * (1.0 - 6.0 * s1)];
            MAX, [1.0, 0.0, 0.0, 0.0]; INF, [1.0, 0.0, 0.0, 0.0]; -MAX, ZERO; -INF, ZERO;
        }
        "ln_sigmoid" rules::ln_sigmoid => {
            0.0, [-LN_2, 0.5, -0.25, 0.0]; TINY, [-LN_2, 0.5, -0.25, 0.0]; 1.0, [s.ln(), 1.0 - s, -s1, -s2];
            MAX, ZERO; INF, ZERO; -MAX, [-MAX, 1.0, 0.0, 0.0]; -INF, [-INF, 1.0, 0.0, 0.0];
        }
        "logit" rules::logit => {
            0.0, LOG_AT_0; TINY, [LN_TINY, INF, -INF, INF]; 0.5, [0.0, 4.0, 0.0, 32.0]; 1.0, [INF; 4];
            -TINY, UNDEFINED; MAX, UNDEFINED; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "ln_1m_exp" rules::ln_1m_exp => {
            0.0, [-INF; 4]; -TINY, [LN_TINY, -INF, -INF, -INF]; TINY, UNDEFINED; 1.0, UNDEFINED; MAX, UNDEFINED; INF, UNDEFINED;
            -1.0, [(1.0 - 1.0 / E).ln(), -q, -q * (1.0 + q), -q * (1.0 + q) * (1.0 + 2.0 * q)]; -MAX, ZERO; -INF, ZERO;
        }
        "ln_gamma" rules::ln_gamma => {
            0.0, [INF, -INF, INF, -INF]; TINY, [-LN_TINY, -INF, INF, -INF]; 1.0, [0.0, -GAMMA, ZETA_2, -2.0 * ZETA_3];
            MAX, [INF, LN_MAX, 0.0, 0.0]; INF, [INF, INF, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "digamma" rules::digamma => {
            0.0, LOG_AT_0; TINY, LOG_AT_0; 1.0, [-GAMMA, ZETA_2, -2.0 * ZETA_3, PI.powi(4) / 15.0];
            MAX, [LN_MAX, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "trigamma" rules::trigamma => {
            0.0, [INF, -INF, INF, -INF]; TINY, [INF, -INF, INF, -INF];
            1.0, [ZETA_2, -2.0 * ZETA_3, PI.powi(4) / 15.0, -24.0 * ZETA_5];
            MAX, ZERO; INF, ZERO; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "erf" rules::erf => {
            0.0, [0.0, FRAC_2_SQRT_PI, 0.0, -2.0 * FRAC_2_SQRT_PI]; TINY, [TINY, FRAC_2_SQRT_PI, 0.0, -2.0 * FRAC_2_SQRT_PI];
            1.0, [0.842_700_792_949_714_9, slope, -2.0 * slope, 2.0 * slope];
            MAX, [1.0, 0.0, 0.0, 0.0]; INF, [1.0, 0.0, 0.0, 0.0]; -MAX, [-1.0, 0.0, 0.0, 0.0]; -INF, [-1.0, 0.0, 0.0, 0.0];
        }
        "erfc" rules::erfc => {
            0.0, [1.0, -FRAC_2_SQRT_PI, 0.0, 2.0 * FRAC_2_SQRT_PI]; TINY, [1.0, -FRAC_2_SQRT_PI, 0.0, 2.0 * FRAC_2_SQRT_PI];
            1.0, [0.157_299_207_050_285_13, -slope, 2.0 * slope, -2.0 * slope];
            MAX, ZERO; INF, ZERO; -MAX, [2.0, 0.0, 0.0, 0.0]; -INF, [2.0, 0.0, 0.0, 0.0];
        }
        "normal_cdf" rules::normal_cdf => {
            0.0, [0.5, C, 0.0, -C]; TINY, [0.5, C, 0.0, -C]; 1.0, [0.841_344_746_068_542_9, density, -density, 0.0];
            MAX, [1.0, 0.0, 0.0, 0.0]; INF, [1.0, 0.0, 0.0, 0.0]; -MAX, ZERO; -INF, ZERO;
        }
        "ln_normal_cdf" rules::ln_normal_cdf => {
            0.0, [-LN_2, 2.0 * C, -4.0 * C * C, 2.0 * C * (8.0 * C * C - 1.0)];
            TINY, [-LN_2, 2.0 * C, -4.0 * C * C, 2.0 * C * (8.0 * C * C - 1.0)];
            1.0, [
                0.841_344_746_068_542_9_f64.ln(),
                hazard,
                -hazard * (hazard + 1.0),
                hazard * ((hazard + 1.0) * (2.0 * hazard + 1.0) - 1.0),
            ];
            MAX, ZERO; INF, ZERO; -MAX, [-INF, MAX, -1.0, 0.0]; -INF, [-INF, INF, -1.0, 0.0];
        }
        "normal_quantile" rules::normal_quantile => {
            0.0, LOG_AT_0; TINY, [-38.467_405_617_144_34, INF, -INF, INF]; 0.5, [0.0, 1.0 / C, 0.0, C.powi(-3)]; 1.0, [INF; 4];
            -TINY, UNDEFINED; MAX, UNDEFINED; INF, UNDEFINED; -INF, UNDEFINED;
        }
        "ln_bessel_i0" rules::ln_bessel_i0 => {
            0.0, [0.0, 0.0, 0.5, 0.0]; TINY, [0.0, 0.0, 0.5, 0.0]; 1.0, [i0.ln(), r, r1, r2];
            MAX, [MAX, 1.0, 0.0, 0.0]; INF, [INF, 1.0, 0.0, 0.0]; -MAX, [MAX, -1.0, 0.0, 0.0]; -INF, [INF, -1.0, 0.0, 0.0];
        }
        "ln_bessel_i1" rules::ln_bessel_i1 => {
            0.0, LOG_AT_0; TINY, [LN_TINY - LN_2, INF, -INF, INF]; 1.0, [i1.ln(), t - 1.0, t1 + 1.0, t2 - 2.0];
            MAX, [MAX, 1.0, 0.0, 0.0]; INF, [INF, 1.0, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "ln_rising_factorial 5" |x, order| rules::ln_rising_factorial(x, 5, order) => {
            0.0, LOG_AT_0; TINY, [LN_TINY + 24_f64.ln(), INF, -INF, INF];
            1.0, [120_f64.ln(), 137.0 / 60.0, -5269.0 / 3600.0, 256_103.0 / 108_000.0];
            MAX, [5.0 * LN_MAX, 0.0, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "ln_rising_factorial 90" |x, order| rules::ln_rising_factorial(x, 90, order) => {
            0.0, LOG_AT_0; MAX, [90.0 * LN_MAX, 90.0 / MAX, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -TINY, UNDEFINED; -INF, UNDEFINED;
        }
        "ln_rising_ratio 5" |x, order| rules::ln_rising_ratio(x, 5, order) => {
            MAX, ZERO; INF, ZERO; -INF, UNDEFINED;
        }
        "ln_rising_ratio 90" |x, order| rules::ln_rising_ratio(x, 90, order) => {
            MAX, [4005.0 / MAX, 0.0, 0.0, 0.0]; INF, ZERO; -INF, UNDEFINED;
        }
        "x_minus_ln_1p" rules::x_minus_ln_1p => {
            0.0, [0.0, 0.0, 1.0, -2.0]; TINY, [0.0, TINY, 1.0, -2.0]; 1.0, [1.0 - LN_2, 0.5, 0.25, -0.25];
            MAX, [MAX, 1.0, 0.0, 0.0]; INF, [INF, 1.0, 0.0, 0.0]; -INF, UNDEFINED;
        }
        "powi 3" |x, order| rules::powi(x, 3, order) => {
            0.0, [0.0, 0.0, 0.0, 6.0]; TINY, [0.0, 0.0, 0.0, 6.0]; 1.0, [1.0, 3.0, 6.0, 6.0]; MAX, [INF, INF, INF, 6.0];
            INF, [INF, INF, INF, 6.0]; -INF, [-INF, INF, -INF, 6.0];
        }
        "powi -2" |x, order| rules::powi(x, -2, order) => {
            0.0, [INF, -INF, INF, -INF]; -0.0, [INF; 4]; TINY, [INF, -INF, INF, -INF]; 1.0, [1.0, -2.0, 6.0, -24.0];
            MAX, ZERO; INF, ZERO; -INF, ZERO;
        }
        "powf 2.3" |x, order| rules::powf(x, 2.3, order) => {
            0.0, [0.0, 0.0, 0.0, INF]; TINY, [0.0, 0.0, 2.99 * (0.3 * LN_TINY).exp(), 0.897 * (-0.7 * LN_TINY).exp()];
            1.0, [1.0, 2.3, 2.99, 0.897]; MAX, [INF, INF, 2.99 * (0.3 * LN_MAX).exp(), 0.897 * (-0.7 * LN_MAX).exp()];
            INF, [INF, INF, INF, 0.0]; -INF, UNDEFINED;
        }
        "powf 0.5" |x, order| rules::powf(x, 0.5, order) => {
            0.0, [0.0, INF, -INF, INF]; TINY, [root_tiny, 0.5 / root_tiny, -INF, INF]; 1.0, [1.0, 0.5, -0.25, 0.375];
            MAX, [root_max, 0.5 / root_max, 0.0, 0.0]; INF, [INF, 0.0, 0.0, 0.0]; -INF, UNDEFINED;
        }
        "powf -0.7" |x, order| rules::powf(x, -0.7, order) => {
            0.0, [INF, -INF, INF, -INF]; TINY, [(-0.7 * LN_TINY).exp(), -INF, INF, -INF]; 1.0, [1.0, -0.7, 1.19, -3.213];
            MAX, [(-0.7 * LN_MAX).exp(), 0.0, 0.0, 0.0]; INF, ZERO; -INF, UNDEFINED;
        }
        "powf 2" |x, order| rules::powf(x, 2.0, order) => {
            0.0, [0.0, 0.0, 2.0, 0.0]; INF, [INF, INF, 2.0, 0.0]; -INF, [INF, -INF, 2.0, 0.0];
        }
        "powf 0" |x, order| rules::powf(x, 0.0, order) => {
            0.0, [1.0, 0.0, 0.0, 0.0]; MAX, [1.0, 0.0, 0.0, 0.0]; INF, [1.0, 0.0, 0.0, 0.0];
        }
    }
}

/// The same class and, where finite, the same number; what vanishes below the normal range is zero.
fn agree(found: f64, expected: f64) -> bool {
    found == expected
        || found.is_nan() && expected.is_nan()
        || found.abs() < 1e-307 && expected.abs() < 1e-307
        || found.is_finite() && (found - expected).abs() <= 2e-13 * expected.abs()
}

#[test]
fn every_rule_has_the_limits_of_mathematics_at_every_order() {
    let mut failures = Vec::new();
    for (name, rule, mut points) in limits() {
        let at_zero = points.iter().find(|(x, _)| x.to_bits() == 0).copied();
        if let Some((_, expected)) = at_zero
            && !points.iter().any(|(x, _)| x.to_bits() == (-0.0_f64).to_bits())
        {
            points.push((-0.0, expected));
        }
        // Polynomials have derivatives that do not depend on the point.
        if !["powi 3", "powf 2", "powf 0"].contains(&name) {
            points.push((NAN, UNDEFINED));
        }
        for (x, expected) in points {
            for order in 0..4 {
                let found = rule(x, order);
                if !(0..=order).all(|k| agree(found[k], expected[k])) {
                    failures.push(format!(
                        "{name} at {x:e}, order {order}: {:?}, not {:?}",
                        &found[..=order],
                        &expected[..=order]
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_table_of_limits_has_every_rule_of_one_number() {
    let rules = include_str!("../src/rules.rs").lines().filter_map(|line| line.strip_prefix("pub fn "));
    let table = limits();
    for rule in rules.filter(|rest| rest.contains("-> Derivatives {")).map(|rest| rest.split('(').next().unwrap()) {
        assert!(table.iter().any(|(name, ..)| name.split(' ').next() == Some(rule)), "{rule} is missing");
    }
}

#[test]
fn numbers_with_derivatives_have_the_limits_of_the_rules() {
    for (name, rule, points) in limits() {
        for (x, expected) in points {
            let number = Dual3_64::new(x, 1.0, 0.0, 0.0);
            let f = number.chain(rule(x, 3));
            let second = at(x).chain(rule(x, 2));
            for (k, found) in [f.re, f.v1, f.v2, f.v3].into_iter().enumerate() {
                assert!(agree(found, expected[k]), "{name} at {x:e}: derivative {k} is {found:e}");
            }
            for (k, found) in parts(second).into_iter().enumerate() {
                assert!(agree(found, expected[k]), "{name} at {x:e}: derivative {k} is {found:e}");
            }
        }
    }
}

type Limits2 = Vec<([f64; 2], Derivatives2)>;
type Rule2 = fn(f64, f64, usize) -> Derivatives2;

/// A value, followed by derivatives that are all the same.
fn and_all(value: f64, derivative: f64) -> Derivatives2 {
    let mut all = [derivative; 10];
    all[0] = value;
    all
}

/// Value, first derivatives, and no curvature.
fn straight(f: f64, x: f64, y: f64) -> Derivatives2 {
    [f, x, y, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
}

/// `[f, f_x, f_y, f_xx, f_xy, f_yy, f_xxx, f_xxy, f_xyy, f_yyy]` as mathematics has them; NaN where there is no limit.
#[allow(clippy::too_many_lines)]
fn limits_of_two() -> Vec<(&'static str, Rule2, Limits2)> {
    let undefined = and_all(NAN, NAN);
    let root = FRAC_1_SQRT_2;
    let (trigamma_2, tetragamma_2) = (ZETA_2 - 1.0, 2.0 - 2.0 * ZETA_3);
    vec![
        (
            "pow",
            rules::pow,
            vec![
                ([0.0, 2.5], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, INF, 0.0, 0.0, 0.0]),
                ([0.0, 0.5], [0.0, INF, 0.0, -INF, 0.0, 0.0, INF, 0.0, 0.0, 0.0]),
                ([1.0, 3.0], [1.0, 3.0, 0.0, 6.0, 1.0, 0.0, 6.0, 5.0, 0.0, 0.0]),
                ([INF, 2.0], [INF, INF, INF, 2.0, INF, INF, 0.0, INF, INF, INF]),
                ([-1.0, 2.0], undefined),
                ([-INF, 1.5], undefined),
            ],
        ),
        (
            "xlogy",
            rules::xlogy,
            vec![
                ([0.0, 0.0], [0.0, -INF, 0.0, 0.0, INF, 0.0, 0.0, 0.0, -INF, 0.0]),
                ([0.0, TINY], [0.0, LN_TINY, 0.0, 0.0, INF, 0.0, 0.0, 0.0, -INF, 0.0]),
                ([0.0, INF], straight(0.0, INF, 0.0)),
                ([2.0, 0.0], [-INF, -INF, INF, 0.0, INF, -INF, 0.0, 0.0, -INF, INF]),
                ([2.0, -0.0], [-INF, -INF, INF, 0.0, INF, -INF, 0.0, 0.0, -INF, INF]),
                ([2.0, 1.0], [0.0, 0.0, 2.0, 0.0, 1.0, -2.0, 0.0, 0.0, -1.0, 4.0]),
                ([2.0, MAX], straight(2.0 * LN_MAX, LN_MAX, 0.0)),
                ([2.0, INF], straight(INF, INF, 0.0)),
                ([-INF, 2.0], [-INF, LN_2, -INF, 0.0, 0.5, INF, 0.0, 0.0, -0.25, -INF]),
            ],
        ),
        (
            "atan2",
            rules::atan2,
            vec![
                ([0.0, 1.0], [0.0, 1.0, 0.0, 0.0, -1.0, 0.0, -2.0, 0.0, 2.0, 0.0]),
                ([0.0, 0.0], and_all(0.0, NAN)),
                ([INF, 1.0], and_all(FRAC_PI_2, 0.0)),
                ([1.0, -INF], and_all(PI, 0.0)),
                ([-INF, -1.0], and_all(-FRAC_PI_2, 0.0)),
                ([MAX, MAX], and_all(FRAC_PI_4, 0.0)),
                ([TINY, TINY], [FRAC_PI_4, INF, -INF, -INF, 0.0, INF, INF, INF, -INF, -INF]),
            ],
        ),
        (
            "hypot",
            rules::hypot,
            vec![
                ([0.0, 1.0], [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0]),
                ([0.0, 0.0], and_all(0.0, NAN)),
                ([INF, 1.0], straight(INF, 1.0, 0.0)),
                ([1.0, -INF], straight(INF, 0.0, -1.0)),
                ([INF, INF], straight(INF, NAN, NAN)),
                ([MAX, MAX], straight(INF, root, root)),
                ([TINY, TINY], [TINY, root, root, INF, -INF, INF, -INF, INF, INF, -INF]),
            ],
        ),
        (
            "ln_beta",
            rules::ln_beta,
            vec![
                ([0.0, 1.0], [INF, -INF, 0.0, INF, -ZETA_2, 0.0, -INF, 2.0 * ZETA_3, 2.0 * ZETA_3, 0.0]),
                ([-0.0, 1.0], [INF, -INF, 0.0, INF, -ZETA_2, 0.0, -INF, 2.0 * ZETA_3, 2.0 * ZETA_3, 0.0]),
                ([1.0, 1.0], [0.0, -1.0, -1.0, 1.0, -trigamma_2, 1.0, -2.0, -tetragamma_2, -tetragamma_2, -2.0]),
                ([1.0, INF], [-INF, -INF, 0.0, ZETA_2, 0.0, 0.0, -2.0 * ZETA_3, 0.0, 0.0, 0.0]),
                ([INF, 1.0], [-INF, 0.0, -INF, 0.0, 0.0, ZETA_2, 0.0, 0.0, 0.0, -2.0 * ZETA_3]),
                ([INF, INF], straight(-INF, NAN, NAN)),
                ([MAX, MAX], straight(-INF, -LN_2, -LN_2)),
                ([1.0, -1.0], undefined),
                ([-INF, 1.0], undefined),
            ],
        ),
        (
            "ln_binomial",
            rules::ln_binomial,
            vec![
                ([0.0, 0.0], [0.0, 0.0, 0.0, 0.0, ZETA_2, -2.0 * ZETA_2, 0.0, -2.0 * ZETA_3, 2.0 * ZETA_3, 0.0]),
                (
                    [1.0, 0.0],
                    [0.0, 0.0, 1.0, 0.0, trigamma_2, -trigamma_2 - ZETA_2, 0.0, tetragamma_2, -tetragamma_2, 2.0],
                ),
                (
                    [1.0, 1.0],
                    [0.0, 1.0, -1.0, -1.0, ZETA_2, -trigamma_2 - ZETA_2, 2.0, -2.0 * ZETA_3, 2.0 * ZETA_3, -2.0],
                ),
                ([INF, 0.0], [0.0, 0.0, INF, 0.0, 0.0, -ZETA_2, 0.0, 0.0, 0.0, 2.0 * ZETA_3]),
                ([INF, 1.0], [INF, 0.0, INF, 0.0, 0.0, -trigamma_2, 0.0, 0.0, 0.0, -tetragamma_2]),
                ([MAX, 1.0], [LN_MAX, 0.0, LN_MAX - 1.0 + GAMMA, 0.0, 0.0, -trigamma_2, 0.0, 0.0, 0.0, -tetragamma_2]),
                ([MAX, 0.5 * MAX], straight(LN_2 * MAX, LN_2, 0.0)),
                ([INF, INF], undefined),
                ([1.0, 2.0], undefined),
                ([1.0, -TINY], undefined),
            ],
        ),
    ]
}

#[test]
fn every_rule_of_two_numbers_has_the_limits_of_mathematics_at_every_order() {
    let mut failures = Vec::new();
    for (name, rule, points) in limits_of_two() {
        for ([x, y], expected) in points {
            for (order, entries) in [1, 3, 6, 10].into_iter().enumerate() {
                let found = rule(x, y, order);
                if !(0..entries).all(|k| agree(found[k], expected[k])) {
                    failures
                        .push(format!("{name} at {x:e} and {y:e}, order {order}:\n  {found:?}, not\n  {expected:?}"));
                }
            }
        }
        for [x, y] in [[NAN, 1.0], [1.0, NAN], [NAN, NAN], [INF, NAN], [NAN, -INF], [0.0, NAN], [NAN, 0.0]] {
            // A power of exponent zero is 1, whatever its base, and one of base 1 whatever its exponent.
            if !(name == "pow" && (y == 0.0 || x == 1.0)) {
                assert!(rule(x, y, 3)[0].is_nan(), "{name} at {x} and {y}");
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn clamp_has_the_derivative_from_inside_at_its_bounds() {
    for (x, expected) in
        [(-0.7, [-0.5, 0.0, 0.0]), (-0.5, [-0.5, 1.0, 0.0]), (0.8, [0.8, 1.0, 0.0]), (INF, [0.8, 0.0, 0.0])]
    {
        assert_eq!(parts(at(x).clamp(-0.5, 0.8)), expected);
    }
    assert!(at(NAN).clamp(-0.5, 0.8).value().is_nan());
    assert_eq!(at(-3.5).clamp(NAN, 0.8).value(), -3.5);
    assert_eq!(at(0.3).clamp(0.8, -0.5).value(), -0.5);
}

#[test]
fn ln_sum_exp_takes_infinities_and_carries_nan() {
    assert_eq!(ln_sum_exp::<f64>(&[]), -INF);
    assert_eq!(ln_sum_exp(&[-INF, -INF]), -INF);
    assert_eq!(ln_sum_exp(&[-INF, 1.5]), 1.5);
    assert_eq!(ln_sum_exp(&[INF, 1.5, -INF, INF]), INF);
    assert!(ln_sum_exp(&[INF, NAN]).is_nan() && ln_sum_exp(&[NAN, -INF]).is_nan());
    assert_eq!(ln_sum_exp(&[1000.0; 8]), 1000.0 + 8_f64.ln());
    // A weight of zero: its logarithm has an infinite slope, but its share of the sum is nothing.
    let sum = ln_sum_exp(&[at(0.0).ln(), Dual2::from(1.5)]);
    assert_eq!(parts(sum), [1.5, 0.0, 0.0]);
}
