//! What lanes are worth: nanoseconds a row of every density as a `LogDensity`, whose rows go side by side, and as a closure,
//! whose rows go one by one. One thread, stock target; names on the command line select.
//!
//! `cargo bench --bench lanes`
use std::hint::black_box;

use maxlik::prelude::*;

mod timing;
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
            #[inline]
            fn ln_density<T: Real>(&self, [$($p),+]: [T; { [$($v),+].len() }], $y: &$row) -> T { $body }
        }
        let rows: Vec<$row> = $rows;
        let parameters = || [$(real(stringify!($p))),+];
        let scalar = Model::new(&rows, parameters(), |[$($p),+], $y| $body);
        compare($name, &Model::from_density(&rows, parameters(), D), &scalar, &[$($v),+]);
        // As a regression: the arguments differ from row to row.
        let design = || Design::from_rows(&rows, ["one"], |_| [1.0]).unwrap();
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
    density!("zero-inflated poisson", u64, counts.clone(), [share = -0.7, eta = 1.2], |y| {
        zero_inflated::ln_pmf_logit(*y, share, |k| poisson::ln_pmf(k, eta.exp()))
    });
}
