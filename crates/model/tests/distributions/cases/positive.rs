//! Distributions of positive numbers, and of maxima.
use maxlik_model::distribution::chi_squared::{self, ChiSquared};
use maxlik_model::distribution::exponential::{self, Exponential};
use maxlik_model::distribution::f::{self, F};
use maxlik_model::distribution::gamma::{self, Gamma};
use maxlik_model::distribution::generalized_pareto::{self, GeneralizedPareto};
use maxlik_model::distribution::gev::{self, Gev};
use maxlik_model::distribution::inverse_gamma::{self, InverseGamma};
use maxlik_model::distribution::inverse_gaussian::{self, InverseGaussian};
use maxlik_model::distribution::log_logistic::{self, LogLogistic};
use maxlik_model::distribution::pareto::{self, Pareto};
use maxlik_model::distribution::rayleigh::{self, Rayleigh};
use maxlik_model::distribution::weibull::{self, Weibull};

use crate::case;
use crate::case::{Case, Support};

const POSITIVE: Support = Support::Interval(|_| (0.0, f64::INFINITY));

/// From the threshold 0 to the end that a negative shape sets.
const EXCESSES: Support = Support::Interval(|p| (0.0, if p[1] < 0.0 { -p[0] / p[1] } else { f64::INFINITY }));

/// An end below for a positive shape, above for a negative one; none where it is a million scales away.
const MAXIMA: Support = Support::Interval(|p| {
    if p[2].abs() < 1e-6 {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    let end = p[0] - p[1] / p[2];
    (if p[2] > 0.0 { end } else { f64::NEG_INFINITY }, if p[2] < 0.0 { end } else { f64::INFINITY })
});

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = gammas();
    cases.extend(lifetimes());
    cases.extend(extremes());
    cases
}

fn gammas() -> Vec<Case> {
    vec![
        case! {
            name: "chi_squared",
            support: POSITIVE,
            ln_density: |x, [nu]| chi_squared::ln_pdf(x, nu),
            tails: |x, [nu]| (chi_squared::ln_cdf(x, nu), chi_squared::ln_sf(x, nu)),
            distribution: ChiSquared,
            parameters: [[5.0], [0.7], [240.0]],
        },
        case! {
            name: "f",
            support: POSITIVE,
            ln_density: |x, [nu1, nu2]| f::ln_pdf(x, nu1, nu2),
            tails: |x, [nu1, nu2]| (f::ln_cdf(x, nu1, nu2), f::ln_sf(x, nu1, nu2)),
            distribution: F,
            parameters: [[5.0, 8.0], [0.7, 13.0], [90.0, 60.0], [3.0, 1e6]],
        },
        case! {
            name: "gamma",
            support: POSITIVE,
            ln_density: |x, [shape, rate]| gamma::ln_pdf(x, shape, rate),
            tails: |x, [shape, rate]| (gamma::ln_cdf(x, shape, rate), gamma::ln_sf(x, shape, rate)),
            distribution: Gamma,
            parameters: [[2.5, 1.3], [0.3, 20.0], [150.0, 0.7], [1e6, 2e3]],
            method_of_moments: |x| Gamma::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "inverse_gamma",
            support: POSITIVE,
            ln_density: |x, [shape, scale]| inverse_gamma::ln_pdf(x, shape, scale),
            tails: |x, [shape, scale]| (inverse_gamma::ln_cdf(x, shape, scale), inverse_gamma::ln_sf(x, shape, scale)),
            distribution: InverseGamma,
            parameters: [[4.5, 1.3], [2.6, 20.0], [150.0, 0.7]],
            method_of_moments: |x| InverseGamma::method_of_moments(x).unwrap().parameters().to_vec(),
        },
    ]
}

fn lifetimes() -> Vec<Case> {
    vec![
        case! {
            name: "exponential",
            support: POSITIVE,
            ln_density: |x, [rate]| exponential::ln_pdf(x, rate),
            tails: |x, [rate]| (exponential::ln_cdf(x, rate), exponential::ln_sf(x, rate)),
            distribution: Exponential,
            parameters: [[0.7], [3e-5], [400.0]],
            maximum_likelihood: |x| Exponential::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "inverse_gaussian",
            support: POSITIVE,
            ln_density: |x, [mean, shape]| inverse_gaussian::ln_pdf(x, mean, shape),
            tails: |x, [mean, shape]| (inverse_gaussian::ln_cdf(x, mean, shape), inverse_gaussian::ln_sf(x, mean, shape)),
            distribution: InverseGaussian,
            parameters: [[1.5, 2.5], [0.02, 30.0], [200.0, 7.0]],
            maximum_likelihood: |x| InverseGaussian::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "log_logistic",
            support: POSITIVE,
            ln_density: |x, [scale, shape]| log_logistic::ln_pdf(x, scale, shape),
            tails: |x, [scale, shape]| (log_logistic::ln_cdf(x, scale, shape), log_logistic::ln_sf(x, scale, shape)),
            distribution: LogLogistic,
            parameters: [[1.7, 2.5], [300.0, 0.6], [0.01, 40.0]],
        },
        case! {
            name: "rayleigh",
            support: POSITIVE,
            ln_density: |x, [sigma]| rayleigh::ln_pdf(x, sigma),
            tails: |x, [sigma]| (rayleigh::ln_cdf(x, sigma), rayleigh::ln_sf(x, sigma)),
            distribution: Rayleigh,
            parameters: [[1.7], [3e-5], [400.0]],
            maximum_likelihood: |x| Rayleigh::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "weibull",
            support: POSITIVE,
            ln_density: |x, [shape, scale]| weibull::ln_pdf(x, shape, scale),
            tails: |x, [shape, scale]| (weibull::ln_cdf(x, shape, scale), weibull::ln_sf(x, shape, scale)),
            distribution: Weibull,
            parameters: [[2.5, 0.7], [0.4, 30.0], [40.0, 300.0]],
        },
    ]
}

fn extremes() -> Vec<Case> {
    vec![
        case! {
            name: "generalized_pareto",
            support: EXCESSES,
            ln_density: |x, [scale, shape]| generalized_pareto::ln_pdf(x, scale, shape),
            tails: |x, [scale, shape]| (
                generalized_pareto::ln_cdf(x, scale, shape),
                generalized_pareto::ln_sf(x, scale, shape),
            ),
            distribution: GeneralizedPareto,
            parameters: [[1.7, 0.0], [0.02, 1e-9], [300.0, 0.3], [1.7, -0.2]],
            method_of_moments: |x| GeneralizedPareto::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "gev",
            support: MAXIMA,
            ln_density: |x, [mu, scale, shape]| gev::ln_pdf(x, mu, scale, shape),
            tails: |x, [mu, scale, shape]| (gev::ln_cdf(x, mu, scale, shape), gev::ln_sf(x, mu, scale, shape)),
            distribution: Gev,
            parameters: [[0.3, 1.7, 0.0], [-20.0, 0.02, 1e-9], [40.0, 300.0, 0.3], [0.3, 1.7, -0.2]],
        },
        case! {
            name: "pareto",
            support: Support::Interval(|p| (p[0], f64::INFINITY)),
            ln_density: |x, [minimum, shape]| pareto::ln_pdf(x, minimum, shape),
            tails: |x, [minimum, shape]| (pareto::ln_cdf(x, minimum, shape), pareto::ln_sf(x, minimum, shape)),
            distribution: Pareto,
            parameters: [[1.7, 2.5], [3e-5, 0.6], [200.0, 40.0]],
            irregular: [0],
            maximum_likelihood: |x| Pareto::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
    ]
}
