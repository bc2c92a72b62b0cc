//! The result of a factor analysis.
use std::sync::{Arc, OnceLock};

use maxlik_optimizer::{Evaluations, Progress, Termination};
use nalgebra::{DMatrix, DVector};

use super::inference::Inference;
use super::rotation::Frame;
use super::sample::Sample;
use super::search::Found;
use super::structure::Structure;
use super::{FactorAnalysisError, FactorAnalysisWarning, Rotation};
use crate::InferenceError;

/// The units of loadings and uniquenesses. The likelihood's maximum is the same for all units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Of variables with variance 1: a uniqueness is a part of the variance, between 0 and 1.
    #[default]
    Correlation,
    /// Of the data.
    Covariance,
}

/// A factor analysis by maximum likelihood: loadings, uniquenesses, what is known about their precision, and whether to trust them.
///
/// A fit is reported [unrotated](Rotation::None) and on the scale of [correlations](Scale::Correlation) until it is
/// [`rotated`](FactorAnalysisFit::rotated) or put [`on`](FactorAnalysisFit::on) the scale of the data; all answers are for
/// the report it is. Coefficients have names such as `loading[maze,1]`, `uniqueness[maze]` and, where the means are known,
/// `mean[maze]`; standard errors are computed when one of them is asked for first. `Display` prints the summary with the verdict first.
#[derive(Clone, Debug)]
pub struct FactorAnalysisFit {
    pub(super) sample: Arc<Sample>,
    /// As fitted, in units of the standard deviations, in canonical form.
    pub(super) structure: Structure,
    /// What to divide variables by for a variance of 1 on the correlation scale.
    pub(super) unit: DVector<f64>,
    /// For each uniqueness the value at which it is held.
    pub(super) held: Vec<Option<f64>>,
    log_likelihood: f64,
    pub(super) termination: Termination,
    trace: Vec<Progress>,
    evaluations: Evaluations,
    method: &'static str,
    /// The number of starts, and how many of them led here.
    pub(super) starts: (usize, usize),
    rotation: Rotation,
    pub(super) scale: Scale,
    pub(super) frame: Frame,
    pub(super) loadings: DMatrix<f64>,
    pub(super) uniquenesses: DVector<f64>,
    pub(super) names: Vec<String>,
    pub(super) inference: OnceLock<Result<Inference, InferenceError>>,
}

impl FactorAnalysisFit {
    pub(super) fn new(sample: Sample, found: Found, starts: usize) -> Result<Self, FactorAnalysisError> {
        let Found { structure, held, report, method, reached } = found;
        let (d, m) = (structure.variables(), structure.factors());
        let zero: Vec<usize> = (0..d).filter(|&i| held[i] == Some(0.0)).collect();
        let structure = structure.canonical(&zero);
        // Without missing values the model has the variances of the data, but for uniquenesses on a bound.
        let unit = if sample.is_complete() {
            DVector::repeat(d, 1.0)
        } else {
            structure.covariance().diagonal().map(f64::sqrt)
        };
        let standard = divided(&structure.loadings, &unit);
        let frame = Frame::new(Rotation::None, &standard, &zero)?;
        let mut names: Vec<String> = Vec::with_capacity(d * (m + 2));
        for factor in 1..=m {
            names.extend(sample.names.iter().map(|variable| format!("loading[{variable},{factor}]")));
        }
        names.extend(sample.names.iter().map(|variable| format!("uniqueness[{variable}]")));
        if sample.location.is_some() {
            names.extend(sample.names.iter().map(|variable| format!("mean[{variable}]")));
        }
        let log_likelihood = structure.log_likelihood(&sample.patterns) - sample.log_units();
        let fit = Self {
            sample: Arc::new(sample),
            structure,
            unit,
            held,
            log_likelihood,
            termination: report.termination,
            trace: report.trace,
            evaluations: report.evaluations,
            method,
            starts: (starts, reached),
            rotation: Rotation::None,
            scale: Scale::Correlation,
            frame,
            loadings: DMatrix::zeros(0, 0),
            uniquenesses: DVector::zeros(0),
            names,
            inference: OnceLock::new(),
        };
        Ok(fit.reported())
    }

