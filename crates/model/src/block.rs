//! A block of rows, and the derivatives of its log-densities.
use std::cell::Cell;
use std::ops::Range;
use std::slice;

use maxlik_dual::{Dual, Dual2, Real};

use crate::cross_product::LANES;
use crate::design::BLOCK;

/// The rows that a pass is over: all of a slice, or those chosen of it, in the order of the choice.
#[derive(Debug)]
pub(crate) struct Chosen<'b, Row> {
    pub(crate) rows: &'b [Row],
    pub(crate) indices: Option<&'b [usize]>,
}

impl<Row> Chosen<'_, Row> {
    pub(crate) fn len(&self) -> usize {
        self.indices.map_or(self.rows.len(), <[usize]>::len)
    }

    #[inline(always)]
    pub(crate) fn part(&self, part: Range<usize>) -> Self {
        match self.indices {
            None => Self { rows: &self.rows[part], indices: None },
            Some(indices) => Self { rows: self.rows, indices: Some(&indices[part]) },
        }
    }
}

/// Whether the log-densities of a block are added up, and whether its rows see the same arguments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Runs {
    /// The whole block is one.
    One,
    /// Each row, with arguments of its own.
    Each,
    /// Each row, all with the same arguments: what depends on these alone is found once.
    EachAlike,
}

/// A block of rows. Where all parameters are scalars and the pass is over all rows without weights it is one run. (Runs of chosen
/// rows would need a loop over indices inside the sum over a run: 2 % of a pass over all rows, measured.)
pub struct Block<'b, Row, const P: usize> {
    pub(crate) rows: Chosen<'b, Row>,
    /// The density's arguments: an entry for each row, or one for all.
    pub(crate) arguments: &'b [[f64; P]],
    pub(crate) runs: Runs,
}

impl<Row, const P: usize> Block<'_, Row, P> {
    /// For each run: makes numbers of its arguments, sums the log-density over its rows, and hands the sum over.
    #[inline(always)]
    pub(crate) fn for_each_run<T: Real>(
        &self,
        numbers: impl Fn([f64; P]) -> [T; P],
        log_density: impl Fn([T; P], &Row) -> T,
        mut store: impl FnMut(usize, T),
    ) {
        if self.runs != Runs::Each {
            let sum = (self.runs == Runs::One).then_some(0);
            return over_run(self.rows.rows, self.arguments[0], &numbers, &log_density, sum, &mut store);
        }
        for (i, arguments) in self.arguments.iter().enumerate() {
            let row = &self.rows.rows[self.rows.indices.map_or(i, |indices| indices[i])];
            over_run(slice::from_ref(row), *arguments, &numbers, &log_density, Some(i), &mut store);
        }
    }
}

/// Stores the sum of the log-density over rows that see the same arguments at the place `sum_of`, or each row by itself where that is none.
#[inline(never)]
fn over_run<Row, T: Real, const P: usize>(
    rows: &[Row],
    arguments: [f64; P],
    numbers: &impl Fn([f64; P]) -> [T; P],
    log_density: &impl Fn([T; P], &Row) -> T,
    sum_of: Option<usize>,
    store: &mut impl FnMut(usize, T),
) {
    let z = numbers(arguments);
    let mut sum = T::from(0.0);
    for (i, row) in rows.iter().enumerate() {
        sum += log_density(z, row);
        if sum_of.is_none() {
            store(i, sum);
            sum = T::from(0.0);
        }
    }
    if let Some(i) = sum_of {
        store(i, sum);
    }
}

/// Value, gradient and Hessian of each run of a block, by columns: the value, `P` first and `P (P + 1) / 2` second
/// derivatives, as far as the pass asks for them.
pub struct Buffers {
    columns: Vec<f64>,
    /// The length of a column: all runs that a block can have, in whole lanes.
    stride: usize,
    /// `P`
    arguments: usize,
    /// The highest order of derivative that is kept: 0, 1 or 2.
    order: usize,
}

thread_local! {
    /// The room of this thread's last pass: a search over few rows spends a tenth of its time on finding room (measured).
    static SPARE: Cell<Vec<f64>> = const { Cell::new(Vec::new()) };
}

/// So many numbers are kept; where there are more, a pass takes much longer than finding room.
const MOST_SPARE: usize = 1 << 14;

