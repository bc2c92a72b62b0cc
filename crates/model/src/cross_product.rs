//! Products of a block of design columns with vectors over its rows.
//!
//! A block is `stride x p` by columns. `length` is the number of rows in use, rounded up to whole lanes; design columns and the
//! vectors they are multiplied with are zero between the last row and `length`.
use std::slice::ChunksExact;

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
}

/// `out = X beta + offset`
pub(crate) fn predict(columns: Columns<'_>, beta: &[f64], offset: Option<&[f64]>, length: usize, out: &mut [f64]) {
    match offset {
        Some(offset) => out[..offset.len()].copy_from_slice(offset),
        None => out[..length].fill(0.0),
    }
    for (column, &b) in columns.iter().zip(beta) {
        for (o, x) in out[..length].iter_mut().zip(column) {
            *o += b * x;
        }
    }
}

/// The sum of a vector.
#[inline]
pub(crate) fn sum(v: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for chunk in v.chunks_exact(LANES) {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    lanes.iter().sum()
}

/// The scalar product of two vectors.
#[inline]
pub(crate) fn dot(u: &[f64], v: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in u.chunks_exact(LANES).zip(v.chunks_exact(LANES)) {
        for ((lane, x), y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}

/// `scaled[j] = diag(h) X_j` for every column, each of `length` entries.
pub(crate) fn scale_columns(columns: Columns<'_>, h: &[f64], length: usize, scaled: &mut [f64]) {
    for (from, to) in columns.iter().zip(scaled.chunks_exact_mut(length)) {
        for ((t, x), h) in to.iter_mut().zip(from).zip(h) {
            *t = x * h;
        }
    }
}
