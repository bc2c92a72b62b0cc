//! Which coefficients a lasso penalises, and on which scale.
use maxlik_model::{Domain, Likelihood};

use crate::free_scale::Coefficient;
use crate::lasso_settings::matches;
use crate::{Lasso, LassoError};

/// The penalised coefficients, as places among all, each with its scale `s_j`.
pub(crate) fn penalized(
    likelihood: &dyn Likelihood,
    coefficients: &[Coefficient],
    settings: &Lasso,
) -> Result<Vec<(usize, f64)>, LassoError> {
    let columns = columns(likelihood);
    let places = penalized_places(coefficients, &columns, settings)?;
    let scales = scales(likelihood);
    let mut penalized = Vec::with_capacity(places.len());
    for i in places {
        let Coefficient { name, domain, .. } = &coefficients[i];
        let spans_zero = match *domain {
            Domain::Real => true,
            Domain::Between { lower, upper } => lower <= 0.0 && 0.0 <= upper,
            _ => false,
        };
        if !spans_zero {
            return Err(LassoError::CannotBeZero { name: name.clone(), domain: *domain });
        }
        let scale = if settings.standardize { scales[i] } else { 1.0 };
        if scale == 0.0 {
            return Err(LassoError::ConstantColumn { name: name.clone() });
        }
        penalized.push((i, scale));
    }
    Ok(penalized)
}

/// For each coefficient the name of its column, if it is one of a linear predictor.
fn columns(likelihood: &dyn Likelihood) -> Vec<Option<&str>> {
    let mut columns = Vec::new();
    for parameter in likelihood.parameters() {
        match parameter.design() {
            Some(design) => columns.extend(design.names().iter().map(|name| Some(name.as_str()))),
            None => columns.push(None),
        }
    }
    columns
}

/// The coefficients that the settings penalise; never one that is fixed.
fn penalized_places(
    coefficients: &[Coefficient],
    columns: &[Option<&str>],
    settings: &Lasso,
) -> Result<Vec<usize>, LassoError> {
    let free = |i: &usize| !coefficients[*i].held;
    let is_meant = |pattern: &String, i: usize| {
        let intercept = columns[i] == Some("(intercept)");
        matches(pattern, &coefficients[i].name) && !(intercept && pattern.contains('*'))
    };
    for pattern in settings.penalized.iter().chain(&settings.unpenalized) {
        if !(0..coefficients.len()).filter(free).any(|i| matches(pattern, &coefficients[i].name)) {
            let names = (0..coefficients.len()).filter(free).map(|i| coefficients[i].name.clone()).collect();
            return Err(LassoError::UnknownPattern { pattern: pattern.clone(), names });
        }
    }
    let is_penalized = |i: &usize| {
        let meant = if settings.penalized.is_empty() {
            columns[*i].is_some_and(|column| column != "(intercept)")
        } else {
            settings.penalized.iter().any(|pattern| is_meant(pattern, *i))
        };
        meant && !settings.unpenalized.iter().any(|pattern| matches(pattern, &coefficients[*i].name))
    };
    let places: Vec<usize> = (0..coefficients.len()).filter(free).filter(is_penalized).collect();
    if places.is_empty() { Err(LassoError::NothingPenalized) } else { Ok(places) }
}

/// `N`: the sum of the weights, the number of observations, or 1 where that is unknown.
pub(crate) fn total(likelihood: &dyn Likelihood) -> f64 {
    likelihood.weights().map_or_else(|| likelihood.n_obs().unwrap_or(1) as f64, |weights| weights.iter().sum())
}

/// The standard deviation of each column, weighted, with divisor `N`; 0 for a column that is constant to rounding; 1 for scalar
/// parameters.
fn scales(likelihood: &dyn Likelihood) -> Vec<f64> {
    let mut scales = Vec::new();
    for parameter in likelihood.parameters() {
        let Some(design) = parameter.design() else {
            scales.push(1.0);
            continue;
        };
        let weight = |i: usize| likelihood.weights().map_or(1.0, |weights| weights[i]);
        let total: f64 = (0..design.rows()).map(weight).sum();
        for column in design.matrix().column_iter() {
            let mean = column.iter().enumerate().map(|(i, x)| weight(i) * x).sum::<f64>() / total;
            let square = column.iter().enumerate().map(|(i, x)| weight(i) * (x - mean).powi(2)).sum::<f64>();
            let deviation = (square / total).sqrt();
            scales.push(if deviation <= 1e-12 * column.amax() { 0.0 } else { deviation });
        }
    }
    scales
}
