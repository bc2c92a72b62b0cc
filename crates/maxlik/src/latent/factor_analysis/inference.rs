//! The covariance of the reported coefficients.
//!
//! Notation: `theta = (mu, L, psi)` as fitted, rotation included; `I` its observed information, which is singular in the directions
//! `t` of rotations only; `r(theta)` the reported coefficients with Jacobian `J`. A report that does not depend on how the fit is
//! rotated has `J t = 0`, and then
//!
//! ```text
//! cov r = J (I + t t')^-1 J'
//! ```
//!
//! is the delta method with any generalised inverse of `I`.
//!
//! # References
//! Archer & Jennrich, "Standard errors for rotated factor loadings" (1973); Jennrich, "Simplified formulae for standard errors in
//! maximum-likelihood factor analysis" (1974).
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::FactorAnalysisFit;
use super::em::complete_information;
use super::rotation::Turning;
use super::structure::Structure;
use super::varimax::pairs;
use crate::{InferenceError, MissingInformation};

/// The covariance of the uniquenesses, scaled to a unit diagonal, counts as infinite in a direction when the ratio of its
/// eigenvalues is at least this, divided by the number of variables.
const SINGULAR: f64 = 1e14;

/// A standard error below this, on the correlation scale, is rounding.
const DETERMINED: f64 = 1e-12;

/// What the information says about the reported coefficients.
#[derive(Clone, Debug)]
pub(super) struct Inference {
    /// In the order of the names; zeros for uniquenesses that are held.
    pub(super) covariance: DMatrix<f64>,
    /// The ratio of the largest to the smallest eigenvalue of the covariance of the uniquenesses, scaled to a unit diagonal.
    pub(super) condition: f64,
    /// If some rotation of the loadings is as good as the reported one: how they change by it. Then only the variances of uniquenesses
    /// and means are variances.
    pub(super) turn: Option<Vec<(String, f64)>>,
}

/// What can be said of the coefficients that `fit` reports.
pub(super) fn infer(fit: &FactorAnalysisFit) -> Result<Inference, InferenceError> {
    let structure = &fit.structure;
    let expansion = structure.expansion(&fit.sample.patterns);
    let information = expansion.expect("bug: a fit whose covariance matrix is not positive definite").information;
    let kept: Vec<usize> = (0..structure.len())
        .filter(|&place| place.checked_sub(structure.uniqueness(0)).is_none_or(|i| fit.held[i].is_none()))
        .collect();

    // The information in units of its diagonal, with 1 in the directions of rotations.
    let unit = |d: f64| if d == 0.0 { 1.0 } else { d.abs().sqrt() };
    let scale = DVector::from_iterator(kept.len(), kept.iter().map(|&a| unit(information[(a, a)])));
    let mut scaled =
        DMatrix::from_fn(kept.len(), kept.len(), |a, b| information[(kept[a], kept[b])] / scale[a] / scale[b]);
    let rotations = rotations(structure).select_rows(&kept);
    if rotations.ncols() > 0 {
        let basis = DMatrix::from_fn(kept.len(), rotations.ncols(), |a, k| rotations[(a, k)] * scale[a]).qr().q();
        scaled.gemm(1.0, &basis, &basis.transpose(), 1.0);
    }
    let root = positive_definite(fit, &kept, &scale, scaled)?;

    // The delta method.
    let (standard, psi) = fit.on_correlation_scale();
    let turning = fit.frame.turning(&standard, &psi);
    let turn = turning.undetermined();
    let turn = turn.map(|turn| combination(turn.iter().copied(), |place| fit.names[place].clone()));
    let mut slopes = jacobian(fit, &kept, &standard, turn.is_none().then_some(&turning));
    slopes.row_iter_mut().zip(&scale).for_each(|(mut row, scale)| row /= *scale);
    root.l_dirty().solve_lower_triangular_mut(&mut slopes);
    // A loading of a variable without uniqueness that cannot vary has the variance that rounding left.
    let multiple = fit.multiple();
    for (place, mut column) in slopes.column_iter_mut().enumerate() {
        if column.norm() < DETERMINED * multiple[place % multiple.len()] {
            column.fill(0.0);
        }
    }
    let covariance = slopes.transpose() * &slopes;
    let condition = condition(fit, &covariance)?;
    Ok(Inference { covariance, condition, turn })
}

