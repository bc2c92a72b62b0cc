//! Which part is which, after a random start.
//!
//! Parts whose densities and kinds of parameters are the same can change places without a change of the likelihood. After a random
//! start it is a matter of chance which is which: they are put in the order of their starts. Where the first coefficient that starts
//! differently starts lowest, there it is lowest in the fit.
use maxlik_model::Domain;

use super::parts::{Parts, estimates};
use crate::Fit;
use crate::fitting::coefficients;
use crate::free_scale::Coefficient;

/// A permutation leaves the log-likelihood as it is to this part, `1e-10 max(|l|, 1)`.
const SAME: f64 = 1e-10;

/// Where a probability of the maximum is 0, the search that finds it again in the other order begins with this part of equal ones.
const INSIDE: f64 = 1e-4;

/// The coefficients of a fit with its parts in order; none where they are already.
pub(crate) fn in_order<M: Parts>(model: &M, fit: &Fit) -> Option<Vec<Coefficient>> {
    let theta = estimates(model, fit).ok()?;
    let start = coefficients(model);
    let own = |j: usize| model.own(j);
    let k = model.names().len();
    // Where each place's part comes from.
    let mut from: Vec<usize> = (0..k).collect();
    let mut placed = vec![false; k];
    for first in 0..k {
        let alike = |&j: &usize| !placed[j] && (j == first || can_change_places(model, &start, &theta, first, j));
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
    for (coefficient, value) in ordered.iter_mut().zip(model.permuted(&theta, &from)) {
        coefficient.value = value;
    }
    move_inside(model, &mut ordered);
    ordered.iter().all(|c| c.held || c.domain.contains(c.value)).then_some(ordered)
}

/// Whether the likelihood stays the same when two parts change places.
fn can_change_places<M: Parts>(model: &M, start: &[Coefficient], theta: &[f64], j: usize, m: usize) -> bool {
    let (own, other) = (&start[model.own(j)], &start[model.own(m)]);
    let alike =
        |a: &Coefficient, b: &Coefficient| a.domain == b.domain && a.held == b.held && (!a.held || a.value == b.value);
    if own.len() != other.len() || !own.iter().zip(other).all(|(a, b)| alike(a, b)) {
        return false;
    }
    let mut from: Vec<usize> = (0..model.names().len()).collect();
    from.swap(j, m);
    let (here, there) = (model.log_likelihood(theta), model.log_likelihood(&model.permuted(theta, &from)));
    (here - there).abs() <= SAME * here.abs().max(1.0)
}

/// Moves probabilities that stand at an end, or leave nothing, a little towards equal ones: the search takes them back.
fn move_inside<M: Parts>(model: &M, coefficients: &mut [Coefficient]) {
    let mut first = 0;
    for parameter in model.parameters() {
        let own = &mut coefficients[first..first + parameter.len()];
        first += parameter.len();
        let probabilities = matches!(parameter.domain(), Domain::Simplex | Domain::Probability);
        let sum: f64 = own.iter().map(|coefficient| coefficient.value).sum();
        let inside = own.iter().all(|c| c.domain.contains(c.value)) && sum < 1.0;
        if parameter.is_fixed() || !probabilities || inside {
            continue;
        }
        let equal = 1.0 / (own.len() + 1) as f64;
        for coefficient in own {
            coefficient.value = (1.0 - INSIDE) * coefficient.value + INSIDE * equal;
        }
    }
}
