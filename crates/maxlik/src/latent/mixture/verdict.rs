//! What is wrong with where a search of a mixture has ended, if a component is.
//!
//! A component has *collapsed* where the search ran off and the component holds no more different rows than it has coefficients, which
//! tower over all others: there the likelihood rises without end. A maximum is *spurious* where a component holds so few rows that it all
//! but reproduces them, at a density that rises as they come closer: it says that the rows are close, not that there is a group. Where
//! densities are bounded, as those of counts are, few rows are no reason for suspicion.
//!
//! # References
//! `McLachlan` & Peel, "Finite Mixture Models" (2000), section 3.10, on spurious local maximizers.
use std::collections::HashSet;

use maxlik_model::{Likelihood, MixtureLikelihood};
use maxlik_optimizer::Termination;
use nalgebra::DMatrix;

use super::em::maximise;
use super::results::estimates;
use crate::fitting::coefficients;
use crate::{Fit, FitError};

/// A component that holds no more rows than it has coefficients has collapsed when `ln p` of each is this much above that of all
/// other rows, and there is no maximum.
const PEAK: f64 = 5.0;

/// A component fits no row when its density is below this part of the mixture's in each.
const NO_ROW: f64 = 1e-13;

/// A component holds few rows where they are, each counted by its responsibility, fewer than its coefficients and these: hardly anything is
/// left to tell a group from rows that happen to be close.
const FEW: f64 = 2.0;

/// With few rows a component is narrow where its log-density reaches this much more in its own rows than in any row when it is fitted to
/// all of them: its density is twenty times as high.
const NARROW: f64 = 3.0;

/// With fewer rows than its coefficients and these a component reproduces its rows: it is narrow where its density is higher at all.
const NONE_LEFT: f64 = 0.5;

/// Why a search ended without a maximum, if a component is the reason.
pub(crate) fn diagnose<Row>(mixture: &MixtureLikelihood<'_, Row>, partial: Box<Fit>) -> FitError {
    if !matches!(partial.termination(), Termination::AtInfinity { .. } | Termination::Stalled { .. }) {
        return FitError::NotConverged(partial);
    }
    if let Some(different) = fewer_different_rows(mixture, &partial) {
        return FitError::FewDifferentRows { components: mixture.component_names().len(), different, partial };
    }
    if let Some((component, rows)) = collapsed_component(mixture, &partial) {
        return FitError::CollapsedComponent { component, rows, partial };
    }
    match empty_component(mixture, &partial) {
        Some(component) => FitError::EmptyComponent { component, partial },
        None => FitError::NotConverged(partial),
    }
}

/// The rows of component `j`: those that are more likely its own than not.
fn rows_of(r: &DMatrix<f64>, j: usize) -> (Vec<usize>, Vec<usize>) {
    (0..r.nrows()).partition(|&i| r[(i, j)] > 0.5)
}

fn counts<Row>(mixture: &MixtureLikelihood<'_, Row>) -> impl Fn(usize) -> bool {
    let weights = Likelihood::weights(mixture).map(<[f64]>::to_vec);
    move |i| weights.as_ref().is_none_or(|weights| weights[i] != 0.0)
}

/// The number of rows that differ, if it is below the number of components: no more components than different rows raise the likelihood.
///
/// # References
/// Lindsay, "The geometry of mixture likelihoods: a general theory" (1983), theorem 3.1.
pub(crate) fn fewer_different_rows<Row>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<usize> {
    // Rows may differ in the covariates of their weights alone.
    if mixture.concomitant_design().is_some() {
        return None;
    }
    let k = mixture.component_names().len();
    let different = mixture.different_rows(&estimates(mixture, fit).ok()?, k);
    (different < k).then_some(different)
}

/// A component with no more different rows than coefficients that towers over all other rows, and its rows.
fn collapsed_component<Row>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<(String, Vec<usize>)> {
    let theta = estimates(mixture, fit).ok()?;
    let (ln_p, r) = mixture.responsibilities(&theta);
    let first = mixture.first_alike(&theta);
    (0..r.ncols()).find_map(|j| {
        let (own, others) = rows_of(&r, j);
        let different: HashSet<usize> = own.iter().map(|&i| first[i]).collect();
        let few = !own.is_empty() && different.len() <= mixture.coefficients_of_component(j).len();
        let lowest = own.iter().map(|&i| ln_p[i]).fold(f64::INFINITY, f64::min);
        let towers = others.iter().all(|&i| lowest > ln_p[i] + PEAK);
        (few && towers).then(|| (mixture.component_names()[j].clone(), own))
    })
}

/// A component that fits no row though it has coefficients to do so.
pub(crate) fn empty_component<Row>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<String> {
    let ratios = mixture.greatest_ratios(&estimates(mixture, fit).ok()?);
    let empty = |&j: &usize| ratios[j] < NO_ROW && estimated(mixture, j) > 0;
    (0..ratios.len()).find(empty).map(|j| mixture.component_names()[j].clone())
}

/// The number of coefficients of component `j` that are estimated.
fn estimated<Row>(mixture: &MixtureLikelihood<'_, Row>, j: usize) -> usize {
    coefficients(mixture)[mixture.coefficients_of_component(j)].iter().filter(|coefficient| !coefficient.held).count()
}

/// The components that hold few rows, and how many more than they have coefficients.
pub(crate) fn holding_few<Row>(mixture: &MixtureLikelihood<'_, Row>, r: &DMatrix<f64>) -> Vec<(usize, f64)> {
    let counts = counts(mixture);
    let rows = |j: usize| (0..r.nrows()).filter(|&i| counts(i)).map(|i| r[(i, j)]).sum::<f64>();
    let with_coefficients = (0..r.ncols()).filter(|&j| estimated(mixture, j) > 0);
    with_coefficients.map(|j| (j, rows(j) - estimated(mixture, j) as f64)).filter(|&(_, left)| left < FEW).collect()
}

/// A component that makes a maximum spurious, few rows and narrow, with its rows.
pub(crate) fn spurious_component<Row>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<(String, Vec<usize>)> {
    let theta = estimates(mixture, fit).ok()?;
    let (_, r) = mixture.responsibilities(&theta);
    let few = holding_few(mixture, &r);
    if few.is_empty() {
        return None;
    }
    // The same components, each fitted to all rows.
    let all = Likelihood::weights(mixture).map_or_else(|| vec![1.0; r.nrows()], <[f64]>::to_vec);
    let mut fitted = theta.clone();
    for &(j, _) in &few {
        let own = mixture.coefficients_of_component(j);
        let component = mixture.component_alone(j, &all);
        let start = coefficients(&*component);
        fitted[own].copy_from_slice(&maximise(&*component, &start));
    }
    let (f, f_all) = (mixture.component_ln_densities(&theta), mixture.component_ln_densities(&fitted));
    let counts = counts(mixture);
    few.into_iter().find_map(|(j, left)| {
        let (own, _) = rows_of(&r, j);
        let peak = own.iter().map(|&i| f[(i, j)]).fold(f64::NEG_INFINITY, f64::max);
        let broad = (0..r.nrows()).filter(|&i| counts(i)).map(|i| f_all[(i, j)]).fold(f64::NEG_INFINITY, f64::max);
        let narrow = if left < NONE_LEFT { 0.0 } else { NARROW };
        (peak > broad + narrow).then(|| (mixture.component_names()[j].clone(), own))
    })
}
