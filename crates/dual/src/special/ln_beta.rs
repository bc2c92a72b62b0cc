//! The logarithms of the beta function and of the binomial coefficient, with real arguments.
use super::ln_gamma::large_stirling_remainder;
use super::stirling::{ln_gamma_1p, ln_gamma_increase};
use super::{HALF_LN_2_PI, ln_gamma, polygamma, polygamma_differences};
use crate::rules::Derivatives2;

/// Stirling's series serves from here on.
const STIRLING: f64 = 16.0;

/// `ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b)` for `a, b > 0` and its partial derivatives, up to `order`;
/// NaN where an argument is negative.
///
/// Where an argument is large the three logarithms cancel; there Stirling's series are subtracted term by term, and the
/// derivatives are differences of polygamma functions formed likewise. Where `B(a, b)` is near 1 the error of the value is
/// absolute, a few roundings of 1.
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
        return large
            + HALF_LN_2_PI
            + (large_stirling_remainder(p) + large_stirling_remainder(q) - large_stirling_remainder(s));
    }
    if q >= STIRLING || p < 1.0 && q >= 2.0 {
        return ln_gamma(p) - ln_gamma_increase(q, p);
    }
    if p < 1e-300 {
        // Gamma(p) = 1/p and Gamma(p + q) / Gamma(q) = q / (p + q), where that differs from 1.
        return (p / q).ln_1p() - p.ln();
    }
    (libm::tgamma(p) / libm::tgamma(p + q) * libm::tgamma(q)).ln()
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
            return entropy - 0.5 * (k.ln() + (m / n).ln()) - HALF_LN_2_PI
                + (large_stirling_remainder(n) - large_stirling_remainder(k) - large_stirling_remainder(m));
        }
        return ln_gamma_increase(m + 1.0, k) - ln_gamma_1p(k);
    }
    if k < 1.0 {
        return ln_gamma_increase(m + 1.0, k) - ln_gamma_1p(k);
    }
    (libm::tgamma(n + 1.0) / libm::tgamma(k + 1.0) / libm::tgamma(m + 1.0)).ln()
}
