//! The result of a factor analysis.
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use maxlik_optimizer::Report;
use nalgebra::{DMatrix, DVector};

use super::report::report;
use super::rotation::Frame;
use super::sample::Sample;
use super::search::{Found, raised};
use super::structure::Structure;
use super::{FactorAnalysisError, Rotation};
use crate::Fit;

/// The units of loadings and uniquenesses. The likelihood's maximum is the same for all units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Of variables with variance 1: a uniqueness is a part of the variance, between 0 and 1.
    #[default]
    Correlation,
    /// Of the data.
    Covariance,
}

/// A factor analysis by maximum likelihood: loadings and uniquenesses, `d` variables with `m` factors.
///
/// It is a [`Fit`]: estimates and standard errors by name (`loading[maze,1]`, `uniqueness[maze]` and, where the means are known,
/// `mean[maze]`), information criteria, intervals and the verdict are those of every fit. Loadings are as many as `d m`, but
/// for their rotation fewer are free: [`dof`](Fit::dof) counts `d m + 2 d - m (m - 1) / 2` of them, uniquenesses and means, and
/// [`vcov`](Fit::vcov) is that of all coefficients. [Score](Fit::score) and [information](Fit::observed_information) are those in the
/// dimensions in which the coefficients can vary, maximised over variances and means where these are not among them. The
/// log-likelihood of a covariance matrix is that of `n` rows with this covariance, divisor `n`, about means that were estimated.
///
/// A fit is reported [unrotated](Rotation::None) and on the scale of [correlations](Scale::Correlation) until it is
/// [`rotated`](FactorAnalysisFit::rotated) or put [`on`](FactorAnalysisFit::on) the scale of the data; all answers are for
/// the report it is. What it answers as a `Fit`, standard errors included, is computed when one of these questions is asked first.
#[derive(Clone, Debug)]
pub struct FactorAnalysisFit {
    pub(super) sample: Arc<Sample>,
    /// As fitted, in units of the standard deviations, in canonical form.
    pub(super) structure: Structure,
    /// What to divide variables by for a variance of 1 on the correlation scale.
    pub(super) unit: DVector<f64>,
    /// For each uniqueness the value at which it is held.
    pub(super) held: Vec<Option<f64>>,
    /// Of the search, with values in the units of the data.
    pub(super) report: Report,
    /// The number of starts, how many of them led here, and how many to no maximum.
    pub(super) starts: (usize, usize, usize),
    pub(super) information_limit: usize,
    rotation: Rotation,
    pub(super) scale: Scale,
    pub(super) frame: Frame,
    pub(super) loadings: DMatrix<f64>,
    pub(super) uniquenesses: DVector<f64>,
    /// What the report says.
    fit: OnceLock<Fit>,
}

impl Deref for FactorAnalysisFit {
    type Target = Fit;

    fn deref(&self) -> &Fit {
        self.fit.get_or_init(|| report(self))
    }
}

impl FactorAnalysisFit {
    pub(super) fn new(
        sample: Sample,
        found: Found,
        starts: usize,
        information_limit: usize,
    ) -> Result<Self, FactorAnalysisError> {
        let Found { structure, held, report, reached, failed } = found;
        let d = structure.variables();
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
        let log_likelihood = structure.log_likelihood(&sample.patterns) - sample.log_units();
        let report = Report { value: -log_likelihood, ..raised(report, sample.log_units()) };
        let fit = Self {
            sample: Arc::new(sample),
            structure,
            unit,
            held,
            report,
            starts: (starts, reached, failed),
            information_limit,
            rotation: Rotation::None,
            scale: Scale::Correlation,
            frame,
            loadings: DMatrix::zeros(0, 0),
            uniquenesses: DVector::zeros(0),
            fit: OnceLock::new(),
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
        self.fit = OnceLock::new();
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

    /// The number of starts of the search, and how many of them led to this maximum.
    pub fn starts(&self) -> (usize, usize) {
        (self.starts.0, self.starts.1)
    }
}

/// Rows divided by numbers.
fn divided(loadings: &DMatrix<f64>, by: &DVector<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(loadings.nrows(), loadings.ncols(), |i, r| loadings[(i, r)] / by[i])
}
