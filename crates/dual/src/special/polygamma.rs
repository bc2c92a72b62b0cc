//! The polygamma functions, derivatives of `ln Gamma`, and their differences.

use crate::recent;

/// Bernoulli numbers `B_2, B_4, ..., B_18`.
const BERNOULLI: [f64; 9] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
];

/// From here on the asymptotic series with nine terms are exact to rounding (first omitted term below 1e-17 relative for
/// the digamma, 2e-15 for the fourth derivative).
const ASYMPTOTIC: f64 = 11.0;

/// `[psi(x), psi'(x), psi''(x), psi'''(x), psi''''(x)]` for `x > 0`, of which only the first `order` entries are computed;
/// NaN below 0.
///
/// # Formula
/// Upwards by `psi(x) = psi(x + 1) - 1/x` and its derivatives, then the asymptotic series in Bernoulli numbers:
/// `psi(x) ~ ln x - 1/(2x) - sum B_2k / (2k x^2k)`. Near its zero, 1.46163, the digamma function is Taylor's series there.
///
/// # Example
/// ```
/// use maxlik_dual::special::polygamma;
/// let [digamma, trigamma, ..] = polygamma(0.5, 2);
/// let (gamma, pi) = (0.577_215_664_901_532_9, std::f64::consts::PI);
/// assert!((digamma + gamma + 2.0 * std::f64::consts::LN_2).abs() < 1e-14);
/// assert!((trigamma - pi * pi / 2.0).abs() < 1e-14);
/// assert!((polygamma(0.5, 4)[3] - pi.powi(4)).abs() < 1e-12);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 6.3.5, 6.3.18, 6.4.6, 6.4.11.
pub fn polygamma(x: f64, order: usize) -> [f64; 5] {
    recent!([x.to_bits(), order as u64] -> [f64; 5], series(x, order))
}

/// [`polygamma`], computed.
fn series(x: f64, order: usize) -> [f64; 5] {
    if x.is_nan() || x < 0.0 {
        return [f64::NAN; 5];
    }
    let mut sum = [0.0; 5];
    let mut lost = 0.0;
    let mut y = x + 0.0;
    while y < ASYMPTOTIC {
        let r = 1.0 / y;
        // The sum cancels against the logarithm below, so that its roundings count.
        let next = sum[0] - r;
        lost += (sum[0] - next) - r;
        sum[0] = next;
        if order > 1 {
            sum[1] += r * r;
        }
        if order > 2 {
            sum[2] -= 2.0 * r * r * r;
        }
        if order > 3 {
            sum[3] += 6.0 * r * r * r * r;
        }
        if order > 4 {
            sum[4] -= 24.0 * r * r * r * r * r;
        }
        y += 1.0;
    }
    let r = 1.0 / y;
    let r2 = r * r;
    let series = |weight: fn(f64) -> f64| {
        let terms = BERNOULLI.iter().enumerate().rev();
        terms.fold(0.0, |tail, (i, b)| (tail + weight(2.0 * (i + 1) as f64) * b) * r2)
    };
    if y.is_infinite() {
        return [y, 0.0, -0.0, 0.0, -0.0];
    }
    // Nothing is lost where the first step is infinite.
    let small = if lost.is_nan() { 0.0 } else { lost } - 0.5 * r - series(|k2| 1.0 / k2);
    sum[0] = if (x - ZERO).abs() < 0.45 { digamma_near_zero(x) } else { (sum[0] + y.ln()) + small };
    if order > 1 {
        sum[1] += r + 0.5 * r2 + r * series(|_| 1.0);
    }
    if order > 2 {
        sum[2] += -r2 - r2 * r - r2 * series(|k2| k2 + 1.0);
    }
    if order > 3 {
        sum[3] += r2 * r * (2.0 + 3.0 * r + series(|k2| (k2 + 1.0) * (k2 + 2.0)));
    }
    if order > 4 {
        sum[4] -= r2 * r2 * (6.0 + 12.0 * r + series(|k2| (k2 + 1.0) * (k2 + 2.0) * (k2 + 3.0)));
    }
    sum
}

/// The zero of the digamma function and what the rounded number lacks.
const ZERO: f64 = 1.461_632_144_968_362_2;
const ZERO_LOW: f64 = 9.549_995_429_965_697e-17;

