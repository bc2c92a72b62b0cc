//! A maximum at the open end of a coefficient's domain.
use maxlik_model::{Domain, Likelihood};
use maxlik_optimizer::Report;
use nalgebra::DVector;

use crate::free_scale::{Coefficient, FreeScale};

/// Of a direction only what is at least this part of the largest counts.
const PART: f64 = 0.05;

/// The search went to infinity along `direction`. If only scalar coefficients on a logarithmic or logit scale went with it,
/// and the log-likelihood exists at the ends of their domains and is no lower than where the search stopped: the
/// coefficients with these held at the ends, and the others where they stood.
pub(crate) fn hold<L: Likelihood + ?Sized>(
    likelihood: &L,
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
    for (i, part) in leading(likelihood, &objective, coefficients, direction) {
        let end = coefficients[i].domain.limit(part > 0.0)?;
        held[i].value = end;
        held[i].held = true;
    }
    let at_end: Vec<f64> = held.iter().map(|coefficient| coefficient.value).collect();
    let log_likelihood = likelihood.log_likelihood(&at_end);
    let before = -report.value;
    let no_lower = log_likelihood >= before - 1e-8 * before.abs().max(1.0);
    (log_likelihood.is_finite() && no_lower).then_some(held)
}

/// The coefficients that lead in a direction of the free scale, with their parts of it. A column of a design counts by what
/// it does to the linear predictor: its part times its root mean square.
pub(crate) fn leading<L: Likelihood + ?Sized>(
    likelihood: &L,
    objective: &FreeScale<'_, L>,
    coefficients: &[Coefficient],
    direction: &DVector<f64>,
) -> Vec<(usize, f64)> {
    let mut effect = vec![1.0; coefficients.len()];
    let mut first = 0;
    for parameter in likelihood.parameters() {
        if let Some(design) = parameter.design() {
            let x = design.matrix();
            for j in 0..x.ncols() {
                effect[first + j] = x.column(j).norm() / (x.nrows() as f64).sqrt();
            }
        }
        first += parameter.len();
    }
    // Coordinates in units of their own cannot be compared with logarithms: each counts relative to its size.
    let weight = |i: usize| match coefficients[i].domain {
        Domain::Between { .. } => 1.0 / coefficients[i].value.abs().max(1.0),
        _ => effect[i],
    };
    let parts = || objective.free().iter().zip(direction).map(|(&i, &part)| (i, part));
    let largest = parts().map(|(i, part)| part.abs() * weight(i)).fold(0.0, f64::max);
    parts().filter(|&(i, part)| part.abs() * weight(i) >= PART * largest).collect()
}
