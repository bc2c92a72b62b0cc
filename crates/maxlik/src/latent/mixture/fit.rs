//! The result of fitting a mixture.
use std::fmt;
use std::ops::Deref;

use super::Mixture;
use crate::Fit;

/// From how many starts the maxima of a mixture were sought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Starts {
    /// The starts.
    pub tried: usize,
    /// Those that led to the maximum that is reported.
    pub reached: usize,
    /// Those that led to other maxima.
    pub elsewhere: usize,
    /// Those that led to none.
    pub failed: usize,
}

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
    pub(crate) fn new<Row>(mixture: &Mixture<'_, Row>, fit: Fit, starts: Starts, ordered: bool) -> Self {
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.fit.verdict())?;
        self.fit.write_parameters(f)?;
        self.fit.write_method(f)?;
        let Starts { tried, reached, elsewhere, failed } = self.starts;
        match tried {
            1 => writeln!(f, "starts          the parameters' own")?,
            _ => writeln!(
                f,
                "starts          {tried}: {reached} reached this maximum, {elsewhere} others, {failed} none"
            )?,
        }
        let order = if self.ordered { "; those that can change places are in the order of their starts" } else { "" };
        writeln!(f, "order           components as written{order}")?;
        self.fit.write_criteria(f, &format!("   ICL {:.4}", self.icl))?;
        writeln!(f)?;
        self.write_components(f)?;
        writeln!(f)?;
        self.fit.write_coefficients(f, &|_| true)?;
        self.fit.write_notes(f)
    }
}

impl MixtureFit {
    /// One line per component: mixing weight (its mean, where it depends on covariates) and rows.
    fn write_components(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self
            .components
            .iter()
            .map(|(name, weight, rows)| [name.clone(), format!("{weight:.4}"), format!("{rows:.1}")]);
        let head = ["component", "weight", "rows"].map(String::from);
        let lines: Vec<[String; 3]> = std::iter::once(head).chain(lines).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let [names, weights, rows] = [0, 1, 2].map(width);
        for [name, weight, held] in &lines {
            writeln!(f, "{name:names$}  {weight:>weights$}  {held:>rows$}")?;
        }
        Ok(())
    }
}
