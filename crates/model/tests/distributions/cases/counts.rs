//! Distributions of counts.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are handed over as whole numbers")]
use maxlik_model::distribution::poisson::{self, Poisson};

use crate::case;
use crate::case::{Case, Support, counts};

pub(crate) fn cases() -> Vec<Case> {
    vec![case! {
        name: "poisson",
        support: Support::Counts,
        ln_density: |k, [mean]| poisson::ln_pmf(k as u64, mean),
        distribution: Poisson,
        parameters: [[2.5], [0.03], [140.0]],
        maximum_likelihood: |x| Poisson::maximum_likelihood(&counts(x)).unwrap().parameters().to_vec(),
    }]
}
