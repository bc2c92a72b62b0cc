//! The negative log-likelihood on the scale where the optimizer moves.
//!
//! Notation: `theta` the coefficients on their natural scale, `phi` the ones that are estimated, on their free scale;
//! `theta_i = t_i(phi_i)` with derivatives `t'` and `t''`. With score `g` and Hessian `h` of the log-likelihood in `theta`,
//! `g_phi = g t'` and `h_phi = t' h t' + diag(g t'')`. Coefficients of a simplex share a joint scale, with the Jacobian `B` in the place
//! of `t'`.
use std::ops::Range;

use maxlik_model::{Domain, Likelihood};
use maxlik_optimizer::{Bounds, Objective};
use nalgebra::{DMatrix, DVector};

use crate::simplex::Simplex;

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
pub(crate) struct FreeScale<'a> {
    likelihood: &'a dyn Likelihood,
    coefficients: &'a [Coefficient],
    /// The coefficients that are not held.
    free: Vec<usize>,
    /// The coefficients of each simplex.
    simplexes: Vec<Range<usize>>,
}

impl<'a> FreeScale<'a> {
    pub(crate) fn new(likelihood: &'a dyn Likelihood, coefficients: &'a [Coefficient]) -> Self {
        let free = (0..coefficients.len()).filter(|&i| !coefficients[i].held).collect();
        let (mut simplexes, mut first) = (Vec::new(), 0);
        for parameter in likelihood.parameters() {
            let own = first..first + parameter.len();
            first = own.end;
            if parameter.domain() == Domain::Simplex {
                simplexes.push(own);
            }
        }
        Self { likelihood, coefficients, free, simplexes }
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
        let mut phi = DVector::from_iterator(self.free.len(), free);
        for own in &self.simplexes {
            let (places, mass) = self.free_part(own);
            let pi: Vec<f64> = places.iter().map(|&j| theta(self.free[j])).collect();
            for (j, free) in places.into_iter().zip(Simplex::to_free(&pi, mass)) {
                phi[j] = free;
            }
        }
        phi
    }

    /// All coefficients on the natural scale.
    pub(crate) fn natural(&self, phi: &DVector<f64>) -> Vec<f64> {
        let mut theta: Vec<f64> = self.coefficients.iter().map(|coefficient| coefficient.value).collect();
        for (&i, &phi) in self.free.iter().zip(phi) {
            theta[i] = self.coefficients[i].domain.to_natural(phi)[0];
        }
        for (j, pi) in self.simplexes(phi).iter().flat_map(Simplex::entries) {
            theta[self.free[j]] = pi;
        }
        theta
    }

    /// `t'` and `t''` of the free coefficients that have a scale of their own; they are 1 and 0 for all others, those of a simplex
    /// included.
    fn slopes(&self, phi: &DVector<f64>) -> impl Iterator<Item = (usize, [f64; 2])> {
        self.free.iter().zip(phi).enumerate().filter_map(|(j, (&i, &phi))| match self.coefficients[i].domain {
            Domain::Real | Domain::Between { .. } | Domain::Simplex => None,
            domain @ (Domain::Positive | Domain::Probability) => {
                let [_, first, second] = domain.to_natural(phi);
                Some((j, [first, second]))
            }
        })
    }

    /// The derivatives of the free coefficients on their natural scale by those on the free one.
    pub(crate) fn jacobian(&self, phi: &DVector<f64>) -> DMatrix<f64> {
        let mut jacobian = DMatrix::identity(self.free.len(), self.free.len());
        for (j, [first, _]) in self.slopes(phi) {
            jacobian[(j, j)] = first;
        }
        for simplex in self.simplexes(phi) {
            simplex.apply_to_columns(&mut jacobian);
        }
        jacobian
    }

    /// The points of the simplexes whose coefficients are not all held, at their places among the free coefficients.
    fn simplexes(&self, phi: &DVector<f64>) -> Vec<Simplex> {
        let parts = self.simplexes.iter().map(|own| self.free_part(own)).filter(|(places, _)| !places.is_empty());
        parts
            .map(|(places, mass)| {
                let own: Vec<f64> = places.iter().map(|&j| phi[j]).collect();
                Simplex::new(places, own.into_iter(), mass)
            })
            .collect()
    }

