//! A maximum where probabilities leave nothing.
//!
//! Coefficients that are probabilities with a sum below 1 have an end of their own at 0; what they leave of 1 is no coefficient, and where it
//! is 0 at the maximum all of them lead the search to infinity together. There the likelihood is taken on the face of the simplex where one
//! of them, the greatest, has what the others leave of 1.
//!
//! Notation: `pi` the coefficients of the simplex, `pi_f` the one that has what the others leave; `A` the derivatives of all coefficients
//! by those on the face, which has the entries of an identity and `d pi_f / d pi_j = -1`. Score and Hessian on the face are `A' g` and
//! `A' h A`.
use std::ops::Range;

use maxlik_model::{Domain, Likelihood, ModelError, NotFinite, Parameter};
use maxlik_optimizer::Termination;
use nalgebra::{DMatrix, DVector};

use crate::fitting::coefficients;
use crate::free_scale::Coefficient;
use crate::{Fit, FitError, Status};

/// Where no maximum was found the face is tried if less than this is left.
const SMALL: f64 = 1e-4;

/// Where the search came to rest it is tried if less than this is left: it is the rounding of a slope that ended it.
const ROUNDING: f64 = 1e-9;

/// A likelihood on the face of one of its simplexes.
pub(crate) struct Face<'a> {
    likelihood: &'a dyn Likelihood,
    /// The coefficients of the simplex.
    own: Range<usize>,
    /// The one of them that has what the others leave.
    place: usize,
    /// Those of the likelihood but that one.
    parameters: Vec<Parameter>,
}

impl<'a> Face<'a> {
    /// `place` is that of a coefficient of a parameter that is several probabilities.
    pub(crate) fn new(likelihood: &'a dyn Likelihood, place: usize) -> Self {
        let (mut parameters, mut first, mut own) = (Vec::new(), 0, 0..0);
        for parameter in likelihood.parameters() {
            let range = first..first + parameter.len();
            first = range.end;
            if range.contains(&place) {
                parameters.push(parameter.without_entry(place - range.start));
                own = range;
            } else {
                parameters.push(parameter.clone());
            }
        }
        Self { likelihood, own, place, parameters }
    }

    pub(crate) fn likelihood(&self) -> &'a dyn Likelihood {
        self.likelihood
    }

    /// The coefficients of the simplex, and the one of them that has what the others leave.
    pub(crate) fn simplex(&self) -> (Range<usize>, usize) {
        (self.own.clone(), self.place)
    }

    /// The places of the simplex's other coefficients on the face.
    pub(crate) fn others(&self) -> Range<usize> {
        self.own.start..self.own.end - 1
    }

    /// All coefficients from those on the face.
    pub(crate) fn all(&self, theta: &[f64]) -> Vec<f64> {
        let mut all = theta.to_vec();
        all.insert(self.place, 1.0 - theta[self.others()].iter().sum::<f64>());
        all
    }

    /// Those of all coefficients that are on the face, where each lives there.
    pub(crate) fn coefficients(&self, mut all: Vec<Coefficient>) -> Vec<Coefficient> {
        all.remove(self.place);
        let domains =
            self.parameters.iter().flat_map(|parameter| std::iter::repeat_n(parameter.domain(), parameter.len()));
        for (coefficient, domain) in all.iter_mut().zip(domains) {
            coefficient.domain = domain;
        }
        all
    }

    /// `A` in the coefficients `to` of the likelihood and `from` on the face.
    pub(crate) fn derivatives(&self, to: &[usize], from: &[usize]) -> DMatrix<f64> {
        let slope = |to: usize, from: usize| match to {
            _ if to == self.place => -f64::from(u8::from(self.others().contains(&from))),
            _ => f64::from(u8::from(to == from + usize::from(from >= self.place))),
        };
        DMatrix::from_fn(to.len(), from.len(), |i, j| slope(to[i], from[j]))
    }

    /// `A' g`
    fn score(&self, g: &DVector<f64>) -> DVector<f64> {
        let own = g[self.place];
        let mut score = g.clone().remove_row(self.place);
        for g in score.rows_range_mut(self.others()).iter_mut() {
            *g -= own;
        }
        score
    }
}

