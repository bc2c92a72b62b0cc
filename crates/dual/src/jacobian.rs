//! Values and Jacobian of a closure that returns several numbers.
use std::fmt;

use nalgebra::{DMatrix, DVector};

use crate::Dual;
use crate::chunks::{CHUNK, chunks, seeded};

/// Values and Jacobian (row `m`: the gradient of value `m`) of a function at a point, in one call of it.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, jacobian};
/// let (values, slopes) = jacobian(|[x, y]| [x * y, x.exp(), y * y], [0.3, 2.5]);
/// assert_eq!(values, [0.75, 0.3_f64.exp(), 6.25]);
/// assert_eq!(slopes, [[2.5, 0.3], [0.3_f64.exp(), 0.0], [0.0, 5.0]]);
/// ```
pub fn jacobian<const P: usize, const M: usize>(
    f: impl Fn([Dual<P>; P]) -> [Dual<P>; M],
    point: [f64; P],
) -> ([f64; M], [[f64; P]; M]) {
    let y = f(Dual::variables(point));
    (y.map(Dual::value), y.map(Dual::gradient))
}

/// Values and Jacobian (`values x p`) of a function of any number `p` of arguments, in `p / CHUNK` calls of it, rounded up.
///
/// # Errors
/// [`LengthChanged`] if the function returns different numbers of values in different calls.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, jacobian_slice};
/// let (values, slopes) = jacobian_slice(|x| x.iter().map(|&v| v * v + x[0]).collect(), &[0.3, 2.5])?;
/// assert_eq!(values.as_slice(), [0.3 * 0.3 + 0.3, 2.5 * 2.5 + 0.3]);
/// assert_eq!(slopes.row_iter().map(|row| [row[0], row[1]]).collect::<Vec<_>>(), [[1.6, 0.0], [1.0, 5.0]]);
/// # Ok::<(), maxlik_dual::LengthChanged>(())
/// ```
pub fn jacobian_slice(
    f: impl Fn(&[Dual<CHUNK>]) -> Vec<Dual<CHUNK>>,
    point: &[f64],
) -> Result<(DVector<f64>, DMatrix<f64>), LengthChanged> {
    let (mut values, mut jacobian) = (DVector::zeros(0), DMatrix::zeros(0, point.len()));
    for chunk in chunks(point.len()) {
        let x: Vec<_> = point.iter().enumerate().map(|(i, &v)| seeded(v, i, &chunk)).collect();
        let y = f(&x);
        if chunk.start == 0 {
            values = DVector::from_iterator(y.len(), y.iter().map(|v| v.value()));
            jacobian = DMatrix::zeros(y.len(), point.len());
        }
        if y.len() != values.len() {
            return Err(LengthChanged { argument: chunk.start, expected: values.len(), found: y.len() });
        }
        for (row, value) in y.into_iter().enumerate() {
            for (i, slope) in chunk.clone().zip(value.gradient()) {
                jacobian[(row, i)] = slope;
            }
        }
    }
    Ok((values, jacobian))
}

/// A function returned a different number of values when it was called for the derivatives by later arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LengthChanged {
    /// The first of the arguments that the call was for.
    pub argument: usize,
    /// The number of values of the first call.
    pub expected: usize,
    /// The number of values of this call.
    pub found: usize,
}

impl fmt::Display for LengthChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { argument, expected, found } = self;
        write!(
            f,
            "jacobian, from argument {argument} on: expected {expected} values as in the first call, found {found}; \
             a function must return equally many whenever it is called"
        )
    }
}

impl std::error::Error for LengthChanged {}
