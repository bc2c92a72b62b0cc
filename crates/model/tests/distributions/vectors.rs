//! Distributions of vectors, or with as many parameters as one likes: what the tables of one number do not hold.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use maxlik_model::distribution::DistributionError;
use maxlik_model::distribution::categorical::{self, Categorical};
use maxlik_model::distribution::multinomial::{self, Multinomial};
use rand::rngs::StdRng;
use rand::{SeedableRng, distr::Distribution};

const P: [f64; 4] = [0.15, 0.3, 0.05, 0.5];

/// The logits of probabilities, the first category being the reference.
fn logits<const N: usize>(p: [f64; N]) -> Vec<f64> {
    p[1..].iter().map(|q| (q / p[0]).ln()).collect()
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(';').map(|number| number.parse().expect("a number")).collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers of at least 0")]
fn whole(text: &str) -> Vec<u64> {
    numbers(text).into_iter().map(|k| k as u64).collect()
}

#[test]
fn values_agree_with_mpmath() {
    let mut failures = Vec::new();
    let mut count = 0;
    for row in include_str!("../reference/densities.csv").lines() {
        let fields: Vec<&str> = row.split(',').collect();
        let [distribution, function, x, parameters, value] = fields[..] else { continue };
        let found = match (distribution, function) {
            ("categorical", "ln_pmf") => {
                vec![categorical::ln_pmf(x.parse().expect("a category"), &numbers(parameters))]
            }
            ("categorical", "mean") => vec![Categorical::new(numbers(parameters)).unwrap().mean()],
            ("categorical", "variance") => vec![Categorical::new(numbers(parameters)).unwrap().variance()],
            ("multinomial", "ln_pmf") => vec![multinomial::ln_pmf(&whole(x), &numbers(parameters))],
            ("multinomial", "mean") => Multinomial::new(whole(x)[0], numbers(parameters)).unwrap().mean(),
            ("multinomial", "variance") => Multinomial::new(whole(x)[0], numbers(parameters)).unwrap().variance(),
            _ => continue,
        };
        count += 1;
        let expected = numbers(value);
        let close =
            |(found, expected): (&f64, &f64)| found == expected || (found - expected).abs() <= 1e-13 * expected.abs();
        if found.len() != expected.len() || !found.iter().zip(&expected).all(close) {
            failures.push(format!("{row}: found {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(count, 41, "rows of the table that were tested");
}

#[test]
fn multinomial_of_many_trials() {
    // mpmath 1.3.0 with 60 digits: loggamma(n + 1) + sum of k log(p) - loggamma(k + 1), p the doubles
    let rows: [([u64; 3], [f64; 3], f64); 4] = [
        ([250_000, 250_100, 499_900], [0.25, 0.25, 0.5], -13.950_618_373_483_027),
        ([199_999_000_000, 300_000_500_000, 500_000_500_000], [0.2, 0.3, 0.5], -30.882_288_585_608_006),
        ([3, 12_000_100_000, 987_999_899_997], [1e-12, 0.012, 0.987_999_999_999], -15.730_466_798_461_006),
        ([40, 60_000, 10], [0.7, 0.1, 0.2], -137_760.765_772_711_54),
    ];
    for (counts, p, expected) in rows {
        assert_relative_eq!(multinomial::ln_pmf(&counts, &p), expected, max_relative = 1e-13);
    }
}

#[test]
fn probabilities_of_all_outcomes_add_up_to_one() {
    let total: f64 = (0..4).map(|k| categorical::ln_pmf(k, &P).exp()).sum();
    assert_relative_eq!(total, 1.0, max_relative = 1e-15);
    let mut total = 0.0;
    for i in 0..=7 {
        for j in 0..=7 - i {
            for k in 0..=7 - i - j {
                let counts = [i, j, k, 7 - i - j - k];
                let ln_pmf = multinomial::ln_pmf(&counts, &P);
                assert_relative_eq!(multinomial::ln_pmf_logit(&counts, &logits(P)), ln_pmf, max_relative = 1e-14);
                total += ln_pmf.exp();
            }
        }
    }
    assert_relative_eq!(total, 1.0, max_relative = 1e-14);
}

#[test]
fn two_categories_are_bernoulli_and_binomial() {
    use maxlik_model::distribution::{bernoulli, binomial};
    for (k, n) in [(3, 10), (0, 10), (10, 10), (90, 300), (5, 20_000), (400_000, 1_000_000)] {
        // Probabilities of which one minus them is a number, too.
        for p in [0.3125, 0.406_25, 1.0 / 8192.0] {
            let expected = binomial::ln_pmf(k, n, p);
            assert_relative_eq!(multinomial::ln_pmf(&[n - k, k], &[1.0 - p, p]), expected, max_relative = 1e-13);
            let eta: f64 = p.logit();
            assert_relative_eq!(
                multinomial::ln_pmf_logit(&[n - k, k], &[eta]),
                binomial::ln_pmf_logit(k, n, eta),
                max_relative = 1e-12, // 1e-16 times the derivative in eta, where k is far from n p
            );
        }
    }
    for eta in [-0.8, 2.5, 40.0, -800.0] {
        assert_eq!(categorical::ln_pmf_logit(1, &[eta]), bernoulli::ln_pmf_logit(true, eta));
        assert_eq!(categorical::ln_pmf_logit(0, &[eta]), bernoulli::ln_pmf_logit(false, eta));
    }
}

#[test]
fn scores_of_logits_are_observed_minus_expected() {
    // d/d eta_j = k_j - n p_j, and the second derivatives -n (p_i [i = j] - p_i p_j)
    for counts in [[1, 4, 0, 2], [1000, 20_000, 40, 3]] {
        let n = counts.iter().sum::<u64>() as f64;
        let eta = logits(P);
        let f = multinomial::ln_pmf_logit(&counts, &Dual2::<3>::variables([eta[0], eta[1], eta[2]]));
        for j in 0..3 {
            assert_relative_eq!(f.gradient()[j], counts[j + 1] as f64 - n * P[j + 1], epsilon = 1e-14 * n);
            for i in 0..3 {
                let diagonal = if i == j { P[i + 1] } else { 0.0 };
                assert_relative_eq!(f.hessian(i, j), -n * (diagonal - P[i + 1] * P[j + 1]), epsilon = 1e-14 * n);
            }
        }
    }
    let [p, q] = Dual2::variables([0.3, 0.25]);
    let f = multinomial::ln_pmf(&[3, 200, 50], &[p, q, -p - q + 1.0]);
    assert_relative_eq!(f.gradient()[0], 3.0 / 0.3 - 50.0 / 0.45, max_relative = 1e-14);
    assert_relative_eq!(f.hessian(0, 1), -50.0 / (0.45 * 0.45), max_relative = 1e-14);
    let f = categorical::ln_pmf(2, &[p, q, -p - q + 1.0]);
    assert_relative_eq!(f.gradient()[1], -1.0 / 0.45, max_relative = 1e-14);
}

#[test]
fn nothing_overflows_and_the_impossible_is_minus_infinity() {
    assert_eq!(categorical::ln_pmf_logit(0, &[800.0, -800.0]), -800.0);
    assert_eq!(categorical::ln_pmf_logit(1, &[1e300, -1e300]), 0.0);
    assert_eq!(categorical::ln_pmf_logit(1, &[-1e4, -1e300]), -1e4);
    assert_eq!(multinomial::ln_pmf_logit(&[300, 0, 0], &[1e3, -1e3]), -3e5);
    assert_eq!(categorical::ln_pmf(4, &P), f64::NEG_INFINITY);
    assert_eq!(categorical::ln_pmf_logit(5, &logits(P)), f64::NEG_INFINITY);
    assert_eq!(multinomial::ln_pmf(&[1, 2], &[0.0, 1.0]), f64::NEG_INFINITY);
    assert_eq!(multinomial::ln_pmf(&[0, 2], &[0.0, 1.0]), 0.0);
    assert_eq!(multinomial::ln_pmf(&[0, 200_000], &[0.0, 1.0]), 0.0);
    assert!(multinomial::ln_pmf(&[u64::MAX, u64::MAX], &[0.25, 0.75]).is_finite());
}

#[test]
fn no_probabilities_give_nan() {
    assert!(categorical::ln_pmf(0, &[0.2, 0.7]).is_nan());
    assert!(categorical::ln_pmf(0, &[1.2, -0.2]).is_nan());
    assert!(categorical::ln_pmf(7, &[f64::NAN, 0.4]).is_nan());
    assert!(categorical::ln_pmf_logit(0, &[f64::NAN, 0.4]).is_nan());
    assert!(multinomial::ln_pmf(&[2, 3], &[0.2, 0.7]).is_nan());
    assert!(multinomial::ln_pmf(&[2, 3], &[0.2, 0.3, 0.5]).is_nan());
    assert!(multinomial::ln_pmf_logit(&[2, 3], &[0.2, 0.3]).is_nan());
    assert!(multinomial::ln_pmf_logit(&[200, 300], &[f64::NAN]).is_nan());
    // Rounding is not meant.
    assert!(categorical::ln_pmf(0, &[0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1]).is_finite());
}

#[test]
fn samples_have_the_moments() {
    let n = 20_000;
    let known = Categorical::new(P.to_vec()).unwrap();
    let mut shares = [0.0; 4];
    for k in known.sample_iter(StdRng::seed_from_u64(3)).take(n) {
        shares[k] += 1.0 / n as f64;
    }
    for (share, p) in shares.iter().zip(P) {
        assert!((share - p).abs() < 4.0 * (p / n as f64).sqrt(), "{shares:?}");
    }
    let known = Multinomial::new(40, P.to_vec()).unwrap();
    let draws: Vec<Vec<u64>> = (&known).sample_iter(StdRng::seed_from_u64(3)).take(n).collect();
    let mean = |f: &dyn Fn(&[u64]) -> f64| draws.iter().map(|k| f(k)).sum::<f64>() / n as f64;
    let means = known.mean();
    for i in 0..4 {
        let variance = known.variance()[i];
        assert_eq!(variance, known.covariance(i, i));
        assert!((mean(&|k| k[i] as f64) - means[i]).abs() < 4.0 * (variance / n as f64).sqrt());
        for j in 0..4 {
            let product = mean(&|k| (k[i] as f64 - means[i]) * (k[j] as f64 - means[j]));
            let spread = (2.0 * variance * known.variance()[j] / n as f64).sqrt();
            assert!((product - known.covariance(i, j)).abs() < 4.0 * spread, "{i} {j}: {product}");
        }
    }
    assert!(draws.iter().all(|k| k.iter().sum::<u64>() == 40));
}

#[test]
fn estimates_are_shares_and_errors_say_what_is_wrong() {
    let known = Categorical::maximum_likelihood(3, &[0, 2, 2, 2]).unwrap();
    assert_eq!(known.probabilities(), [0.25, 0.0, 0.75]);
    let known = Multinomial::maximum_likelihood(&[vec![1, 4, 0], vec![2, 1, 2]]).unwrap();
    assert_eq!(known.probabilities(), [0.3, 0.5, 0.2]);
    let message = |error: DistributionError| error.to_string();
    insta::assert_snapshot!(message(Categorical::maximum_likelihood(3, &[]).unwrap_err()), @"categorical: expected at least one observation, found none - check the filter or file that they come from");
    insta::assert_snapshot!(message(Categorical::maximum_likelihood(3, &[1, 3]).unwrap_err()), @"categorical, observation 1: expected a value in [0, 2], found 3 - drop it or choose another distribution");
    insta::assert_snapshot!(message(Categorical::new(vec![0.7, -0.2, 0.5]).unwrap_err()), @"categorical, parameter `probabilities`: expected a value in [0, 1], found -0.2");
    insta::assert_snapshot!(message(Multinomial::maximum_likelihood(&[vec![1, 4], vec![2]]).unwrap_err()), @"multinomial, `observation`: expected 2 values, found 1");
    insta::assert_snapshot!(message(Multinomial::maximum_likelihood(&[vec![1, 4], vec![2, 1]]).unwrap_err()), @"multinomial, observation 1: expected a value in [5, 5], found 3 - drop it or choose another distribution");
    insta::assert_snapshot!(message(Multinomial::maximum_likelihood(&[vec![0, 0]]).unwrap_err()), @"multinomial: the observations ask for `probabilities` = NaN, expected a value in [0, 1] - they vary too little or too much for this family, or are too few; give a start by hand");
}
