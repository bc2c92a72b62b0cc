//! States that start alike, collapse on a few rows or occur in none.
use maxlik_model::HiddenMarkovLikelihood;

use crate::fitting::coefficients;
use crate::latent::parts::{Kind, Maximum, Parts, estimates};
use crate::latent::verdict::{collapsed_part, ran_off, spurious_part};
use crate::{Fit, FitError};

/// States count as equal at the start when their log-densities `f`, `g` differ by at most `1e-12 max(|f|, 1)` in each row.
const EQUAL: f64 = 1e-12;

/// A state occurs in no row when its probability is below this in each.
const NO_ROW: f64 = 1e-13;

/// States with the same density and the same transitions share each row alike, and EM leaves them together.
pub(super) fn refuse_equal_starts<Row: Sync>(model: &HiddenMarkovLikelihood<'_, Row>) -> Result<(), FitError> {
    let start: Vec<f64> = coefficients(model).iter().map(|coefficient| coefficient.value).collect();
    let equal = model.equal_states(&start, EQUAL);
    equal.map_or(Ok(()), |[first, second]| {
        let name = |j: usize| model.state_names()[j].clone();
        Err(FitError::EqualStates { first: name(first), second: name(second) })
    })
}

/// The maximum, or what is wrong with it where a state is the reason.
pub(super) fn in_words<Row: Sync>(
    model: &HiddenMarkovLikelihood<'_, Row>,
    fit: Result<Fit, FitError>,
) -> Result<Maximum, FitError> {
    match fit {
        Ok(fit) if has_equal_rows(model, &fit) => Err(FitError::EqualRows { partial: Box::new(fit) }),
        Ok(fit) => match empty_state(model, &fit) {
            Some(state) => Err(Kind::State.empty(state, Box::new(fit))),
            None => Ok(Maximum { spurious: spurious_part(model, &fit), fit }),
        },
        Err(FitError::NotConverged(partial)) => Err(diagnose(model, partial)),
        Err(other) => Err(other),
    }
}

fn diagnose<Row: Sync>(model: &HiddenMarkovLikelihood<'_, Row>, partial: Box<Fit>) -> FitError {
    if !ran_off(&partial) {
        return FitError::NotConverged(partial);
    }
    if has_equal_rows(model, &partial) {
        return FitError::EqualRows { partial };
    }
    if let Some(lost) = collapsed_part(model, &partial) {
        return Kind::State.collapsed(lost, partial);
    }
    match empty_state(model, &partial) {
        Some(state) => Kind::State.empty(state, partial),
        None => FitError::NotConverged(partial),
    }
}

/// Whether several states find all rows the same.
fn has_equal_rows<Row: Sync>(model: &HiddenMarkovLikelihood<'_, Row>, fit: &Fit) -> bool {
    let Ok(theta) = estimates(model, fit) else { return false };
    let f = model.ln_emissions(&theta);
    let mut observed = (0..f.nrows()).filter(|&row| !model.is_missing(row));
    let first = observed.next().expect("bug: a model without an observed row");
    f.ncols() > 1 && observed.all(|row| f.row(row) == f.row(first))
}

/// A state that occurs in no row though it has coefficients to do so.
fn empty_state<Row: Sync>(model: &HiddenMarkovLikelihood<'_, Row>, fit: &Fit) -> Option<String> {
    let gamma = model.expected(&estimates(model, fit).ok()?).1.gamma;
    let empty = |&j: &usize| gamma.column(j).max() < NO_ROW && model.estimated(j) > 0;
    (0..gamma.ncols()).find(empty).map(|j| model.state_names()[j].clone())
}