/// `psi(x)` within 0.45 of its zero, to its own relative precision: `psi^(k) / k!` at the zero, k = 1, 2, ...
fn digamma_near_zero(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 34] = [
        0.967_672_245_447_621_2,
        -0.442_763_168_983_592_1,
        0.258_499_760_955_651,
        -0.163_942_705_442_406_52,
        0.107_824_050_691_262_37,
        -0.072_199_561_256_454_71,
        0.048_804_288_164_143_11,
        -0.033_161_126_474_847_36,
        0.022_597_648_232_218_104,
        -0.015_424_765_904_948_96,
        0.010_538_791_616_612_175,
        -0.007_204_534_386_356_869,
        0.004_926_781_395_729_853,
        -0.003_369_801_655_439_328,
        0.002_305_126_326_734_928,
        -0.001_576_936_771_430_197_2,
        0.001_078_825_201_916_296_7,
        -0.000_738_070_938_996_005_2,
        0.000_504_953_265_834_602,
        -0.000_345_468_025_106_307_7,
        0.000_236_356_015_640_270_53,
        -0.000_161_706_220_919_748_03,
        0.000_110_633_727_687_474_1,
        -7.569_179_582_195_066e-5,
        5.178_575_795_222_081e-5,
        -3.543_007_094_765_960_4e-5,
        2.424_006_611_860_132e-5,
        -1.658_424_227_185_413_5e-5,
        1.134_638_458_466_385e-5,
        -7.762_817_668_462_094e-6,
        5.311_060_920_889_863_6e-6,
        -3.633_650_789_801_045_6e-6,
        2.486_022_733_129_538e-6,
        -1.700_853_885_433_260_7e-6,
    ];
    let h = (x - ZERO) - ZERO_LOW;
    COEFFICIENTS.iter().rev().fold(0.0, |tail, c| (tail + c) * h)
}

/// `[psi(x + k) - psi(x), psi'(x + k) - psi'(x), psi''(x + k) - psi''(x)]` for `x > 0` and `k >= 0`, without the
/// cancellation of these differences for small `k` or large `x`; NaN outside.
///
/// # Formula
/// That of [`polygamma`], term by term: every term contains `1/x - 1/(x + k) = k / (x (x + k))`, and what is left beside
/// that factor has one sign.
///
/// # Example
/// ```
/// use maxlik_dual::special::polygamma_differences;
/// let [first, second, third] = polygamma_differences(2.5, 2.0);
/// let (r, s) = (1.0 / 2.5, 1.0 / 3.5_f64);
/// assert!((first - (r + s)).abs() < 1e-15);
/// assert!((second + r * r + s * s).abs() < 1e-15);
/// assert!((third - 2.0 * (r * r * r + s * s * s)).abs() < 1e-15);
/// ```
pub fn polygamma_differences(x: f64, k: f64) -> [f64; 3] {
    recent!([x.to_bits(), k.to_bits()] -> [f64; 3], differences(x, k))
}

/// [`polygamma_differences`], computed.
fn differences(x: f64, k: f64) -> [f64; 3] {
    if x.is_nan() || k.is_nan() || x < 0.0 || k < 0.0 {
        return [f64::NAN; 3];
    }
    if x == 0.0 && k == 0.0 {
        return [f64::NAN; 3];
    }
    if x.is_infinite() {
        return [if k.is_infinite() { f64::NAN } else { 0.0 }, 0.0, 0.0];
    }
    if k == 0.0 {
        return [0.0; 3];
    }
    let mut sum = [0.0; 3];
    let mut low = x + 0.0;
    // 1/x, 1/(x + k) and their difference.
    let reciprocals = |low: f64| {
        let high = low + k;
        let (p, q) = (1.0 / low, 1.0 / high);
        (p, q, p * if high.is_infinite() { 1.0 } else { k * q })
    };
    while low < ASYMPTOTIC {
        let (p, q, gap) = reciprocals(low);
        sum[0] += gap;
        sum[1] -= gap * (p + q);
        sum[2] += 2.0 * gap * (p * p + p * q + q * q);
        low += 1.0;
    }
    let (p, q, gap) = reciprocals(low);
    let (p2, q2) = (p * p, q * q);
    // A polynomial at 1/x^2, and its divided difference between there and 1/(x + k)^2.
    let series = |weight: fn(f64) -> f64| {
        let terms = BERNOULLI.iter().enumerate().rev();
        terms.fold((0.0, 0.0), |(value, slope), (i, b)| {
            (value * p2 + weight(2.0 * (i + 1) as f64) * b, slope * q2 + value)
        })
    };
    // The series begin with the power 1, which these polynomials leave out: t P(t) has the divided difference P + q2 D.
    let product_rule = |(value, slope): (f64, f64)| value + q2 * slope;
    let first = product_rule(series(|k2| 1.0 / k2));
    let (value, slope) = series(|_| 1.0);
    let second = p2 * value + q * (p + q) * product_rule((value, slope));
    let (value, slope) = series(|k2| k2 + 1.0);
    let third = (p2 + q2) * value + q2 * q2 * slope;
    [
        sum[0] + (k / low).ln_1p() + gap * (0.5 + (p + q) * first),
        sum[1] - gap * (1.0 + 0.5 * (p + q) + second),
        sum[2] + gap * ((p + q) * (1.0 + third) + (p2 + p * q + q2)),
    ]
}
