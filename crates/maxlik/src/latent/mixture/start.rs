//! Random points where searches of a mixture start.
//!
//! The closures are opaque, and what their parameters mean is not known: so it is the shares of the components in the rows that are drawn,
//! and an M-step from them gives the coefficients. Of two kinds of shares, one gives each component a few rows of its own, drawn at random,
//! and all rows together the weight of one more: components that are apart. The other sends each row to one of the components:
//! components that are much alike. Starts of either kind find maxima that the other one misses. From several draws EM goes a
//! short way, and the best place is where the search starts.
//!
//! # References
//! Biernacki, Celeux & Govaert, "Choosing starting values for the EM algorithm for getting the highest likelihood in multivariate
//! Gaussian mixture models" (2003), on short runs of EM; `McLachlan` & Peel, "Finite Mixture Models" (2000), section 2.12.
use std::ops::ControlFlow;

use maxlik_model::{Likelihood, MixtureLikelihood};
use maxlik_optimizer::Em;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::index::sample;

use super::em::MixtureSteps;
use super::verdict::holding_few;
use crate::fitting::{coefficients, search_em};
use crate::free_scale::{Coefficient, FreeScale};

/// So many draws, of which the best is taken.
const DRAWS: usize = 6;

/// A short run has so many iterations, of three maps each.
const ITERATIONS: usize = 4;

/// How rows are given to components.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shares {
    /// Each component has a few rows.
    FewRowsEach,
    /// Each row has one component.
    OneForEachRow,
}

/// The best of several random starts after a short run from each; none where a component holds few rows in all of them.
pub(crate) fn random<Row>(
    mixture: &MixtureLikelihood<'_, Row>,
    kind: Shares,
    rng: &mut StdRng,
) -> Option<Vec<Coefficient>> {
    let runs = (0..DRAWS).filter_map(|_| {
        let shares = match kind {
            Shares::FewRowsEach => few_rows_each(mixture, rng),
            Shares::OneForEachRow => one_for_each_row(mixture, rng),
        };
        short_run(mixture, fitted_to(mixture, &shares)?)
    });
    runs.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, reached)| reached)
}

/// Each component has a few rows of its own, and a part of all.
fn few_rows_each<Row>(mixture: &MixtureLikelihood<'_, Row>, rng: &mut StdRng) -> DMatrix<f64> {
    let n = mixture.rows().len();
    let weights = Likelihood::weights(mixture);
    let rows: Vec<usize> = (0..n).filter(|&i| weights.is_none_or(|weights| weights[i] != 0.0)).collect();
    let mut shares = DMatrix::repeat(n, mixture.component_names().len(), 1.0 / n as f64);
    for j in 0..shares.ncols() {
        let few = (mixture.coefficients_of_component(j).len() + 1).min(rows.len());
        for i in sample(rng, rows.len(), few) {
            shares[(rows[i], j)] += 1.0;
        }
    }
    shares
}

/// Each row belongs to one component.
fn one_for_each_row<Row>(mixture: &MixtureLikelihood<'_, Row>, rng: &mut StdRng) -> DMatrix<f64> {
    let (n, k) = (mixture.rows().len(), mixture.component_names().len());
    let mut shares = DMatrix::zeros(n, k);
    for i in 0..n {
        shares[(i, rng.random_range(0..k))] = 1.0;
    }
    shares
}

/// The coefficients of the components after an M-step from these shares, with the weights where they start.
fn fitted_to<Row>(mixture: &MixtureLikelihood<'_, Row>, shares: &DMatrix<f64>) -> Option<Vec<Coefficient>> {
    let mut start = coefficients(mixture);
    let own = DVector::from_iterator(start.len(), start.iter().map(|coefficient| coefficient.value));
    let fitted = MixtureSteps(mixture).maximum(&own, shares);
    for i in 0..mixture.coefficients_of_weights().start {
        if !start[i].held {
            start[i].value = fitted[i];
        }
    }
    start.iter().all(|coefficient| coefficient.held || coefficient.domain.contains(coefficient.value)).then_some(start)
}

/// The log-likelihood and the coefficients after a few iterations of EM, unless a component holds few rows there.
fn short_run<Row>(mixture: &MixtureLikelihood<'_, Row>, start: Vec<Coefficient>) -> Option<(f64, Vec<Coefficient>)> {
    let em = Em::default().with_exact_m_step(false).with_newton_from(0.0).with_max_iterations(ITERATIONS);
    let report = search_em(mixture, &start, em, &MixtureSteps(mixture), &mut |_| ControlFlow::Continue(())).ok()?;
    let theta = FreeScale::new(mixture, &start).natural(&report.x);
    let (_, r) = mixture.responsibilities(&theta);
    let mut reached = start;
    for (coefficient, value) in reached.iter_mut().zip(theta) {
        coefficient.value = value;
    }
    let inside = |c: &Coefficient| c.held || c.domain.contains(c.value);
    let regular = reached.iter().all(inside) && holding_few(mixture, &r).is_empty();
    regular.then_some((-report.value, reached))
}
