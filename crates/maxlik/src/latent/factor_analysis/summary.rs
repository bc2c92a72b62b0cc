//! The printed summary of a factor analysis.
use std::fmt;

use super::{FactorAnalysisFit, Rotation, Scale};
use crate::fit::counted;
use crate::summary::{instead_of_std_error, number, probability};

impl fmt::Display for FactorAnalysisFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.verdict())?;
        let (factors, variables) = (counted(self.factors(), "factor"), counted(self.variables().len(), "variable"));
        writeln!(f, "model           {factors}, {variables}; {}", self.report())?;
        if let Some(data) = self.data() {
            writeln!(f, "data            {data}")?;
        }
        self.write_method(f)?;
        if let (starts @ 2.., reached, failed) = self.starts {
            let failed = if failed > 0 { format!("; {failed} led to none") } else { String::new() };
            writeln!(f, "starts          {starts}, {reached} of which led to this maximum, the highest{failed}")?;
        }
        self.write_criteria(f, "")?;
        // With missing values the test takes a fit of its own.
        if self.sample.is_complete()
            && let Ok(test) = self.likelihood_ratio_test()
        {
            writeln!(
                f,
                "{:<16}chi-squared {} on {} dof, p {} (without Bartlett's correction {}, p {})",
                format!("{factors}?"),
                number(test.corrected_statistic, 5),
                test.dof,
                probability(test.corrected_p_value),
                number(test.statistic, 5),
                probability(test.p_value)
            )?;
        }
        writeln!(f)?;
        write!(f, "{}", self.table())?;
        if let Rotation::Promax { .. } = self.rotation() {
            let correlations = self.factor_correlations();
            writeln!(f, "\ncorrelations of the factors")?;
            for r in 0..self.factors() {
                let row: Vec<String> = (0..=r).map(|k| format!("{:>7.4}", correlations[(r, k)])).collect();
                writeln!(f, "factor {:<2}  {}", r + 1, row.join("  "))?;
            }
        }
        self.write_notes(f)
    }
}

impl FactorAnalysisFit {
    fn report(&self) -> String {
        let scale = match self.scale() {
            Scale::Correlation => "loadings and uniquenesses of variables with variance 1",
            Scale::Covariance => "loadings and uniquenesses in the units of the data",
        };
        match self.rotation() {
            Rotation::None => format!("{scale}, unrotated"),
            Rotation::Varimax => format!("{scale}, varimax"),
            Rotation::Promax { power } => format!("{scale}, promax with power {power}"),
        }
    }

    /// What the data are, if not complete rows.
    fn data(&self) -> Option<String> {
        if self.sample.location.is_none() {
            return Some("covariance matrix".into());
        }
        let patterns = counted(self.sample.patterns.len(), "pattern");
        (!self.sample.is_complete()).then(|| format!("rows with missing values, {patterns} of what is observed"))
    }

    /// Variables with their uniquenesses and loadings, each with its standard error.
    fn table(&self) -> String {
        let (d, m) = (self.variables().len(), self.factors());
        let mut heads = vec![String::new(), "uniqueness".into(), "std. error".into()];
        for factor in 1..=m {
            heads.extend([format!("factor {factor}"), "std. error".into()]);
        }
        let mut rows = vec![heads];
        let estimate = |x: f64| match self.scale() {
            Scale::Correlation => without_sign_of_zero(format!("{x:.4}")),
            Scale::Covariance => number(x, 5),
        };
        let std_error = |place: usize| match self.std_error_of(&self.all[place]) {
            Ok(0.0) => String::new(),
            Ok(se) => estimate(se),
            Err(_) => instead_of_std_error(self.all[place].status).into(),
        };
        for (i, variable) in self.variables().iter().enumerate() {
            let mut row = vec![variable.clone(), estimate(self.uniquenesses()[i]), std_error(d * m + i)];
            for r in 0..m {
                row.extend([estimate(self.loadings()[(i, r)]), std_error(r * d + i)]);
            }
            rows.push(row);
        }
        if self.scale() == Scale::Correlation {
            for (what, divisor) in [("sum of squares", 1.0), ("proportion", d as f64)] {
                let mut row = vec![what.to_string(), String::new(), String::new()];
                for column in self.loadings().column_iter() {
                    row.extend([estimate(column.norm_squared() / divisor), String::new()]);
                }
                rows.push(row);
            }
        }
        let width: Vec<usize> =
            (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j].chars().count()).max().unwrap_or(0)).collect();
        let mut text = String::new();
        for row in rows {
            let mut line = format!("{:w$}", row[0], w = width[0]);
            for j in 1..row.len() {
                line += &format!("  {:>w$}", row[j], w = width[j]);
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

fn without_sign_of_zero(text: String) -> String {
    if text == "-0.0000" { "0.0000".into() } else { text }
}
