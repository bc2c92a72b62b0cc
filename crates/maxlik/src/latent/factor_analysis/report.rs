//! From the end of a search to the fit: the reported coefficients, with their derivatives by the free ones.
//!
//! Notation: `phi` the free [coordinates](Coordinates), in which the loadings `L Q` have zeros, with `psi` for `ln psi`; `I` the observed
//! information in them, `g` the gradient; `r(phi)` the reported coefficients with Jacobian `J`. Standardised loadings and uniquenesses
//! say nothing of the variances, and without rows nothing is said of the means: there are directions `Z` in `phi` with `J Z = 0`. Those
//! are maximised over,
//!
//! ```text
//! I - I Z (Z' I Z)^-1 Z' I        g - I Z (Z' I Z)^-1 Z' g
//! ```
//!
//! by which as many coordinates can be left out as `Z` has columns. The delta method gives the covariance `J I^-1 J'`.
//!
//! # References
//! Archer & Jennrich, "Standard errors for rotated factor loadings" (1973); Jennrich, "Simplified formulae for standard errors in
//! maximum-likelihood factor analysis" (1974).
use maxlik_model::Domain;
use nalgebra::{DMatrix, DVector};

use super::coordinates::Coordinates;
use super::rotation::Turning;
use super::structure::Structure;
use super::{FactorAnalysisFit, Scale};
use crate::fit::{Reported, ReportedCoefficient};
use crate::{Fit, Status, Warning};

/// A loading that moves by less than this when a coordinate moves by its standard error, on the correlation scale, is one that cannot
/// vary, and the rest is rounding.
const DETERMINED: f64 = 1e-12;

/// What is reported of `analysis`, with its rotation and scale.
pub(super) fn report(analysis: &FactorAnalysisFit) -> Fit {
    let (standard, psi) = analysis.on_correlation_scale();
    let turning = analysis.frame.turning(&standard, &psi);
    let turn = turning.undetermined();
    let coefficients = coefficients(analysis, turn.is_some());
    let mut warnings = warnings(analysis);
    if let Some(turn) = &turn {
        warnings.push(Warning::UndeterminedRotation { combination: combination(turn, &coefficients) });
    }
    let (d, m) = (analysis.variables().len(), analysis.factors());
    let dof = d * m + 2 * d - m * (m - 1) / 2;
    let mut report = analysis.report.clone();
    let (mut all, mut on_bound) = (None, Vec::new());
    if dof <= analysis.information_limit
        && let Some(expansion) = expand(analysis)
    {
        all = Some(jacobian(analysis, &expansion, &standard, turn.is_none().then_some(&turning)));
        let is_held = |&place: &usize| {
            let uniqueness = place.checked_sub(analysis.structure.uniqueness(0));
            uniqueness.is_some_and(|i| analysis.held[i].is_some())
        };
        on_bound = (0..expansion.places.len()).filter(|&k| is_held(&expansion.places[k])).collect();
        (report.gradient, report.hessian) = (expansion.gradient, expansion.hessian);
    }
    let reported = Reported {
        coefficients,
        dof,
        jacobian: all,
        on_bound,
        // Coordinates are those of variables with variance 1: of each a row says about as much as it says of a mean.
        least_information: analysis.sample.weight,
        parameters: Vec::new(),
        n_obs: analysis.sample.n_obs,
        warnings,
    };
    Fit::reported(report, reported)
}

/// Notes on uniquenesses and rows.
fn warnings(analysis: &FactorAnalysisFit) -> Vec<Warning> {
    let of_uniqueness = |(variable, held): (&String, &Option<f64>)| match *held {
        Some(0.0) => Some(Warning::Heywood { variable: variable.clone() }),
        Some(value) => Some(Warning::OnBound { name: format!("uniqueness[{variable}]"), value }),
        None => None,
    };
    let mut warnings: Vec<Warning> =
        analysis.variables().iter().zip(&analysis.held).filter_map(of_uniqueness).collect();
    if analysis.sample.empty_rows > 0 {
        warnings.push(Warning::EmptyRows { rows: analysis.sample.empty_rows });
    }
    warnings
}

