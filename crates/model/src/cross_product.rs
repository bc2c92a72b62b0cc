//! Products of a block of design columns with vectors over its rows, and with other columns.
//!
//! A block is `stride x p` by columns. `length` is the number of rows in use, rounded up to whole lanes; design columns and the
//! vectors they are multiplied with are zero between the last row and `length`.
use std::slice::ChunksExact;

use maxlik_dual::instructions::{Instructions, Work, run};

use crate::block::pair;
use crate::tile::{Products, Scaled};

/// Independent partial sums, so that the compiler may use wide registers.
pub(crate) const LANES: usize = 8;

/// A block of design columns.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'d> {
    pub(crate) entries: &'d [f64],
    pub(crate) stride: usize,
}

impl<'d> Columns<'d> {
    #[inline]
    pub(crate) fn iter(self) -> ChunksExact<'d, f64> {
        self.entries.chunks_exact(self.stride)
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.entries.len() / self.stride
    }

    #[inline(always)]
    pub(crate) fn column(self, j: usize, length: usize) -> &'d [f64] {
        &self.entries[j * self.stride..][..length]
    }
}

/// `out = X beta + offset`
pub(crate) fn predict(columns: Columns<'_>, beta: &[f64], offset: Option<&[f64]>, length: usize, out: &mut [f64]) {
    match offset {
        Some(offset) => out[..offset.len()].copy_from_slice(offset),
        None => out[..length].fill(0.0),
    }
    run(Predict { columns, beta, out: &mut out[..length] });
}

/// `out += X beta`
struct Predict<'w> {
    columns: Columns<'w>,
    beta: &'w [f64],
    out: &'w mut [f64],
}

impl Work for Predict<'_> {
    type Output = ();

    /// Four columns at a time: each sum is read and written once for four products. Not fused, so that predictors are the same on
    /// all machines: memory bounds it.
    #[inline(always)]
    fn run<I: Instructions>(self) {
        let Self { columns, beta, out } = self;
        let n = out.len();
        let column = |j: usize| columns.column(j, n);
        let (fours, rest) = beta.as_chunks::<4>();
        for (j, b) in fours.iter().enumerate() {
            let x = [column(4 * j), column(4 * j + 1), column(4 * j + 2), column(4 * j + 3)];
            for i in 0..n {
                out[i] = out[i] + b[0] * x[0][i] + b[1] * x[1][i] + b[2] * x[2][i] + b[3] * x[3][i];
            }
        }
        for (j, &b) in rest.iter().enumerate() {
            let x = column(4 * fours.len() + j);
            for i in 0..n {
                out[i] += b * x[i];
            }
        }
    }
}

/// The sum of a vector, in lanes.
#[inline]
pub fn sum(v: &[f64]) -> f64 {
    let (chunks, rest) = v.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// Calls `add` with the entries of `X' g`: the index of the first, and some that follow each other.
pub(crate) fn with_vector(columns: Columns<'_>, g: &[f64], mut add: impl FnMut(usize, &[f64])) {
    let left = Columns { entries: g, stride: g.len() };
    let products = Products { left, right: columns, h: None, lower: false, length: g.len(), ahead: &[] };
    products.for_each(&mut [], |_, j, entries| add(j, entries));
}

/// Calls `add` with the entries of `X' diag(h) Y`: a row, a column, and some entries that follow each other in the row from there.
/// Where `lower`, `X` and `Y` are the same columns and only the lower triangle is wanted. `ahead` is read from memory after this.
pub(crate) fn with_columns(
    [left, right]: [Columns<'_>; 2],
    h: &[f64],
    lower: bool,
    scaled: &mut Scaled,
    ahead: &[f64],
    add: impl FnMut(usize, usize, &[f64]),
) {
    Products { left, right, h: Some(h), lower, length: h.len(), ahead }.for_each(scaled.room(), add);
}

/// Adds `X' diag(h) X` to sums, its lower triangle by rows. Columns of `X` begin `stride` numbers apart, best at the beginning of a cache line;
/// those rows count for which there is an `h`, whole lanes and at most 256.
pub fn add_square(x: &[f64], stride: usize, h: &[f64], sums: &mut [f64]) {
    let x = Columns { entries: x, stride };
    with_columns([x, x], h, true, &mut Scaled::new(), &[], |i, j, entries| {
        for (sum, entry) in sums[pair(i, j)..].iter_mut().zip(entries) {
            *sum += entry;
        }
    });
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn squares_are_added_to_the_lower_triangle() {
        let (stride, length, p) = (24, 16, 9);
        let x: Vec<f64> = (0..p * stride).map(|i| (1.3 * i as f64).sin()).collect();
        let h: Vec<f64> = (0..length).map(|i| (0.7 * i as f64).cos()).collect();
        let mut sums = vec![0.5; pair(p, 0)];
        add_square(&x, stride, &h, &mut sums);
        for i in 0..p {
            for j in 0..=i {
                let exact: f64 = (0..length).map(|t| x[i * stride + t] * h[t] * x[j * stride + t]).sum();
                assert_relative_eq!(sums[pair(i, j)], 0.5 + exact, max_relative = 1e-12, epsilon = 1e-13);
            }
        }
    }
}
