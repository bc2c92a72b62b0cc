//! From how many starts a maximum was found, and how a summary says it.
use std::fmt;

use super::parts::Kind;
use crate::Fit;

/// From how many starts the maxima of a model with several components or states were sought.
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

/// What a summary says beside what that of every fit does.
pub(crate) struct Summary<'a, const C: usize> {
    pub(crate) fit: &'a Fit,
    pub(crate) kind: Kind,
    pub(crate) starts: Starts,
    /// Whether parts may have been put in order.
    pub(crate) ordered: bool,
    pub(crate) icl: f64,
    /// The table of the parts, its head first.
    pub(crate) parts: Vec<[String; C]>,
}

impl<const C: usize> fmt::Display for Summary<'_, C> {
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
        let parts = match self.kind {
            Kind::Component => "components",
            Kind::State => "states",
        };
        let order = if self.ordered { "; those that can change places are in the order of their starts" } else { "" };
        writeln!(f, "order           {parts} as written{order}")?;
        self.fit.write_criteria(f, &format!("   ICL {:.4}", self.icl))?;
        writeln!(f)?;
        self.write_parts(f)?;
        writeln!(f)?;
        self.fit.write_coefficients(f, &|_| true)?;
        self.fit.write_notes(f)
    }
}

impl<const C: usize> Summary<'_, C> {
    /// One line per part.
    fn write_parts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| self.parts.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        for line in &self.parts {
            write!(f, "{:1$}", line[0], width(0))?;
            for column in 1..C {
                write!(f, "  {:>1$}", line[column], width(column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
