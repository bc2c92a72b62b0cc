//! The arguments of a function of any length, in chunks of a fixed number of directions.
use std::ops::Range;

use crate::{Dual, Real};

/// How many directions the numbers carry that the verbs for slices hand to a closure.
///
/// Measured on a logistic log-likelihood and a chain of Rosenbrock terms: with 8 directions instead of 4 a Hessian of 10 or 20
/// arguments took 1.5 to 2 times as long, one of 60 within 10 % the same, and third derivatives 3 to 5 times as long.
pub const CHUNK: usize = 4;

/// The chunks of `0..p`; one, empty, where there are no arguments, so that a closure is called for its value at least.
pub(crate) fn chunks(p: usize) -> Vec<Range<usize>> {
    (0..p.max(1)).step_by(CHUNK).map(|first| first..p.min(first + CHUNK)).collect()
}

/// The argument with this `index`: a variable if the chunk has it, otherwise a constant.
pub(crate) fn seeded<T: Real>(value: T, index: usize, chunk: &Range<usize>) -> Dual<CHUNK, T> {
    if chunk.contains(&index) { Dual::variable(value, index - chunk.start) } else { Dual::constant(value) }
}
