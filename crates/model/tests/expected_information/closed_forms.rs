//! Closed forms against expectations of the same densities, and at the edges of their domains.
use maxlik_dual::Dual2;
use maxlik_model::distribution::{
    bernoulli, beta, binomial, cauchy, chi_squared, exponential, gamma, generalized_pareto, geometric, gumbel,
    inverse_gamma, inverse_gaussian, laplace, log_logistic, log_normal, logistic, negative_binomial, normal, poisson,
    rayleigh, student_t, von_mises, weibull,
};
use maxlik_model::{Model, Support, real};
use nalgebra::DMatrix;
use std::f64::consts::PI;

use crate::{distance, information};

/// One row of the table: the difference between closed form and expectation at each set of parameters, and the closed form
/// where a parameter is NaN or infinite.
macro_rules! agree {
    ($module:ident, $support:expr, $observed:expr, |$y:ident, [$($p:ident),+]| $density:expr, $closed_form:expr, $parameters:expr) => {{
        let rows = [$observed];
        let mut failures = Vec::new();
        for parameters in $parameters {
            let names = [$(stringify!($p)),+].map(real);
            let model = Model::new(&rows, names, |[$($p),+], &$y| $density)
                .response($support, |&y| y, |row, y| *row = y);
            let expected = {
                let [$($p),+] = Dual2::variables(parameters);
                let closed_form: [[f64; 0 $(+ { stringify!($p); 1 })+]; 0 $(+ { stringify!($p); 1 })+] = $closed_form;
                DMatrix::from_fn(parameters.len(), parameters.len(), |i, j| closed_form[i][j])
            };
            let gap = distance(&information(&model, &parameters), &expected);
            if gap > 1e-11 {
                failures.push(format!("{} at {parameters:?}: {gap:e}", stringify!($module)));
            }
        }
        for k in 0..$parameters[0].len() {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut parameters = $parameters[0];
                parameters[k] = value;
                let [$($p),+] = Dual2::variables(parameters);
                if $closed_form.iter().flatten().any(|entry| !entry.is_nan()) {
                    failures.push(format!("{} at {parameters:?}: not NaN", stringify!($module)));
                }
            }
        }
        failures
    }};
}

