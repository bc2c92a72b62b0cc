//! How many passes over the data a fit makes, by kind; and never two at the same point.
use std::cell::RefCell;
use std::collections::HashSet;

use approx::assert_relative_eq;
use maxlik::model::NotFinite;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, Normal, Poisson, StandardNormal, StudentT};

/// The passes over all rows: their kind and the bits of the coefficients.
type Passes = RefCell<Vec<(&'static str, Vec<u64>)>>;

/// A likelihood that notes down each pass.
struct Counting<L> {
    likelihood: L,
    passes: Passes,
}

impl<L> Counting<L> {
    fn note(&self, kind: &'static str, coefficients: &[f64]) {
        self.passes.borrow_mut().push((kind, coefficients.iter().map(|theta| theta.to_bits()).collect()));
    }
}

impl<L: Likelihood> Likelihood for Counting<L> {
    fn parameters(&self) -> &[Parameter] {
        self.likelihood.parameters()
    }
    fn n_obs(&self) -> Option<usize> {
        self.likelihood.n_obs()
    }
    fn validate(&self) -> Result<(), ModelError> {
        self.likelihood.validate()
    }
    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.note("hessian", coefficients);
        self.likelihood.log_likelihood_score_hessian(coefficients)
    }
    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.note("score", coefficients);
        self.likelihood.log_likelihood_score(coefficients)
    }
    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.note("value", coefficients);
        self.likelihood.log_likelihood(coefficients)
    }
    fn expected_information(&self, coefficients: &[f64]) -> Result<DMatrix<f64>, ExpectationError> {
        let information = self.likelihood.expected_information(coefficients);
        if information.is_ok() {
            self.note("expected", coefficients);
        }
        information
    }
    fn n_terms(&self) -> usize {
        self.likelihood.n_terms()
    }
    fn part<'a>(&'a self, terms: &'a [usize]) -> Option<Box<dyn Likelihood + 'a>> {
        self.likelihood.part(terms)
    }
    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.note("first_not_finite", coefficients);
        self.likelihood.first_not_finite(coefficients)
    }
}

/// Fits by Newton's method, and checks that every pass had derivatives and a point of its own: their number, and the fit.
fn passes<L: Likelihood>(likelihood: L) -> (usize, Fit) {
    let counting = Counting { likelihood, passes: RefCell::default() };
    let fit = counting.fit().unwrap();
    let passes = counting.passes.take();
    assert!(passes.iter().all(|pass| pass.0 == "hessian"), "{passes:?}");
    let points: HashSet<&[u64]> = passes.iter().map(|(_, point)| &**point).collect();
    assert_eq!(points.len(), passes.len());
    let evaluations = fit.evaluations();
    assert_eq!((evaluations.values, evaluations.gradients, evaluations.hessians), (0, 0, passes.len()));
    (passes.len(), fit)
}

/// The passes over all rows with few rows and with many; with many there are stages, all rows are few steps from the last of them, and
/// the maximum is the one that is found without.
fn few_and_many<L: Likelihood>(model: impl Fn(usize) -> L) -> [usize; 2] {
    let (few, fit) = passes(model(2000));
    assert!(fit.stages().is_empty());
    let many = model(40_000);
    let without = many.fit_from(&fit, Newton::default()).unwrap();
    let (passes, fit) = passes(many);
    assert_eq!(fit.stages().iter().map(|stage| stage.rows).collect::<Vec<_>>(), [2496]);
    assert!(fit.to_string().contains(", from a start by 2496 rows"), "{fit}");
    assert_relative_eq!(fit.log_likelihood(), without.log_likelihood(), max_relative = 1e-13);
    for (name, se) in fit.names().iter().zip(&fit.std_errors().unwrap()) {
        let (one, other) = (fit.estimate(name).unwrap(), without.estimate(name).unwrap());
        assert_relative_eq!(one, other, max_relative = 1e-12, epsilon = 1e-10 * se);
    }
    [few, passes]
}

struct Regression {
    design: Design,
    eta: Vec<f64>,
}

