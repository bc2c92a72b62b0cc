//! The logarithm of the gamma function and of factorials.

/// `ln Gamma(x)` for `x > 0`: infinite at 0 and at infinity, NaN below 0.
///
/// The value is libm's `lgamma` (Sun's rational approximations, relative error below 2e-16 outside its zeros).
///
/// ```
/// use maxlik_dual::special::ln_gamma;
/// assert!((ln_gamma(4.5) - (3.5_f64 * 2.5 * 1.5 * 0.5).ln() - 0.5 * std::f64::consts::PI.ln()).abs() < 4e-16);
/// ```
pub fn ln_gamma(x: f64) -> f64 {
    if x < 0.0 { f64::NAN } else { libm::lgamma(x) }
}

/// `ln k!`, from a table for `k < 32` and as `ln Gamma(k + 1)` beyond.
///
/// ```
/// assert_eq!(maxlik_dual::special::ln_factorial(5), 120_f64.ln());
/// ```
pub fn ln_factorial(k: u64) -> f64 {
    thread_local! {
        static TABLE: [f64; 32] = std::array::from_fn(|k| (1..=k).map(|j| j as f64).product::<f64>().ln());
    }
    match usize::try_from(k) {
        Ok(small) if small < 32 => TABLE.with(|table| table[small]),
        _ => ln_gamma(k as f64 + 1.0),
    }
}

/// `ln k! - k ln k + k` for `k >= 16`, what Stirling's formula leaves: `ln(2 pi k) / 2 + 1/(12k) - 1/(360k^3) + ...`
///
/// ```
/// use maxlik_dual::special::{ln_factorial, ln_factorial_remainder};
/// let k = 20_f64;
/// assert!((ln_factorial_remainder(20) - (ln_factorial(20) - k * k.ln() + k)).abs() < 1e-14);
/// ```
///
/// # Panics
/// In debug builds for `k < 16`, where the series is not exact.
pub fn ln_factorial_remainder(k: u64) -> f64 {
    debug_assert!(k >= 16, "the series is for k >= 16, found {k}");
    let k = k as f64;
    0.5 * (std::f64::consts::TAU * k).ln() + stirling(k)
}

/// `ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi) / 2` for `x >= 16`; Abramowitz & Stegun 6.1.40, the first omitted term is
/// below 1e-17.
pub(super) fn stirling(x: f64) -> f64 {
    let (r, r2) = (1.0 / x, 1.0 / (x * x));
    r * STIRLING.iter().rev().fold(0.0, |t, c| t * r2 + c)
}

/// Its coefficients, of `1/x, 1/x^3, ...`
const STIRLING: [f64; 6] = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