    /// With the loadings and uniquenesses of its rotation and scale.
    fn reported(mut self) -> Self {
        let (standard, psi) = self.on_correlation_scale();
        let (own, psi) = if self.is_on_correlation_scale() {
            (standard, psi)
        } else {
            (self.structure.loadings.clone(), self.structure.uniquenesses.clone())
        };
        let multiple = self.multiple();
        self.loadings = own * &self.frame.transform;
        self.loadings.row_iter_mut().zip(&multiple).for_each(|(mut row, multiple)| row *= *multiple);
        self.uniquenesses = psi.component_mul(&multiple.map(|multiple| multiple.powi(2)));
        self.inference = OnceLock::new();
        self
    }

    /// Unrotated loadings and uniquenesses on the correlation scale.
    pub(super) fn on_correlation_scale(&self) -> (DMatrix<f64>, DVector<f64>) {
        let psi = self.structure.uniquenesses.zip_map(&self.unit, |psi, unit| psi / unit.powi(2));
        (divided(&self.structure.loadings, &self.unit), psi)
    }

    pub(super) fn is_on_correlation_scale(&self) -> bool {
        self.scale == Scale::Correlation
    }

    /// What loadings are multiplied by, variable by variable, to be reported.
    pub(super) fn multiple(&self) -> DVector<f64> {
        match self.scale {
            Scale::Correlation => DVector::repeat(self.unit.len(), 1.0),
            Scale::Covariance => self.sample.scale.clone(),
        }
    }

    /// Variables without uniqueness.
    pub(super) fn heywood(&self) -> Vec<usize> {
        (0..self.held.len()).filter(|&i| self.held[i] == Some(0.0)).collect()
    }

    /// This fit with its factors rotated; the likelihood is the same. From whatever rotation, the fit is rotated anew.
    ///
    /// Columns are in the order of their sums of squares, and have positive sums. Standard errors of rotated loadings take into
    /// account that the rotation depends on the data.
    ///
    /// # Errors
    /// If the power of promax is not above 1, or the rotation is not determined by the loadings.
    ///
    /// # References
    /// Archer & Jennrich, "Standard errors for rotated factor loadings" (1973).
    pub fn rotated(&self, rotation: Rotation) -> Result<Self, FactorAnalysisError> {
        let (standard, _) = self.on_correlation_scale();
        let frame = Frame::new(rotation, &standard, &self.heywood())?;
        Ok(Self { rotation, frame, ..self.clone() }.reported())
    }

    /// This fit with loadings and uniquenesses in other units.
    pub fn on(&self, scale: Scale) -> Self {
        Self { scale, ..self.clone() }.reported()
    }

    /// The loadings, `d x m`.
    pub fn loadings(&self) -> &DMatrix<f64> {
        &self.loadings
    }

    /// The uniquenesses, `d`: the variances that the factors leave.
    pub fn uniquenesses(&self) -> &DVector<f64> {
        &self.uniquenesses
    }

    /// The communalities, `d`: the variances that the factors explain.
    ///
    /// # Formula
    /// The diagonal of `L Phi L'`
    pub fn communalities(&self) -> DVector<f64> {
        (&self.loadings * self.factor_correlations()).component_mul(&self.loadings).column_sum()
    }

    /// The correlations of the factors, `m x m`: not the identity after an oblique rotation.
    pub fn factor_correlations(&self) -> DMatrix<f64> {
        self.frame.factor_correlations()
    }

    /// The matrix `T: m x m` by which the unrotated loadings are multiplied.
    pub fn rotation_matrix(&self) -> &DMatrix<f64> {
        &self.frame.transform
    }

