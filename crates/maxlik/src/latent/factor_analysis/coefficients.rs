//! The coefficients of a factor analysis by name, with their standard errors and intervals.
use maxlik_dual::special::normal_quantile;
use maxlik_model::Domain;
use maxlik_optimizer::Termination;
use nalgebra::{DMatrix, DVector};

use super::inference::{Inference, infer, missing_information};
use super::{FactorAnalysisFit, Scale};
use crate::error::find_name;
use crate::{InferenceError, MissingInformation};

impl FactorAnalysisFit {
    /// The names of the coefficients: loadings factor by factor, uniquenesses, and means if they are known.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of a parameter as fitted, unrotated.
    pub(super) fn parameter_name(&self, place: usize) -> String {
        let d = self.structure.variables();
        match place.checked_sub(d) {
            None => format!("mean[{}]", self.variables()[place]),
            Some(place) => self.names[place].clone(),
        }
    }

    /// The coefficients in the order of their names.
    pub fn coefficients(&self) -> DVector<f64> {
        let mean = self.mean();
        let mean = mean.iter().flatten().copied();
        let all = self.loadings.iter().chain(&self.uniquenesses).copied().chain(mean);
        DVector::from_iterator(self.names.len(), all)
    }

    /// The estimate of a coefficient.
    ///
    /// # Errors
    /// If there is no coefficient of this name.
    pub fn estimate(&self, name: &str) -> Result<f64, InferenceError> {
        Ok(self.coefficients()[find_name(name, &self.names)?])
    }

    /// The standard error of a coefficient, from the observed information.
    ///
    /// # Errors
    /// If there is no coefficient of this name, it is a uniqueness at 0 or on a bound, or the information is singular.
    pub fn std_error(&self, name: &str) -> Result<f64, InferenceError> {
        self.std_error_at(find_name(name, &self.names)?)
    }

    pub(super) fn std_error_at(&self, place: usize) -> Result<f64, InferenceError> {
        self.has_std_error(place)?;
        let inference = self.inference()?;
        if place < self.loadings.len() {
            is_determined(inference)?;
        }
        Ok(inference.covariance[(place, place)].sqrt())
    }

    /// The standard errors in the order of the names.
    ///
    /// # Errors
    /// If one of them has none; ask for the others by [`name`](FactorAnalysisFit::std_error).
    pub fn std_errors(&self) -> Result<DVector<f64>, InferenceError> {
        Ok(self.vcov()?.diagonal().map(f64::sqrt))
    }

    /// The covariance matrix of the coefficients in the order of the names, by the inverse of the observed information and the delta
    /// method. It is singular: there are as many coefficients as loadings, and fewer that are free.
    ///
    /// # Errors
    /// If a uniqueness is at 0 or on a bound, or the information is singular.
    pub fn vcov(&self) -> Result<&DMatrix<f64>, InferenceError> {
        (0..self.names.len()).try_for_each(|place| self.has_std_error(place))?;
        let inference = self.inference()?;
        is_determined(inference)?;
        Ok(&inference.covariance)
    }

    pub(super) fn inference(&self) -> Result<&Inference, InferenceError> {
        self.inference.get_or_init(|| infer(self)).as_ref().map_err(Clone::clone)
    }

    fn has_std_error(&self, place: usize) -> Result<(), InferenceError> {
        let uniqueness = place.checked_sub(self.loadings.len()).filter(|&i| i < self.held.len());
        let name = || self.names[place].clone();
        match uniqueness.and_then(|i| self.held[i]) {
            _ if matches!(self.termination, Termination::AtInfinity { .. }) => {
                Err(InferenceError::NoMaximum { name: name() })
            }
            None => Ok(()),
            Some(0.0) => Err(InferenceError::AtLimit { name: name(), value: 0.0 }),
            Some(value) => Err(InferenceError::OnBound { name: name(), value }),
        }
    }

    /// The fractions of missing information, as many as there are free loadings and uniquenesses: how much less the data say than they
    /// would if the factors had been observed. With missing values they count, too, and the means are among the parameters; without,
    /// means need no EM. The greatest fraction is the rate of plain EM.
    ///
    /// # Errors
    /// If a variable has no uniqueness, or one on a bound: then the EM algorithm has no rate.
    pub fn missing_information(&self) -> Result<MissingInformation, InferenceError> {
        (0..self.names.len()).try_for_each(|place| self.has_std_error(place))?;
        missing_information(self)
    }

    /// Wald confidence intervals `(lower, upper)` in the order of the names.
    ///
    /// # Formula
    /// `estimate -+ q se`, `q` the normal quantile of `(1 + level) / 2`; for uniquenesses on the logit (correlation scale) or the
    /// logarithm, so that they do not leave their domain.
    ///
    /// # Errors
    /// If the level is not a probability, or one of the coefficients has no standard error; ask for the others by
    /// [`name`](FactorAnalysisFit::confint_of).
    pub fn confint(&self, level: f64) -> Result<Vec<(f64, f64)>, InferenceError> {
        (0..self.names.len()).map(|place| self.interval(place, level)).collect()
    }

    /// The confidence interval of one coefficient, as in [`confint`](FactorAnalysisFit::confint).
    ///
    /// # Errors
    /// If there is no coefficient of this name, it has no standard error, or the level is not a probability.
    pub fn confint_of(&self, name: &str, level: f64) -> Result<(f64, f64), InferenceError> {
        self.interval(find_name(name, &self.names)?, level)
    }

    fn interval(&self, place: usize, level: f64) -> Result<(f64, f64), InferenceError> {
        if !(level > 0.0 && level < 1.0) {
            return Err(InferenceError::ConfidenceLevel { level });
        }
        let se = self.std_error_at(place)?;
        let is_uniqueness = place.checked_sub(self.loadings.len()).is_some_and(|i| i < self.held.len());
        let domain = match (is_uniqueness, self.scale) {
            (false, _) => Domain::Real,
            (true, Scale::Correlation) => Domain::Probability,
            (true, Scale::Covariance) => Domain::Positive,
        };
        let free = domain.to_free(self.coefficients()[place]);
        let half = normal_quantile(0.5 + 0.5 * level) * se / domain.to_natural(free)[1];
        Ok((domain.to_natural(free - half)[0], domain.to_natural(free + half)[0]))
    }
}

/// Whether the loadings have no other rotation that is as good.
fn is_determined(inference: &Inference) -> Result<(), InferenceError> {
    match &inference.turn {
        None => Ok(()),
        Some(turn) => Err(InferenceError::SingularInformation { combination: turn.clone() }),
    }
}
