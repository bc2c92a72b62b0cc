//! Distributions on the real line, and the log-normal and the uniform beside them.
use maxlik_model::distribution::cauchy::{self, Cauchy};
use maxlik_model::distribution::gumbel::{self, Gumbel};
use maxlik_model::distribution::laplace::{self, Laplace};
use maxlik_model::distribution::log_normal::{self, LogNormal};
use maxlik_model::distribution::logistic::{self, Logistic};
use maxlik_model::distribution::normal::{self, Normal};
use maxlik_model::distribution::skew_normal::{self, SkewNormal};
use maxlik_model::distribution::student_t::{self, StudentT};
use maxlik_model::distribution::uniform::{self, Uniform};

use crate::case;
use crate::case::{Case, Support};

const REAL_LINE: Support = Support::Interval(|_| (f64::NEG_INFINITY, f64::INFINITY));

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case! {
            name: "normal",
            support: REAL_LINE,
            ln_density: |x, [mu, sigma]| normal::ln_pdf(x, mu, sigma),
            tails: |x, [mu, sigma]| (normal::ln_cdf(x, mu, sigma), normal::ln_sf(x, mu, sigma)),
            distribution: Normal,
            parameters: [[1.3, 0.7], [-20.0, 3.5], [4e3, 0.02]],
            maximum_likelihood: |x| Normal::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "log_normal",
            support: Support::Interval(|_| (0.0, f64::INFINITY)),
            ln_density: |x, [mu, sigma]| log_normal::ln_pdf(x, mu, sigma),
            tails: |x, [mu, sigma]| (log_normal::ln_cdf(x, mu, sigma), log_normal::ln_sf(x, mu, sigma)),
            distribution: LogNormal,
            parameters: [[1.3, 0.7], [-20.0, 0.05], [6.0, 1.8]],
            maximum_likelihood: |x| LogNormal::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "student_t",
            support: REAL_LINE,
            ln_density: |x, [mu, sigma, nu]| student_t::ln_pdf(x, mu, sigma, nu),
            tails: |x, [mu, sigma, nu]| (student_t::ln_cdf(x, mu, sigma, nu), student_t::ln_sf(x, mu, sigma, nu)),
            distribution: StudentT,
            parameters: [[1.3, 0.7, 4.5], [-20.0, 3.5, 0.8], [4e3, 0.02, 2.7], [0.4, 2.5, 12.0]],
            method_of_moments: |x| StudentT::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "laplace",
            support: REAL_LINE,
            ln_density: |x, [mu, scale]| laplace::ln_pdf(x, mu, scale),
            tails: |x, [mu, scale]| (laplace::ln_cdf(x, mu, scale), laplace::ln_sf(x, mu, scale)),
            distribution: Laplace,
            parameters: [[1.3, 0.7], [-20.0, 3.5], [4e3, 0.02]],
            irregular: [0],
            corner: |p| p[0],
            maximum_likelihood: |x| Laplace::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "logistic",
            support: REAL_LINE,
            ln_density: |x, [mu, scale]| logistic::ln_pdf(x, mu, scale),
            tails: |x, [mu, scale]| (logistic::ln_cdf(x, mu, scale), logistic::ln_sf(x, mu, scale)),
            distribution: Logistic,
            parameters: [[1.3, 0.7], [-20.0, 3.5], [4e3, 0.02]],
            method_of_moments: |x| Logistic::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "gumbel",
            support: REAL_LINE,
            ln_density: |x, [mu, scale]| gumbel::ln_pdf(x, mu, scale),
            tails: |x, [mu, scale]| (gumbel::ln_cdf(x, mu, scale), gumbel::ln_sf(x, mu, scale)),
            distribution: Gumbel,
            parameters: [[1.3, 0.7], [-20.0, 3.5], [4e3, 0.02]],
            method_of_moments: |x| Gumbel::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "cauchy",
            support: REAL_LINE,
            ln_density: |x, [location, scale]| cauchy::ln_pdf(x, location, scale),
            tails: |x, [location, scale]| (cauchy::ln_cdf(x, location, scale), cauchy::ln_sf(x, location, scale)),
            distribution: Cauchy,
            parameters: [[1.3, 0.7], [-20.0, 3.5], [4e3, 0.02]],
        },
        case! {
            name: "skew_normal",
            support: REAL_LINE,
            ln_density: |x, [location, scale, shape]| skew_normal::ln_pdf(x, location, scale, shape),
            distribution: SkewNormal,
            parameters: [[1.3, 0.7, 2.5], [-20.0, 3.5, -0.6], [4e3, 0.02, -5.0]],
            method_of_moments: |x| SkewNormal::method_of_moments(x).unwrap().parameters().to_vec(),
        },
        case! {
            name: "uniform",
            support: Support::Interval(|p| (p[0], p[1])),
            ln_density: |x, [lower, upper]| uniform::ln_pdf(x, lower, upper),
            tails: |x, [lower, upper]| (uniform::ln_cdf(x, lower, upper), uniform::ln_sf(x, lower, upper)),
            distribution: Uniform,
            parameters: [[-1.5, 2.5], [40.0, 40.3], [-7e3, -2e3]],
            irregular: [0, 1],
            maximum_likelihood: |x| Uniform::maximum_likelihood(x).unwrap().parameters().to_vec(),
        },
    ]
}
