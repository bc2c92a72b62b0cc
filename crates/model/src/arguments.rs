//! From the derivatives of a block of rows in their arguments to the coefficients, by matrices:
//! `score_k = X_k' g_k` and `hessian_kl = X_k' diag(h_kl) X_l`, where a scalar counts as a column of ones.
use nalgebra::{DMatrix, DVector};

use crate::Design;
use crate::block::{Buffers, lanes, pair};
use crate::cross_product::{LANES, sum};
use crate::design::BLOCK;
use crate::sum::{Compensated, CompensatedSums};
use crate::tile::scaled_columns;

/// The arguments that the log-density of a row sees: scalars and linear predictors.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'m> {
    pub(crate) designs: &'m [Option<&'m Design>],
    /// The first coefficient of each argument.
    pub(crate) first: &'m [usize],
}

impl Arguments<'_> {
    /// Room for what [`Arguments::add_hessian`] scales; `rows` are those of the pass.
    pub(crate) fn scaled_columns(self, rows: usize) -> Vec<f64> {
        let most_columns = self.designs.iter().flatten().map(|design| design.names().len()).max();
        vec![0.0; lanes(rows.min(BLOCK)) * scaled_columns(most_columns.unwrap_or(0)) + LANES]
    }

    /// Writes the linear predictors of a block into its arguments; `predictor` has room for whole lanes of its `rows`.
    #[inline(always)]
    pub(crate) fn predict<const P: usize>(
        self,
        theta: &[f64],
        index: usize,
        rows: usize,
        predictor: &mut [f64],
        arguments: &mut [[f64; P]],
    ) {
        for k in 0..P {
            let Some(design) = self.designs[k] else { continue };
            let beta = &theta[self.first[k]..][..design.names().len()];
            design.predict(index, beta, lanes(rows), predictor);
            for (arguments, eta) in arguments.iter_mut().zip(&*predictor) {
                arguments[k] = *eta;
            }
        }
    }

    /// Writes the linear predictors of a block, each into a column of its own with room for whole lanes of its `rows`; there are no scalars.
    pub(crate) fn predict_each(self, theta: &[f64], index: usize, rows: usize, predictors: &mut [Vec<f64>]) {
        for ((design, &first), predictor) in self.designs.iter().zip(self.first).zip(predictors) {
            let design = design.expect("bug: a scalar among linear predictors");
            let beta = &theta[first..][..design.names().len()];
            design.predict(index, beta, lanes(rows), predictor);
        }
    }

    /// Calls `f` with each argument of a row of a block, each of its coefficients, and the coefficient's factor in it where this is not
    /// the 0 of a category.
    #[inline(always)]
    pub(crate) fn for_each_of_row(self, index: usize, row: usize, mut f: impl FnMut(usize, usize, f64)) {
        for (k, (design, &first)) in self.designs.iter().zip(self.first).enumerate() {
            match design {
                None => f(k, first, 1.0),
                Some(design) => design.for_each_of_row(index, row, |j, x| f(k, first + j, x)),
            }
        }
    }

    /// Adds value and gradient of a block, the gradient taken to the coefficients.
    pub(crate) fn add_score(self, index: usize, buffers: &Buffers, length: usize, totals: &mut Totals) {
        totals.value.add(sum(&buffers.value()[..length]));
        for (k, (design, &first)) in self.designs.iter().zip(self.first).enumerate() {
            let g = &buffers.gradient(k)[..length];
            let Some(design) = design else {
                totals.gradient.add(first, &[sum(g)]);
                continue;
            };
            design.with_vector(index, g, |j, entries| totals.gradient.add(first + j, entries));
        }
    }

    /// Adds the second derivatives of a block, taken to the coefficients.
    pub(crate) fn add_hessian(
        self,
        index: usize,
        buffers: &Buffers,
        length: usize,
        scaled: &mut [f64],
        hessian: &mut Triangle,
    ) {
        for k in 0..self.first.len() {
            for l in 0..=k {
                let h = &buffers.hessian(k, l)[..length];
                let (row, column) = (self.first[k], self.first[l]);
                match (self.designs[k], self.designs[l]) {
                    (None, None) => hessian.add(row, column, &[sum(h)]),
                    (Some(design), None) => design.with_vector(index, h, |j, entries| {
                        for (i, entry) in entries.iter().enumerate() {
                            hessian.add(row + j + i, column, &[*entry]);
                        }
                    }),
                    (None, Some(design)) => {
                        design.with_vector(index, h, |j, entries| hessian.add(row, column + j, entries));
                    }
                    (Some(left), Some(right)) => {
                        let add = |i, j, entries: &[f64]| hessian.add(row + i, column + j, entries);
                        left.with_design(right, index, h, k == l, scaled, add);
                    }
                }
            }
        }
    }
}

/// Compensated sums of value and score.
#[derive(Clone)]
pub(crate) struct Totals {
    pub(crate) value: Compensated,
    gradient: CompensatedSums,
}

impl Totals {
    pub(crate) fn new(coefficients: usize) -> Self {
        Self { value: Compensated::default(), gradient: CompensatedSums::zeros(coefficients) }
    }

    /// Adds the totals of other rows.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.value.merge(other.value);
        self.gradient.merge(&other.gradient);
    }

    pub(crate) fn finish(self) -> (f64, DVector<f64>) {
        (self.value.value(), DVector::from_fn(self.gradient.len(), |j, _| self.gradient.value(j)))
    }
}

/// Compensated sums of the Hessian: its lower triangle by rows.
#[derive(Clone)]
pub(crate) struct Triangle(CompensatedSums);

impl Triangle {
    pub(crate) fn new(coefficients: usize) -> Self {
        Self(CompensatedSums::zeros(pair(coefficients, 0)))
    }

    /// Adds to entries of a row that follow each other from a column.
    #[inline(always)]
    fn add(&mut self, row: usize, column: usize, entries: &[f64]) {
        self.0.add(pair(row, column), entries);
    }

    /// Adds the sums of other rows of data.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0);
    }

    pub(crate) fn finish(self, coefficients: usize) -> DMatrix<f64> {
        DMatrix::from_fn(coefficients, coefficients, |i, j| self.0.value(pair(i.max(j), i.min(j))))
    }
}