impl Likelihood for Face<'_> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        self.likelihood.n_obs()
    }

    fn weights(&self) -> Option<&[f64]> {
        self.likelihood.weights()
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.likelihood.validate()
    }

    fn log_likelihood_score_hessian(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (value, g, h) = self.likelihood.log_likelihood_score_hessian(&self.all(theta));
        // A' h A by columns, then by rows.
        let columns: Vec<DVector<f64>> = h.column_iter().map(|column| self.score(&column.into_owned())).collect();
        let half = DMatrix::from_columns(&columns).transpose();
        let columns: Vec<DVector<f64>> = half.column_iter().map(|column| self.score(&column.into_owned())).collect();
        (value, self.score(&g), DMatrix::from_columns(&columns))
    }

    fn log_likelihood_score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        let (value, g) = self.likelihood.log_likelihood_score(&self.all(theta));
        (value, self.score(&g))
    }

    fn n_terms(&self) -> usize {
        self.likelihood.n_terms()
    }

    fn log_likelihood_score_of(&self, terms: &[usize], theta: &[f64]) -> (f64, DVector<f64>) {
        let (value, g) = self.likelihood.log_likelihood_score_of(terms, &self.all(theta));
        (value, self.score(&g))
    }

    fn log_likelihood(&self, theta: &[f64]) -> f64 {
        self.likelihood.log_likelihood(&self.all(theta))
    }

    fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        self.likelihood.first_not_finite(&self.all(theta))
    }
}

/// The fit of a likelihood from these coefficients.
type FitFrom<'f> = dyn FnMut(&dyn Likelihood, Vec<Coefficient>) -> Result<Fit, FitError> + 'f;

/// A fit; or where it found no maximum because probabilities leave nothing there, the one on that face. `fit` makes the fit of the face from
/// these coefficients.
pub(crate) fn or_on_a_face(
    likelihood: &dyn Likelihood,
    found: Result<Fit, FitError>,
    fit: &mut FitFrom<'_>,
) -> Result<Fit, FitError> {
    let before = match &found {
        Ok(fit) => fit,
        Err(FitError::NotConverged(partial)) => partial,
        Err(_) => return found,
    };
    match on_a_face(likelihood, before, fit) {
        Some(fit) => Ok(fit),
        None => found,
    }
}

fn on_a_face(likelihood: &dyn Likelihood, before: &Fit, fit: &mut FitFrom<'_>) -> Option<Fit> {
    let place = leaving_nothing(likelihood, before)?;
    let face = Face::new(likelihood, place);
    let mut start = coefficients(likelihood);
    for (coefficient, found) in start.iter_mut().zip(&before.all) {
        coefficient.held |= found.status == Status::AtLimit;
        coefficient.value = found.estimate;
    }
    let start = face.coefficients(start);
    if !start.iter().all(|coefficient| coefficient.held || coefficient.domain.contains(coefficient.value)) {
        return None;
    }
    let reached = fit(&face, start).ok()?;
    // It is the maximum if it is no lower than where the search ended, and no step off the face leads up.
    let (l, l_before) = (reached.log_likelihood(), before.log_likelihood());
    let theta: Vec<f64> = reached.all.iter().map(|coefficient| coefficient.estimate).collect();
    let (_, score) = likelihood.log_likelihood_score(&face.all(&theta));
    let is_maximum = l >= l_before - 1e-13 * l_before.abs().max(1.0) && score[place] >= 0.0;
    is_maximum.then(|| reached.off_the_face(&face).preceded_by(before))
}

