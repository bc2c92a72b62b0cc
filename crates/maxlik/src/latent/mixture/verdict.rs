//! What is wrong with where a search of a mixture has ended, if a component is.
use maxlik_model::MixtureLikelihood;

use crate::latent::parts::{Kind, Parts, estimates};
use crate::latent::verdict::{collapsed_part, ran_off};
use crate::{Fit, FitError};

/// A component fits no row when its density is below this part of the mixture's in each.
const NO_ROW: f64 = 1e-13;

/// Why a search ended without a maximum, if a component is the reason.
pub(crate) fn diagnose<Row: Sync>(mixture: &MixtureLikelihood<'_, Row>, partial: Box<Fit>) -> FitError {
    if !ran_off(&partial) {
        return FitError::NotConverged(partial);
    }
    if let Some(different) = fewer_different_rows(mixture, &partial) {
        return FitError::FewDifferentRows { components: mixture.component_names().len(), different, partial };
    }
    if let Some(lost) = collapsed_part(mixture, &partial) {
        return Kind::Component.collapsed(lost, partial);
    }
    match empty_component(mixture, &partial) {
        Some(component) => Kind::Component.empty(component, partial),
        None => FitError::NotConverged(partial),
    }
}

/// The number of rows that differ, if it is below the number of components: no more components than different rows raise the likelihood.
///
/// # References
/// Lindsay, "The geometry of mixture likelihoods: a general theory" (1983), theorem 3.1.
pub(crate) fn fewer_different_rows<Row: Sync>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<usize> {
    // Rows may differ in the covariates of their weights alone.
    if mixture.concomitant_design().is_some() {
        return None;
    }
    let k = mixture.component_names().len();
    let different = mixture.different_rows(&estimates(mixture, fit).ok()?, k);
    (different < k).then_some(different)
}

/// A component that fits no row though it has coefficients to do so.
pub(crate) fn empty_component<Row: Sync>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<String> {
    let ratios = mixture.greatest_ratios(&estimates(mixture, fit).ok()?);
    let empty = |&j: &usize| ratios[j] < NO_ROW && mixture.estimated(j) > 0;
    (0..ratios.len()).find(empty).map(|j| mixture.component_names()[j].clone())
}