/// The Cholesky factor of an information in units of its diagonal, unless it is singular to rounding or indefinite.
fn positive_definite(
    fit: &FactorAnalysisFit,
    kept: &[usize],
    scale: &DVector<f64>,
    scaled: DMatrix<f64>,
) -> Result<Cholesky<f64, Dyn>, InferenceError> {
    let rounding = f64::EPSILON * kept.len() as f64;
    // The eigenvalues, which cost ten times as much, are looked at only if a pivot is small.
    if let Some(root) = Cholesky::new(scaled.clone())
        && root.l_dirty().diagonal().iter().all(|l| l * l > 1e3 * rounding)
    {
        return Ok(root);
    }
    let eigen = scaled.clone().symmetric_eigen();
    let smallest = eigen.eigenvalues.imin();
    let low = eigen.eigenvalues[smallest];
    let high = eigen.eigenvalues.max();
    if low < -100.0 * rounding * high {
        return Err(InferenceError::IndefiniteInformation { smallest: low });
    }
    let singular = || {
        let direction = eigen.eigenvectors.column(smallest).component_div(scale);
        InferenceError::SingularInformation {
            combination: combination(direction.iter().copied(), |a| fit.parameter_name(kept[a])),
        }
    };
    if low < 100.0 * rounding * high { Err(singular()) } else { Cholesky::new(scaled).ok_or_else(singular) }
}

/// The parts of a direction that are at least a twentieth of the largest, in units of the first.
fn combination(direction: impl Iterator<Item = f64> + Clone, name: impl Fn(usize) -> String) -> Vec<(String, f64)> {
    let largest = direction.clone().map(f64::abs).fold(0.0, f64::max);
    let leading: Vec<(usize, f64)> = direction.enumerate().filter(|(_, part)| part.abs() > 0.05 * largest).collect();
    leading.iter().map(|&(place, part)| (name(place), part / leading[0].1)).collect()
}

/// The fractions of missing information in all parameters but the means of complete data. In the directions of rotations all is missing:
/// these are left out, with all that is not orthogonal to them as the complete information measures it, by which the other fractions stay
/// what they are.
pub(super) fn missing_information(fit: &FactorAnalysisFit) -> Result<MissingInformation, InferenceError> {
    let (structure, patterns) = (&fit.structure, &fit.sample.patterns);
    let first = if fit.sample.is_complete() { structure.variables() } else { 0 };
    let complete = complete_information(structure, patterns);
    let expansion = structure.expansion(patterns);
    let observed = expansion.expect("bug: a fit whose covariance matrix is not positive definite").information;
    let scale = complete.diagonal().map(f64::sqrt);
    let scaled = |a: &DMatrix<f64>| {
        let n = structure.len() - first;
        DMatrix::from_fn(n, n, |i, j| a[(first + i, first + j)] / scale[first + i] / scale[first + j])
    };
    let (complete, observed) = (scaled(&complete), scaled(&observed));
    let mut rotations = rotations(structure).rows_range(first..).into_owned();
    rotations.row_iter_mut().zip(scale.rows_range(first..).iter()).for_each(|(mut row, scale)| row *= *scale);
    if rotations.ncols() == 0 {
        return MissingInformation::new(&complete, &observed);
    }
    let along = (&complete * rotations).qr().q();
    let projection = DMatrix::identity(complete.nrows(), complete.nrows()) - &along * along.transpose();
    let eigen = projection.symmetric_eigen();
    let others: Vec<usize> = (0..eigen.eigenvalues.len()).filter(|&k| eigen.eigenvalues[k] > 0.5).collect();
    let basis = eigen.eigenvectors.select_columns(&others);
    let restricted = |a: DMatrix<f64>| basis.transpose() * a * &basis;
    MissingInformation::new(&restricted(complete), &restricted(observed))
}

