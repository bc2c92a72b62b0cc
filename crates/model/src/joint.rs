//! Dependent data: one closure for the whole log-likelihood.
use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use crate::parameter::validate_names;
use crate::{ExpectationError, Likelihood, Model, ModelError, NotFinite, Parameter};

/// The source of a joint model: a closure that returns the whole log-likelihood.
#[derive(Clone, Debug)]
pub struct Joint<F, const P: usize> {
    parameters: [Parameter; P],
    n_obs: Option<usize>,
    log_likelihood: F,
}

impl<F, const P: usize> Model<Joint<F, P>>
where
    F: Fn([Dual2<P>; P]) -> Dual2<P>,
{
    /// A model of dependent data (a time series, a Markov chain): one closure computes the whole log-likelihood from the
    /// parameters, which are scalars here.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{Likelihood, Model, between, positive, distribution::normal};
    /// let y = [1.2, 0.7, 1.9, 1.4];
    /// let model = Model::joint([between("rho", -1.0, 1.0), positive("sigma")], |[rho, sigma]| {
    ///     y.windows(2).map(|pair| normal::ln_pdf(pair[1], rho * pair[0], sigma)).sum()
    /// })
    /// .n_obs(3);
    /// assert_eq!(Likelihood::n_obs(&model), Some(3));
    /// ```
    pub fn joint(parameters: [Parameter; P], log_likelihood: F) -> Self {
        Self { source: Joint { parameters, n_obs: None, log_likelihood } }
    }
}

impl<F, const P: usize> Model<Joint<F, P>> {
    /// Says how many observations the closure stands for; the information criteria with a sample size need it.
    pub fn n_obs(mut self, n_obs: usize) -> Self {
        self.source.n_obs = (n_obs > 0).then_some(n_obs);
        self
    }
}

impl<F, const P: usize> Joint<F, P>
where
    F: Fn([Dual2<P>; P]) -> Dual2<P>,
{
    fn at(&self, coefficients: &[f64]) -> Dual2<P> {
        (self.log_likelihood)(Dual2::variables(std::array::from_fn(|k| coefficients[k])))
    }
}

impl<F, const P: usize> Likelihood for Model<Joint<F, P>>
where
    F: Fn([Dual2<P>; P]) -> Dual2<P>,
{
    fn parameters(&self) -> &[Parameter] {
        &self.source.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        self.source.n_obs
    }

    fn validate(&self) -> Result<(), ModelError> {
        let parameters = &self.source.parameters;
        validate_names(parameters)?;
        for parameter in parameters {
            if parameter.design().is_some() {
                return Err(ModelError::LinearInJoint { parameter: parameter.name().into() });
            }
            parameter.validate(0)?;
        }
        Ok(())
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let l = self.source.at(coefficients);
        (l.value(), DVector::from_row_slice(&l.gradient()), DMatrix::from_fn(P, P, |i, j| l.hessian(i, j)))
    }

    fn expected_information(&self, _: &[f64]) -> Result<DMatrix<f64>, ExpectationError> {
        Err(ExpectationError::Joint)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        let l = self.source.at(coefficients);
        (!l.is_finite()).then(|| NotFinite { row: None, log_density: l.value() })
    }
}
