//! A mixture as the search from several starts sees it.
use std::ops::{ControlFlow, Range};

use maxlik_model::{Likelihood, MixtureLikelihood};
use maxlik_optimizer::{Em, Report};
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;

use super::draw::{few_rows_each, one_for_each_row};
use super::em::MixtureSteps;
use super::verdict::{diagnose, empty_component, fewer_different_rows};
use crate::fitting::{coefficients, fit_em_at, search_em};
use crate::free_scale::Coefficient;
use crate::latent::parts::{Kind, Maximum, Parts, estimates};
use crate::latent::search::noted;
use crate::latent::verdict::spurious_part;
use crate::{Fit, FitError, Warning};

/// The first component's weight is tried at 0 where it is below this, or no maximum was found.
const SMALL: f64 = 1e-4;

impl<Row: Sync> Parts for MixtureLikelihood<'_, Row> {
    const KIND: Kind = Kind::Component;

    fn names(&self) -> &[String] {
        self.component_names()
    }

    fn own(&self, j: usize) -> Range<usize> {
        self.coefficients_of_component(j)
    }

    fn counts(&self, row: usize) -> bool {
        Likelihood::weights(self).is_none_or(|weights| weights[row] != 0.0)
    }

    fn prior_share(&self) -> f64 {
        MixtureLikelihood::prior_share(self)
    }

    fn responsibilities(&self, theta: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        MixtureLikelihood::responsibilities(self, theta)
    }

    fn part_ln_densities(&self, theta: &[f64]) -> DMatrix<f64> {
        self.component_ln_densities(theta)
    }

    fn part_alone<'m>(&'m self, j: usize, weights: &'m [f64]) -> Box<dyn Likelihood + 'm> {
        self.component_alone(j, weights)
    }

    fn draw(&self, number: usize, rng: &mut StdRng) -> DMatrix<f64> {
        if number.is_multiple_of(2) { few_rows_each(self, rng) } else { one_for_each_row(self, rng) }
    }

    fn run(&self, em: Em, start: &[Coefficient]) -> Result<Report, FitError> {
        search_em(self, start, em, &MixtureSteps(self), &mut |_| ControlFlow::Continue(()))
    }

    fn climb(&self, start: Vec<Coefficient>) -> Result<Maximum, FitError> {
        // Newton's method may end before the M-step's maximum, where a component has none: EM still rises.
        let em = Em::default().with_exact_m_step(false);
        let fit = match fit_em_at(self, start, em, &MixtureSteps(self), &mut |_| ControlFlow::Continue(())) {
            Ok(fit) => fit,
            Err(FitError::NotConverged(partial)) => {
                return without_the_first(self, &partial).ok_or_else(|| diagnose(self, partial));
            }
            Err(other) => return Err(other),
        };
        if let Some(maximum) = without_the_first(self, &fit) {
            return Ok(maximum);
        }
        if let Some(different) = fewer_different_rows(self, &fit) {
            let components = self.component_names().len();
            return Err(FitError::FewDifferentRows { components, different, partial: Box::new(fit) });
        }
        if let Some(component) = empty_component(self, &fit) {
            return Err(FitError::EmptyComponent { component, partial: Box::new(fit) });
        }
        Ok(Maximum { spurious: spurious_part(self, &fit), fit })
    }

    fn permuted(&self, theta: &[f64], from: &[usize]) -> Vec<f64> {
        let mut to = theta.to_vec();
        for (j, &m) in from.iter().enumerate() {
            let (place, own) = (self.own(j), self.own(m));
            if place.len() == own.len() {
                to[place].copy_from_slice(&theta[own]);
            }
        }
        let weights = &theta[self.coefficients_of_weights()];
        let columns = self.concomitant_design().map_or(1, |design| design.names().len());
        let reference: Vec<f64> = match self.concomitant_design() {
            None => vec![1.0 - weights.iter().sum::<f64>()],
            Some(_) => vec![0.0; columns],
        };
        let of = |j: usize| if j == 0 { &reference[..] } else { &weights[(j - 1) * columns..j * columns] };
        let moved = from[1..].iter().flat_map(|&m| {
            let shift = if self.concomitant_design().is_some() { of(from[0]).to_vec() } else { vec![0.0; columns] };
            of(m).iter().zip(shift).map(|(value, shift)| value - shift).collect::<Vec<f64>>()
        });
        let moved: Vec<f64> = moved.collect();
        to[self.coefficients_of_weights()].copy_from_slice(&moved);
        to
    }

    fn without_part(&self, j: usize) -> Option<Self> {
        (self.component_names().len() > 1).then(|| self.without(j))
    }

    fn with_prior(&self, a: f64) -> Self {
        self.with_pseudo_rows(a)
    }
}

/// The maximum without the first component, if its weight is 0 there: what others leave of 1 has no end of its own on their free scale.
fn without_the_first<Row: Sync>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<Maximum> {
    let k = mixture.component_names().len();
    if k <= 2 || mixture.concomitant_design().is_some() {
        return None;
    }
    let theta = estimates(mixture, fit).ok()?;
    let pi = &theta[mixture.coefficients_of_weights()];
    if 1.0 - pi.iter().sum::<f64>() > SMALL {
        return None;
    }
    let others = mixture.without(0);
    let mut start = coefficients(&others);
    let own = mixture.coefficients_of_component(1).start..mixture.coefficients_of_weights().start;
    let sum: f64 = pi.iter().map(|pi| pi.max(SMALL)).sum();
    let values = theta[own].iter().copied().chain(pi[1..].iter().map(|pi| pi.max(SMALL) / sum));
    for (coefficient, value) in start.iter_mut().zip(values) {
        if !coefficient.held && coefficient.domain.contains(value) {
            coefficient.value = value;
        }
    }
    let found = others.climb(start).ok()?;
    let (at_zero, before) = (found.fit.log_likelihood(), fit.log_likelihood());
    if at_zero < before - 1e-13 * before.abs().max(1.0) {
        return None;
    }
    let component = mixture.component_names()[0].clone();
    Some(Maximum { fit: noted(found.fit, Warning::WeightZero { component }), ..found })
}
