//! Value, gradient, Hessian and third derivatives of a closure.
use std::array;

use nalgebra::{DMatrix, DVector};

use crate::chunks::{CHUNK, chunks, seeded};
use crate::{Dual, Dual3};

/// Value, gradient, Hessian and third derivatives of a function at a point, in one call of it.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, third_derivatives};
/// let (value, _, _, third) = third_derivatives(|[x, y]| x * x * y.exp(), [3.0, 0.5]);
/// let e = 0.5_f64.exp();
/// assert_eq!(value, 9.0 * e);
/// assert_eq!(third, [[[0.0, 2.0 * e], [2.0 * e, 6.0 * e]], [[2.0 * e, 6.0 * e], [6.0 * e, 9.0 * e]]]);
/// ```
#[expect(clippy::type_complexity, reason = "an array for each order says it best")]
pub fn third_derivatives<const P: usize>(
    f: impl Fn([Dual3<P>; P]) -> Dual3<P>,
    point: [f64; P],
) -> (f64, [f64; P], [[f64; P]; P], [[[f64; P]; P]; P]) {
    let y = f(Dual3::variables(point));
    let hessian = array::from_fn(|i| array::from_fn(|j| y.hessian(i, j)));
    let third = array::from_fn(|i| array::from_fn(|j| array::from_fn(|k| y.third(i, j, k))));
    (y.value(), y.gradient(), hessian, third)
}

/// The number of [`third_derivatives_slice`].
type Block = Dual<CHUNK, Dual<CHUNK, Dual<CHUNK>>>;

/// Value, gradient, Hessian and third derivatives (matrix `k`: those of the Hessian by argument `k`) of a function of any number of
/// arguments, in one call of it for each triple of chunks: `m (m + 1) (m + 2) / 6` calls for `m = p / CHUNK`, rounded up.
///
/// # Example
/// ```
/// use maxlik_dual::third_derivatives_slice;
/// let (_, _, _, third) = third_derivatives_slice(|x| x[0] * x[1] * x[1], &[3.0, 0.5]);
/// assert_eq!(third[0].as_slice(), [0.0, 0.0, 0.0, 2.0]);
/// assert_eq!(third[1].as_slice(), [0.0, 2.0, 2.0, 0.0]);
/// ```
pub fn third_derivatives_slice(
    f: impl Fn(&[Block]) -> Block,
    point: &[f64],
) -> (f64, DVector<f64>, DMatrix<f64>, Vec<DMatrix<f64>>) {
    let p = point.len();
    let (mut value, mut gradient, mut hessian) = (f64::NAN, DVector::zeros(p), DMatrix::zeros(p, p));
    let mut third = vec![DMatrix::zeros(p, p); p];
    let chunks = chunks(p);
    for (first, outer) in chunks.iter().enumerate() {
        for (second, middle) in chunks[..=first].iter().enumerate() {
            for inner in &chunks[..=second] {
                let seed = |(i, &v)| seeded(seeded(seeded(v, i, inner), i, middle), i, outer);
                let x: Vec<_> = point.iter().enumerate().map(seed).collect();
                let y = f(&x);
                value = y.value();
                for (i, by_i) in outer.clone().zip(y.gradient()) {
                    gradient[i] = by_i.value();
                    for (j, by_ij) in middle.clone().zip(by_i.gradient()).filter(|&(j, _)| j <= i) {
                        hessian[(i, j)] = by_ij.value();
                        hessian[(j, i)] = by_ij.value();
                        for (k, d) in inner.clone().zip(by_ij.gradient()).filter(|&(k, _)| k <= j) {
                            for [i, j, k] in [[i, j, k], [i, k, j], [j, i, k], [j, k, i], [k, i, j], [k, j, i]] {
                                third[k][(i, j)] = d;
                            }
                        }
                    }
                }
            }
        }
    }
    (value, gradient, hessian, third)
}
