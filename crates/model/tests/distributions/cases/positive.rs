//! Distributions of positive numbers.
use maxlik_model::distribution::gamma::{self, Gamma};

use crate::case;
use crate::case::{Case, Support};

const POSITIVE: Support = Support::Interval(|_| (0.0, f64::INFINITY));

pub(crate) fn cases() -> Vec<Case> {
    vec![case! {
        name: "gamma",
        support: POSITIVE,
        ln_density: |x, [shape, rate]| gamma::ln_pdf(x, shape, rate),
        distribution: Gamma,
        parameters: [[2.5, 1.3], [0.3, 20.0], [150.0, 0.7]],
        method_of_moments: |x| Gamma::method_of_moments(x).unwrap().parameters().to_vec(),
    }]
}
