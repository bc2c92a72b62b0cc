//! What lanes are worth: nanoseconds a row of every density as a `LogDensity`, whose rows go side by side, and as a closure,
//! whose rows go one by one. One thread, stock target; names on the command line select.
//!
//! `cargo bench --bench lanes`
use std::cell::Cell;
use std::hint::black_box;

use maxlik::prelude::*;

mod timing;
#[path = "../tests/common/uniform.rs"]
#[allow(dead_code, reason = "no normal numbers here")]
mod uniform;

use uniform::Uniform;

const N: usize = 1 << 17;

/// Seconds a row of value, score and Hessian for two forms of one model.
fn compare<A: Likelihood, B: Likelihood>(name: &str, lanes: &A, scalar: &B, theta: &[f64]) {
    let wanted = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect::<Vec<_>>();
    if !wanted.is_empty() && !wanted.iter().any(|w| w == name) {
        return;
    }
    let (a, b) = (lanes.log_likelihood(theta), scalar.log_likelihood(theta));
    assert!((a - b).abs() <= 1e-12 * b.abs(), "{name}: {a} {b}");
    let t = timing::medians(
        11,
        [
            &mut || {
                black_box(lanes.log_likelihood(black_box(theta)));
                N
            },
            &mut || {
                black_box(lanes.log_likelihood_score(black_box(theta)));
                N
            },
            &mut || {
                black_box(lanes.log_likelihood_score_hessian(black_box(theta)));
                N
            },
            &mut || {
                black_box(scalar.log_likelihood_score_hessian(black_box(theta)));
                N
            },
        ],
    )
    .map(|s| 1e9 * s);
    println!(
        "{name:<28} value {:6.2}  score {:6.2}  Hessian {:6.2}   closure {:6.2}   {:.2} x",
        t[0],
        t[1],
        t[2],
        t[3],
        t[3] / t[2]
    );
}

macro_rules! density {
    ($name:literal, $row:ty, $rows:expr, [$($p:ident = $v:literal),+], |$y:ident| $body:expr) => {{
        struct D;
        impl LogDensity<$row, { [$($v),+].len() }> for D {
            #[inline(always)]
            fn ln_density<T: Real>(&self, [$($p),+]: [T; { [$($v),+].len() }], $y: &$row) -> T { $body }
        }
        let rows: Vec<$row> = $rows;
        let parameters = || [$(real(stringify!($p))),+];
        let scalar = Model::new(&rows, parameters(), |[$($p),+], $y| $body);
        compare($name, &Model::from_density(&rows, parameters(), D), &scalar, &[$($v),+]);
        // As a regression: the arguments differ from row to row.
        let row = Cell::new(0_u8);
        let varying = |_: &$row| {
            row.set(row.get().wrapping_add(1));
            [1.0 + 1e-4 * f64::from(row.get())]
        };
        let design = || Design::from_rows(&rows, ["x"], varying).unwrap();
        let parameters = || [$(linear(stringify!($p), design())),+];
        let scalar = Model::new(&rows, parameters(), |[$($p),+], $y| $body);
        compare(concat!($name, " by row"), &Model::from_density(&rows, parameters(), D), &scalar, &[$($v),+]);
    }};
}

