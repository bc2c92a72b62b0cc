//! The result of fitting a hidden Markov model.
use std::fmt;
use std::ops::Deref;

use super::HiddenMarkov;
use crate::Fit;
use crate::latent::parts::Kind;
use crate::latent::starts::{Starts, Summary};

/// The fit of a [`HiddenMarkov`]: a [`Fit`], from how many starts it was found, and how the rows are divided among the states.
///
/// All methods of [`Fit`] can be called on it. `Display` prints its summary, with a table of the states in the order in which they were
/// written.
#[derive(Clone, Debug)]
pub struct HiddenMarkovFit {
    fit: Fit,
    starts: Starts,
    /// Whether states may have been put in order.
    ordered: bool,
    states: Vec<State>,
    icl: f64,
}

/// A line of the table.
#[derive(Clone, Debug)]
struct State {
    name: String,
    /// The expected number of observed rows.
    rows: f64,
    /// The share in the long run; NaN where there is none.
    share: f64,
}

impl HiddenMarkovFit {
    pub(super) fn new<Row: Sync>(model: &HiddenMarkov<'_, Row>, fit: Fit, starts: Starts, ordered: bool) -> Self {
        let own = "bug: a fit without the coefficients of its model";
        let rows = model.effective_rows(&fit).expect(own);
        let shares = if model.has_covariates() {
            rows.map(|_| f64::NAN)
        } else {
            model.stationary_distribution(&fit).expect(own)
        };
        let names = model.state_names().iter().enumerate();
        let states = names.map(|(j, name)| State { name: name.clone(), rows: rows[j], share: shares[j] }).collect();
        Self { starts, ordered, states, icl: model.icl(&fit).expect(own), fit }
    }

    /// The fit as that of any other model.
    pub fn into_fit(self) -> Fit {
        self.fit
    }

    /// From how many starts it was found.
    pub fn starts(&self) -> Starts {
        self.starts
    }

    /// The integrated completed likelihood, as [`HiddenMarkov::icl`].
    pub fn icl(&self) -> f64 {
        self.icl
    }
}

impl Deref for HiddenMarkovFit {
    type Target = Fit;

    fn deref(&self) -> &Fit {
        &self.fit
    }
}

impl fmt::Display for HiddenMarkovFit {
    /// One line per state: expected rows, and the share in the long run where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, starts, ordered, icl, fit) = (Kind::State, self.starts, self.ordered, self.icl, &self.fit);
        let states = || self.states.iter();
        if states().any(|state| state.share.is_nan()) {
            let head = ["state", "rows"].map(String::from);
            let lines = states().map(|state| [state.name.clone(), format!("{:.1}", state.rows)]);
            return Summary { fit, kind, starts, ordered, icl, parts: std::iter::once(head).chain(lines).collect() }
                .fmt(f);
        }
        let head = ["state", "rows", "long run"].map(String::from);
        let lines =
            states().map(|state| [state.name.clone(), format!("{:.1}", state.rows), format!("{:.4}", state.share)]);
        Summary { fit, kind, starts, ordered, icl, parts: std::iter::once(head).chain(lines).collect() }.fmt(f)
    }
}
