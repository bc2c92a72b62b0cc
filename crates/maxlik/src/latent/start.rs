//! Random points where searches of a model of several parts start.
//!
//! The closures are opaque, and what their parameters mean is not known: so it is the shares of the parts in the rows that are drawn,
//! and an M-step from them gives the coefficients. From several draws EM goes a short way, and the best place is where the search starts.
//!
//! # References
//! Biernacki, Celeux & Govaert, "Choosing starting values for the EM algorithm for getting the highest likelihood in multivariate
//! Gaussian mixture models" (2003), on short runs of EM; `McLachlan` & Peel, "Finite Mixture Models" (2000), section 2.12.
use maxlik_optimizer::Em;
use nalgebra::DMatrix;
use rand::rngs::StdRng;

use super::m_step::{maximise, starting_at};
use super::parts::Parts;
use super::verdict::holding_few;
use crate::fitting::coefficients;
use crate::free_scale::{Coefficient, FreeScale};

/// So many draws, of which the best is taken.
const DRAWS: usize = 6;

/// A short run has so many iterations, of three maps each.
const ITERATIONS: usize = 4;

/// The best of several draws for start `number` after a short run from each; none where a part holds few rows in all of them.
pub(crate) fn random<M: Parts>(model: &M, number: usize, rng: &mut StdRng) -> Option<Vec<Coefficient>> {
    let runs = (0..DRAWS).filter_map(|_| {
        let shares = model.draw(number, rng);
        short_run(model, fitted_to(model, &shares)?)
    });
    runs.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, reached)| reached)
}

/// The coefficients of the parts after an M-step from these shares, with all others where they start.
fn fitted_to<M: Parts>(model: &M, shares: &DMatrix<f64>) -> Option<Vec<Coefficient>> {
    let mut start = coefficients(model);
    for j in 0..shares.ncols() {
        let own = model.own(j);
        let weights = weights_of(model, shares, j);
        let part = model.part_alone(j, &weights);
        let values: Vec<f64> = start[own.clone()].iter().map(|coefficient| coefficient.value).collect();
        let fitted = maximise(&*part, &starting_at(&*part, &values));
        for (coefficient, value) in start[own].iter_mut().zip(fitted).filter(|(coefficient, _)| !coefficient.held) {
            coefficient.value = value;
        }
    }
    start.iter().all(|coefficient| coefficient.held || coefficient.domain.contains(coefficient.value)).then_some(start)
}

/// The weights of the rows in the M-step of part `j`: `w_i (r_ij + c)`. What has weight 0 does not count, be it impossible.
pub(crate) fn weights_of<M: Parts>(model: &M, r: &DMatrix<f64>, j: usize) -> Vec<f64> {
    let (c, weights) = (model.prior_share(), model.weights());
    let weighted = |(i, &r): (usize, &f64)| match weights.map(|weights| weights[i]) {
        Some(0.0) => 0.0,
        Some(weight) => weight * (r + c),
        None => r + c,
    };
    r.column(j).iter().enumerate().map(weighted).collect()
}

/// The log-likelihood and the coefficients after a few iterations of EM, unless a part holds few rows there.
fn short_run<M: Parts>(model: &M, start: Vec<Coefficient>) -> Option<(f64, Vec<Coefficient>)> {
    let em = Em::default().with_exact_m_step(false).with_newton_from(0.0).with_max_iterations(ITERATIONS);
    let report = model.run(em, &start).ok()?;
    let theta = FreeScale::new(model, &start).natural(&report.x);
    let (_, r) = model.responsibilities(&theta);
    let mut reached = start;
    for (coefficient, value) in reached.iter_mut().zip(theta) {
        coefficient.value = value;
    }
    let inside = |c: &Coefficient| c.held || c.domain.contains(c.value);
    let regular = reached.iter().all(inside) && holding_few(model, &r).is_empty();
    regular.then_some((-report.value, reached))
}
