//! Varimax: the orthogonal rotation after which loadings are as large or as small as can be.
//!
//! Notation: `L: d x m` loadings, each row divided by its length (Kaiser), `q_r = sum_i L_ir^2`. The criterion is
//! `sum_r [sum_i L_ir^4 - q_r^2 / d]`; where it is stationary, so is every pair of columns.
use nalgebra::{DMatrix, DVector};

use super::FactorAnalysisError;

/// The angle below which a pair of columns counts as rotated; rounding leaves less.
const STILL: f64 = 1e-14;

/// Rounds over all pairs at most.
const ROUNDS: usize = 10_000;

/// Rows of length 1; a row of zeros stays one.
fn normalised(loadings: &DMatrix<f64>) -> DMatrix<f64> {
    let mut normalised = loadings.clone();
    for mut row in normalised.row_iter_mut() {
        let length = row.norm();
        if length > 0.0 {
            row /= length;
        }
    }
    normalised
}

/// The rotation `m x m` by which the loadings are to be multiplied.
///
/// # References
/// Kaiser, "The varimax criterion for analytic rotation in factor analysis" (1958): the angle of each pair of columns in closed form.
pub(super) fn varimax(loadings: &DMatrix<f64>) -> Result<DMatrix<f64>, FactorAnalysisError> {
    let (d, m) = loadings.shape();
    let mut l = normalised(loadings);
    let mut rotation = DMatrix::identity(m, m);
    for _ in 0..ROUNDS {
        let mut largest = 0.0_f64;
        for (p, q) in pairs(m) {
            let [mut a, mut b, mut c, mut e] = [0.0; 4];
            for i in 0..d {
                let (u, v) = (l[(i, p)].powi(2) - l[(i, q)].powi(2), 2.0 * l[(i, p)] * l[(i, q)]);
                a += u;
                b += v;
                c += u * u - v * v;
                e += 2.0 * u * v;
            }
            let angle = 0.25 * (e - 2.0 * a * b / d as f64).atan2(c - (a * a - b * b) / d as f64);
            largest = largest.max(angle.abs());
            rotate(&mut l, p, q, angle);
            rotate(&mut rotation, p, q, angle);
        }
        if largest <= STILL {
            return Ok(rotation);
        }
    }
    Err(FactorAnalysisError::RotationNotConverged)
}

/// Pairs of different columns.
pub(super) fn pairs(m: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..m).flat_map(move |q| (0..q).map(move |p| (p, q)))
}

fn rotate(columns: &mut DMatrix<f64>, p: usize, q: usize, angle: f64) {
    let (sin, cos) = angle.sin_cos();
    for i in 0..columns.nrows() {
        let (x, y) = (columns[(i, p)], columns[(i, q)]);
        columns[(i, p)] = x * cos + y * sin;
        columns[(i, q)] = y * cos - x * sin;
    }
}

/// What changes, as the loadings change by `change`, in the slope of the criterion by a rotation of each pair of columns, which is
///
/// # Formula
/// `c_pq = sum_i L_ip L_iq (L_ip^2 - L_iq^2) - (q_p - q_q) sum_i L_ip L_iq / d`
pub(super) fn slopes(loadings: &DMatrix<f64>, change: &DMatrix<f64>) -> DVector<f64> {
    let (d, m) = loadings.shape();
    let l = normalised(loadings);
    let mut dl = change.clone();
    for i in 0..d {
        let length = loadings.row(i).norm();
        if length > 0.0 {
            let along = l.row(i).dot(&change.row(i));
            let row = (change.row(i) - l.row(i) * along) / length;
            dl.row_mut(i).copy_from(&row);
        }
    }
    let columns = |p: usize, q: usize| (l.column(p), l.column(q), dl.column(p), dl.column(q));
    let of_pair = |(p, q): (usize, usize)| {
        let (x, y, dx, dy) = columns(p, q);
        let slope = |i: usize| {
            (3.0 * x[i].powi(2) - y[i].powi(2)) * y[i] * dx[i] + (x[i].powi(2) - 3.0 * y[i].powi(2)) * x[i] * dy[i]
        };
        let (difference, product) = (x.norm_squared() - y.norm_squared(), x.dot(&y));
        let d_difference = 2.0 * (x.dot(&dx) - y.dot(&dy));
        let d_product = dx.dot(&y) + x.dot(&dy);
        (0..d).map(slope).sum::<f64>() - (d_difference * product + difference * d_product) / d as f64
    };
    DVector::from_iterator(m * m.saturating_sub(1) / 2, pairs(m).map(of_pair))
}