/// The coefficients: loadings factor by factor, uniquenesses, and means if they are known.
fn coefficients(analysis: &FactorAnalysisFit, undetermined: bool) -> Vec<ReportedCoefficient> {
    let variables = analysis.variables();
    let mut all = Vec::with_capacity(variables.len() * (analysis.factors() + 2));
    let status = if undetermined { Status::Undetermined } else { Status::Estimated };
    for (factor, loadings) in analysis.loadings.column_iter().enumerate() {
        for (variable, &estimate) in variables.iter().zip(&loadings) {
            let name = format!("loading[{variable},{}]", factor + 1);
            all.push(ReportedCoefficient { name, estimate, domain: Domain::Real, status });
        }
    }
    let domain = match analysis.scale {
        Scale::Correlation => Domain::Probability,
        Scale::Covariance => Domain::Positive,
    };
    for (i, (variable, &estimate)) in variables.iter().zip(&analysis.uniquenesses).enumerate() {
        let status = match analysis.held[i] {
            None => Status::Estimated,
            Some(0.0) => Status::AtLimit,
            Some(_) => Status::OnBound,
        };
        all.push(ReportedCoefficient { name: format!("uniqueness[{variable}]"), estimate, domain, status });
    }
    for (variable, &estimate) in variables.iter().zip(analysis.mean().iter().flatten()) {
        let (name, status) = (format!("mean[{variable}]"), Status::Estimated);
        all.push(ReportedCoefficient { name, estimate, domain: Domain::Real, status });
    }
    all
}

/// The parts of a direction of loadings that are at least a twentieth of the largest, in units of the first.
fn combination(direction: &DMatrix<f64>, coefficients: &[ReportedCoefficient]) -> Vec<(String, f64)> {
    let largest = direction.amax();
    let leading = || coefficients.iter().zip(direction).filter(|(_, part)| part.abs() > 0.05 * largest);
    let first = leading().next().map_or(1.0, |(_, &part)| part);
    leading().map(|(coefficient, part)| (coefficient.name.clone(), part / first)).collect()
}

/// Minus the log-likelihood to second order in the coordinates that are kept, maximised over what is not reported.
struct Expansion {
    /// The places of these coordinates among all parameters of a structure.
    places: Vec<usize>,
    /// `Q: m x m`
    rotation: DMatrix<f64>,
    /// With loadings `L Q`.
    rotated: Structure,
    gradient: DVector<f64>,
    hessian: DMatrix<f64>,
}

/// None where the log-likelihood is not finite, or not concave in what is maximised over: that happens away from a maximum only.
fn expand(analysis: &FactorAnalysisFit) -> Option<Expansion> {
    let structure = &analysis.structure;
    let at_zero = analysis.held.iter().map(|held| held.filter(|&held| held == 0.0)).collect();
    let coordinates = Coordinates::new(structure, at_zero);
    let (rotation, rotated) = (coordinates.rotation(structure), coordinates.rotate(structure));
    let expansion = rotated.expansion(&analysis.sample.patterns)?;
    let mut gradient = -expansion.score.select_rows(coordinates.places());
    let mut hessian = expansion.information.select_rows(coordinates.places()).select_columns(coordinates.places());
    if !hessian.iter().all(|entry| entry.is_finite()) {
        return None;
    }
    let (directions, dropped) = not_reported(analysis, &coordinates, &rotated);
    if !dropped.is_empty() {
        let across = &hessian * &directions;
        let root = directions.tr_mul(&across).cholesky()?;
        gradient -= &across * root.solve(&directions.tr_mul(&gradient));
        hessian -= &across * root.solve(&across.transpose());
    }
    let kept: Vec<usize> = (0..coordinates.len()).filter(|k| !dropped.contains(k)).collect();
    let (gradient, hessian) = (gradient.select_rows(&kept), hessian.select_rows(&kept).select_columns(&kept));
    let places = kept.iter().map(|&k| coordinates.places()[k]).collect();
    Some(Expansion { places, rotation, rotated, gradient, hessian })
}

/// The directions `Z` in which nothing changes that is reported, as columns, and for each a coordinate that is 0 in all others.
fn not_reported(
    analysis: &FactorAnalysisFit,
    coordinates: &Coordinates,
    rotated: &Structure,
) -> (DMatrix<f64>, Vec<usize>) {
    let (d, m) = (rotated.variables(), rotated.factors());
    let at = |place: usize| coordinates.places().iter().position(|&found| found == place);
    let (mut directions, mut dropped) = (Vec::new(), Vec::new());
    if analysis.sample.location.is_none() {
        for k in (0..d).filter_map(at) {
            directions.push(DVector::from_fn(coordinates.len(), |row, _| f64::from(u8::from(row == k))));
            dropped.push(k);
        }
    }
    // A variable in other units: its loadings multiplied by a number, its uniqueness by the square. One on a bound has the data's unit.
    let is_standardised =
        |i: usize| analysis.is_on_correlation_scale() && analysis.held[i].is_none_or(|psi| psi == 0.0);
    for i in (0..d).filter(|&i| is_standardised(i)) {
        let mut direction = DVector::zeros(coordinates.len());
        for r in 0..m {
            if let Some(k) = at(rotated.loading(i, r)) {
                direction[k] = rotated.loadings[(i, r)];
            }
        }
        if let Some(k) = at(rotated.uniqueness(i)) {
            direction[k] = 2.0 * rotated.uniquenesses[i];
        }
        dropped.push(direction.iamax());
        directions.push(direction);
    }
    let all = DMatrix::from_fn(coordinates.len(), directions.len(), |row, column| directions[column][row]);
    (all, dropped)
}

