//! The result of fitting a model by maximum likelihood.
mod off_the_face;
mod reported;

use maxlik_dual::special::normal_quantile;
use maxlik_model::{Domain, ExpectationError, Likelihood, Parameter};
use maxlik_optimizer::{Evaluations, Progress, Report, Termination};
use nalgebra::{DMatrix, DVector};

pub(crate) use self::reported::{Reported, ReportedCoefficient};
use crate::free_scale::{Coefficient, FreeScale};
use crate::information::{Interior, invert};
use crate::stage::Stage;
use crate::{InferenceError, Warning, limit};

/// What became of a coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Estimated inside its domain: it has a standard error.
    Estimated,
    /// Held at a value by the user.
    Fixed,
    /// Estimated on a bound of its domain.
    OnBound,
    /// The maximum lies at the open end of its domain.
    AtLimit,
    /// The log-likelihood rises without end as it grows or falls: the value is only where the search stopped.
    Unbounded,
    /// The value is one of several with the same likelihood, as of loadings with another rotation that is as good.
    Undetermined,
}

/// A fit by maximum likelihood: estimates, what is known about their precision, and whether to trust them.
///
/// Vectors and matrices run over the `k` coefficients that were not fixed, in the order of [`names`](Fit::names), on their
/// natural scale. `Display` prints the summary with the verdict first.
#[derive(Clone, Debug)]
pub struct Fit {
    /// All coefficients, fixed ones included.
    pub(crate) all: Vec<Summary>,
    /// Description of each parameter.
    pub(crate) parameters: Vec<String>,
    names: Vec<String>,
    /// The number of free coefficients.
    dof: usize,
    coefficients: DVector<f64>,
    log_likelihood: f64,
    score: DVector<f64>,
    information: DMatrix<f64>,
    expected_information: Result<DMatrix<f64>, ExpectationError>,
    /// The covariance of the coefficients inside their domains.
    interior: Result<Interior, InferenceError>,
    n_obs: Option<usize>,
    termination: Termination,
    trace: Vec<Progress>,
    evaluations: Evaluations,
    /// Searches over parts of the rows before.
    stages: Vec<Stage>,
    method: &'static str,
    warnings: Vec<Warning>,
}

/// One coefficient of a fit.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) name: String,
    pub(crate) estimate: f64,
    pub(crate) status: Status,
    pub(crate) domain: Domain,
    /// Where it stands among the coefficients inside their domains.
    interior: Option<usize>,
}

