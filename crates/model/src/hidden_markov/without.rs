//! A model of some of the states.
use std::rc::Rc;

use nalgebra::DMatrix;

use super::{HiddenMarkovLikelihood, Initial};

impl<Row: Sync> HiddenMarkovLikelihood<'_, Row> {
    /// The model of all states but `j`, which may leave one. Probabilities that are given, of beginnings or for the start of the search, are
    /// those given that it is none in state `j`.
    ///
    /// # Panics
    /// If there is no state `j`, counted from 0.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{HiddenMarkovLikelihood, Likelihood, distribution::exponential, positive};
    /// let waits = [0.3, 2.5];
    /// let chain = HiddenMarkovLikelihood::new(&waits)
    ///     .state([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .state([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// // One state: rows are independent.
    /// let slow = chain.without(0);
    /// assert!((slow.log_likelihood(&[0.4]) - (2.0 * 0.4_f64.ln() - 0.4 * 2.8)).abs() < 1e-14);
    /// ```
    pub fn without(&self, j: usize) -> Self {
        assert!(j < self.states.len(), "bug: state {j} of {} is to be left out", self.states.len());
        self.with(|m| m != j)
    }

    /// The model of some of the states.
    pub(super) fn with(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.states.len()).filter(|&j| keep(j)).collect();
        let initial = self.initial.as_ref().map(|initial| match initial {
            // Of another length it is refused later.
            Initial::Given(delta) if delta.len() == self.states.len() => {
                Initial::Given(given(kept.iter().map(|&j| delta[j]), delta.iter().sum()))
            }
            other => other.clone(),
        });
        let start = self.start.as_ref().map(|start| {
            if start.shape() != (self.states.len(), self.states.len()) {
                return start.clone();
            }
            let rows = kept.iter().flat_map(|&a| given(kept.iter().map(|&b| start[(a, b)]), start.row(a).sum()));
            DMatrix::from_row_iterator(kept.len(), kept.len(), rows.collect::<Vec<f64>>())
        });
        let mut model = Self {
            data: self.data,
            states: kept.iter().map(|&j| Rc::clone(&self.states[j])).collect(),
            names: kept.iter().map(|&j| self.names[j].clone()).collect(),
            stray_name: self.stray_name.clone(),
            lengths: self.lengths.clone(),
            begins: self.begins.clone(),
            missing: self.missing.clone(),
            initial,
            // One state has no transitions to depend on them.
            design: if kept.len() > 1 { self.design.clone() } else { None },
            start,
            pseudo_rows: self.pseudo_rows,
            parameters: Vec::new(),
        };
        model.list_parameters();
        model
    }
}

/// Some of the probabilities, as parts of what is left of their sum; as they are where all are kept, or nothing is left.
fn given(kept: impl Iterator<Item = f64> + Clone, all: f64) -> Vec<f64> {
    let sum: f64 = kept.clone().sum();
    if sum == all || sum == 0.0 { kept.collect() } else { kept.map(|p| p * all / sum).collect() }
}
