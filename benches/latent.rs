//! What EM's iterations cost for models with latent variables, in seconds of the processor. One thread, stock target.
//!
//! `cargo bench --bench latent`, or with names of models, `cargo bench --bench latent -- mixture chain factors`
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// Seconds that this thread has had a processor, where Linux tells; otherwise those of the clock.
fn seconds() -> f64 {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let scheduled = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = scheduled.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| BEGIN.elapsed().as_secs_f64(), |nanoseconds| 1e-9 * nanoseconds)
}

/// Median seconds of some calls, and what the last one gave.
fn median<T>(rounds: usize, mut f: impl FnMut() -> T) -> (f64, T) {
    let mut all: Vec<(f64, T)> = (0..rounds)
        .map(|_| {
            let start = seconds();
            let found = black_box(f());
            (seconds() - start, found)
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.swap_remove(rounds / 2)
}

fn normal_matrix(random: &mut StdRng, rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| random.sample(StandardNormal))
}

/// A Gaussian mixture with full covariances: 50 iterations of plain EM, and the fit with standard errors.
fn gaussian_mixture(n: usize, d: usize, k: usize) {
    let mut random = StdRng::seed_from_u64(701);
    let means = normal_matrix(&mut random, k, d) * 1.5;
    let factors: Vec<DMatrix<f64>> = (0..k)
        .map(|_| {
            let a = normal_matrix(&mut random, d, d) / (d as f64).sqrt();
            let covariance: DMatrix<f64> = &a * a.transpose() + DMatrix::identity(d, d) * 0.5;
            covariance.cholesky().expect("a positive definite matrix").l()
        })
        .collect();
    let mut x = DMatrix::zeros(n, d);
    for i in 0..n {
        let j = random.random_range(0..k);
        let z = normal_matrix(&mut random, d, 1);
        x.row_mut(i).copy_from(&(means.row(j) + (&factors[j] * z).transpose()));
    }
    let start = (vec![1.0 / k as f64; k], &means + normal_matrix(&mut random, k, d) * 0.5);
    let covariances = vec![2.0 * DMatrix::identity(d, d); k];
    let model = GaussianMixture::new(k).start_from(&start.0, &start.1, &covariances);

    let plain =
        Em::default().with_acceleration(false).with_newton_from(0.0).with_tolerance(0.0).with_max_iterations(50);
    let plain = model.clone().information_limit(0).em(plain);
    let (seconds, fit) = median(3, || match plain.fit(&x) {
        Ok(fit) => fit,
        Err(GaussianMixtureError::NotConverged(fit)) => *fit,
        Err(other) => panic!("{other}"),
    });
    println!("Gaussian mixture, {n} x {d}, k = {k}");
    println!("  50 iterations        {seconds:.4} s   log-likelihood {:.6}", fit.log_likelihood());
    let (seconds, fit) = median(1, || model.fit(&x).expect("a maximum"));
    println!("  with standard errors {seconds:.4} s   log-likelihood {:.6}", fit.log_likelihood());
}

/// A normal density.
struct Normal;

impl LogDensity<f64, 2> for Normal {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [mu, sigma]: [T; 2], &y: &f64) -> T {
        normal::ln_pdf(y, mu, sigma)
    }
}

/// A hidden Markov model of four normal states: 20 iterations of Baum-Welch by step, and the Hessian.
fn hidden_markov(n: usize) {
    let (mu, sd) = ([-3.0, -0.5, 1.5, 4.0], [1.0, 0.7, 0.9, 1.3]);
    let (mut random, mut state) = (StdRng::seed_from_u64(801), 0);
    let row = |_| {
        if random.random::<f64>() < 0.16 {
            state = random.random_range(0..4);
        }
        mu[state] + sd[state] * random.sample::<f64, _>(StandardNormal)
    };
    let y: Vec<f64> = (0..n).map(row).collect();
    let names = [("mu_a", "sd_a"), ("mu_b", "sd_b"), ("mu_c", "sd_c"), ("mu_d", "sd_d")];
    let starts = [-4.0, -1.0, 1.0, 5.0];
    let parameters = |j: usize| [real(names[j].0).start(starts[j]), positive(names[j].1).start(2_f64.sqrt())];
    let transitions = |i: usize| std::array::from_fn(|j| if i == j { 0.7 } else { 0.1 });
    let chain =
        || HiddenMarkov::new(&y).initial(Initial::Free).transition_start(std::array::from_fn::<_, 4, _>(transitions));
    let closures =
        (0..4).fold(chain(), |model, j| model.state(parameters(j), |[mu, sd], &y| normal::ln_pdf(y, mu, sd)));
    let densities = (0..4).fold(chain(), |model, j| model.state_from_density(parameters(j), Normal));
    println!("hidden Markov model, {n} rows, 4 states");
    for (what, model) in [("closures", closures), ("densities", densities)] {
        let steps = model.steps();
        let start: DVector<f64> =
            model.parameters().iter().flat_map(Parameter::start_values).collect::<Vec<_>>().into();
        let (seconds, (e, m, theta)) = median(5, || {
            let (mut theta, mut e, mut m) = (start.clone(), 0.0, 0.0);
            for _ in 0..20 {
                let begin = seconds();
                let (_, statistics) = steps.e_step(&theta);
                let middle = seconds();
                theta = steps.m_step(&statistics);
                e += middle - begin;
                m += seconds() - middle;
            }
            (e, m, theta)
        });
        let l = model.log_likelihood(theta.as_slice());
        println!("  {what}");
        println!("    20 iterations      {seconds:.4} s   E {e:.4}, M {m:.4}   log-likelihood {l:.6}");
        let (seconds, _) = median(3, || model.log_likelihood_score_hessian(theta.as_slice()));
        println!("    score and Hessian  {seconds:.4} s");
    }
}

/// Factor analysis from the rows.
fn factor_analysis(n: usize, d: usize, k: usize) {
    let mut random = StdRng::seed_from_u64(901);
    let loadings = normal_matrix(&mut random, k, d) * 0.7;
    let sd: Vec<f64> = (0..d).map(|_| (0.3 + 0.7 * random.random::<f64>()).sqrt()).collect();
    let mut noise = normal_matrix(&mut random, n, d);
    for (mut column, sd) in noise.column_iter_mut().zip(sd) {
        column *= sd;
    }
    let x = normal_matrix(&mut random, n, k) * loadings + noise;
    let (seconds, fit) = median(5, || FactorAnalysis::new(k).fit(&x).expect("a maximum"));
    println!("factor analysis, {n} x {d}, {k} factors");
    println!("  fit                  {seconds:.4} s   log-likelihood {:.6}", fit.log_likelihood());
}

fn main() {
    let names: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let asked = |name: &str| names.is_empty() || names.iter().any(|other| other == name);
    if asked("mixture") {
        gaussian_mixture(100_000, 10, 8);
    }
    if asked("chain") {
        hidden_markov(100_000);
    }
    if asked("factors") {
        factor_analysis(10_000, 50, 5);
    }
}
