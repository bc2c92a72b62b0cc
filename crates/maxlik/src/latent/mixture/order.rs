//! Which component is which, after a random start.
//!
//! Components whose densities and kinds of parameters are the same can change places without a change of the likelihood. After a random
//! start it is a matter of chance which is which: they are put in the order of their starts. Where the first coefficient that starts
//! differently starts lowest, there it is lowest in the fit.
use maxlik_model::{Likelihood, MixtureLikelihood};

use super::results::estimates;
use crate::Fit;
use crate::fitting::coefficients;
use crate::free_scale::Coefficient;

/// A permutation leaves the log-likelihood as it is to this part, `1e-10 max(|l|, 1)`.
const SAME: f64 = 1e-10;

/// The coefficients of a fit with its components in order; none where they are already.
pub(crate) fn in_order<Row>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<Vec<Coefficient>> {
    let theta = estimates(mixture, fit).ok()?;
    let start = coefficients(mixture);
    let own = |j: usize| mixture.coefficients_of_component(j);
    let k = mixture.component_names().len();
    // Where each place's component comes from.
    let mut from: Vec<usize> = (0..k).collect();
    let mut placed = vec![false; k];
    for first in 0..k {
        let alike = |&j: &usize| !placed[j] && (j == first || can_change_places(mixture, &start, &theta, first, j));
        let group: Vec<usize> = (first..k).filter(alike).collect();
        let differs =
            |c: &usize| group.iter().any(|&j| start[own(j).start + c].value != start[own(first).start + c].value);
        if let Some(c) = (0..own(first).len()).find(differs) {
            let sorted = |value: &dyn Fn(usize) -> f64| {
                let mut sorted = group.clone();
                sorted.sort_by(|&a, &b| value(own(a).start + c).total_cmp(&value(own(b).start + c)));
                sorted
            };
            let (places, found) = (sorted(&|i| start[i].value), sorted(&|i| theta[i]));
            places.into_iter().zip(found).for_each(|(to, j)| from[to] = j);
        }
        for j in group {
            placed[j] = true;
        }
    }
    if from.iter().enumerate().all(|(j, &m)| j == m) {
        return None;
    }
    let mut ordered = start;
    for (coefficient, value) in ordered.iter_mut().zip(permuted(mixture, &theta, &from)) {
        coefficient.value = value;
    }
    ordered.iter().all(|c| c.held || c.domain.contains(c.value)).then_some(ordered)
}

/// Whether the likelihood stays the same when two components change places.
fn can_change_places<Row>(
    mixture: &MixtureLikelihood<'_, Row>,
    start: &[Coefficient],
    theta: &[f64],
    j: usize,
    m: usize,
) -> bool {
    let (own, other) = (&start[mixture.coefficients_of_component(j)], &start[mixture.coefficients_of_component(m)]);
    let alike =
        |a: &Coefficient, b: &Coefficient| a.domain == b.domain && a.held == b.held && (!a.held || a.value == b.value);
    if own.len() != other.len() || !own.iter().zip(other).all(|(a, b)| alike(a, b)) {
        return false;
    }
    let mut from: Vec<usize> = (0..mixture.component_names().len()).collect();
    from.swap(j, m);
    let (here, there) = (mixture.log_likelihood(theta), mixture.log_likelihood(&permuted(mixture, theta, &from)));
    (here - there).abs() <= SAME * here.abs().max(1.0)
}

/// The coefficients where the component at place `j` is the one that was at `from[j]`.
fn permuted<Row>(mixture: &MixtureLikelihood<'_, Row>, theta: &[f64], from: &[usize]) -> Vec<f64> {
    let mut to = theta.to_vec();
    for (j, &m) in from.iter().enumerate() {
        let (place, own) = (mixture.coefficients_of_component(j), mixture.coefficients_of_component(m));
        if place.len() == own.len() {
            to[place].copy_from_slice(&theta[own]);
        }
    }
    let weights = &theta[mixture.coefficients_of_weights()];
    let columns = mixture.concomitant_design().map_or(1, |design| design.names().len());
    let reference: Vec<f64> = match mixture.concomitant_design() {
        None => vec![1.0 - weights.iter().sum::<f64>()],
        Some(_) => vec![0.0; columns],
    };
    let of = |j: usize| if j == 0 { &reference[..] } else { &weights[(j - 1) * columns..j * columns] };
    let moved = from[1..].iter().flat_map(|&m| {
        let shift = if mixture.concomitant_design().is_some() { of(from[0]).to_vec() } else { vec![0.0; columns] };
        of(m).iter().zip(shift).map(|(value, shift)| value - shift).collect::<Vec<f64>>()
    });
    let moved: Vec<f64> = moved.collect();
    to[mixture.coefficients_of_weights()].copy_from_slice(&moved);
    to
}