/// Normal columns of correlation 0.3, each fourth cut to 0 and 1.
fn regression(random: &mut StdRng, n: usize, intercept: f64, beta: &[f64]) -> Regression {
    let p = beta.len();
    let rows: Vec<Vec<f64>> = (0..n)
        .map(|_| {
            let mut x: Vec<f64> = vec![1.0];
            let mut last = 0.0;
            for j in 0..p {
                let z: f64 = StandardNormal.sample(random);
                last = if j == 0 { z } else { 0.3 * last + 0.91_f64.sqrt() * z };
                x.push(last);
            }
            for j in (3..p).step_by(4) {
                x[1 + j] = f64::from(u8::from(x[1 + j] > 0.5));
            }
            x
        })
        .collect();
    let eta = rows.iter().map(|x| intercept + x[1..].iter().zip(beta).map(|(x, b)| x * b).sum::<f64>()).collect();
    let names: Vec<String> = (0..=p).map(|j| format!("x{j}")).collect();
    let matrix = DMatrix::from_fn(n, p + 1, |i, j| rows[i][j]);
    Regression { design: Design::from_matrix(&matrix, names).unwrap(), eta }
}

fn evenly(from: f64, to: f64, p: usize) -> Vec<f64> {
    (0..p).map(|j| from + (to - from) * j as f64 / (p - 1) as f64).collect()
}

#[test]
fn linear_regression() {
    let counts = few_and_many(|n| {
        let mut random = StdRng::seed_from_u64(101);
        let Regression { design, eta } = regression(&mut random, n, 0.5, &evenly(-1.0, 1.0, 20));
        let y: Vec<f64> = eta.iter().map(|eta| Normal::new(*eta, 1.5).unwrap().sample(&mut random)).collect();
        Model::new(y.leak(), [linear("mu", design), positive("sigma")], |[mu, sigma], &y| normal::ln_pdf(y, mu, sigma))
    });
    assert_eq!(counts, [11, 5]);
}

#[test]
fn logistic_regression() {
    let counts = few_and_many(|n| {
        let mut random = StdRng::seed_from_u64(201);
        let beta: Vec<f64> = evenly(-1.0, 1.0, 20).iter().map(|b| b * 0.15_f64.sqrt()).collect();
        let Regression { design, eta } = regression(&mut random, n, -0.5, &beta);
        let y: Vec<bool> = eta.iter().map(|eta| random.random::<f64>() < 1.0 / (1.0 + (-eta).exp())).collect();
        Model::new(y.leak(), [linear("eta", design)], |[eta], &y| bernoulli::ln_pmf_logit(y, eta))
    });
    assert_eq!(counts, [7, 5]);
}

#[test]
fn negative_binomial_regression() {
    let counts = few_and_many(|n| {
        let mut random = StdRng::seed_from_u64(301);
        let Regression { design, eta } = regression(&mut random, n, 1.0, &evenly(-0.4, 0.4, 10));
        let gamma = Gamma::new(1.0 / 0.7, 0.7).unwrap();
        let y: Vec<u64> = (eta.iter())
            .map(|eta| {
                let mean = eta.exp() * gamma.sample(&mut random);
                poisson(&mut random, mean)
            })
            .collect();
        Model::new(y.leak(), [linear("eta", design), positive("size")], |[eta, size], &y| {
            negative_binomial::ln_pmf(y, eta.exp(), size)
        })
    });
    assert_eq!(counts, [10, 5]);
}

#[test]
fn weibull_without_covariates() {
    let counts = few_and_many(|n| {
        let mut random = StdRng::seed_from_u64(401);
        let y: Vec<f64> = (0..n).map(|_| 2.5 * (-random.random::<f64>().ln()).powf(1.0 / 1.7)).collect();
        Model::new(y.leak(), [positive("shape"), positive("scale")], |[a, b], &y| weibull::ln_pdf(y, a, b))
    });
    assert_eq!(counts, [9, 5]);
}

