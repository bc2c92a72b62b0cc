//! Large counts and extreme parameters against mpmath (`reference/make_large_counts.py` made `reference/large_counts.csv`).
use maxlik_dual::Dual;
use maxlik_model::distribution::{beta_binomial, binomial, negative_binomial, poisson};

/// Relative error allowed in values.
const TOLERANCE: f64 = 1e-13;

/// The rounding of `p = 1 / (1 + e^-eta)` is multiplied by `k - n p`, here 4e5, as the text of `ln_pmf_logit` says: 4.3e-12.
const LOGIT: [(&str, f64); 1] = [("binomial_logit,300000400000", 5e-12)];

/// Relative error allowed in derivatives; besides, a derivative by the logarithm of a parameter may have the rounding of the value.
const SLOPE: f64 = 1e-9;

/// The value and its gradient.
fn found(function: &str, counts: &[u64], parameters: &[f64]) -> (f64, Vec<f64>) {
    fn parts<const P: usize>(f: Dual<P>) -> (f64, Vec<f64>) {
        (f.value(), f.gradient().to_vec())
    }
    match (function, counts, parameters) {
        ("binomial", &[k, n], &[p]) => parts(binomial::ln_pmf(k, n, Dual::<1>::variable(p, 0))),
        ("binomial_logit", &[k, n], &[eta]) => parts(binomial::ln_pmf_logit(k, n, Dual::<1>::variable(eta, 0))),
        ("poisson", &[k], &[mean]) => parts(poisson::ln_pmf(k, Dual::<1>::variable(mean, 0))),
        ("negative_binomial", &[k], &[mean, size]) => {
            let [mean, size] = Dual::variables([mean, size]);
            parts(negative_binomial::ln_pmf(k, mean, size))
        }
        ("beta_binomial", &[k, n], &[alpha, beta]) => {
            let [alpha, beta] = Dual::variables([alpha, beta]);
            parts(beta_binomial::ln_pmf(k, n, alpha, beta))
        }
        other => panic!("no function {other:?}"),
    }
}

#[test]
fn log_probabilities_and_their_slopes_agree_with_mpmath() {
    let mut failures = Vec::new();
    for row in include_str!("reference/large_counts.csv").lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let reals = |field: &str| -> Vec<f64> { field.split(' ').map(|x| x.parse().expect("a number")).collect() };
        let counts: Vec<u64> = fields[1].split(' ').map(|k| k.parse().expect("a count")).collect();
        let (value, gradient) = found(fields[0], &counts, &reals(fields[2]));
        let expected = reals(fields[3])[0];
        let allowed = LOGIT.iter().find(|(start, _)| row.starts_with(start)).map_or(TOLERANCE, |&(_, error)| error);
        let error = (value / expected - 1.0).abs();
        if error.is_nan() || error > allowed {
            failures.push(format!("{row}: found {value:e}, relative error {error:.1e}"));
        }
        for ((found, expected), parameter) in gradient.into_iter().zip(reals(fields[4])).zip(reals(fields[2])) {
            let error = (found - expected).abs();
            if error.is_nan() || error > SLOPE * expected.abs() + 1e-15 * (value / parameter).abs() {
                failures.push(format!("{row}: slope {found:e}, expected {expected:e}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
