//! Log-densities against R (`reference/make_densities.R` made `reference/densities.csv`).
use maxlik::prelude::*;

/// Relative error allowed.
const TOLERANCE: f64 = 1e-13;

/// Where R itself is off by 1.2e-13: the row, and its value by mpmath 1.3.0 with 50 digits,
/// `loggamma(k+s) - loggamma(s) - loggamma(k+1) + k*log(m/(s+m)) + s*log(s/(s+m))`.
const R_IS_OFF: (&str, f64) = ("40;35;1000000", -3.106_724_755_242_508_5);

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the table holds small whole numbers there"
)]
fn log_density(name: &str, a: &[f64]) -> f64 {
    let k = a[0].max(0.0) as u64;
    match name {
        "bernoulli" => bernoulli::ln_pmf(k == 1, a[1]),
        "binomial" => binomial::ln_pmf(k, a[1] as u64, a[2]),
        "poisson" => poisson::ln_pmf(k, a[1]),
        "normal" => normal::ln_pdf(a[0], a[1], a[2]),
        "exponential" => exponential::ln_pdf(a[0], a[1]),
        "weibull" => weibull::ln_pdf(a[0], a[1], a[2]),
        "weibull_sf" => weibull::ln_sf(a[0], a[1], a[2]),
        "gamma" => gamma::ln_pdf(a[0], a[1], a[2]),
        "negative_binomial" => negative_binomial::ln_pmf(k, a[1], a[2]),
        other => panic!("no density {other}"),
    }
}

#[test]
fn log_densities_agree_with_r() {
    let mut failures = Vec::new();
    let rows = include_str!("reference/densities.csv").lines().skip(2);
    let mut count = 0;
    for row in rows {
        count += 1;
        let fields: Vec<&str> = row.split(',').collect();
        let arguments: Vec<f64> = fields[1].split(';').map(|a| a.parse().unwrap()).collect();
        let expected: f64 = if fields[1] == R_IS_OFF.0 { R_IS_OFF.1 } else { fields[2].parse().unwrap() };
        let found = log_density(fields[0], &arguments);
        let error = (found / expected - 1.0).abs();
        if error.is_nan() || error > TOLERANCE {
            failures.push(format!("{row}: found {found}, relative error {error:.1e}"));
        }
    }
    assert_eq!(count, 53, "rows in the table");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

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
fn log_survival_is_the_integral_of_the_density() {
    // Simpson's rule on [x, x + 60 scales]; the remainder is below 1e-16.
    let (shape, scale, x) = (1.7, 2.5, 1.3);
    let n = 20_000;
    let h = 12.0 * scale / f64::from(n);
    let density = |i: i32| f64::exp(weibull::ln_pdf(x + h * f64::from(i), shape, scale));
    let sum: f64 = (0..n / 2).map(|i| density(2 * i) + 4.0 * density(2 * i + 1) + density(2 * i + 2)).sum();
    let ln_sf: f64 = weibull::ln_sf(x, shape, scale);
    assert!((sum * h / 3.0 / ln_sf.exp() - 1.0).abs() < 1e-12);
}