impl Fit {
    pub(crate) fn new(likelihood: &dyn Likelihood, coefficients: &[Coefficient], report: Report) -> Self {
        let objective = FreeScale::new(likelihood, coefficients);
        let theta = objective.natural(&report.x);
        let bounds = objective.bounds();
        let (score, information) = objective.to_natural_scale(&report.x, &report.gradient, &report.hessian);

        // What became of each coefficient.
        let user_fixed = likelihood.parameters().iter().flat_map(|p| std::iter::repeat_n(p.is_fixed(), p.len()));
        let leading = match &report.termination {
            Termination::AtInfinity { direction } => {
                limit::leading(likelihood, &objective, coefficients, &report, direction)
            }
            _ => Vec::new(),
        };
        let mut warnings = Vec::new();
        if let Termination::Approximate { decrement, .. } = report.termination {
            warnings.push(Warning::Approximate { std_errors: decrement.sqrt() });
        }
        let mut inside = 0;
        let mut all = Vec::with_capacity(coefficients.len());
        for ((i, coefficient), fixed) in coefficients.iter().enumerate().zip(user_fixed) {
            let (name, value) = (|| coefficient.name.clone(), theta[i]);
            let status = match objective.free().binary_search(&i) {
                _ if fixed => Status::Fixed,
                Err(_) => {
                    warnings.push(Warning::AtLimit { name: name(), value });
                    Status::AtLimit
                }
                Ok(j) if bounds.holds(j, report.x[j], report.gradient[j]) => {
                    warnings.push(Warning::OnBound { name: name(), value });
                    Status::OnBound
                }
                Ok(_) if leading.iter().any(|&(leader, _)| leader == i) => Status::Unbounded,
                Ok(_) => Status::Estimated,
            };
            let interior = (status == Status::Estimated).then_some(inside);
            inside += usize::from(interior.is_some());
            all.push(Summary { name: name(), estimate: value, status, domain: coefficient.domain, interior });
        }

        // Score and information of all that were not fixed; the derivatives at an open end do not exist.
        let estimated: Vec<usize> = (0..all.len()).filter(|&i| all[i].status != Status::Fixed).collect();
        let places: Vec<Option<usize>> = estimated.iter().map(|i| objective.free().binary_search(i).ok()).collect();
        let k = estimated.len();
        let full_score = DVector::from_fn(k, |i, _| places[i].map_or(f64::NAN, |i| score[i]));
        let full_information =
            DMatrix::from_fn(k, k, |i, j| places[i].zip(places[j]).map_or(f64::NAN, |(i, j)| information[(i, j)]));

        let expected_information = likelihood.expected_information(&theta).map(|information| {
            let at_end = |i: usize| places[i].is_none();
            DMatrix::from_fn(k, k, |i, j| {
                if at_end(i) || at_end(j) { f64::NAN } else { information[(estimated[i], estimated[j])] }
            })
        });

        // Inference on those inside their domains.
        let interior: Vec<usize> =
            (0..objective.free().len()).filter(|&j| all[objective.free()[j]].interior.is_some()).collect();
        let names: Vec<&str> = interior.iter().map(|&j| all[objective.free()[j]].name.as_str()).collect();
        let inside = |matrix: &DMatrix<f64>| {
            DMatrix::from_fn(interior.len(), interior.len(), |i, j| matrix[(interior[i], interior[j])])
        };
        let (free_information, jacobian) = (inside(&report.hessian), inside(&objective.jacobian(&report.x)));
        let interior = invert(&free_information, &jacobian, &names, 0.0);
        if let Err(InferenceError::SingularInformation { combination }) = &interior {
            warnings.push(Warning::SingularInformation { combination: combination.clone() });
        }
        if !leading.is_empty() {
            warnings.push(no_maximum(likelihood, coefficients, &leading));
        }
        let n_obs = likelihood.n_obs();
        if n_obs.is_none() {
            warnings.push(Warning::ObservationsUnknown);
        }

        Self {
            names: estimated.iter().map(|&i| all[i].name.clone()).collect(),
            dof: k,
            coefficients: DVector::from_iterator(k, estimated.iter().map(|&i| theta[i])),
            parameters: likelihood.parameters().iter().map(describe).collect(),
            all,
            log_likelihood: -report.value,
            score: full_score,
            information: full_information,
            expected_information,
            interior,
            n_obs,
            termination: report.termination,
            trace: report.trace,
            evaluations: report.evaluations,
            stages: Vec::new(),
            method: report.method,
            warnings,
        }
    }

    /// This fit with the iterations and evaluations of an earlier search before its own.
    pub(crate) fn preceded_by(mut self, earlier: &Self) -> Self {
        let mut trace = earlier.trace.clone();
        trace.append(&mut self.trace);
        for (iteration, line) in trace.iter_mut().enumerate() {
            line.iteration = iteration;
        }
        Self { trace, evaluations: earlier.evaluations + self.evaluations, ..self }
    }

    /// This fit with the searches over parts of the rows that led to its start.
    pub(crate) fn after(self, stages: Vec<Stage>) -> Self {
        Self { stages, ..self }
    }

    /// This fit with another log-likelihood than that of its search, which had a prior's logarithm added.
    pub(crate) fn with_log_likelihood(self, log_likelihood: f64) -> Self {
        Self { log_likelihood, ..self }
    }

    /// Whether the model has an expected information, be it here or elsewhere.
    pub(crate) fn knows_expected_information(&self) -> bool {
        !matches!(self.expected_information, Err(ExpectationError::Unknown | ExpectationError::Joint))
    }

    /// The estimate of a coefficient on its natural scale, or the value at which it was fixed.
    ///
    /// # Errors
    /// If there is no coefficient of this name.
    pub fn estimate(&self, name: &str) -> Result<f64, InferenceError> {
        Ok(self.find(name)?.estimate)
    }