    /// Where the free coefficients of a simplex stand among all that are free, and what those that are held leave of 1.
    fn free_part(&self, own: &Range<usize>) -> (Vec<usize>, f64) {
        let places = (0..self.free.len()).filter(|&j| own.contains(&self.free[j])).collect();
        let held = self.coefficients[own.clone()].iter().filter(|coefficient| coefficient.held);
        (places, 1.0 - held.map(|coefficient| coefficient.value).sum::<f64>())
    }

    /// Of a vector over all coefficients the entries of those that are free.
    fn free_entries(&self, all: DVector<f64>) -> DVector<f64> {
        if self.free.len() == all.len() { all } else { all.select_rows(&self.free) }
    }

    /// Of a matrix over all coefficients the rows and columns of those that are free.
    fn free_block(&self, all: DMatrix<f64>) -> DMatrix<f64> {
        if self.free.len() == all.nrows() { all } else { all.select_rows(&self.free).select_columns(&self.free) }
    }

    /// The gradient in the free coefficients, from the one in all coefficients on their natural scale.
    pub(crate) fn gradient_to_free(&self, phi: &DVector<f64>, g: impl Fn(usize) -> f64) -> DVector<f64> {
        let mut gradient = DVector::from_fn(self.free.len(), |j, _| g(self.free[j]));
        for (j, [first, _]) in self.slopes(phi) {
            gradient[j] *= first;
        }
        for simplex in self.simplexes(phi) {
            simplex.apply(&mut gradient);
        }
        gradient
    }

    /// Value and gradient of the objective on the free scale, from log-likelihood and score on the natural one.
    fn to_free_scale(&self, phi: &DVector<f64>, (log_likelihood, g): (f64, DVector<f64>)) -> (f64, DVector<f64>) {
        (-log_likelihood, self.gradient_to_free(phi, |i| -g[i]))
    }

    /// Score and observed information on the natural scale, from gradient and Hessian of the objective on the free one.
    pub(crate) fn to_natural_scale(
        &self,
        phi: &DVector<f64>,
        gradient: &DVector<f64>,
        hessian: &DMatrix<f64>,
    ) -> (DVector<f64>, DMatrix<f64>) {
        let (mut score, mut information) = (-gradient, hessian.clone());
        for (j, [first, second]) in self.slopes(phi) {
            score[j] /= first;
            information[(j, j)] += score[j] * second;
            on_both_sides(&mut information, j, |entry| *entry /= first);
        }
        for simplex in self.simplexes(phi) {
            simplex.solve(&mut score);
            simplex.add_curvature(1.0, &score, &mut information);
            simplex.solve_on_both_sides(&mut information);
        }
        (score, information)
    }
}

/// Changes the entries of row `j`, then those of column `j`.
fn on_both_sides(matrix: &mut DMatrix<f64>, j: usize, change: impl Fn(&mut f64)) {
    matrix.row_mut(j).apply(&change);
    matrix.column_mut(j).apply(&change);
}

impl Objective for FreeScale<'_> {
    fn dimension(&self) -> usize {
        self.free.len()
    }

    fn value_gradient_hessian(&self, phi: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (log_likelihood, g, h) = self.likelihood.log_likelihood_score_hessian(&self.natural(phi));
        let (mut gradient, mut hessian) = (-self.free_entries(g), -self.free_block(h));
        for (j, [first, second]) in self.slopes(phi) {
            on_both_sides(&mut hessian, j, |entry| *entry *= first);
            hessian[(j, j)] += gradient[j] * second;
            gradient[j] *= first;
        }
        for simplex in self.simplexes(phi) {
            simplex.apply_to_both_sides(&mut hessian);
            simplex.add_curvature(1.0, &gradient, &mut hessian);
            simplex.apply(&mut gradient);
        }
        (-log_likelihood, gradient, hessian)
    }

    fn value_gradient(&self, phi: &DVector<f64>) -> (f64, DVector<f64>) {
        self.to_free_scale(phi, self.likelihood.log_likelihood_score(&self.natural(phi)))
    }

    /// The expected score is zero: no curvature of the scale enters.
    fn expected_hessian(&self, phi: &DVector<f64>) -> Option<DMatrix<f64>> {
        let information = self.likelihood.expected_information(&self.natural(phi)).ok()?;
        let mut expected = self.free_block(information);
        for (j, [first, _]) in self.slopes(phi) {
            on_both_sides(&mut expected, j, |entry| *entry *= first);
        }
        for simplex in self.simplexes(phi) {
            simplex.apply_to_both_sides(&mut expected);
        }
        Some(expected)
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
