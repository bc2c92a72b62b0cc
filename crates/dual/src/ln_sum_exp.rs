//! The logarithm of a sum of exponentials.
use crate::Real;

/// `ln(e^x1 + e^x2 + ...)` without overflow; minus infinity stands for `ln 0` and is the result for no terms.
///
/// NaN is carried.
///
/// # Formula
/// `m + ln(1 + sum e^(x - m))` with the largest term `m`, the sum going over all the others.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual, Real, ln_sum_exp};
/// let [x, y] = Dual::variables([800.0, 801.5]);
/// let sum = ln_sum_exp(&[x, y, Dual::from(f64::NEG_INFINITY)]);
/// assert!((sum.value() - (801.5 + (-1.5_f64).exp().ln_1p())).abs() < 1e-12);
/// assert!((sum.gradient()[0] - (-1.5_f64).sigmoid()).abs() < 1e-15); // the term's share of the sum
/// ```
pub fn ln_sum_exp<T: Real>(terms: &[T]) -> T {
    if let Some(&nan) = terms.iter().find(|term| term.value().is_nan()) {
        return nan;
    }
    let Some(largest) = (0..terms.len()).reduce(|i, j| if terms[j].value() > terms[i].value() { j } else { i }) else {
        return T::from(f64::NEG_INFINITY);
    };
    let max = terms[largest];
    if max.value().is_infinite() {
        return max;
    }
    // Terms of minus infinity contribute nothing, whatever their slope.
    let others = terms.iter().enumerate().filter(|&(i, term)| i != largest && term.value() != f64::NEG_INFINITY);
    max + others.map(|(_, &term)| (term - max).exp()).sum::<T>().ln_1p()
}