    /// How the factors are rotated.
    pub fn rotation(&self) -> Rotation {
        self.rotation
    }

    /// The units of loadings and uniquenesses.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The means, `d`; none where only a covariance matrix was given.
    pub fn mean(&self) -> Option<DVector<f64>> {
        let location = self.sample.location.as_ref()?;
        Some(location + self.structure.mean.component_mul(&self.sample.scale))
    }

    /// The covariance matrix of the variables under the model, `d x d`, in the units of the report.
    ///
    /// # Formula
    /// `L Phi L' + diag(psi)`
    pub fn covariance(&self) -> DMatrix<f64> {
        let explained = &self.loadings * self.factor_correlations() * self.loadings.transpose();
        explained + DMatrix::from_diagonal(&self.uniquenesses)
    }

    /// The names of the variables, `d`.
    pub fn variables(&self) -> &[String] {
        &self.sample.names
    }

    /// The number of factors, `m`.
    pub fn factors(&self) -> usize {
        self.structure.factors()
    }

    /// The log-likelihood in the units of the data, constants included. Of a covariance matrix it is that of `n` rows with this
    /// covariance, divisor `n`, about means that were estimated.
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The number of free parameters, `d m + 2 d - m (m - 1) / 2`: loadings but for their rotation, uniquenesses and means.
    pub fn dof(&self) -> usize {
        let (d, m) = (self.variables().len(), self.factors());
        d * m + 2 * d - m * (m - 1) / 2
    }

    /// The number of observations: rows of positive weight with a value, or what came with the covariance matrix.
    pub fn n_obs(&self) -> usize {
        self.sample.n_obs
    }

    /// Akaike's information criterion.
    ///
    /// # Formula
    /// `2 k - 2 l`
    pub fn aic(&self) -> f64 {
        2.0 * self.dof() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's Bayesian information criterion.
    ///
    /// # Formula
    /// `k ln n - 2 l`
    pub fn bic(&self) -> f64 {
        self.dof() as f64 * (self.n_obs() as f64).ln() - 2.0 * self.log_likelihood
    }

    /// Why the search ended.
    pub fn termination(&self) -> &Termination {
        &self.termination
    }

    /// One line per iteration.
    pub fn trace(&self) -> &[Progress] {
        &self.trace
    }

    /// How often the likelihood was evaluated.
    pub fn evaluations(&self) -> Evaluations {
        self.evaluations
    }

    /// The method that found the maximum; Newton's may have taken the last steps.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The number of starts of the search, and how many of them led to this maximum.
    pub fn starts(&self) -> (usize, usize) {
        self.starts
    }

    /// What a reader of this fit should know beyond its numbers.
    pub fn warnings(&self) -> Vec<FactorAnalysisWarning> {
        let variable = |i: usize| self.variables()[i].clone();
        let of_uniqueness = |(i, held): (usize, &Option<f64>)| {
            held.map(|value| match value {
                0.0 => FactorAnalysisWarning::Heywood { variable: variable(i) },
                value => FactorAnalysisWarning::OnBound { variable: variable(i), value },
            })
        };
        let mut warnings: Vec<_> = self.held.iter().enumerate().filter_map(of_uniqueness).collect();
        if self.sample.empty_rows > 0 {
            warnings.push(FactorAnalysisWarning::EmptyRows { rows: self.sample.empty_rows });
        }
        match self.inference() {
            Ok(Inference { turn: Some(turn), .. }) => {
                warnings.push(FactorAnalysisWarning::UndeterminedRotation { combination: turn.clone() });
            }
            Err(InferenceError::SingularInformation { combination }) => {
                warnings.push(FactorAnalysisWarning::SingularInformation { combination });
            }
            _ => {}
        }
        warnings
    }
}

/// Rows divided by numbers.
fn divided(loadings: &DMatrix<f64>, by: &DVector<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(loadings.nrows(), loadings.ncols(), |i, r| loadings[(i, r)] / by[i])
}
