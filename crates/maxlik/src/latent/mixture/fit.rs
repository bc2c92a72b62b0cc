//! The result of fitting a mixture.
use std::fmt;
use std::ops::Deref;

use super::Mixture;
use crate::Fit;
use crate::latent::parts::Kind;
use crate::latent::starts::{Starts, Summary};

/// The fit of a [`Mixture`]: a [`Fit`], from how many starts it was found, and how the rows are divided among the components.
///
/// All methods of [`Fit`] can be called on it. `Display` prints its summary, then the components in the order in which they were
/// written.
#[derive(Clone, Debug)]
pub struct MixtureFit {
    fit: Fit,
    starts: Starts,
    /// Whether components may have been put in order.
    ordered: bool,
    /// Name, mean mixing weight and effective rows.
    components: Vec<(String, f64, f64)>,
    icl: f64,
}

impl MixtureFit {
    pub(crate) fn new<Row: Sync>(mixture: &Mixture<'_, Row>, fit: Fit, starts: Starts, ordered: bool) -> Self {
        let own = "bug: a fit without the coefficients of its mixture";
        let weights = mixture.mixing_weights(&fit).expect(own);
        let rows = mixture.effective_rows(&fit).expect(own);
        let names = mixture.component_names().iter().enumerate();
        let components = names.map(|(j, name)| (name.clone(), weights.column(j).mean(), rows[j])).collect();
        Self { starts, ordered, components, icl: mixture.icl(&fit).expect(own), fit }
    }

    /// The fit as that of any other model.
    pub fn into_fit(self) -> Fit {
        self.fit
    }

    /// From how many starts it was found.
    pub fn starts(&self) -> Starts {
        self.starts
    }

    /// The integrated completed likelihood, as [`Mixture::icl`].
    pub fn icl(&self) -> f64 {
        self.icl
    }
}

impl Deref for MixtureFit {
    type Target = Fit;

    fn deref(&self) -> &Fit {
        &self.fit
    }
}

impl fmt::Display for MixtureFit {
    /// One line per component: mixing weight (its mean, where it depends on covariates) and rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["component", "weight", "rows"].map(String::from);
        let line =
            |(name, weight, rows): &(String, f64, f64)| [name.clone(), format!("{weight:.4}"), format!("{rows:.1}")];
        let parts = std::iter::once(head).chain(self.components.iter().map(line)).collect();
        let (kind, starts, ordered, icl) = (Kind::Component, self.starts, self.ordered, self.icl);
        Summary { fit: &self.fit, kind, starts, ordered, icl, parts }.fmt(f)
    }
}
