//! The logarithms of the beta function and of the binomial coefficient, with real arguments.
use super::ln_gamma::{stirling, stirling_difference};
use super::{ln_gamma, polygamma, polygamma_differences};
use crate::rules::Derivatives2;

/// Stirling's series serves from here on.
const STIRLING: f64 = 16.0;
/// `ln(2 pi) / 2`
const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

/// `ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b)` for `a, b > 0` and its partial derivatives, up to `order`;
/// NaN where an argument is negative.
///
/// Where an argument is large the three logarithms cancel; there Stirling's series are subtracted term by term, and the
/// derivatives are differences of polygamma functions formed likewise.
///
/// ```
/// use maxlik_dual::special::ln_beta;
/// // B(2, b) = 1 / (b (b + 1)), even where ln Gamma(b) is 2e11.
/// let b = 1e10;
/// let [f, _, f_b, ..] = ln_beta(2.0, b, 1);
/// assert!((f / -(b.ln() + (b + 1.0).ln()) - 1.0).abs() < 1e-15);
/// assert!((f_b / -(1.0 / b + 1.0 / (b + 1.0)) - 1.0).abs() < 1e-15);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 6.1.40, 6.2.2; the cases as in Didonato & Morris, "Algorithm 708" (1992).
pub fn ln_beta(a: f64, b: f64, order: usize) -> Derivatives2 {
    if a.is_nan() || b.is_nan() || a < 0.0 || b < 0.0 {
        return [f64::NAN; 10];
    }
    let mut f = [0.0; 10];
    f[0] = ln_beta_value(a.min(b) + 0.0, a.max(b) + 0.0);
    if order == 0 {
        return f;
    }
    // psi(a) - psi(a + b) and its derivatives, the same with a and b exchanged, and the polygammas of a + b.
    let (da, db) = (polygamma_differences(a, b), polygamma_differences(b, a));
    let sum = polygamma(a + b, order);
    f[1..].copy_from_slice(&[-da[0], -db[0], -da[1], -sum[1], -db[1], -da[2], -sum[2], -sum[2], -db[2]]);
    f
}

/// `ln B(p, q)` for `p <= q`.
fn ln_beta_value(p: f64, q: f64) -> f64 {
    if p == 0.0 || q.is_infinite() {
        // Infinite at p = 0 and minus infinite at q = infinity; no limit where both meet.
        return if p == 0.0 && q.is_infinite() {
            f64::NAN
        } else if p == 0.0 {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        };
    }
    if p >= STIRLING {
        let s = p + q;
        let large = (p - 0.5) * (p / s).ln() - q * (p / q).ln_1p() - 0.5 * q.ln();
        return large + HALF_LN_2PI + (stirling(p) + stirling(q) - stirling(s));
    }
    if q >= STIRLING {
        return ln_gamma(p) - ln_gamma_difference(q, p);
    }
    if p < 1.0 && q >= 2.0 {
        return ln_gamma(p) - ln_gamma_difference_upwards(q, p);
    }
    if p < 1e-300 {
        // Gamma(p) = 1/p and Gamma(p + q) / Gamma(q) = q / (p + q), where that differs from 1.
        return (p / q).ln_1p() - p.ln();
    }
    (libm::tgamma(p) / libm::tgamma(p + q) * libm::tgamma(q)).ln()
}

/// `ln Gamma(x + k) - ln Gamma(x)` for `x >= 16` and `k >= 0`:
/// `(x - 1/2) ln(1 + k/x) + k (ln(x + k) - 1) + c(x + k) - c(x)` with Stirling's `c(x) = 1/(12x) - 1/(360x^3) + ...`
fn ln_gamma_difference(x: f64, k: f64) -> f64 {
    let y = x + k;
    (x - 0.5) * (k / x).ln_1p() + k * (y.ln() - 1.0) + stirling_difference(x, k)
}

/// The same for any `x > 0`: upwards by `ln Gamma(x + k) - ln Gamma(x) = ... - ln(1 + k/x)`.
fn ln_gamma_difference_upwards(x: f64, k: f64) -> f64 {
    let (mut above, mut steps) = (x, 0.0);
    while above < STIRLING {
        steps += (k / above).ln_1p();
        above += 1.0;
    }
    ln_gamma_difference(above, k) - steps
}