/// `J`: the derivatives of the reported coefficients by the coordinates. Without a turning as if the rotation stayed what it is.
fn jacobian(
    analysis: &FactorAnalysisFit,
    expansion: &Expansion,
    standard: &DMatrix<f64>,
    turning: Option<&Turning<'_>>,
) -> DMatrix<f64> {
    let Expansion { places, rotation, rotated, hessian, .. } = expansion;
    let columns: Vec<DVector<f64>> =
        places.iter().map(|&place| change(analysis, (standard, turning), (rotated, rotation), place)).collect();
    let d = rotated.variables();
    let rows = columns.first().map_or(0, DVector::len);
    let mut jacobian = DMatrix::from_fn(rows, columns.len(), |row, k| columns[k][row]);
    let multiple = analysis.multiple();
    let unit = hessian.diagonal().map(|d| if d == 0.0 { 1.0 } else { d.abs().sqrt() });
    for (k, mut row) in jacobian.row_iter_mut().enumerate() {
        if row.transpose().component_div(&unit).norm() < DETERMINED * multiple[k % d] {
            row.fill(0.0);
        }
    }
    jacobian
}

/// The derivatives of the reported coefficients by one of the numbers of the structure that is rotated to the coordinates.
fn change(
    analysis: &FactorAnalysisFit,
    (standard, turning): (&DMatrix<f64>, Option<&Turning<'_>>),
    (rotated, rotation): (&Structure, &DMatrix<f64>),
    place: usize,
) -> DVector<f64> {
    let structure = &analysis.structure;
    let (d, m) = (structure.variables(), structure.factors());
    let with_means = analysis.sample.location.is_some();
    let mut change = DVector::zeros(d * (m + 1) + if with_means { d } else { 0 });
    if place < d {
        if with_means {
            change[d * (m + 1) + place] = analysis.sample.scale[place];
        }
        return change;
    }
    // One loading or one uniqueness changes, and on the correlation scale what else there is of its variable.
    let i = (place - d) % d;
    let (mut dl, mut dpsi) = (DMatrix::zeros(d, m), DVector::zeros(d));
    let d_variance = if place < structure.uniqueness(0) {
        let r = (place - d) / d;
        dl.set_row(i, &rotation.column(r).transpose());
        2.0 * rotated.loadings[(i, r)]
    } else {
        dpsi[i] = 1.0;
        1.0
    };
    let unit = analysis.unit[i];
    let d_unit = if analysis.held[i].is_some_and(|held| held > 0.0) { 0.0 } else { 0.5 * d_variance / unit };
    let (dl_standard, dpsi_standard) = {
        let (mut dl, mut dpsi) = (dl.clone(), dpsi.clone());
        let row = (dl.row(i) - structure.loadings.row(i) * (d_unit / unit)) / unit;
        dl.row_mut(i).copy_from(&row);
        dpsi[i] = (dpsi[i] - 2.0 * structure.uniquenesses[i] * d_unit / unit) / unit.powi(2);
        (dl, dpsi)
    };
    let turn = turning.and_then(|turning| turning.change(&dl_standard, &dpsi_standard));
    let turn = turn.unwrap_or_else(|| DMatrix::zeros(m, m));
    // Reported is a multiple of the loadings on their scale, by T.
    let multiple = analysis.multiple();
    let (dl, dpsi, own) = if analysis.is_on_correlation_scale() {
        (dl_standard, dpsi_standard, standard)
    } else {
        (dl, dpsi, &structure.loadings)
    };
    let mut reported = dl * &analysis.frame.transform + own * turn;
    reported.row_iter_mut().zip(&multiple).for_each(|(mut row, multiple)| row *= *multiple);
    change.rows_mut(0, d * m).copy_from_slice(reported.as_slice());
    change[d * m + i] = dpsi[i] * multiple[i].powi(2);
    change
}