    /// The standard error of a coefficient on its natural scale, from the observed information.
    ///
    /// # Errors
    /// If there is no coefficient of this name, if it was fixed, is on a bound or at the open end of its domain, or if the
    /// information is singular.
    pub fn std_error(&self, name: &str) -> Result<f64, InferenceError> {
        self.std_error_of(self.find(name)?)
    }

    /// The estimates of all coefficients that were not fixed, `k`.
    pub fn coefficients(&self) -> &DVector<f64> {
        &self.coefficients
    }

    /// The names of all coefficients that were not fixed, `k`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What became of a coefficient.
    ///
    /// # Errors
    /// If there is no coefficient of this name.
    pub fn status(&self, name: &str) -> Result<Status, InferenceError> {
        Ok(self.find(name)?.status)
    }

    /// The standard errors of all coefficients that were not fixed, `k`.
    ///
    /// # Errors
    /// If one of them has none; ask for the others by [`name`](Fit::std_error).
    pub fn std_errors(&self) -> Result<DVector<f64>, InferenceError> {
        Ok(self.vcov()?.diagonal().map(f64::sqrt))
    }

    /// The estimated covariance matrix of the coefficients that were not fixed, `k x k`: the inverse of the observed
    /// information.
    ///
    /// # Errors
    /// If one of them is on a bound or at the open end of its domain, or if the information is singular.
    pub fn vcov(&self) -> Result<&DMatrix<f64>, InferenceError> {
        self.all.iter().filter(|c| c.status != Status::Fixed).try_for_each(|c| self.has_std_error(c))?;
        Ok(&self.interior.as_ref().map_err(Clone::clone)?.covariance)
    }

    /// The observed information, `k x k`: minus the second derivatives of the log-likelihood at the estimates. NaN in the
    /// rows of a coefficient at the open end of its domain; `0 x 0` where it was not evaluated.
    pub fn observed_information(&self) -> &DMatrix<f64> {
        &self.information
    }

