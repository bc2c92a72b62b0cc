//! Value, gradient and Hessian of a closure.
use std::array;

use nalgebra::{DMatrix, DVector};

use crate::chunks::{CHUNK, chunks, seeded};
use crate::{Dual, Dual2};

/// Value, gradient and Hessian of a function at a point, in one call of it.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, hessian};
/// let (value, slope, curvature) = hessian(|[x, y]| x * x * y.exp(), [3.0, 0.5]);
/// let e = 0.5_f64.exp();
/// assert_eq!((value, slope, curvature), (9.0 * e, [6.0 * e, 9.0 * e], [[2.0 * e, 6.0 * e], [6.0 * e, 9.0 * e]]));
/// ```
pub fn hessian<const P: usize>(
    f: impl Fn([Dual2<P>; P]) -> Dual2<P>,
    point: [f64; P],
) -> (f64, [f64; P], [[f64; P]; P]) {
    let y = f(Dual2::variables(point));
    (y.value(), y.gradient(), array::from_fn(|i| array::from_fn(|j| y.hessian(i, j))))
}

/// Value, gradient and Hessian of a function of any number of arguments, in one call of it for each pair of chunks: `m (m + 1) / 2`
/// calls for `m = p / CHUNK`, rounded up.
///
/// # Example
/// ```
/// use maxlik_dual::hessian_slice;
/// let (_, _, curvature) = hessian_slice(|x| x[0] * x[1] * x[2], &[3.0, 0.5, -2.5]);
/// assert_eq!(curvature.as_slice(), [0.0, -2.5, 0.5, -2.5, 0.0, 3.0, 0.5, 3.0, 0.0]);
/// ```
pub fn hessian_slice(
    f: impl Fn(&[Dual<CHUNK, Dual<CHUNK>>]) -> Dual<CHUNK, Dual<CHUNK>>,
    point: &[f64],
) -> (f64, DVector<f64>, DMatrix<f64>) {
    let p = point.len();
    let (mut value, mut gradient, mut hessian) = (f64::NAN, DVector::zeros(p), DMatrix::zeros(p, p));
    let chunks = chunks(p);
    for (number, rows) in chunks.iter().enumerate() {
        for columns in &chunks[..=number] {
            let x: Vec<_> = point.iter().enumerate().map(|(i, &v)| seeded(seeded(v, i, columns), i, rows)).collect();
            let y = f(&x);
            value = y.value();
            for (i, slope) in rows.clone().zip(y.gradient()) {
                gradient[i] = slope.value();
                for (j, second) in columns.clone().zip(slope.gradient()) {
                    // In a block on the diagonal both (i, j) and (j, i) come by; the lower triangle is the one that stays.
                    if i >= j {
                        hessian[(i, j)] = second;
                        hessian[(j, i)] = second;
                    }
                }
            }
        }
    }
    (value, gradient, hessian)
}
