//! A maximum at the open end of a coefficient's domain.
use maxlik_model::{Domain, Likelihood};
use maxlik_optimizer::{Objective, Report, Termination};
use nalgebra::DVector;

use crate::free_scale::{Coefficient, FreeScale};

/// Of a direction only what is at least this part of the largest counts: the others follow it and come to rest.
const PART: f64 = 0.05;

/// On a logarithmic or logit scale a standard error above this says that the likelihood is level over hundreds of orders of
/// magnitude: what looks like a maximum there is the rounding of a slope towards the end.
const LEVEL: f64 = 1e3;

/// The direction in which the search left for the open end of a domain: that of a coefficient whose likelihood is level where
/// the search came to rest, or else the one it found itself.
pub(crate) fn direction(
    likelihood: &dyn Likelihood,
    coefficients: &[Coefficient],
    report: &Report,
) -> Option<DVector<f64>> {
    let objective = FreeScale::new(likelihood, coefficients);
    let level = |&j: &usize| {
        let curvature = report.hessian[(j, j)];
        let plays_a_part = curvature != 0.0 || report.gradient[j] != 0.0;
        plays_a_part
            && coefficients[objective.free()[j]].domain.limit(true).is_some()
            && LEVEL * LEVEL * curvature < 1.0
            && !leads_to_an_edge(&objective, report, j)
    };
    let flattest = |&i: &usize, &j: &usize| report.hessian[(i, i)].total_cmp(&report.hessian[(j, j)]);
    let Some(j) = (0..objective.free().len()).filter(level).min_by(flattest) else {
        return match &report.termination {
            Termination::AtInfinity { direction } => Some(direction.clone()),
            _ => None,
        };
    };
    let mut direction = DVector::zeros(objective.free().len());
    direction[j] = if report.gradient[j] > 0.0 { -1.0 } else { 1.0 };
    Some(direction)
}

/// Whether one step of the free scale down the slope of coefficient `j` is out of the likelihood's domain: near an edge a
/// likelihood without curvature is no level likelihood.
fn leads_to_an_edge(objective: &FreeScale<'_>, report: &Report, j: usize) -> bool {
    let mut x = report.x.clone();
    x[j] -= report.gradient[j].signum();
    !objective.value(&x).is_finite()
}

/// The search went to infinity along `direction`. If only scalar coefficients on a logarithmic or logit scale went with it,
/// and the log-likelihood `l` exists at the ends of their domains and is no lower than where the search stopped (to rounding,
/// `1e-13 max(|l|, 1)`): the coefficients with these held at the ends, and the others where they stood.
pub(crate) fn hold(
    likelihood: &dyn Likelihood,
    coefficients: &[Coefficient],
    report: &Report,
    direction: &DVector<f64>,
) -> Option<Vec<Coefficient>> {
    let objective = FreeScale::new(likelihood, coefficients);
    let theta = objective.natural(&report.x);
    let mut held = coefficients.to_vec();
    for (coefficient, value) in held.iter_mut().zip(theta) {
        coefficient.value = value;
    }
    for (i, part) in leading(likelihood, &objective, coefficients, report, direction) {
        let end = coefficients[i].domain.limit(part > 0.0)?;
        held[i].value = end;
        held[i].held = true;
    }
    if !are_probabilities(likelihood, &held) {
        return None;
    }
    let at_end: Vec<f64> = held.iter().map(|coefficient| coefficient.value).collect();
    let log_likelihood = likelihood.log_likelihood(&at_end);
    let before = -report.value;
    let no_lower = log_likelihood >= before - 1e-13 * before.abs().max(1.0);
    (log_likelihood.is_finite() && no_lower).then_some(held)
}

/// Whether probabilities that move together have a sum of 1 at most: one that is 1 leaves nothing to others, nor do two.
fn are_probabilities(likelihood: &dyn Likelihood, coefficients: &[Coefficient]) -> bool {
    let mut first = 0;
    likelihood.parameters().iter().all(|parameter| {
        let own = &coefficients[first..first + parameter.len()];
        first += parameter.len();
        let sum: f64 = own.iter().map(|coefficient| coefficient.value).sum();
        parameter.domain() != Domain::Simplex || sum <= 1.0 + f64::EPSILON * own.len() as f64
    })
}

/// The coefficients that lead in a direction of the free scale, with their parts of it. A column of a design counts by what
/// it does to the linear predictor: its part times its root mean square.
pub(crate) fn leading(
    likelihood: &dyn Likelihood,
    objective: &FreeScale<'_>,
    coefficients: &[Coefficient],
    report: &Report,
    direction: &DVector<f64>,
) -> Vec<(usize, f64)> {
    let mut effect = vec![1.0; coefficients.len()];
    let mut linear = vec![false; coefficients.len()];
    let mut first = 0;
    for parameter in likelihood.parameters() {
        if let Some(design) = parameter.design() {
            let x = design.matrix();
            for j in 0..x.ncols() {
                effect[first + j] = x.column(j).norm() / (x.nrows() as f64).sqrt();
                linear[first + j] = true;
            }
        }
        first += parameter.len();
    }
    // Scalars in units of their own cannot be compared with logarithms: each counts relative to its size.
    for (&i, x) in objective.free().iter().zip(&report.x) {
        let own_units = matches!(coefficients[i].domain, Domain::Real | Domain::Between { .. });
        if own_units && !linear[i] {
            effect[i] = 1.0 / x.abs().max(1.0);
        }
    }
    let weight = |i: usize| effect[i];
    let parts = || objective.free().iter().zip(direction).map(|(&i, &part)| (i, part));
    let largest = parts().map(|(i, part)| part.abs() * weight(i)).fold(0.0, f64::max);
    parts().filter(|&(i, part)| part.abs() * weight(i) >= PART * largest).collect()
}
