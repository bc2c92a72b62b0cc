//! Value and gradient of a closure.
use nalgebra::DVector;

use crate::Dual;
use crate::chunks::{CHUNK, chunks, seeded};

/// Value and gradient of a function at a point, in one call of it.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, gradient};
/// let (value, slope) = gradient(|[x, y]| x * x * y.exp(), [3.0, 0.5]);
/// assert_eq!((value, slope), (9.0 * 0.5_f64.exp(), [6.0 * 0.5_f64.exp(), 9.0 * 0.5_f64.exp()]));
/// ```
pub fn gradient<const P: usize>(f: impl Fn([Dual<P>; P]) -> Dual<P>, point: [f64; P]) -> (f64, [f64; P]) {
    let y = f(Dual::variables(point));
    (y.value(), y.gradient())
}

/// Value and gradient of a function of any number `p` of arguments, in `p / CHUNK` calls of it, rounded up.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, gradient_slice};
/// let (value, slope) = gradient_slice(|x| x.iter().map(|&v| v.exp()).sum(), &[0.3, 0.7, 2.5]);
/// assert_eq!(value, 0.3_f64.exp() + 0.7_f64.exp() + 2.5_f64.exp());
/// assert_eq!(slope.as_slice(), [0.3_f64.exp(), 0.7_f64.exp(), 2.5_f64.exp()]);
/// ```
pub fn gradient_slice(f: impl Fn(&[Dual<CHUNK>]) -> Dual<CHUNK>, point: &[f64]) -> (f64, DVector<f64>) {
    let (mut value, mut gradient) = (f64::NAN, DVector::zeros(point.len()));
    for chunk in chunks(point.len()) {
        let x: Vec<_> = point.iter().enumerate().map(|(i, &v)| seeded(v, i, &chunk)).collect();
        let y = f(&x);
        value = y.value();
        for (i, slope) in chunk.zip(y.gradient()) {
            gradient[i] = slope;
        }
    }
    (value, gradient)
}
