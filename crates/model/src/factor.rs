//! Indicator columns of a category, kept as one code per row and never multiplied.
//!
//! Of the indicator columns `D: n x q` of a category a row has at most one entry that is 1. Hence `D beta` looks coefficients up,
//! `D' g` adds each row's part where its code says, and of `D' diag(h) X` a row adds `h_i x_i'` to one line.
use std::sync::Arc;

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

    /// Calls `add` with each row's part of `D' diag(h) X`: an indicator column, and what is to be added to its line.
    pub(crate) fn with_columns(self, x: Columns<'_>, h: &[f64], mut add: impl FnMut(usize, &[f64])) {
        let p = x.len();
        if p == 0 {
            return;
        }
        // Some rows at a time are turned over, so that each cache line of the columns is met once.
        let mut rows = vec![0.0; LANES * p];
        for (strip, (codes, h)) in self.codes.chunks_exact(LANES).zip(h.chunks_exact(LANES)).enumerate() {
            for (j, column) in x.iter().enumerate() {
                let column = &column[strip * LANES..][..LANES];
                for i in 0..LANES {
                    rows[i * p + j] = h[i] * column[i];
                }
            }
            for (&code, row) in codes.iter().zip(rows.chunks_exact(p)) {
                let column = code as usize;
                if column < self.columns {
                    add(column, row);
                }
            }
        }
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
