//! Densities at the ends of their domains and supports.
use maxlik_model::distribution::*;

#[test]
fn what_cannot_be_observed_has_log_density_minus_infinity() {
    assert_eq!(exponential::ln_pdf(-0.1, 2.0), f64::NEG_INFINITY);
    assert_eq!(weibull::ln_pdf(-0.1, 2.0, 3.0), f64::NEG_INFINITY);
    assert_eq!(weibull::ln_pdf(0.0, 2.0, 3.0), f64::NEG_INFINITY);
    assert_eq!(weibull::ln_pdf(0.0, 1.0, 3.0), -3.0_f64.ln());
    assert_eq!(weibull::ln_pdf(0.0, 0.5, 3.0), f64::INFINITY);
    assert_eq!(gamma::ln_pdf(0.0, 2.0, 3.0), f64::NEG_INFINITY);
    assert_eq!(gamma::ln_pdf(0.0, 1.0, 3.0), 3.0_f64.ln());
    assert_eq!(gamma::ln_pdf(0.0, 0.5, 3.0), f64::INFINITY);
    assert_eq!(binomial::ln_pmf(6, 5, 0.5), f64::NEG_INFINITY);
    assert_eq!(bernoulli::ln_pmf(false, 1.0), f64::NEG_INFINITY);
    assert_eq!(poisson::ln_pmf(2, 0.0), f64::NEG_INFINITY);
    assert_eq!(negative_binomial::ln_pmf(2, 0.0, 1.5), f64::NEG_INFINITY);
}

#[test]
fn what_is_certain_has_log_density_zero() {
    assert_eq!(bernoulli::ln_pmf(true, 1.0), 0.0);
    assert_eq!(binomial::ln_pmf(0, 5, 0.0), 0.0);
    assert_eq!(binomial::ln_pmf(5, 5, 1.0), 0.0);
    assert_eq!(poisson::ln_pmf(0, 0.0), 0.0);
    assert_eq!(negative_binomial::ln_pmf(0, 0.0, 1.5), 0.0);
}

#[test]
fn parameters_outside_their_domain_give_nan() {
    assert!(bernoulli::ln_pmf(true, 1.5).is_nan());
    assert!(binomial::ln_pmf(2, 5, -0.1).is_nan());
    assert!(poisson::ln_pmf(0, -1.0).is_nan());
    assert!(normal::ln_pdf(0.3, 0.0, -1.0).is_nan());
    assert!(exponential::ln_pdf(0.3, -1.0).is_nan() && exponential::ln_sf(0.3, -1.0).is_nan());
    assert!(weibull::ln_pdf(0.3, -1.0, 2.0).is_nan() && weibull::ln_sf(0.3, 2.0, -1.0).is_nan());
    assert!(weibull::ln_pdf(0.0, -1.0, 2.0).is_nan());
    assert!(gamma::ln_pdf(0.3, 2.0, -1.0).is_nan());
    assert!(negative_binomial::ln_pmf(0, 2.0, 0.0).is_nan());
    // Also where the observation could not be, and on the ends of the domain.
    assert!(exponential::ln_pdf(-1.0, -1.0).is_nan() && exponential::ln_pdf(1.0, 0.0).is_nan());
    assert!(weibull::ln_pdf(-1.0, -1.0, 2.0).is_nan() && weibull::ln_pdf(0.0, 2.0, 0.0).is_nan());
    assert!(gamma::ln_pdf(0.0, 2.0, -1.0).is_nan() && gamma::ln_pdf(1.0, 0.0, 2.0).is_nan());
}

#[test]
fn infinite_size_is_poisson() {
    assert_eq!(negative_binomial::ln_pmf(3, 2.5, f64::INFINITY), poisson::ln_pmf(3, 2.5));
    // The difference is (k (k - 1) / 2 - k mean + mean^2 / 2) / size to first order, and has its own precision.
    for (k, mean, size) in [(3_u64, 2.5, 1e6), (40, 35.0, 1e7), (200, 190.0, 1e9)] {
        let difference = negative_binomial::ln_pmf(k, mean, size) - poisson::ln_pmf(k, mean);
        let n = k as f64;
        let expected = (n * (n - 1.0) / 2.0 - n * mean + mean * mean / 2.0) / size;
        // What is left is of second order, and the rounding of the two log-probabilities.
        assert!((difference - expected).abs() < 1e-3 * expected.abs() + 1e-14, "{k}: {difference:e} {expected:e}");
    }
    assert_eq!(negative_binomial::ln_pmf(3, 2.5, 1e200), poisson::ln_pmf(3, 2.5));
    assert_eq!(poisson::ln_pmf(3, f64::INFINITY), f64::NEG_INFINITY);
}
