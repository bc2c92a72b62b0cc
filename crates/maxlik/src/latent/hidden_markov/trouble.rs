//! States that start alike, collapse on a few rows or occur in none.
use maxlik_optimizer::Termination;

use super::HiddenMarkov;
use crate::fitting::coefficients;
use crate::{Fit, FitError};

/// States count as equal at the start when their log-densities `f`, `g` differ by at most `1e-12 max(|f|, 1)` in each row.
const EQUAL: f64 = 1e-12;

/// A state that occurs in no more rows than its density has coefficients, or in rows that are all the same to it, has collapsed when the
/// log-density of each is this much above that of all other rows in their states, and there is no maximum.
const PEAK: f64 = 5.0;

/// A state occurs in no row when its probability is below this in each.
const NO_ROW: f64 = 1e-13;

impl<Row> HiddenMarkov<'_, Row> {
    /// States with the same density and the same transitions share each row alike, and EM leaves them together.
    pub(super) fn refuse_equal_starts(&self) -> Result<(), FitError> {
        let start: Vec<f64> = coefficients(&self.0).iter().map(|coefficient| coefficient.value).collect();
        let equal = self.0.equal_states(&start, EQUAL);
        equal.map_or(Ok(()), |[first, second]| {
            let name = |j: usize| self.state_names()[j].clone();
            Err(FitError::EqualStates { first: name(first), second: name(second) })
        })
    }

    /// The fit, or what is wrong with it where a state is the reason.
    pub(super) fn in_words(&self, fit: Result<Fit, FitError>) -> Result<Fit, FitError> {
        match fit {
            Ok(fit) => match self.empty_state(&fit) {
                Some(state) => Err(FitError::EmptyState { state, partial: Box::new(fit) }),
                None => Ok(fit),
            },
            Err(FitError::NotConverged(partial)) => Err(self.diagnose(partial)),
            other => other,
        }
    }

    fn diagnose(&self, partial: Box<Fit>) -> FitError {
        if !matches!(partial.termination(), Termination::AtInfinity { .. } | Termination::Stalled { .. }) {
            return FitError::NotConverged(partial);
        }
        if let Some((state, rows)) = self.collapsed_state(&partial) {
            return FitError::CollapsedState { state, rows, partial };
        }
        match self.empty_state(&partial) {
            Some(state) => FitError::EmptyState { state, partial },
            None => FitError::NotConverged(partial),
        }
    }

    /// A state whose density towers over that of all other rows in few rows, or in some that are the same, and its rows.
    fn collapsed_state(&self, fit: &Fit) -> Option<(String, Vec<usize>)> {
        let theta = self.estimates(fit).ok()?;
        let gamma = self.0.expected(&theta).1.gamma;
        let f = self.0.ln_emissions(&theta);
        let observed: Vec<usize> = (0..f.nrows()).filter(|&row| !self.0.is_missing(row)).collect();
        (0..f.ncols()).find_map(|j| {
            let (own, others): (Vec<usize>, Vec<usize>) = observed.iter().partition(|&&row| gamma[(row, j)] > 0.5);
            let few = own.len() <= self.0.coefficients_of_state(j).len();
            let same = own.iter().all(|&row| f[(row, j)] == f[(own[0], j)]);
            let lowest = own.iter().map(|&row| f[(row, j)]).fold(f64::INFINITY, f64::min);
            let density = |row: usize| (0..f.ncols()).map(|m| gamma[(row, m)] * f[(row, m)].max(f64::MIN)).sum::<f64>();
            let towers = others.iter().all(|&row| lowest > density(row) + PEAK);
            (!own.is_empty() && (few || same) && towers).then(|| (self.state_names()[j].clone(), own))
        })
    }

    /// A state that occurs in no row though it has coefficients to do so.
    fn empty_state(&self, fit: &Fit) -> Option<String> {
        let gamma = self.0.expected(&self.estimates(fit).ok()?).1.gamma;
        let estimated: Vec<bool> = coefficients(&self.0).iter().map(|coefficient| !coefficient.held).collect();
        let empty =
            |&j: &usize| gamma.column(j).max() < NO_ROW && estimated[self.0.coefficients_of_state(j)].contains(&true);
        (0..gamma.ncols()).find(empty).map(|j| self.state_names()[j].clone())
    }
}