#[test]
fn closed_forms_are_expectations_on_the_line() {
    let line = Support::real;
    let scales = [[0.3, 0.7], [-250.0, 0.01], [4.0, 1e5]];
    let mut failures =
        agree!(normal, line(), 0.4, |y, [m, s]| normal::ln_pdf(y, m, s), normal::expected_information(m, s), scales);
    failures.extend(agree!(
        laplace,
        line(),
        0.4,
        |y, [m, s]| laplace::ln_pdf(y, m, s),
        laplace::expected_information(m, s),
        scales
    ));
    failures.extend(agree!(
        logistic,
        line(),
        0.4,
        |y, [m, s]| logistic::ln_pdf(y, m, s),
        logistic::expected_information(m, s),
        scales
    ));
    failures.extend(agree!(
        cauchy,
        line(),
        0.4,
        |y, [m, s]| cauchy::ln_pdf(y, m, s),
        cauchy::expected_information(m, s),
        scales
    ));
    failures.extend(agree!(
        gumbel,
        line(),
        0.4,
        |y, [m, s]| gumbel::ln_pdf(y, m, s),
        gumbel::expected_information(m, s),
        scales
    ));
    failures.extend(agree!(
        student_t,
        line(),
        0.4,
        |y, [m, s, nu]| student_t::ln_pdf(y, m, s, nu),
        student_t::expected_information(m, s, nu),
        [[0.3, 0.7, 2.5], [0.3, 0.7, 0.4], [-25.0, 3.0, 49.0], [0.3, 0.7, 51.0], [0.3, 0.7, 1e3], [0.3, 0.7, 1e5]]
    ));
    failures.extend(agree!(
        von_mises,
        Support::between(-PI, PI),
        0.4,
        |y, [m, k]| von_mises::ln_pdf(y, m, k),
        von_mises::expected_information(m, k),
        [[0.3, 1.5], [0.3, 1e-3], [-1.0, 25.0], [0.2, 1e4]]
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn closed_forms_are_expectations_on_the_half_line() {
    let positive = Support::positive;
    let both = [[2.5, 0.7], [0.3, 40.0], [150.0, 3.0]];
    let mut failures = agree!(
        gamma,
        positive(),
        0.4,
        |y, [a, b]| gamma::ln_pdf(y, a, b),
        gamma::expected_information(a, b),
        [[2.5, 0.7], [0.1, 40.0], [1e6, 3.0]]
    );
    failures.extend(agree!(
        inverse_gamma,
        positive(),
        0.4,
        |y, [a, b]| inverse_gamma::ln_pdf(y, a, b),
        inverse_gamma::expected_information(a, b),
        both
    ));
    failures.extend(agree!(
        weibull,
        positive(),
        0.4,
        |y, [a, b]| weibull::ln_pdf(y, a, b),
        weibull::expected_information(a, b),
        both
    ));
    failures.extend(agree!(
        log_logistic,
        positive(),
        0.4,
        |y, [a, b]| log_logistic::ln_pdf(y, a, b),
        log_logistic::expected_information(a, b),
        both
    ));
    failures.extend(agree!(
        inverse_gaussian,
        positive(),
        0.4,
        |y, [a, b]| inverse_gaussian::ln_pdf(y, a, b),
        inverse_gaussian::expected_information(a, b),
        [[2.5, 0.7], [0.3, 40.0], [3.0, 0.01]]
    ));
    failures.extend(agree!(
        log_normal,
        positive(),
        0.4,
        |y, [a, b]| log_normal::ln_pdf(y, a, b),
        log_normal::expected_information(a, b),
        [[2.5, 0.7], [-3.0, 40.0], [15.0, 0.01]]
    ));
    failures.extend(agree!(
        generalized_pareto,
        positive(),
        0.4,
        |y, [a, b]| generalized_pareto::ln_pdf(y, a, b),
        generalized_pareto::expected_information(a, b),
        [[2.5, 0.7], [0.3, 3.0], [1.5, 1e-3]]
    ));
    failures.extend(agree!(
        exponential,
        positive(),
        0.4,
        |y, [a]| exponential::ln_pdf(y, a),
        exponential::expected_information(a),
        [[2.5], [1e-6]]
    ));
    failures.extend(agree!(
        rayleigh,
        positive(),
        0.4,
        |y, [a]| rayleigh::ln_pdf(y, a),
        rayleigh::expected_information(a),
        [[2.5], [1e-6]]
    ));
    failures.extend(agree!(
        chi_squared,
        positive(),
        0.4,
        |y, [a]| chi_squared::ln_pdf(y, a),
        chi_squared::expected_information(a),
        [[2.5], [300.0]]
    ));
    failures.extend(agree!(
        beta,
        Support::between(0.0, 1.0),
        0.4,
        |y, [a, b]| beta::ln_pdf(y, a, b),
        beta::expected_information(a, b),
        [[2.5, 3.7], [0.3, 4.0], [150.0, 3000.0]]
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn closed_forms_are_expectations_of_counts() {
    let counts = Support::counts;
    let mut failures = agree!(
        poisson,
        counts(),
        4_u64,
        |k, [m]| poisson::ln_pmf(k, m),
        poisson::expected_information(m),
        [[2.5], [1e-20], [1e6], [1e12]]
    );
    failures.extend(agree!(
        negative_binomial,
        counts(),
        4_u64,
        |k, [m, s]| negative_binomial::ln_pmf(k, m, s),
        negative_binomial::expected_information(m, s),
        [[2.5, 0.7], [3.0, 1e6], [3.0, 1e-3], [1e4, 0.02], [1e6, 0.5], [1e-4, 2.0], [1e7, 1e9]]
    ));
    failures.extend(agree!(
        geometric,
        counts(),
        4_u64,
        |k, [p]| geometric::ln_pmf(k, p),
        geometric::expected_information(p),
        [[0.3], [1e-6], [0.999]]
    ));
    failures.extend(agree!(
        bernoulli,
        Support::boolean(),
        true,
        |k, [p]| bernoulli::ln_pmf(k, p),
        bernoulli::expected_information(p),
        [[0.3], [1e-20]]
    ));
    failures.extend(agree!(
        bernoulli,
        Support::boolean(),
        true,
        |k, [eta]| bernoulli::ln_pmf_logit(k, eta),
        bernoulli::expected_information_logit(eta),
        [[0.3], [-50.0], [30.0]]
    ));
    failures.extend(agree!(
        binomial,
        Support::counts_up_to(12),
        4_u64,
        |k, [p]| binomial::ln_pmf(k, 12, p),
        binomial::expected_information(12, p),
        [[0.3], [1e-20]]
    ));
    failures.extend(agree!(
        binomial,
        Support::counts_up_to(1_000_000_000),
        4_u64,
        |k, [eta]| binomial::ln_pmf_logit(k, 1_000_000_000, eta),
        binomial::expected_information_logit(1_000_000_000, eta),
        [[0.3], [-5.0]]
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn parameters_outside_their_domain_give_nan() {
    let [minus, half, two] = Dual2::<3>::variables([-0.5, 0.5, 2.0]);
    let nan = [
        normal::expected_information(half, minus),
        gamma::expected_information(minus, half),
        student_t::expected_information(half, half, minus),
        negative_binomial::expected_information(half, minus),
        negative_binomial::expected_information(minus, half),
        generalized_pareto::expected_information(half, minus),
        von_mises::expected_information(half, minus),
        geometric::expected_information(two),
        bernoulli::expected_information(two),
        binomial::expected_information(7, minus),
        poisson::expected_information(minus),
    ];
    for (i, information) in nan.iter().enumerate() {
        assert!(information.iter().flatten().all(|entry| entry.is_nan()), "number {i}: {information:?}");
    }
}
