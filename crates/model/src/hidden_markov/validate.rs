//! What can be wrong with a hidden Markov model before it is fitted.
use super::filter::Recursion;
use super::{HiddenMarkovLikelihood, Initial};
use crate::model::validate;
use crate::{ModelError, NotFinite};

/// Probabilities have a sum of 1 to within this times their number.
const SUM: f64 = 1e-12;

impl<Row: Sync> HiddenMarkovLikelihood<'_, Row> {
    pub(super) fn validate_all(&self) -> Result<(), ModelError> {
        if let Some(name) = &self.stray_name {
            return Err(ModelError::NameWithoutState { name: name.clone() });
        }
        let (states, rows) = (self.states.len(), self.data.len());
        if states < 2 {
            return Err(ModelError::TooFewStates { found: states });
        }
        self.validate_start()?;
        validate(rows, None, &self.parameters)?;
        self.validate_sequences()?;
        let observed = (0..rows).filter(|&row| !self.is_missing(row)).count();
        if observed == 0 {
            return Err(ModelError::AllMissing { rows });
        }
        if states > observed {
            return Err(ModelError::MoreStatesThanRows { states, rows: observed });
        }
        self.validate_initial()
    }

    fn validate_sequences(&self) -> Result<(), ModelError> {
        let Some(lengths) = &self.lengths else { return Ok(()) };
        if let Some(sequence) = lengths.iter().position(|&length| length == 0) {
            return Err(ModelError::EmptySequence { sequence });
        }
        let (expected, found) = (self.data.len(), lengths.iter().sum());
        if expected == found { Ok(()) } else { Err(ModelError::SequenceLengths { expected, found }) }
    }

    fn validate_initial(&self) -> Result<(), ModelError> {
        match self.initial_law() {
            Initial::Stationary if self.has_covariates() => Err(ModelError::StationaryWithCovariates),
            Initial::Given(delta) => self.validate_probabilities("initial distribution", delta, |x| x >= 0.0),
            _ => Ok(()),
        }
    }

    fn validate_start(&self) -> Result<(), ModelError> {
        let Some(start) = &self.start else { return Ok(()) };
        let expected = self.states.len();
        if start.shape() != (expected, expected) {
            return Err(ModelError::TransitionShape { expected, rows: start.nrows(), columns: start.ncols() });
        }
        for (row, name) in start.row_iter().zip(&self.names) {
            let row: Vec<f64> = row.iter().copied().collect();
            self.validate_probabilities(&format!("transitions from `{name}`"), &row, |x| x > 0.0)?;
        }
        Ok(())
    }

    fn validate_probabilities(&self, what: &str, p: &[f64], possible: fn(f64) -> bool) -> Result<(), ModelError> {
        let sum: f64 = p.iter().sum();
        let right = p.len() == self.states.len()
            && p.iter().all(|&p| p.is_finite() && possible(p))
            && (sum - 1.0).abs() <= SUM * p.len() as f64;
        if right {
            return Ok(());
        }
        Err(ModelError::NotProbabilities { what: what.into(), expected: self.states.len(), found: p.to_vec() })
    }
}

impl<Row: Sync> Recursion<'_, Row> {
    /// The first row whose log-density given those before it, or a derivative of its density in a state that it may be in, is not finite.
    pub(crate) fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut found: Option<NotFinite> = None;
        let mut possible = vec![false; self.emissions.rows() * self.states()];
        self.forward(theta, |row, ln_density, alpha, _| {
            if found.is_none() && !ln_density.is_finite() {
                found = Some(NotFinite { row: Some(row), log_density: ln_density });
            }
            for (possible, alpha) in possible[row * alpha.len()..].iter_mut().zip(alpha) {
                *possible = *alpha != 0.0;
            }
        });
        let mut parts = self.emissions.buffers(2);
        for index in 0..self.emissions.blocks() {
            self.emissions.differentiate(theta, index, 2, &mut parts);
            for (i, row) in self.emissions.block(index).enumerate().filter(|&(_, row)| !self.emissions.is_missing(row))
            {
                if found.is_some_and(|found| found.row <= Some(row)) {
                    return found;
                }
                let not = |&j: &usize| possible[row * self.states() + j] && !parts[j].is_finite(i);
                if let Some(j) = (0..self.states()).find(not) {
                    return Some(NotFinite { row: Some(row), log_density: parts[j].value()[i] });
                }
            }
        }
        found
    }
}
