//! Special functions on `f64`: what the table of [rules](crate::rules) is made of, where a formula does not do.
mod incomplete_beta;
mod incomplete_gamma;
mod ln_bessel_i;
mod ln_beta;
mod ln_gamma;
mod ln_rising_factorial;
mod normal;
mod polygamma;
mod quadrature;
mod stirling;
mod x_minus_ln_1p;

pub use incomplete_beta::{ln_beta_inc, ln_beta_inc_complement, ln_beta_inc_with};
pub use incomplete_gamma::{ln_gamma_p, ln_gamma_q};
pub use ln_bessel_i::ln_bessel_i;
pub use ln_beta::{ln_beta, ln_binomial};
pub use ln_gamma::{
    large_stirling_remainder, ln_factorial, ln_factorial_remainder, ln_gamma, small_ln_factorial,
    small_ln_factorial_remainder,
};
pub use ln_rising_factorial::{ln_rising_factorial, ln_rising_ratio};
pub use normal::{
    erf, erfc, ln_normal_cdf, normal_cdf, normal_cdf_derivatives, normal_quantile, normal_quantile_derivatives,
};
pub use polygamma::{polygamma, polygamma_differences};
pub use stirling::{half_deviance, stirling_remainder};
pub use x_minus_ln_1p::x_minus_ln_1p;

/// `ln(2 pi) / 2`
pub const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

/// `ln(1 + u)` for `0 <= u <= 1`, within 2 ulp and three times as fast as the general function: with `w` the rounded
/// `1 + u`, `ln(w) u / (w - 1)` cancels the rounding (Kahan; Goldberg, "What every computer scientist should know about
/// floating-point arithmetic" (1991), theorem 4).
///
/// ```
/// use maxlik_dual::special::ln_1p_unit;
/// assert_eq!(ln_1p_unit(1e-20), 1e-20);
/// assert!((ln_1p_unit(0.3) / 0.3_f64.ln_1p() - 1.0).abs() < 4e-16);
/// ```
#[inline(always)]
pub fn ln_1p_unit(u: f64) -> f64 {
    let w = 1.0 + u;
    if w == 1.0 { u } else { w.ln() * u / (w - 1.0) }
}