impl Drop for Buffers {
    fn drop(&mut self) {
        if self.columns.capacity() <= MOST_SPARE {
            let room = std::mem::take(&mut self.columns);
            // A thread that ends may have given up its rooms already.
            let _ = SPARE.try_with(|spare| spare.set(room));
        }
    }
}

impl Buffers {
    /// Room for the blocks of so many rows, with derivatives up to `order` in so many arguments.
    pub(crate) fn new(arguments: usize, rows: usize, order: usize) -> Self {
        let stride = lanes(rows.min(BLOCK));
        let columns = [1, 1 + arguments, 1 + arguments + pair(arguments, 0)][order];
        let mut room = SPARE.try_with(Cell::take).unwrap_or_default();
        room.clear();
        room.resize(columns * stride, 0.0);
        Self { columns: room, stride, arguments, order }
    }

    pub(crate) fn value(&self) -> &[f64] {
        self.column(0)
    }

    pub(crate) fn value_mut(&mut self) -> &mut [f64] {
        &mut self.columns[..self.stride]
    }

    pub(crate) fn gradient_mut(&mut self, k: usize) -> &mut [f64] {
        let stride = self.stride;
        &mut self.columns[(1 + k) * stride..][..stride]
    }

    /// For `k >= l`.
    pub(crate) fn hessian_mut(&mut self, k: usize, l: usize) -> &mut [f64] {
        let (stride, column) = (self.stride, 1 + self.arguments + pair(k, l));
        &mut self.columns[column * stride..][..stride]
    }

    pub(crate) fn gradient(&self, k: usize) -> &[f64] {
        self.column(1 + k)
    }

    /// For `k >= l`.
    pub(crate) fn hessian(&self, k: usize, l: usize) -> &[f64] {
        self.column(1 + self.arguments + pair(k, l))
    }

    fn column(&self, index: usize) -> &[f64] {
        &self.columns[index * self.stride..][..self.stride]
    }

    #[inline(always)]
    pub(crate) fn store_value(&mut self, i: usize, value: f64) {
        self.columns[i] = value;
    }

    /// For passes of order 1.
    #[inline(always)]
    pub(crate) fn store_gradient<const P: usize>(&mut self, i: usize, l: Dual<P>) {
        let gradient = l.gradient();
        self.columns[i] = l.value();
        for k in 0..P {
            self.columns[(1 + k) * self.stride + i] = gradient[k];
        }
    }

    #[inline(always)]
    pub(crate) fn store<const P: usize>(&mut self, i: usize, l: Dual2<P>) {
        let gradient = l.gradient();
        self.columns[i] = l.value();
        if self.order == 0 {
            return;
        }
        for k in 0..P {
            self.columns[(1 + k) * self.stride + i] = gradient[k];
        }
        if self.order == 1 {
            return;
        }
        for k in 0..P {
            for m in 0..=k {
                self.columns[(1 + P + pair(k, m)) * self.stride + i] = l.hessian(k, m);
            }
        }
    }

    /// Stores an information (lower triangle) in the place of the Hessian, beside no value and no gradient.
    pub(crate) fn store_information<const P: usize>(&mut self, i: usize, information: &[[f64; P]; P]) {
        for column in 0..=P {
            self.columns[column * self.stride + i] = 0.0;
        }
        for k in 0..P {
            for m in 0..=k {
                self.columns[(1 + P + pair(k, m)) * self.stride + i] = information[k][m];
            }
        }
    }

    /// Multiplies each run by its weight, and zeroes what an earlier, longer block left behind the last run, up to whole
    /// lanes; returns their length. What has weight 0 does not count, be it infinite.
    pub(crate) fn weigh_and_pad(&mut self, runs: usize, weights: Option<&[f64]>) -> usize {
        let length = lanes(runs);
        for column in self.columns.chunks_exact_mut(self.stride) {
            for (entry, &weight) in column.iter_mut().zip(weights.unwrap_or_default()) {
                *entry = if weight == 0.0 { 0.0 } else { *entry * weight };
            }
            column[runs..length].fill(0.0);
        }
        length
    }

    /// Whether value and derivatives of a run are all finite.
    pub(crate) fn is_finite(&self, i: usize) -> bool {
        self.columns.chunks_exact(self.stride).all(|column| column[i].is_finite())
    }
}

/// Where the pair `i >= j` stands in a lower triangle by rows.
#[inline(always)]
pub(crate) fn pair(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// A number of rows, rounded up to whole lanes.
pub(crate) fn lanes(rows: usize) -> usize {
    rows.next_multiple_of(LANES)
}
