//! The printed summary of a Gaussian mixture.
use std::fmt;

use super::GaussianMixtureFit;
use crate::fit::counted;
use crate::summary::number;

/// All coefficients are printed up to this many; otherwise those of weights and means.
const ALL: usize = 60;

impl fmt::Display for GaussianMixtureFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.fit.verdict())?;
        let (k, d) = (self.components.k(), self.components.d());
        let noise = if self.components.has_noise() { " and noise" } else { "" };
        writeln!(
            f,
            "mixture         {}{noise} in {}, covariances {}",
            counted(k, "Gaussian component"),
            counted(d, "dimension"),
            self.family
        )?;
        self.fit.write_method(f)?;
        let (reached, continued, starts) = self.tally;
        writeln!(
            f,
            "starts          {reached} of {continued} that were continued reached this maximum, of {}",
            counted(starts, "short run")
        )?;
        writeln!(f, "order           by the mean of `{}`", self.names[0])?;
        self.fit.write_criteria(f, &format!("   ICL {:.4}", self.icl()))?;
        writeln!(f)?;
        self.write_components(f)?;
        writeln!(f)?;
        let all = self.fit.names().len() <= ALL;
        self.fit.write_coefficients(f, &|name| all || name.starts_with("weight") || name.starts_with("mean"))?;
        if !all {
            writeln!(f, "\nvariances and covariances by their names: `variance[1].{0}`, ...", self.names[0])?;
        }
        self.fit.write_notes(f)
    }
}

impl GaussianMixtureFit {
    /// One line per component: weight, expected number of rows, mean.
    fn write_components(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.names.len().min(8);
        let mut lines = vec![vec!["component".to_string(), "weight".into(), "rows".into()]];
        lines[0].extend(self.names[..shown].iter().cloned());
        for (j, (weight, rows)) in self.components.weights.iter().zip(&self.counts).enumerate() {
            let noise = j == self.components.k();
            let name = if noise { "noise".into() } else { (j + 1).to_string() };
            let mut line = vec![name, format!("{weight:.4}"), format!("{rows:.1}")];
            if !noise {
                line.extend(self.components.means[j].iter().take(shown).map(|&m| number(m, 5)));
            }
            lines.push(line);
        }
        let width =
            |column: usize| lines.iter().filter_map(|line| line.get(column)).map(String::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..shown + 3).map(width).collect();
        for line in &lines {
            let mut text = format!("{:<w$}", line[0], w = widths[0]);
            for (entry, width) in line.iter().zip(&widths).skip(1) {
                text += &format!("  {entry:>width$}");
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}
