//! Moments that are gamma functions of 1 plus something small, without the cancellation of their differences.
use maxlik_dual::special::ln_gamma;

/// Up to here the series in powers of `2 h` serve, with [`ZETA`] as many terms as are exact to rounding.
const SERIES: f64 = 0.125;

/// Euler's constant.
pub(super) const EULER: f64 = 0.577_215_664_901_532_9;

/// Riemann's zeta function at 2, 3, ..., 33.
const ZETA: [f64; 32] = [
    1.644_934_066_848_226_4,
    1.202_056_903_159_594_2,
    1.082_323_233_711_138_1,
    1.036_927_755_143_37,
    1.017_343_061_984_449_2,
    1.008_349_277_381_923,
    1.004_077_356_197_944_4,
    1.002_008_392_826_082_1,
    1.000_994_575_127_818,
    1.000_494_188_604_119_4,
    1.000_246_086_553_308,
    1.000_122_713_347_578_5,
    1.000_061_248_135_058_8,
    1.000_030_588_236_307,
    1.000_015_282_259_408_6,
    1.000_007_637_197_637_9,
    1.000_003_817_293_265,
    1.000_001_908_212_716_5,
    1.000_000_953_962_033_8,
    1.000_000_476_932_986_9,
    1.000_000_238_450_502_7,
    1.000_000_119_219_926,
    1.000_000_059_608_189,
    1.000_000_029_803_503_4,
    1.000_000_014_901_554_9,
    1.000_000_007_450_711_8,
    1.000_000_003_725_334,
    1.000_000_001_862_659_8,
    1.000_000_000_931_327_5,
    1.000_000_000_465_662_8,
    1.000_000_000_232_831,
    1.000_000_000_116_415_5,
];

/// `ln Gamma(1 + h) / h` for `h > -1`.
///
/// # References
/// Abramowitz & Stegun (1964), 6.1.33.
pub(super) fn ln_gamma_1p_over(h: f64) -> f64 {
    if h.abs() > SERIES { ln_gamma(1.0 + h) / h } else { h * series(h, |_| 1.0) - EULER }
}

/// `(ln Gamma(1 + 2 h) - 2 ln Gamma(1 + h)) / h^2` for `h > -1/2`, by the same series: in the difference of the logarithms of the
/// second moment and of the square of the first the linear terms cancel.
pub(super) fn ln_moment_ratio_over(h: f64) -> f64 {
    if h.abs() > SERIES {
        (ln_gamma(1.0 + 2.0 * h) - 2.0 * ln_gamma(1.0 + h)) / h / h
    } else {
        series(h, |j| 2_f64.powi(j) - 2.0)
    }
}

/// `sum over j >= 2 of weight(j) zeta(j) / j (-h)^(j - 2)`
fn series(h: f64, weight: impl Fn(i32) -> f64) -> f64 {
    (2..34).zip(ZETA).rev().fold(0.0, |sum, (j, zeta)| weight(j) * zeta / f64::from(j) - h * sum)
}

/// `(e^(h q) - 1) / h`, which is `q` at `h = 0`.
pub(super) fn exp_m1_over(h: f64, q: f64) -> f64 {
    let product = h * q;
    if product == 0.0 { q } else { product.exp_m1() / product * q }
}

#[test]
fn series_and_differences_are_the_same_functions() {
    for h in [SERIES, -SERIES] {
        let beyond = h * (1.0 + 1e-15);
        approx::assert_relative_eq!(ln_gamma_1p_over(h), ln_gamma_1p_over(beyond), max_relative = 1e-14);
        approx::assert_relative_eq!(ln_moment_ratio_over(h), ln_moment_ratio_over(beyond), max_relative = 1e-13);
    }
    assert_eq!((exp_m1_over(0.0, 0.7), exp_m1_over(2.0, 0.7)), (0.7, 1.4_f64.exp_m1() / 1.4 * 0.7));
}
