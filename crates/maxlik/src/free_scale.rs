//! The negative log-likelihood on the scale where the optimizer moves.
//!
//! Notation: `theta` the coefficients on their natural scale, `phi` the ones that are estimated, on their free scale;
//! `theta_i = t_i(phi_i)` with derivatives `t'` and `t''`. With score `g` and Hessian `h` of the log-likelihood in `theta`,
//! `g_phi = g t'` and `h_phi = t' h t' + diag(g t'')`.
use maxlik_model::{Domain, Likelihood};
use maxlik_optimizer::{Bounds, Objective};
use nalgebra::{DMatrix, DVector};

/// One coefficient of a model.
#[derive(Clone, Debug)]
pub(crate) struct Coefficient {
    pub(crate) name: String,
    pub(crate) domain: Domain,
    /// The value on the natural scale: where the search starts, or the value that is held.
    pub(crate) value: f64,
    /// Whether the value is held.
    pub(crate) held: bool,
}

/// A likelihood with some of its coefficients held, as a function to minimise.
pub(crate) struct FreeScale<'a, L: ?Sized> {
    likelihood: &'a L,
    coefficients: &'a [Coefficient],
    /// The coefficients that are not held.
    free: Vec<usize>,
}

impl<'a, L: Likelihood + ?Sized> FreeScale<'a, L> {
    pub(crate) fn new(likelihood: &'a L, coefficients: &'a [Coefficient]) -> Self {
        let free = (0..coefficients.len()).filter(|&i| !coefficients[i].held).collect();
        Self { likelihood, coefficients, free }
    }

    pub(crate) fn free(&self) -> &[usize] {
        &self.free
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let (lower, upper): (Vec<f64>, Vec<f64>) =
            self.free.iter().map(|&i| self.coefficients[i].domain.free_bounds()).unzip();
        Bounds { lower: lower.into(), upper: upper.into() }
    }

    /// The point that the coefficients' values stand for.
    pub(crate) fn start(&self) -> DVector<f64> {
        self.to_free(|i| self.coefficients[i].value)
    }

    /// The point that values of all coefficients on their natural scale stand for.
    pub(crate) fn to_free(&self, theta: impl Fn(usize) -> f64) -> DVector<f64> {
        let free = self.free.iter().map(|&i| self.coefficients[i].domain.to_free(theta(i)));
        DVector::from_iterator(self.free.len(), free)
    }

    /// All coefficients on the natural scale.
    pub(crate) fn natural(&self, phi: &DVector<f64>) -> Vec<f64> {
        let mut theta: Vec<f64> = self.coefficients.iter().map(|coefficient| coefficient.value).collect();
        for (&i, &phi) in self.free.iter().zip(phi) {
            theta[i] = self.coefficients[i].domain.to_natural(phi)[0];
        }
        theta
    }

    /// `t'` and `t''` of the free coefficients.
    pub(crate) fn slopes(&self, phi: &DVector<f64>) -> Vec<[f64; 2]> {
        let slopes = self.free.iter().zip(phi).map(|(&i, &phi)| self.coefficients[i].domain.to_natural(phi));
        slopes.map(|[_, first, second]| [first, second]).collect()
    }

    /// Value and gradient of the objective on the free scale, from log-likelihood and score on the natural one.
    fn to_free_scale(&self, phi: &DVector<f64>, (log_likelihood, g): (f64, DVector<f64>)) -> (f64, DVector<f64>) {
        let t = self.slopes(phi);
        (-log_likelihood, DVector::from_fn(t.len(), |i, _| -g[self.free[i]] * t[i][0]))
    }

    /// Score and observed information on the natural scale, from gradient and Hessian of the objective on the free one.
    pub(crate) fn to_natural_scale(
        &self,
        phi: &DVector<f64>,
        gradient: &DVector<f64>,
        hessian: &DMatrix<f64>,
    ) -> (DVector<f64>, DMatrix<f64>) {
        let t = self.slopes(phi);
        let score = DVector::from_fn(t.len(), |i, _| -gradient[i] / t[i][0]);
        let information = DMatrix::from_fn(t.len(), t.len(), |i, j| {
            let curved = if i == j { score[i] * t[i][1] } else { 0.0 };
            (hessian[(i, j)] + curved) / t[i][0] / t[j][0]
        });
        (score, information)
    }
}

impl<L: Likelihood + ?Sized> Objective for FreeScale<'_, L> {
    fn dimension(&self) -> usize {
        self.free.len()
    }

    fn value_gradient_hessian(&self, phi: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (log_likelihood, g, h) = self.likelihood.log_likelihood_score_hessian(&self.natural(phi));
        let t = self.slopes(phi);
        let gradient = DVector::from_fn(t.len(), |i, _| -g[self.free[i]] * t[i][0]);
        let hessian = DMatrix::from_fn(t.len(), t.len(), |i, j| {
            let curved = if i == j { g[self.free[i]] * t[i][1] } else { 0.0 };
            -(h[(self.free[i], self.free[j])] * t[i][0] * t[j][0] + curved)
        });
        (-log_likelihood, gradient, hessian)
    }

    fn value_gradient(&self, phi: &DVector<f64>) -> (f64, DVector<f64>) {
        self.to_free_scale(phi, self.likelihood.log_likelihood_score(&self.natural(phi)))
    }

    /// The expected score is zero: no curvature of the scale enters.
    fn expected_hessian(&self, phi: &DVector<f64>) -> Option<DMatrix<f64>> {
        let information = self.likelihood.expected_information(&self.natural(phi)).ok()?;
        let t = self.slopes(phi);
        Some(DMatrix::from_fn(t.len(), t.len(), |i, j| t[i][0] * information[(self.free[i], self.free[j])] * t[j][0]))
    }

    fn terms(&self) -> usize {
        self.likelihood.n_terms()
    }

    fn value_gradient_of(&self, terms: &[usize], phi: &DVector<f64>) -> (f64, DVector<f64>) {
        self.to_free_scale(phi, self.likelihood.log_likelihood_score_of(terms, &self.natural(phi)))
    }

    fn value(&self, phi: &DVector<f64>) -> f64 {
        -self.likelihood.log_likelihood(&self.natural(phi))
    }
}
