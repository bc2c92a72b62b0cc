//! W3: negative binomial regression with its dispersion, and W11: what its derivatives cost.
use std::hint::black_box;

use maxlik::optimizer::Evaluations;
use maxlik::prelude::*;
use serde_json::json;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;
use crate::regression::design;
use crate::timing;

struct NegativeBinomial;
impl LogDensity<u64, 2> for NegativeBinomial {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [eta, size]: [T; 2], &y: &u64) -> T {
        negative_binomial::ln_pmf(y, eta.exp(), size)
    }
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.counts("y");
    let (x, seconds) = design(data, "X");
    let model = Model::from_density(&y, [linear("eta", x), positive("size")], NegativeBinomial);
    let outcome = |fit: &Fit| {
        let mut coefficients = fit.coefficients().as_slice().to_vec();
        // The references have the variance mean + alpha mean^2.
        let size = coefficients.pop().expect("a size");
        coefficients.push(1.0 / size);
        Outcome::of(fit).with_coefficients(coefficients)
    };
    measure(y.len(), || model.fit().expect("a maximum"), outcome).with_design(seconds)
}

/// The value alone, with the score, and with score and information, at the coefficients the data were drawn with.
pub(crate) fn price_of_derivatives(data: &DataSet) -> Measured {
    let y = data.counts("y");
    let (x, seconds) = design(data, "X");
    let p = x.names().len() - 1;
    let model = Model::from_density(&y, [linear("eta", x), positive("size")], NegativeBinomial);
    let slopes = (0..p).map(|j| -0.4 + 0.8 * j as f64 / (p - 1) as f64);
    let theta: Vec<f64> = [1.0].into_iter().chain(slopes).chain([1.0 / 0.7]).collect();

    let outcome = |&log_likelihood: &f64| Outcome {
        log_likelihood,
        coefficients: Vec::new(),
        iterations: 0,
        evaluations: Evaluations { values: 0, gradients: 0, hessians: 1 },
    };
    let all = || model.log_likelihood_score_hessian(black_box(&theta)).0;
    let mut measured = measure(y.len(), all, outcome).with_design(seconds);
    let [value, with_score, with_both] = timing::medians(
        11,
        [
            &mut || {
                black_box(model.log_likelihood(black_box(&theta)));
                1
            },
            &mut || {
                black_box(model.log_likelihood_score(black_box(&theta)));
                1
            },
            &mut || {
                black_box(model.log_likelihood_score_hessian(black_box(&theta)));
                1
            },
        ],
    );
    measured.extra.extend([
        ("value_s".into(), json!(value)),
        ("value_score_s".into(), json!(with_score)),
        ("value_score_information_s".into(), json!(with_both)),
        ("value_score_ratio".into(), json!(with_score / value)),
        ("value_score_information_ratio".into(), json!(with_both / value)),
    ]);
    measured
}