fn main() {
    let mut u = Uniform(7);
    let mut positive = || (0..N).map(|_| 2.5 * (-u.next().ln()).powf(1.0 / 1.7)).collect::<Vec<f64>>();
    let lifetimes = positive();
    let mut u = Uniform(8);
    let reals: Vec<f64> = (0..N).map(|_| 4.0 * (u.next() + u.next() + u.next()) - 5.0).collect();
    let shares: Vec<f64> = (0..N).map(|_| u.next()).collect();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "squares of lifetimes of a few units")]
    let counts: Vec<u64> = lifetimes.iter().map(|x| (x * x) as u64).collect();
    let flips: Vec<bool> = shares.iter().map(|&x| x < 0.3).collect();

    density!("normal", f64, reals.clone(), [mu = 0.3, sigma = 1.7], |y| normal::ln_pdf(*y, mu, sigma));
    density!("bernoulli logit", bool, flips.clone(), [eta = -0.6], |y| bernoulli::ln_pmf_logit(*y, eta));
    density!("poisson", u64, counts.clone(), [mean = 3.6], |y| poisson::ln_pmf(*y, mean));
    density!("poisson log", u64, counts.clone(), [eta = 1.2], |y| poisson::ln_pmf(*y, eta.exp()));
    density!("negative binomial", u64, counts.clone(), [mean = 3.6, size = 1.4], |y| negative_binomial::ln_pmf(
        *y, mean, size
    ));
    density!("weibull", f64, lifetimes.clone(), [shape = 1.6, scale = 2.4], |y| weibull::ln_pdf(*y, shape, scale));
    density!("exponential", f64, lifetimes.clone(), [rate = 0.4], |y| exponential::ln_pdf(*y, rate));
    density!("gamma", f64, lifetimes.clone(), [shape = 1.6, rate = 0.7], |y| gamma::ln_pdf(*y, shape, rate));
    density!("student t", f64, reals.clone(), [mu = 0.3, sigma = 1.2, nu = 4.5], |y| student_t::ln_pdf(
        *y, mu, sigma, nu
    ));
    density!("log normal", f64, lifetimes.clone(), [mu = 0.6, sigma = 0.7], |y| log_normal::ln_pdf(*y, mu, sigma));
    density!("logistic", f64, reals.clone(), [mu = 0.3, s = 1.2], |y| logistic::ln_pdf(*y, mu, s));
    density!("cauchy", f64, reals.clone(), [mu = 0.3, s = 1.2], |y| cauchy::ln_pdf(*y, mu, s));
    density!("gumbel", f64, reals.clone(), [mu = 0.3, s = 1.2], |y| gumbel::ln_pdf(*y, mu, s));
    density!("beta", f64, shares.clone(), [a = 1.2, b = 1.4], |y| beta::ln_pdf(*y, a, b));
    let near: Vec<f64> = reals.iter().map(|x| 0.4 + 0.04 * (x - 1.0)).collect();
    density!("beta, precision 50", f64, near.clone(), [a = 20.0, b = 30.0], |y| beta::ln_pdf(*y, a, b));
    density!("zero-inflated poisson", u64, counts.clone(), [share = -0.7, eta = 1.2], |y| {
        zero_inflated::ln_pmf_logit(*y, share, |k| poisson::ln_pmf(k, eta.exp()))
    });
    density!("hurdle poisson", u64, counts.clone(), [share = -0.7, eta = 1.2], |y| {
        hurdle::ln_pmf_logit(*y, share, |k| poisson::ln_pmf(k, eta.exp()))
    });
    let successes: Vec<u64> = counts.iter().map(|&k| k.min(50)).collect();
    density!("binomial", u64, successes.clone(), [p = 0.3], |y| binomial::ln_pmf(*y, 50, p));
    density!("binomial logit", u64, successes.clone(), [eta = -0.8], |y| binomial::ln_pmf_logit(*y, 50, eta));
    density!("binomial logit, 1000", u64, successes.clone(), [eta = -3.8], |y| binomial::ln_pmf_logit(*y, 1000, eta));
    density!("beta-binomial", u64, successes.clone(), [a = 1.2, b = 5.4], |y| beta_binomial::ln_pmf(*y, 50, a, b));
    density!("geometric", u64, counts.clone(), [p = 0.3], |y| geometric::ln_pmf(*y, p));
    density!("inverse gaussian", f64, lifetimes.clone(), [mean = 1.6, shape = 2.4], |y| inverse_gaussian::ln_pdf(
        *y, mean, shape
    ));
    density!("F", f64, lifetimes.clone(), [nu1 = 3.5, nu2 = 7.5], |y| f::ln_pdf(*y, nu1, nu2));
    density!("inverse gamma", f64, lifetimes.clone(), [shape = 1.6, scale = 0.7], |y| inverse_gamma::ln_pdf(
        *y, shape, scale
    ));
    density!("chi-squared", f64, lifetimes.clone(), [nu = 3.5], |y| chi_squared::ln_pdf(*y, nu));
    density!("gamma, shape 20", f64, lifetimes.clone(), [shape = 20.0, rate = 9.0], |y| gamma::ln_pdf(*y, shape, rate));
    density!("generalized pareto", f64, lifetimes.clone(), [scale = 1.6, k = 0.2], |y| generalized_pareto::ln_pdf(
        *y, scale, k
    ));
    density!("gev", f64, reals.clone(), [mu = 0.3, s = 2.2, k = 0.1], |y| gev::ln_pdf(*y, mu, s, k));
    density!("skew normal", f64, reals.clone(), [mu = 0.3, s = 1.2, a = 1.5], |y| skew_normal::ln_pdf(*y, mu, s, a));
    density!("von mises", f64, reals.clone(), [mu = 0.3, kappa = 1.2], |y| von_mises::ln_pdf(*y, mu, kappa));
    density!("kumaraswamy", f64, shares.clone(), [a = 1.2, b = 1.4], |y| kumaraswamy::ln_pdf(*y, a, b));
    density!("laplace", f64, reals.clone(), [mu = 0.31, s = 1.2], |y| laplace::ln_pdf(*y, mu, s));
    density!("log logistic", f64, lifetimes.clone(), [scale = 1.6, shape = 2.4], |y| log_logistic::ln_pdf(
        *y, scale, shape
    ));
    density!("pareto", f64, lifetimes.clone(), [minimum = 1e-9, shape = 2.4], |y| pareto::ln_pdf(*y, minimum, shape));
    density!("rayleigh", f64, lifetimes.clone(), [sigma = 1.6], |y| rayleigh::ln_pdf(*y, sigma));
    density!("uniform", f64, shares.clone(), [lower = -0.1, upper = 1.2], |y| maxlik::prelude::uniform::ln_pdf(
        *y, lower, upper
    ));
    let mut u = Uniform(9);
    let censored: Vec<(f64, bool)> = lifetimes.iter().map(|&x| (x, u.next() < 0.7)).collect();
    density!("weibull, right-censored", (f64, bool), censored.clone(), [shape = 1.6, scale = 2.4], |y| if y.1 {
        weibull::ln_pdf(y.0, shape, scale)
    } else {
        weibull::ln_sf(y.0, shape, scale)
    });
    let observations: Vec<censored::Observation> = censored
        .iter()
        .map(|&(x, exact)| if exact { censored::Observation::Exact(x) } else { censored::Observation::Above(x) })
        .collect();
    density!("normal, censored", censored::Observation, observations.clone(), [mu = 1.6, s = 2.4], |y| {
        censored::ln_density(y, |x| normal::ln_pdf(x, mu, s), |x| normal::ln_cdf(x, mu, s), |x| normal::ln_sf(x, mu, s))
    });
    density!("normal, truncated", f64, lifetimes.clone(), [mu = 1.6, s = 2.4], |y| truncated::ln_pdf(
        *y,
        0.0,
        f64::INFINITY,
        |x| normal::ln_pdf(x, mu, s),
        |x| normal::ln_cdf(x, mu, s),
        |x| normal::ln_sf(x, mu, s),
    ));
}