#[test]
fn zero_inflated_poisson_regression() {
    let counts = few_and_many(|n| {
        let mut random = StdRng::seed_from_u64(501);
        let counts = regression(&mut random, n, 0.6, &[0.4, -0.3, 0.2, 0.3, -0.2]);
        let zeros = regression(&mut random, n, -0.7, &[0.8, -0.5, 0.4]);
        let y: Vec<u64> = (counts.eta.iter().zip(&zeros.eta))
            .map(|(eta, zero)| {
                let zero = random.random::<f64>() < 1.0 / (1.0 + (-zero).exp());
                if zero { 0 } else { poisson(&mut random, eta.exp()) }
            })
            .collect();
        let parameters = [linear("count", counts.design), linear("zero", zeros.design)];
        Model::new(y.leak(), parameters, |[eta, zero], &y| {
            zero_inflated::ln_pmf_logit(y, zero, |y| poisson::ln_pmf(y, eta.exp()))
        })
    });
    assert_eq!(counts, [9, 6]);
}

#[test]
fn student_without_covariates() {
    let counts = few_and_many(|n| {
        let mut random = StdRng::seed_from_u64(601);
        let t = StudentT::new(4.5).unwrap();
        let y: Vec<f64> = (0..n).map(|_| 1.2 + 0.8 * t.sample(&mut random)).collect();
        Model::new(y.leak(), [real("mu"), positive("sigma"), positive("nu")], |[mu, sigma, nu], &y| {
            student_t::ln_pdf(y, mu, sigma, nu)
        })
    });
    assert_eq!(counts, [11, 5]);
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn poisson(random: &mut StdRng, mean: f64) -> u64 {
    Poisson::new(mean.max(1e-300)).unwrap().sample(random) as u64
}

fn waits(n: usize) -> Vec<f64> {
    let mut random = StdRng::seed_from_u64(7);
    (0..n).map(|_| -random.random::<f64>().ln() / 0.4).collect()
}

#[test]
fn a_start_of_ones_own_is_kept() {
    let waits = waits(20_000);
    let fit = |rate| Model::new(&waits, [rate], |[rate], &y| exponential::ln_pdf(y, rate)).fit().unwrap();
    let (by_rows, by_hand) = (fit(positive("rate")), fit(positive("rate").start(0.3)));
    assert_eq!(by_rows.stages()[0].rows, 1248);
    assert!(by_hand.stages().is_empty());
    let fixed = |b: Parameter| Model::new(&waits, [positive("a"), b], |[a, b], &y| weibull::ln_pdf(y, a, b)).fit();
    assert_eq!(fixed(positive("b").fixed(2.5)).unwrap().stages().len(), 1);
}

#[test]
fn a_row_that_is_impossible_where_a_part_leads_sends_the_search_back_to_the_usual_start() {
    // Row 10, which no part has, forbids all shifts from 1 on; the others ask for 2.
    let rows: Vec<bool> = (0..20_000).map(|row| row == 10).collect();
    let model = Model::new(&rows, [real("shift")], |[shift], &forbids| {
        let term = -(shift - 2.0) * (shift - 2.0);
        if forbids { term + (-shift + 1.0).ln() } else { term }
    });
    let fit = model.fit().unwrap();
    assert!(fit.stages().is_empty());
    // 40000 (2 - shift) = 1 / (1 - shift)
    let shift = fit.estimate("shift").unwrap();
    assert_relative_eq!(1.0 / (1.0 - shift), 40_000.0 * (2.0 - shift), max_relative = 1e-8);
}

#[test]
fn sorted_and_periodic_rows_are_no_obstacle() {
    let mut waits = waits(40_000);
    waits.sort_by(f64::total_cmp);
    let (sorted, fit) =
        passes(Model::new(&waits, [positive("a"), positive("b")], |[a, b], &y| weibull::ln_pdf(y, a, b)));
    assert!(sorted <= 5 && fit.stages().len() == 1, "{sorted}");
    let periodic: Vec<f64> = (0..40_000).map(|i| waits[i / 16 + i % 16 * 2500]).collect();
    let (periodic, _) =
        passes(Model::new(&periodic, [positive("a"), positive("b")], |[a, b], &y| weibull::ln_pdf(y, a, b)));
    assert!(periodic <= 5, "{periodic}");
}
