//! Densities, samplers and estimates at the ends of their domains and supports.
use approx::assert_relative_eq;
use maxlik_dual::Dual2;
use maxlik_model::distribution::*;
use rand::{SeedableRng, distr::Distribution, rngs::StdRng};

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

#[test]
fn ratios_of_few_degrees_of_freedom_are_numbers() {
    // The mean squares themselves are too small for numbers; with as many degrees of freedom in both, half of the ratios are above 1.
    let mut rng = StdRng::seed_from_u64(29);
    for nu in [1e-300, 1e-10, 1e-3, 0.3, 7.0, 1e12] {
        let ratios = f::F::new(nu, nu).unwrap();
        let draws: Vec<f64> = (0..2000).map(|_| ratios.sample(&mut rng)).collect();
        assert!(draws.iter().all(|x| *x >= 0.0), "nu = {nu:e}");
        let above = draws.iter().filter(|x| **x > 1.0).count();
        // Five standard deviations.
        assert!(above.abs_diff(1000) < 112, "nu = {nu:e}: {above}");
    }
}

#[test]
fn the_score_of_an_inverse_gaussian_mean_is_exact_far_below_it() {
    // -shape (x - mean)^2 / (2 mean^2 x) has the derivative shape (x - mean) / mean^3 in the mean.
    let (m, shape) = (0.3, 0.02);
    for x in [0.17, 1e-4, 1e-9, 1e-20] {
        let [mean] = Dual2::variables([m]);
        let density = inverse_gaussian::ln_pdf(x, mean, Dual2::from(shape));
        assert_relative_eq!(density.gradient()[0], shape * (x - m) / m.powi(3), max_relative = 1e-14);
        let second = shape * (2.0 * m - 3.0 * x) / m.powi(4);
        assert_relative_eq!(density.hessian(0, 0), second, max_relative = 1e-13);
    }
}

#[test]
fn estimates_of_extreme_values_say_what_is_wrong() {
    let message = |x: &[f64]| gev::Gev::probability_weighted_moments(x).unwrap_err().to_string();
    assert_eq!(message(&[0.1, 0.7]), "generalized extreme value, `observations`: expected 3 values, found 2");
    assert_eq!(
        message(&[0.1; 5]),
        "generalized extreme value: the observations ask for `scale` = 0, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand"
    );
}

#[test]
fn starts_of_extreme_value_distributions_cover_the_observations() {
    use generalized_pareto::GeneralizedPareto;
    use gev::Gev;
    use rand::{SeedableRng, distr::Distribution, rngs::StdRng};
    for seed in 0..200 {
        for shape in [-0.6, -0.2, 0.3] {
            let draw = |n: usize| StdRng::seed_from_u64(seed + 1000 * n as u64);
            let x: Vec<f64> = Gev::new(3.0, 1.5, shape).unwrap().sample_iter(draw(10)).take(10).collect();
            let [mu, scale, shape_] = Gev::probability_weighted_moments(&x).unwrap().parameters();
            assert!(x.iter().all(|&x| gev::ln_pdf(x, mu, scale, shape_).is_finite()), "{shape} {seed}");
            let x: Vec<f64> = GeneralizedPareto::new(1.5, shape).unwrap().sample_iter(draw(15)).take(15).collect();
            let [scale, shape_] = GeneralizedPareto::method_of_moments(&x).unwrap().parameters();
            assert!(x.iter().all(|&x| generalized_pareto::ln_pdf(x, scale, shape_).is_finite()), "{shape} {seed}");
        }
    }
}

#[test]
fn a_skewness_that_no_skew_normal_has_still_gives_a_start() {
    let x = [0.1, 0.2, 0.3, 0.2, 0.1, 9.5];
    let start = skew_normal::SkewNormal::method_of_moments(&x).unwrap();
    assert!((start.mean() - x.iter().sum::<f64>() / 6.0).abs() < 1e-12);
}

#[test]
fn observations_that_no_member_of_a_family_fits_are_named_as_such() {
    let error = negative_binomial::NegativeBinomial::method_of_moments(&[2, 2, 3]).unwrap_err();
    insta::assert_snapshot!(error, @"negative binomial: the observations ask for `size` = inf, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
}

#[test]
fn derivatives_by_a_tweedie_power_next_to_two_are_not_made_up() {
    use maxlik_dual::Dual2;
    let [power] = Dual2::variables([2.0 - 1e-6]);
    let f = tweedie::ln_pdf(0.5, 2.0.into(), 0.5.into(), power);
    assert!(f.gradient()[0].is_nan() && f.hessian(0, 0).is_nan());
    assert_eq!(f.value(), tweedie::ln_pdf(0.5, 2.0, 0.5, 2.0 - 1e-6));
    // Where they are given they are right: -0.22658 by mpmath, second derivative at 2 - 1e-4.
    let [power] = Dual2::variables([2.0 - 1e-4]);
    let f = tweedie::ln_pdf(0.5, 2.0.into(), 0.5.into(), power);
    assert!((f.hessian(0, 0) + 0.226_58).abs() < 1e-4, "{}", f.hessian(0, 0));
}
