//! Indicator columns of a category, kept as one code per row and never multiplied.
//!
//! Of the indicator columns `D: n x q` of a category a row has at most one entry that is 1. Hence `D beta` looks coefficients up,
//! `D' g` adds each row's part where its code says, and of `D' diag(h) X` a row adds `h_i x_i'` to one line.
use std::sync::Arc;

use crate::coded_columns::CodedColumns;
use crate::cross_product::{Columns, LANES};

/// The codes of a category's indicator columns.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    /// The number of indicator columns, `q`.
    columns: usize,
    /// The column in which a row has its 1, or `q` where it has none; so do rows that fill up the last lanes.
    codes: Arc<[u32]>,
}

impl Factor {
    /// `column` gives the column of each row, none for the base level.
    pub(crate) fn new(columns: usize, rows: impl ExactSizeIterator<Item = Option<usize>>) -> Self {
        let code = |column: usize| u32::try_from(column).expect("bug: more indicator columns than memory");
        let mut codes = Vec::with_capacity(rows.len().next_multiple_of(LANES));
        codes.extend(rows.map(|column| code(column.unwrap_or(columns))));
        codes.resize(codes.len().next_multiple_of(LANES), code(columns));
        Self { columns, codes: codes.into() }
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The column in which row `i` has its 1.
    pub(crate) fn column(&self, i: usize) -> Option<usize> {
        Some(self.codes[i] as usize).filter(|&column| column < self.columns)
    }

    /// The codes of the block from row `start`, of so many rows with those that fill up its lanes.
    pub(crate) fn block(&self, start: usize, length: usize) -> Codes<'_> {
        Codes { columns: self.columns, codes: &self.codes[start..][..length] }
    }

    /// Of some rows, in their order.
    pub(crate) fn of_rows(&self, indices: &[usize]) -> Self {
        Self::new(self.columns, indices.iter().map(|&i| self.column(i)))
    }
}

/// The codes of a block of rows.
#[derive(Clone, Copy)]
pub(crate) struct Codes<'d> {
    columns: usize,
    codes: &'d [u32],
}

impl Codes<'_> {
    /// Calls `f` with each row that has a 1, and the column where it is.
    #[inline(always)]
    pub(crate) fn for_each(self, mut f: impl FnMut(usize, usize)) {
        for (i, &code) in self.codes.iter().enumerate() {
            let column = code as usize;
            if column < self.columns {
                f(i, column);
            }
        }
    }

    /// The column in which a row of the block has its 1.
    pub(crate) fn column(self, row: usize) -> Option<usize> {
        Some(self.codes[row] as usize).filter(|&column| column < self.columns)
    }

    /// `out += D beta`
    pub(crate) fn predict(self, beta: &[f64], out: &mut [f64]) {
        self.for_each(|i, column| out[i] += beta[column]);
    }

    /// The number of indicator columns.
    pub(crate) fn columns(self) -> usize {
        self.columns
    }

    /// Adds each row's `g` to the sum of its code; the last sum is that of rows without a 1.
    pub(crate) fn add_vector(self, g: &[f64], sums: &mut [f64]) {
        for (&code, g) in self.codes.iter().zip(g) {
            sums[code as usize] += g;
        }
    }

    /// Adds each row of `diag(h) X` to the line of its code, and `h` behind it if `with_h`; lines are
    /// [`line_length`](crate::coded_columns::line_length) apart, the last one is that of rows without a 1.
    pub(crate) fn add_columns(self, x: Columns<'_>, h: &[f64], with_h: bool, sums: &mut [f64]) {
        CodedColumns { codes: self.codes, x, h, with_h }.add_to(sums);
    }

    /// Calls `add` with each row's part of `D' diag(h) E`, `E` being the indicator columns of another category: a column of each, and
    /// the entry.
    pub(crate) fn with_codes(self, other: Codes<'_>, h: &[f64], mut add: impl FnMut(usize, usize, f64)) {
        self.for_each(|i, column| {
            if let Some(other) = other.column(i) {
                add(column, other, h[i]);
            }
        });
    }
}