/// The greatest of the probabilities that leave nothing, if some do that have no end of their own.
fn leaving_nothing(likelihood: &dyn Likelihood, fit: &Fit) -> Option<usize> {
    let limit = match fit.termination() {
        Termination::Interrupted { .. } | Termination::Approximate { .. } => return None,
        termination if termination.is_converged() => ROUNDING,
        _ => SMALL,
    };
    let mut first = 0;
    likelihood.parameters().iter().find_map(|parameter| {
        let own = first..first + parameter.len();
        first = own.end;
        if parameter.domain() != Domain::Simplex || parameter.is_fixed() {
            return None;
        }
        let estimate = |j: usize| fit.all[j].estimate;
        let free = own.clone().filter(|&j| matches!(fit.all[j].status, Status::Estimated | Status::Unbounded));
        let left = 1.0 - own.map(estimate).sum::<f64>();
        // One by itself has its end at 1.
        let several = free.clone().count() > 1;
        free.max_by(|&i, &j| estimate(i).total_cmp(&estimate(j))).filter(|_| several && left < limit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MaximumLikelihood;
    use approx::assert_relative_eq;
    use maxlik_model::MixtureLikelihood;
    use maxlik_model::distribution::poisson;
    use maxlik_model::positive;
    use nalgebra::dvector;

    fn mixture(counts: &[u64]) -> MixtureLikelihood<'_, u64> {
        [4.0, 1.0, 9.0, 20.0].iter().zip(["a", "b", "c", "d"]).fold(
            MixtureLikelihood::new(counts),
            |mixture, (&mean, name)| {
                mixture.component([positive(name).fixed(mean)], |[mean], &k| poisson::ln_pmf(k, mean))
            },
        )
    }

    #[test]
    fn the_derivatives_on_the_face_are_those_of_differences() {
        let counts = [0, 1, 3, 8, 11, 22, 19, 1];
        let mixture = mixture(&counts);
        let face = Face::new(&mixture, 5);
        assert_eq!(
            face.parameters().iter().flat_map(Parameter::coefficient_names).collect::<Vec<_>>()[4..],
            ["weight[b]", "weight[d]"]
        );
        let at = |b: f64, d: f64| [4.0, 1.0, 9.0, 20.0, b, d];
        let (value, score, hessian) = face.log_likelihood_score_hessian(&at(0.3, 0.2));
        assert_relative_eq!(value, mixture.log_likelihood(&[4.0, 1.0, 9.0, 20.0, 0.3, 0.5, 0.2]), max_relative = 1e-14);
        let h = 1e-3;
        // Five points: the error is of the order of h^4.
        let slopes = |f: &dyn Fn(f64) -> DVector<f64>| {
            (f(h) - f(-h)) * (2.0 / (3.0 * h)) - (f(2.0 * h) - f(-2.0 * h)) * (1.0 / (12.0 * h))
        };
        let value = |b: f64, d: f64| dvector![face.log_likelihood(&at(b, d))];
        assert_relative_eq!(score[4], slopes(&|h| value(0.3 + h, 0.2))[0], max_relative = 1e-8);
        assert_relative_eq!(score[5], slopes(&|h| value(0.3, 0.2 + h))[0], max_relative = 1e-8);
        let score = |b: f64, d: f64| face.log_likelihood_score(&at(b, d)).1;
        assert_relative_eq!(hessian.column(4).into_owned(), slopes(&|h| score(0.3 + h, 0.2)), max_relative = 1e-8);
        assert_relative_eq!(hessian.column(5).into_owned(), slopes(&|h| score(0.3, 0.2 + h)), max_relative = 1e-8);
    }

    #[test]
    fn a_maximum_where_the_weights_leave_nothing_is_that_of_the_model_without() {
        // No count is the first component's.
        let counts = [0, 1, 1, 1, 0, 2, 8, 11, 9, 22, 19, 1];
        let (mixture, weights) = (mixture(&counts), ["weight[b]", "weight[c]", "weight[d]"]);
        for fit in [mixture.fit().unwrap(), mixture.fit_with(maxlik_optimizer::Lbfgs::default()).unwrap()] {
            let without = mixture.without(0).fit().unwrap();
            assert_relative_eq!(fit.log_likelihood(), without.log_likelihood(), max_relative = 1e-13);
            assert_relative_eq!(
                weights.iter().map(|name| fit.estimate(name).unwrap()).sum::<f64>(),
                1.0,
                max_relative = 1e-15
            );
            for name in &weights[1..] {
                assert_relative_eq!(fit.estimate(name).unwrap(), without.estimate(name).unwrap(), max_relative = 1e-9);
                assert_relative_eq!(
                    fit.std_error(name).unwrap(),
                    without.std_error(name).unwrap(),
                    max_relative = 1e-7
                );
            }
            // What the others leave, by the delta method; and the sum of all has no variance.
            let vcov = without.vcov().unwrap();
            assert_relative_eq!(fit.std_error("weight[b]").unwrap(), vcov.sum().sqrt(), max_relative = 1e-7);
            assert!(fit.vcov().unwrap().sum().abs() < 1e-15);
            assert_eq!(fit.dof(), 3);
            assert!(matches!(fit.warnings(), [crate::Warning::NothingRemains { names }] if names == &weights));
        }
    }
}