    /// The expected (Fisher) information at the estimates, `k x k`, for models that name the
    /// [response](maxlik_model::Model::response) of their rows or [have a closed
    /// form](maxlik_model::Model::with_expected_information). NaN in the rows of a coefficient at the open end of its domain.
    ///
    /// It is computed when the fit is made, once; from the response that takes as long as some hundred evaluations of the
    /// log-likelihood.
    ///
    /// # Errors
    /// If the model does not know it, or it cannot be computed at the estimates.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let waits = [1.2, 0.4, 2.9];
    /// let fit = Model::new(&waits, [positive("rate")], |[rate], &y| exponential::ln_pdf(y, rate))
    ///     .response(Support::positive(), |&y| y, |row, y| *row = y)
    ///     .fit()?;
    /// // n / rate^2 with rate = 1 / mean
    /// assert!((fit.expected_information()?[(0, 0)] - 3.0 * 1.5 * 1.5).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expected_information(&self) -> Result<&DMatrix<f64>, InferenceError> {
        self.expected_information.as_ref().map_err(|error| error.clone().into())
    }

    /// The covariance matrix by the expected information, `k x k`: its inverse. [`vcov`](Fit::vcov) is by the observed one.
    ///
    /// # Errors
    /// As [`expected_information`](Fit::expected_information) and [`vcov`](Fit::vcov).
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let waits = [1.2, 0.4, 2.9];
    /// let fit = Model::new(&waits, [positive("rate")], |[rate], &y| exponential::ln_pdf(y, rate))
    ///     .with_expected_information(|[rate], _| exponential::expected_information(rate))
    ///     .fit()?;
    /// assert!((fit.expected_vcov()?[(0, 0)] - 1.0 / (3.0 * 1.5 * 1.5)).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expected_vcov(&self) -> Result<DMatrix<f64>, InferenceError> {
        let information = self.expected_information()?;
        self.all.iter().filter(|c| c.status != Status::Fixed).try_for_each(|c| self.has_std_error(c))?;
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        Ok(invert(information, &DMatrix::identity(names.len(), names.len()), &names, 0.0)?.covariance)
    }

    /// The score, `k`: the first derivatives of the log-likelihood at the estimates. NaN for a coefficient at the open end of
    /// its domain.
    pub fn score(&self) -> &DVector<f64> {
        &self.score
    }

    /// The log-likelihood at the estimates, constants included.
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The number of free coefficients: `k`, or fewer where the coefficients are not independent of each other.
    pub fn dof(&self) -> usize {
        self.dof
    }

    /// The number of observations: rows of positive weight, or what a joint model was told (1 if nothing).
    pub fn n_obs(&self) -> usize {
        self.n_obs.unwrap_or(1)
    }

    /// Akaike's information criterion.
    ///
    /// # Formula
    /// `2 k - 2 l`
    pub fn aic(&self) -> f64 {
        2.0 * self.dof() as f64 - 2.0 * self.log_likelihood
    }

    /// Akaike's information criterion with the correction for small samples; NaN where `n <= k + 1` or `n` is unknown.
    ///
    /// # Formula
    /// `2 k - 2 l + 2 k (k + 1) / (n - k - 1)`
    ///
    /// # References
    /// Hurvich & Tsai, "Regression and time series model selection in small samples" (1989).
    pub fn aicc(&self) -> f64 {
        match self.n_obs {
            Some(n) if n > self.dof() + 1 => {
                let k = self.dof() as f64;
                self.aic() + 2.0 * k * (k + 1.0) / (n as f64 - k - 1.0)
            }
            _ => f64::NAN,
        }
    }

    /// Schwarz's Bayesian information criterion; NaN where `n` is unknown.
    ///
    /// # Formula
    /// `k ln n - 2 l`
    pub fn bic(&self) -> f64 {
        self.n_obs.map_or(f64::NAN, |n| self.dof() as f64 * (n as f64).ln() - 2.0 * self.log_likelihood)
    }

    /// Wald confidence intervals `(lower, upper)` of all coefficients that were not fixed.
    ///
    /// # Formula
    /// `t(t^-1(estimate) -+ q se / t')` with `q` the normal quantile of `(1 + level) / 2` and `t` the map from the free to the
    /// natural scale: symmetric for real parameters and coefficients of linear predictors, symmetric in the logarithm for
    /// `positive` and in the logit for `probability`, so that an interval never leaves its domain; cut off at closed bounds.
    ///
    /// # Errors
    /// If the level is not a probability, or one of the coefficients has no standard error; ask for the others by
    /// [`name`](Fit::confint_of).
    pub fn confint(&self, level: f64) -> Result<Vec<(f64, f64)>, InferenceError> {
        let estimated = self.all.iter().filter(|coefficient| coefficient.status != Status::Fixed);
        estimated.map(|coefficient| self.interval(coefficient, level)).collect()
    }

    /// The Wald confidence interval `(lower, upper)` of one coefficient, as in [`confint`](Fit::confint).
    ///
    /// # Errors
    /// If there is no coefficient of this name, it has no standard error, or the level is not a probability.
    pub fn confint_of(&self, name: &str, level: f64) -> Result<(f64, f64), InferenceError> {
        self.interval(self.find(name)?, level)
    }

    /// Why the search ended.
    pub fn termination(&self) -> &Termination {
        &self.termination
    }

    /// One line per iteration; `value` is minus the log-likelihood.
    pub fn trace(&self) -> &[Progress] {
        &self.trace
    }

    /// How often the log-likelihood was evaluated, that of all rows.
    pub fn evaluations(&self) -> Evaluations {
        self.evaluations
    }

    /// The searches over parts of the rows before the one over all of them, each of which gave the next its start. None for models of
    /// less than 16000 rows, of few rows for each coefficient, with a parameter that has a start of its own, or whose likelihood
    /// has no [part](maxlik_model::Likelihood::part).
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The name of the method that was asked for; Newton's method may have taken the last steps.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// What a reader of this fit should know beyond its numbers.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub(crate) fn add_warning(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    pub(crate) fn is_approximate(&self) -> bool {
        matches!(self.termination, Termination::Approximate { .. })
    }

    pub(crate) fn is_singular(&self) -> bool {
        matches!(self.interior, Err(InferenceError::SingularInformation { .. }))
    }

    /// The ratio of the largest to the smallest eigenvalue of the information, scaled to a unit diagonal, or why there is none.
    pub(crate) fn condition(&self) -> Result<f64, &InferenceError> {
        self.interior.as_ref().map(Interior::condition)
    }

    pub(crate) fn knows_n_obs(&self) -> bool {
        self.n_obs.is_some()
    }

    fn find(&self, name: &str) -> Result<&Summary, InferenceError> {
        self.all.iter().find(|coefficient| coefficient.name == name).ok_or_else(|| InferenceError::UnknownName {
            name: name.into(),
            names: self.all.iter().map(|coefficient| coefficient.name.clone()).collect(),
        })
    }

    pub(crate) fn has_std_error(&self, coefficient: &Summary) -> Result<(), InferenceError> {
        let (name, value) = (coefficient.name.clone(), coefficient.estimate);
        match coefficient.status {
            // Where the search ran away, the point it stopped at means nothing for the other coefficients either.
            Status::Estimated | Status::Unbounded if matches!(self.termination, Termination::AtInfinity { .. }) => {
                Err(InferenceError::NoMaximum { name })
            }
            Status::Estimated | Status::Unbounded => Ok(()),
            Status::Fixed => Err(InferenceError::Fixed { name, value }),
            Status::OnBound => Err(InferenceError::OnBound { name, value }),
            Status::AtLimit => Err(InferenceError::AtLimit { name, value }),
            Status::Undetermined => Err(InferenceError::Undetermined { name, value }),
        }
    }

    pub(crate) fn std_error_of(&self, coefficient: &Summary) -> Result<f64, InferenceError> {
        self.has_std_error(coefficient)?;
        let interior = self.interior.as_ref().map_err(Clone::clone)?;
        let i = coefficient.interior.expect("bug: an estimated coefficient has a place among the interior ones");
        Ok(interior.covariance[(i, i)].sqrt())
    }

    pub(crate) fn interval(&self, coefficient: &Summary, level: f64) -> Result<(f64, f64), InferenceError> {
        if !(level > 0.0 && level < 1.0) {
            return Err(InferenceError::ConfidenceLevel { level });
        }
        let se = self.std_error_of(coefficient)?;
        let domain = coefficient.domain;
        let free = domain.to_free(coefficient.estimate);
        let half = normal_quantile(0.5 + 0.5 * level) * se / domain.to_natural(free)[1];
        let (lower, upper) = domain.free_bounds();
        let natural = |free: f64| domain.to_natural(free.max(lower).min(upper))[0];
        Ok((natural(free - half), natural(free + half)))
    }
}

