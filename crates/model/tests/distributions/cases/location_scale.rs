//! Distributions on the real line.
use maxlik_model::distribution::normal::{self, Normal};

use crate::case;
use crate::case::{Case, Support};

const REAL_LINE: Support = Support::Interval(|_| (f64::NEG_INFINITY, f64::INFINITY));

pub(crate) fn cases() -> Vec<Case> {
    vec![case! {
        name: "normal",
        support: REAL_LINE,
        ln_density: |x, [mu, sigma]| normal::ln_pdf(x, mu, sigma),
        distribution: Normal,
        parameters: [[1.3, 0.7], [-20.0, 3.5], [4e3, 0.02]],
        maximum_likelihood: |x| Normal::maximum_likelihood(x).unwrap().parameters().to_vec(),
    }]
}