/// `ln C(n, k) = ln Gamma(n + 1) - ln Gamma(k + 1) - ln Gamma(n - k + 1)` for real `0 <= k <= n` and its partial derivatives by
/// `n` and `k`, up to `order`; NaN elsewhere.
///
/// As exact for large `n` as [`ln_beta`], and relative to `k` for small `k`; for `n` below 2 the error of the value is absolute,
/// a few roundings of 1.
///
/// ```
/// use maxlik_dual::special::ln_binomial;
/// let [f, _, f_k, ..] = ln_binomial(7.0, 3.0, 1);
/// assert!((f - 35_f64.ln()).abs() < 1e-15);
/// assert!((f_k - 1.0 / 4.0).abs() < 1e-15); // psi(5) - psi(4)
/// let [f, ..] = ln_binomial(1e12, 2.0, 0);
/// assert!((f / (0.5e12 * (1e12 - 1.0_f64)).ln() - 1.0).abs() < 1e-15);
/// ```
pub fn ln_binomial(n: f64, k: f64, order: usize) -> Derivatives2 {
    if n.is_nan() || k < 0.0 || k > n || (n - k).is_nan() {
        return [f64::NAN; 10];
    }
    let m = n - k;
    let mut f = [0.0; 10];
    f[0] = ln_binomial_value(n, k.min(m), k.max(m));
    if order == 0 {
        return f;
    }
    let by_n = polygamma_differences(m + 1.0, k);
    // psi(m + 1) - psi(k + 1) and its second derivative, as differences of the larger and the smaller.
    let (small, sign) = if k <= m { (k, 1.0) } else { (m, -1.0) };
    let by_k = polygamma_differences(small + 1.0, sign * (n - 2.0 * k)).map(|d| sign * d);
    let (pm, pk) = (polygamma(m + 1.0, order), polygamma(k + 1.0, order));
    f[1..].copy_from_slice(&[by_n[0], by_k[0], by_n[1], pm[1], -pm[1] - pk[1], by_n[2], pm[2], -pm[2], by_k[2]]);
    f
}

/// `ln C(n, k)` with `k <= m = n - k`.
fn ln_binomial_value(n: f64, k: f64, m: f64) -> f64 {
    if k == 0.0 {
        return 0.0;
    }
    if n.is_infinite() {
        return n;
    }
    if m + 1.0 >= STIRLING {
        if k >= STIRLING {
            // Stirling's formula for n!, k! and m!.
            let entropy = -k * (k / n).ln() - m * (-k / n).ln_1p();
            return entropy - 0.5 * (k.ln() + (m / n).ln()) - HALF_LN_2PI + (stirling(n) - stirling(k) - stirling(m));
        }
        return ln_gamma_difference(m + 1.0, k) - ln_gamma_1p(k);
    }
    if k < 1.0 {
        return ln_gamma_difference_upwards(m + 1.0, k) - ln_gamma_1p(k);
    }
    (libm::tgamma(n + 1.0) / libm::tgamma(k + 1.0) / libm::tgamma(m + 1.0)).ln()
}

/// `ln Gamma(1 + k)` for `k >= 0`, relatively exact for small `k`; Abramowitz & Stegun 6.1.33 for `k < 0.5`:
/// `-ln(1 + k) + k (1 - gamma) + sum_{j >= 2} (-1)^j (zeta(j) - 1) k^j / j`.
fn ln_gamma_1p(k: f64) -> f64 {
    /// `1 - gamma`, Euler's constant.
    const LINEAR: f64 = 0.422_784_335_098_467_13;
    const COEFFICIENTS: [f64; 25] = [
        0.322_467_033_424_113_2,
        -0.067_352_301_053_198_1,
        0.020_580_808_427_784_546,
        -0.007_385_551_028_673_986,
        0.002_890_510_330_741_523_4,
        -0.001_192_753_911_703_261,
        0.000_509_669_524_743_042_5,
        -0.000_223_154_758_453_579_39,
        9.945_751_278_180_853e-5,
        -4.492_623_673_813_314e-5,
        2.050_721_277_567_069e-5,
        -9.439_488_275_268_397e-6,
        4.374_866_789_907_488e-6,
        -2.039_215_753_801_366e-6,
        9.551_412_130_407_42e-7,
        -4.492_469_198_764_566e-7,
        2.120_718_480_555_466_5e-7,
        -1.004_322_482_396_809_9e-7,
        4.769_810_169_363_980_4e-8,
        -2.271_109_460_894_316_4e-8,
        1.083_865_921_489_695_5e-8,
        -5.183_475_041_970_047e-9,
        2.483_674_543_802_478_5e-9,
        -1.192_140_140_586_091_2e-9,
        5.731_367_241_678_862e-10,
    ];
    if k >= 0.5 {
        return ln_gamma(1.0 + k);
    }
    let series = COEFFICIENTS.iter().rev().fold(0.0, |tail, c| (tail + c) * k);
    -k.ln_1p() + k * (LINEAR + series)
}
