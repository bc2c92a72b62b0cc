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
