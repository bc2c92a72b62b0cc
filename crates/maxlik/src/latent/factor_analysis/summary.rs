//! The printed summary of a factor analysis.
use std::fmt;

use super::{FactorAnalysisFit, Rotation, Scale};
use crate::InferenceError;
use crate::fit::counted;
use crate::summary::{number, probability};
use maxlik_optimizer::Termination;

impl fmt::Display for FactorAnalysisFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.verdict())?;
        let (factors, variables) = (counted(self.factors(), "factor"), counted(self.variables().len(), "variable"));
        writeln!(f, "model           {factors}, {variables}; {}", self.report())?;
        let (iterations, evaluations) = (self.trace().len().saturating_sub(1), self.evaluations());
        let evaluations = evaluations.values + evaluations.gradients + evaluations.hessians;
        let (iterations, evaluations) = (counted(iterations, "iteration"), counted(evaluations, "evaluation"));
        writeln!(f, "method          maximum likelihood by {}, {iterations}, {evaluations}", self.method())?;
        if let (starts @ 2.., reached) = self.starts() {
            writeln!(f, "starts          {starts}, {reached} of which led to this maximum, the highest")?;
        }
        writeln!(f, "observations    {}{}", self.n_obs(), self.origin())?;
        let (l, aic, bic) = (self.log_likelihood(), self.aic(), self.bic());
        writeln!(f, "log-likelihood  {l:.6}   AIC {aic:.4}   BIC {bic:.4}")?;
        if self.inference().is_ok() {
            writeln!(f, "std. errors     inverse of the observed information")?;
        }
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
        for warning in self.warnings() {
            writeln!(f, "\nnote [{}] {warning}", warning.code())?;
        }
        Ok(())
    }
}

impl FactorAnalysisFit {
    /// The first line of the summary.
    fn verdict(&self) -> String {
        let mut verdict = self.termination().to_string();
        if !matches!(self.termination(), Termination::AtInfinity { .. }) {
            verdict += &match self.inference() {
                Ok(inference) => format!("; information positive definite (condition {:.1e})", inference.condition),
                Err(InferenceError::SingularInformation { .. }) => "; information singular".into(),
                Err(_) => "; information not positive definite".into(),
            };
        }
        let of = |select: &dyn Fn(f64) -> bool| {
            let held = self.variables().iter().zip(&self.held).filter(|(_, held)| held.is_some_and(select));
            held.map(|(variable, _)| variable.as_str()).collect::<Vec<_>>().join(", ")
        };
        for (names, what) in [
            (of(&|held| held == 0.0), "no uniqueness (Heywood case)"),
            (of(&|held| held > 0.0), "uniqueness on its bound"),
        ] {
            if !names.is_empty() {
                verdict += &format!("; {what}: {names}");
            }
        }
        verdict
    }

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

    fn origin(&self) -> String {
        if self.sample.location.is_none() {
            " behind the covariance matrix".into()
        } else if self.sample.is_complete() {
            String::new()
        } else {
            let patterns = self.sample.patterns.len();
            format!(", with missing values ({} of what is observed)", counted(patterns, "pattern"))
        }
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
        let std_error = |place: usize| match self.std_error_at(place) {
            Ok(0.0) => String::new(),
            Ok(se) => estimate(se),
            Err(InferenceError::AtLimit { .. }) => "at limit".into(),
            Err(InferenceError::OnBound { .. }) => "on bound".into(),
            Err(_) => "none".into(),
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
