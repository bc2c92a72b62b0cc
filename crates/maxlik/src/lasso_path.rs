//! What a lasso finds, at one lambda and along a path.
use std::fmt;
use std::sync::Arc;

use maxlik_optimizer::{Evaluations, Termination};

use crate::InferenceError;
use crate::error::find_name;

/// What all points of a path have in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    /// The names of all coefficients, fixed ones included.
    pub(crate) names: Vec<String>,
    /// The penalised ones, as places among all, each with its `s_j`.
    pub(crate) penalized: Vec<(usize, f64)>,
    /// The number of coefficients that are estimated without a penalty.
    pub(crate) unpenalized: usize,
    /// `N`
    pub(crate) total: f64,
    pub(crate) n_obs: Option<usize>,
}

/// The coefficients that a lasso finds for one lambda.
///
/// They are shrunk towards zero, so that the inverse of the information is not their covariance: there are no standard errors here. For
/// those fit a model of the [`selected`](LassoFit::selected) columns by maximum likelihood, and bear in mind that they take the
/// selection for granted, so that intervals are too short and p-values too small.
#[derive(Clone, Debug)]
pub struct LassoFit {
    pub(crate) common: Arc<Common>,
    pub(crate) lambda: f64,
    pub(crate) coefficients: Vec<f64>,
    pub(crate) log_likelihood: f64,
    pub(crate) termination: Termination,
    pub(crate) evaluations: Evaluations,
}

impl LassoFit {
    /// The weight of the penalty.
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// The names of all coefficients, fixed ones included.
    pub fn names(&self) -> &[String] {
        &self.common.names
    }

    /// All coefficients on their natural scale, in the order of the names.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// A coefficient by its name.
    ///
    /// # Errors
    /// If there is no coefficient of this name.
    pub fn estimate(&self, name: &str) -> Result<f64, InferenceError> {
        Ok(self.coefficients[find_name(name, &self.common.names)?])
    }

    /// The names of the penalised coefficients that are not zero.
    pub fn selected(&self) -> impl Iterator<Item = &str> {
        let penalized = self.common.penalized.iter().map(|&(i, _)| i);
        penalized.filter(|&i| self.coefficients[i] != 0.0).map(|i| self.common.names[i].as_str())
    }

    /// The log-likelihood, constants included, without the penalty.
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// What is minimised.
    ///
    /// # Formula
    /// `-l / N + lambda sum_j s_j |beta_j|`
    pub fn penalized_objective(&self) -> f64 {
        let penalty: f64 = self.common.penalized.iter().map(|&(i, s)| s * self.coefficients[i].abs()).sum();
        let weighted = if penalty == 0.0 { 0.0 } else { self.lambda * penalty };
        weighted - self.log_likelihood / self.common.total
    }

    /// The degrees of freedom `k`: the number of penalised coefficients that are not zero, whose expectation they are in linear
    /// regression, and of all others that were estimated.
    ///
    /// # References
    /// Zou, Hastie & Tibshirani, "On the degrees of freedom of the lasso" (2007), theorem 1.
    pub fn dof(&self) -> usize {
        self.selected().count() + self.common.unpenalized
    }

    /// Akaike's information criterion.
    ///
    /// # Formula
    /// `2 k - 2 l`
    pub fn aic(&self) -> f64 {
        2.0 * self.dof() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's Bayesian information criterion; NaN where the number of observations is unknown.
    ///
    /// # Formula
    /// `k ln n - 2 l`
    pub fn bic(&self) -> f64 {
        self.common.n_obs.map_or(f64::NAN, |n| self.dof() as f64 * (n as f64).ln() - 2.0 * self.log_likelihood)
    }

    /// Why the search ended.
    pub fn termination(&self) -> &Termination {
        &self.termination
    }

    /// How often the log-likelihood was evaluated.
    pub fn evaluations(&self) -> Evaluations {
        self.evaluations
    }
}

/// The lasso for a sequence of lambdas. `Display` prints a table.
#[derive(Clone, Debug)]
pub struct LassoPath {
    pub(crate) lambda_max: f64,
    pub(crate) points: Vec<LassoFit>,
}

impl LassoPath {
    /// The points, the largest lambda first; all have converged, but perhaps for the last.
    pub fn points(&self) -> &[LassoFit] {
        &self.points
    }

    /// The smallest lambda for which all penalised coefficients are zero.
    ///
    /// # Formula
    /// `max_j |dl/dbeta_j| / (N s_j)` where the model without the penalised coefficients has its maximum.
    pub fn lambda_max(&self) -> f64 {
        self.lambda_max
    }

    /// The converged point with the lowest AIC.
    pub fn best_aic(&self) -> Option<&LassoFit> {
        self.best(LassoFit::aic)
    }

    /// The converged point with the lowest BIC; none where the number of observations is unknown.
    pub fn best_bic(&self) -> Option<&LassoFit> {
        self.best(LassoFit::bic)
    }

    fn best(&self, criterion: impl Fn(&LassoFit) -> f64) -> Option<&LassoFit> {
        let candidates = self.points.iter().filter(|point| point.termination.is_converged());
        let measured = candidates.filter(|point| criterion(point).is_finite());
        measured.min_by(|a, b| criterion(a).total_cmp(&criterion(b)))
    }
}

impl fmt::Display for LassoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let common = &self.points[0].common;
        let n_obs = common.n_obs.map_or("unknown".into(), |n| n.to_string());
        writeln!(f, "lasso of {} penalised and {} other coefficients", common.penalized.len(), common.unpenalized)?;
        writeln!(f, "observations    {n_obs}")?;
        writeln!(f, "lambda max      {:.6e}\n", self.lambda_max)?;
        writeln!(f, "    lambda  nonzero  log-likelihood             BIC")?;
        let best = self.best_bic().map(LassoFit::lambda);
        for point in &self.points {
            write!(
                f,
                "{:>10.4e}  {:>7}  {:>14.6}  {:>14.4}",
                point.lambda,
                point.selected().count(),
                point.log_likelihood,
                point.bic()
            )?;
            match &point.termination {
                termination if !termination.is_converged() => writeln!(f, "  {termination}")?,
                _ if best == Some(point.lambda) => writeln!(f, "  lowest BIC")?,
                _ => writeln!(f)?,
            }
        }
        writeln!(f, "\nnote [penalized] coefficients are shrunk towards zero and have no standard errors here")
    }
}