/// The direction in which the log-likelihood rises without end.
fn no_maximum(likelihood: &dyn Likelihood, coefficients: &[Coefficient], leading: &[(usize, f64)]) -> Warning {
    let largest = leading.iter().map(|(_, part)| part.abs()).fold(0.0, f64::max);
    let linear: Vec<bool> =
        likelihood.parameters().iter().flat_map(|p| std::iter::repeat_n(p.design().is_some(), p.len())).collect();
    Warning::NoMaximum {
        separates: leading.iter().any(|&(i, _)| linear[i]),
        direction: leading.iter().map(|&(i, part)| (coefficients[i].name.clone(), part / largest)).collect(),
    }
}

/// `1 column`, `3 columns`
pub(crate) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// One parameter for the summary's head: `mu (linear, 3 columns)`, `sigma in (0, inf)`.
fn describe(parameter: &Parameter) -> String {
    let fixed = if parameter.is_fixed() { ", fixed" } else { "" };
    match parameter.design() {
        Some(design) => format!("{} (linear, {}{fixed})", parameter.name(), counted(design.names().len(), "column")),
        None if parameter.domain() == Domain::Real => format!("{} (real{fixed})", parameter.name()),
        None => {
            let names: Vec<String> = parameter.coefficient_names().collect();
            format!("{} in {}{fixed}", names.join(", "), parameter.domain())
        }
    }
}
