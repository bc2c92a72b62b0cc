//! Distribution functions by cumulative hazards: `P(X > x) = e^-H`, `P(X <= x) = 1 - e^-H`.
use maxlik_dual::Real;

/// Below, `1 - e^-H = H e^(-H/2)` to rounding; the next factor is `1 + H^2 / 24`.
const SMALL: f64 = 1e-8;

/// Beyond, `e^-H` is 0, and stays that when multiplied by derivatives of `H`, which may be infinite.
const LARGE: f64 = 800.0;

/// `ln(1 - e^-H)`, for small `H` from its logarithm, which does not underflow.
#[inline(always)]
pub(super) fn ln_cdf<T: Real>(hazard: T, ln_hazard: impl FnOnce() -> T) -> T {
    if hazard.value() < SMALL {
        ln_hazard() - hazard * 0.5
    } else if hazard.value() > LARGE {
        T::from(0.0)
    } else {
        (-hazard).ln_1m_exp()
    }
}

#[test]
fn both_branches_are_the_same_function() {
    for hazard in [0.4e-8_f64, 2.5e-8, 0.7] {
        let expected = (-(-hazard).exp_m1()).ln();
        approx::assert_relative_eq!(ln_cdf(hazard, || hazard.ln()), expected, max_relative = 1e-15);
    }
    assert_eq!(ln_cdf(0.0, || -5000.0), -5000.0);
}