/// The directions of rotations, as columns over all parameters.
fn rotations(structure: &Structure) -> DMatrix<f64> {
    let (d, m) = (structure.variables(), structure.factors());
    let mut rotations = DMatrix::zeros(structure.len(), m * (m - 1) / 2);
    for (k, (p, q)) in pairs(m).enumerate() {
        for i in 0..d {
            rotations[(structure.loading(i, p), k)] = structure.loadings[(i, q)];
            rotations[(structure.loading(i, q), k)] = -structure.loadings[(i, p)];
        }
    }
    rotations
}

/// The derivatives of the reported coefficients (columns) by the parameters that are not held (rows): `J'`. Without a turning as if the
/// rotation stayed what it is.
fn jacobian(
    fit: &FactorAnalysisFit,
    kept: &[usize],
    standard: &DMatrix<f64>,
    turning: Option<&Turning<'_>>,
) -> DMatrix<f64> {
    let structure = &fit.structure;
    let (d, m) = (structure.variables(), structure.factors());
    let mut slopes = DMatrix::zeros(kept.len(), fit.names.len());
    for (row, &place) in kept.iter().enumerate() {
        if place < d {
            if fit.sample.location.is_some() {
                slopes[(row, d * m + d + place)] = fit.sample.scale[place];
            }
            continue;
        }
        // One loading or one uniqueness changes, and on the correlation scale what else there is of its variable.
        let i = (place - d) % d;
        let (mut dl, mut dpsi) = (DMatrix::zeros(d, m), DVector::zeros(d));
        let d_variance = if place < structure.uniqueness(0) {
            let r = (place - d) / d;
            dl[(i, r)] = 1.0;
            2.0 * structure.loadings[(i, r)]
        } else {
            dpsi[i] = 1.0;
            1.0
        };
        let unit = fit.unit[i];
        let d_unit = if fit.held[i].is_some_and(|held| held > 0.0) { 0.0 } else { 0.5 * d_variance / unit };
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
        let multiple = fit.multiple();
        let (dl, dpsi, own) = if fit.is_on_correlation_scale() {
            (dl_standard, dpsi_standard, standard)
        } else {
            (dl, dpsi, &structure.loadings)
        };
        let mut reported = dl * &fit.frame.transform + own * turn;
        reported.row_iter_mut().zip(&multiple).for_each(|(mut row, multiple)| row *= *multiple);
        for (k, change) in reported.iter().enumerate() {
            slopes[(row, k)] = *change;
        }
        slopes[(row, d * m + i)] = dpsi[i] * multiple[i].powi(2);
    }
    slopes
}

/// The condition of the covariance of the uniquenesses that are not held.
fn condition(fit: &FactorAnalysisFit, covariance: &DMatrix<f64>) -> Result<f64, InferenceError> {
    let (d, m) = (fit.structure.variables(), fit.structure.factors());
    let free: Vec<usize> = (0..d).filter(|&i| fit.held[i].is_none()).collect();
    let places: Vec<usize> = free.iter().map(|&i| d * m + i).collect();
    let root = |a: usize| covariance[(places[a], places[a])].sqrt();
    let scaled =
        DMatrix::from_fn(places.len(), places.len(), |a, b| covariance[(places[a], places[b])] / root(a) / root(b));
    let eigen = scaled.symmetric_eigen();
    let (low, largest) = (eigen.eigenvalues.min(), eigen.eigenvalues.imax());
    let high = eigen.eigenvalues[largest];
    if low > 0.0 && high < SINGULAR / d as f64 * low {
        return Ok(high / low);
    }
    let direction = eigen.eigenvectors.column(largest);
    let direction = (0..places.len()).map(|a| direction[a] * root(a));
    Err(InferenceError::SingularInformation { combination: combination(direction, |a| fit.names[places[a]].clone()) })
}
