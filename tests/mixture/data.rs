//! Data of several of the tests, and mixtures for them.
use approx::assert_relative_eq;
use maxlik::prelude::*;

use crate::uniform::Uniform;

/// Deaths of women over 80 per day, The Times 1910-1912; Hasselblad (1969). Days with 0 to 9 deaths.
pub(crate) const DAYS: [f64; 10] = [162., 267., 271., 185., 111., 61., 27., 8., 3., 1.];
pub(crate) const DEATHS: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

pub(crate) fn poissons(deaths: &[u64], parameters: [Parameter; 2]) -> Mixture<'_, u64> {
    let [first, second] = parameters;
    Mixture::new(deaths)
        .component([first], |[mean], &k| poisson::ln_pmf(k, mean))
        .component([second], |[mean], &k| poisson::ln_pmf(k, mean))
}

/// A response, a covariate, and one more for one of the components.
pub(crate) type Point = (f64, f64, f64);

/// Three tenths of the points follow the second line.
pub(crate) fn two_lines(n: usize) -> Vec<Point> {
    let mut random = Uniform(20);
    let point = |_| {
        let (x, z) = (4.0 * random.next() - 2.0, random.normal());
        let second = random.next() < 0.3;
        let mu = if second { 3.0 - 1.5 * x + 0.7 * z } else { -1.0 + 0.8 * x };
        (mu + if second { 0.9 } else { 0.5 } * random.normal(), x, z)
    };
    (0..n).map(point).collect()
}

pub(crate) struct Designs(pub(crate) Design, pub(crate) Design);

pub(crate) fn designs(points: &[Point]) -> Designs {
    let first = Design::from_rows(points, ["(intercept)", "x"], |p| [1.0, p.1]).unwrap();
    let second = Design::from_rows(points, ["(intercept)", "x", "z"], |p| [1.0, p.1, p.2]).unwrap();
    Designs(first, second.offset(points.iter().map(|p| 0.1 * p.1)).unwrap())
}

pub(crate) fn regressions<'a>(points: &'a [Point], Designs(first, second): &Designs) -> Mixture<'a, Point> {
    Mixture::new(points)
        .component([linear("a", first), positive("sd_a").start(1.0)], |[mu, sd], p| normal::ln_pdf(p.0, mu, sd))
        .component([linear("b", second).start([2.0, 0.0, 0.0]), positive("sd_b").start(1.3)], |[mu, sd], p| {
            normal::ln_pdf(p.0, mu, sd)
        })
}

/// The same likelihood as one closure; coefficients in the same order.
pub(crate) fn in_one<'a>(points: &'a [Point], Designs(first, second): &Designs) -> impl MaximumLikelihood + use<'a> {
    let parameters = [
        linear("a", first),
        positive("sd_a").start(1.0),
        linear("b", second).start([2.0, 0.0, 0.0]),
        positive("sd_b").start(1.3),
        probability("weight[b]"),
    ];
    Model::new(points, parameters, |[a, sd_a, b, sd_b, w], p: &Point| {
        ln_sum_exp(&[(1.0 - w).ln() + normal::ln_pdf(p.0, a, sd_a), w.ln() + normal::ln_pdf(p.0, b, sd_b)])
    })
}

pub(crate) fn assert_same_derivatives(mixture: &impl Likelihood, one: &impl Likelihood, theta: &[f64]) {
    let (value, score, hessian) = mixture.log_likelihood_score_hessian(theta);
    let (expected_value, expected_score, expected_hessian) = one.log_likelihood_score_hessian(theta);
    assert_relative_eq!(value, expected_value, max_relative = 1e-13);
    assert_relative_eq!(score, expected_score, max_relative = 1e-11, epsilon = 1e-11 * expected_score.amax());
    assert_relative_eq!(hessian, expected_hessian, max_relative = 1e-11, epsilon = 1e-11 * expected_hessian.amax());
    assert_eq!(mixture.log_likelihood(theta), value);
    assert_eq!(mixture.log_likelihood_score(theta), (value, score));
}

/// Three groups of weights 0.5, 0.3 and 0.2.
pub(crate) fn three_groups() -> Vec<f64> {
    let mut random = Uniform(3);
    let point = |_| {
        let (u, z) = (random.next(), random.normal());
        if u < 0.5 {
            0.8 * z
        } else if u < 0.8 {
            4.0 + 0.6 * z
        } else {
            7.0 + z
        }
    };
    (0..800).map(point).collect()
}

pub(crate) fn three_normals(x: &[f64]) -> Mixture<'_, f64> {
    Mixture::new(x)
        .component([real("low").start(-1.0), positive("sd_low")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("middle").start(3.0), positive("sd_middle")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("high").start(9.0), positive("sd_high")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
}

/// The summary without the counts of iterations and evaluations, which may differ by one where rounding does.
pub(crate) fn printed(fit: &maxlik::MixtureFit) -> String {
    let mask = |line: &str| {
        let counts = line.starts_with("method");
        let masked: String = line.chars().map(|c| if counts && c.is_ascii_digit() { '#' } else { c }).collect();
        masked.replace("###", "#").replace("##", "#")
    };
    fit.to_string().lines().map(mask).collect::<Vec<_>>().join("\n")
}
