//! Distributions of proportions and of angles, and of amounts that are often zero.
use std::f64::consts::PI;

use maxlik_model::distribution::beta::{self, Beta};
use maxlik_model::distribution::kumaraswamy::{self, Kumaraswamy};
use maxlik_model::distribution::tweedie::{self, Tweedie};
use maxlik_model::distribution::von_mises::{self, VonMises};

use crate::case;
use crate::case::{Case, Support};

/// Second parameters stay above 0.8: between the largest number below 1 and 1 itself lies too much of the mass otherwise (for 0.6, and
/// in the squared logarithm that is the score, 5e-8).
const UNIT: Support = Support::Interval(|_| (0.0, 1.0));

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case! {
            name: "beta",
            support: UNIT,
            ln_density: |x, [alpha, beta]| beta::ln_pdf(x, alpha, beta),
            tails: |x, [alpha, beta]| (beta::ln_cdf(x, alpha, beta), beta::ln_sf(x, alpha, beta)),
            distribution: Beta,
            parameters: [[2.5, 1.3], [0.3, 0.9], [150.0, 70.0], [20.0, 3.5]],
            method_of_moments: |x| Beta::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "kumaraswamy",
            support: UNIT,
            ln_density: |x, [a, b]| kumaraswamy::ln_pdf(x, a, b),
            tails: |x, [a, b]| (kumaraswamy::ln_cdf(x, a, b), kumaraswamy::ln_sf(x, a, b)),
            distribution: Kumaraswamy,
            parameters: [[2.5, 1.3], [0.3, 0.9], [30.0, 7.0], [0.2, 40.0]],
        },
        case! {
            name: "tweedie",
            support: Support::ZeroOrPositive,
            ln_density: |y, [mean, dispersion, power]| tweedie::ln_pdf(y, mean, dispersion, power),
            distribution: Tweedie,
            parameters: [[2.0, 0.5, 1.5], [0.3, 1.7, 1.2], [40.0, 0.02, 1.7], [5.0, 3.0, 1.9]],
            method_of_moments: |y| Tweedie::method_of_moments(y, 1.5).unwrap().parameters().to_vec(),
        },
        case! {
            name: "von_mises",
            support: Support::Circle(|p| (p[0] - PI, p[0] + PI)),
            ln_density: |x, [mu, kappa]| von_mises::ln_pdf(x, mu, kappa),
            distribution: VonMises,
            variance: VonMises::circular_variance,
            parameters: [[0.3, 2.5], [-2.0, 0.04], [1.2, 150.0]],
            maximum_likelihood: |x| VonMises::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
    ]
}
