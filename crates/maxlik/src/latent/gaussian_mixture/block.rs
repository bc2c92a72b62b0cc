//! A block of rows of one pattern of missingness, eight rows side by side.
//!
//! Notation as in `pass.rs`.
use maxlik_model::Aligned;
use nalgebra::DMatrix;

use super::e_step::{Densities, GROUP, Normal, ShareOut};
use super::moments::{Lanes, columns, minus};
use super::points::{Pattern, Points};

/// Room for what a block's rows have. Some behind the last one are there to fill whole lanes.
pub(crate) struct Room {
    /// The number of lanes.
    length: usize,
    /// The number of coordinates.
    o: usize,
    /// `x` about the center of all rows: `o` numbers of each eight rows.
    x: Aligned,
    /// A group of rows about a mean.
    centred: Aligned,
    /// `(1, z)` for each component: with some zeros, for each eight rows.
    z: Aligned,
    /// The responsibilities, a column for each component, noise last.
    r: Aligned,
    ln_p: Aligned,
}

/// A block of rows of one pattern.
pub(crate) struct Block<'b> {
    pub(crate) rows: &'b [usize],
    room: &'b Room,
}

impl Room {
    /// For blocks of at most so many rows with `o` coordinates, and so many mixing weights.
    pub(crate) fn new(rows: usize, o: usize, weights: usize) -> Self {
        let length = rows.div_ceil(8).next_multiple_of(GROUP);
        let zero = |columns: usize| Aligned::zeros(8 * columns * length);
        let mut z = zero(weights * columns(o));
        for rows in z.eights_mut().chunks_exact_mut(columns(o)) {
            rows[0] = [1.0; 8];
        }
        Self { length, o, x: zero(o), centred: Aligned::zeros(8 * o * GROUP), z, r: zero(weights), ln_p: zero(1) }
    }

    /// Room for the shares of a component.
    pub(crate) fn for_shares(&self) -> Aligned {
        Aligned::zeros(8 * self.length)
    }

    pub(crate) fn load(&mut self, points: &Points<'_>, pattern: &Pattern, rows: &[usize]) {
        let o = self.o;
        // Rows that follow each other are read eight at a time.
        let first = rows.first().copied().unwrap_or_default();
        let in_order = rows.iter().copied().eq(first..first + rows.len());
        for (a, &column) in pattern.observed.iter().enumerate() {
            let (x, center) = (points.x.column(column), points.center[column]);
            let x = x.as_slice();
            let each = self.x.eights_mut().iter_mut().skip(a).step_by(o);
            if in_order {
                let (eights, rest) = x[first..first + rows.len()].as_chunks();
                for (to, x) in each.zip(eights) {
                    *to = minus(x, center);
                }
                for (i, x) in rest.iter().enumerate() {
                    self.x.eights_mut()[eights.len() * o + a][i] = x - center;
                }
                continue;
            }
            for (to, rows) in each.zip(rows.chunks(8)) {
                for (to, &row) in to.iter_mut().zip(rows) {
                    *to = x[row] - center;
                }
            }
        }
    }

    /// The densities under component `j`.
    pub(crate) fn densities<'r>(&'r mut self, j: usize, component: Normal<'r>) -> Densities<'r> {
        let (length, size) = (self.length, columns(self.o) * self.length);
        Densities {
            component,
            x: self.x.eights(),
            centred: self.centred.eights_mut(),
            z: &mut self.z.eights_mut()[j * size..][..size],
            ln_density: &mut self.r.eights_mut()[j * length..][..length],
        }
    }

    /// The same log-density under component `j` for all rows.
    pub(crate) fn fill(&mut self, j: usize, ln_density: f64) {
        self.r.eights_mut()[j * self.length..][..self.length].fill([ln_density; 8]);
    }

    /// `(1, x)` in the place of `(1, z)` of the first component, whose responsibilities are all 1.
    pub(crate) fn keep_all_alike(&mut self) {
        let (o, columns) = (self.o, columns(self.o));
        for (z, x) in self.z.eights_mut().chunks_exact_mut(columns).zip(self.x.eights().chunks_exact(o)) {
            z[1..=o].copy_from_slice(x);
        }
        self.fill(0, 1.0);
    }

    /// From the densities to the responsibilities.
    pub(crate) fn share_out(&mut self) -> ShareOut<'_> {
        ShareOut { parts: self.r.eights_mut(), ln_p: self.ln_p.eights_mut() }
    }

    pub(crate) fn block<'b>(&'b self, rows: &'b [usize]) -> Block<'b> {
        Block { rows, room: self }
    }
}

impl<'b> Block<'b> {
    /// The log-density of each row.
    pub(crate) fn ln_p(&self) -> &'b [f64] {
        &self.room.ln_p.as_slice()[..self.rows.len()]
    }

    /// The responsibilities of component `j`; NaN in a row that is impossible under all components.
    pub(crate) fn r(&self, j: usize) -> &'b [f64] {
        &self.room.r.as_slice()[j * 8 * self.room.length..][..self.rows.len()]
    }

    /// The responsibilities for row `i`.
    pub(crate) fn r_of_row(&self, i: usize) -> impl Iterator<Item = f64> {
        self.room.r.as_slice()[i..].iter().step_by(8 * self.room.length).copied()
    }

    /// `z` of component `j`, `rows x |o|`.
    pub(crate) fn z(&self, j: usize) -> DMatrix<f64> {
        let (columns, z) = (columns(self.room.o), self.columns(j));
        DMatrix::from_fn(self.rows.len(), self.room.o, |i, a| z[i / 8 * columns + 1 + a][i % 8])
    }

    /// `(1, z)` of each eight rows for component `j`.
    pub(crate) fn columns(&self, j: usize) -> &'b [Lanes] {
        let size = columns(self.room.o) * self.room.length;
        &self.room.z.eights()[j * size..][..size]
    }

    /// Stores `w r` of component `j`, 0 behind the last row.
    pub(crate) fn shares(&self, j: usize, points: &Points<'_>, shares: &mut Aligned) {
        let shares = shares.as_mut_slice();
        shares[self.rows.len()..].fill(0.0);
        for ((share, r), &row) in shares.iter_mut().zip(self.r(j)).zip(self.rows) {
            *share = r * points.weight(row);
        }
    }
}
