//! The pass over the rows: log-likelihood, score and Hessian from the log-density of a row.
//!
//! Rows go in blocks that depend on the data alone. Within a block the density is differentiated run by run in its `P`
//! arguments; then matrices take the derivatives to the coefficients, `score_k = X_k' g_k` and `hessian_kl = X_k' diag(h_kl) X_l`,
//! where a scalar parameter counts as a column of ones. Blocks are added up with compensation. A pass over chosen rows is the
//! pass over a model of these rows alone, made with their weights and their part of each design.
use std::array;

use nalgebra::{DMatrix, DVector};

use crate::block::{Block, Buffers, Chosen, lanes, pair};
use crate::cross_product::{Columns, dot, predict, scale_columns, sum};
use crate::design::BLOCK;
use crate::log_density::Kernel;
use crate::sum::Compensated;
use crate::{Design, NotFinite, Parameter};

/// A pass over some rows.
pub(crate) struct Pass<'m, Row, K, const P: usize> {
    rows: Chosen<'m, Row>,
    /// One per row of the pass, as are the rows of the designs.
    weights: Option<&'m [f64]>,
    kernel: &'m K,
    designs: [Option<&'m Design>; P],
    /// The first coefficient of each parameter.
    first: [usize; P],
    /// The number of coefficients.
    coefficients: usize,
}

impl<'m, Row, K: Kernel<Row, P>, const P: usize> Pass<'m, Row, K, P> {
    pub(crate) fn new(
        rows: Chosen<'m, Row>,
        weights: Option<&'m [f64]>,
        parameters: &[Parameter; P],
        designs: [Option<&'m Design>; P],
        kernel: &'m K,
    ) -> Self {
        let mut coefficients = 0;
        let first = array::from_fn(|k| {
            coefficients += parameters[k].len();
            coefficients - parameters[k].len()
        });
        Self { rows, weights, kernel, designs, first, coefficients }
    }

    /// The log-likelihood.
    pub(crate) fn value(&self, theta: &[f64]) -> f64 {
        let mut total = Compensated::default();
        let mut buffers = Buffers::new::<P>(self.rows.len(), 0);
        self.for_each_block(theta, false, |index, block| {
            self.kernel.values(block, &mut buffers);
            let length = buffers.weigh_and_pad(block.arguments.len(), self.block_weights(index, block.rows.len()));
            total.add(sum(&buffers.value()[..length]));
        });
        total.value()
    }

    /// Log-likelihood and score.
    pub(crate) fn score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        let mut totals = Totals::new(self.coefficients);
        let mut buffers = Buffers::new::<P>(self.rows.len(), 1);
        self.for_each_block(theta, false, |index, block| {
            self.kernel.gradients(block, &mut buffers);
            let length = buffers.weigh_and_pad(block.arguments.len(), self.block_weights(index, block.rows.len()));
            self.add_score(index, &buffers, length, &mut totals);
        });
        totals.finish()
    }

    /// Log-likelihood, score and Hessian.
    pub(crate) fn derivatives(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let mut totals = Totals::new(self.coefficients);
        let mut hessian = Triangle::new(self.coefficients);
        let mut buffers = Buffers::new::<P>(self.rows.len(), 2);
        let mut scaled = self.scaled_columns();
        self.for_each_block(theta, false, |index, block| {
            self.kernel.derivatives(block, &mut buffers);
            let length = buffers.weigh_and_pad(block.arguments.len(), self.block_weights(index, block.rows.len()));
            self.add_score(index, &buffers, length, &mut totals);
            self.add_hessian(index, &buffers, length, &mut scaled, &mut hessian);
        });
        let (value, score) = totals.finish();
        (value, score, hessian.finish(self.coefficients))
    }

    /// The first row of positive weight whose log-density or one of its derivatives is not finite.
    pub(crate) fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut found = None;
        let mut buffers = Buffers::new::<P>(self.rows.len(), 2);
        self.for_each_block(theta, true, |index, block| {
            if found.is_none() {
                self.kernel.derivatives(block, &mut buffers);
                let counts = |i: &usize| self.weights.is_none_or(|weights| weights[index * BLOCK + i] != 0.0);
                let row = (0..block.rows.len()).filter(counts).find(|&i| !buffers.is_finite(i));
                found = row.map(|i| NotFinite { row: Some(index * BLOCK + i), log_density: buffers.value()[i] });
            }
        });
        found
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn kernel(&self) -> &'m K {
        self.kernel
    }

    /// The number of coefficients.
    pub(crate) fn coefficients(&self) -> usize {
        self.coefficients
    }

    /// Whether all rows see the same arguments.
    pub(crate) fn has_scalars_alone(&self) -> bool {
        self.designs.iter().all(Option::is_none)
    }

    /// Room for the columns of a block of a design, scaled.
    pub(crate) fn scaled_columns(&self) -> Vec<f64> {
        let most_columns = self.designs.iter().flatten().map(|design| design.names().len()).max();
        vec![0.0; lanes(self.rows.len().min(BLOCK)) * most_columns.unwrap_or(0)]
    }

    /// Calls `f` with each block and its index. Where all parameters are scalars a block is one run, unless each row is
    /// wanted by itself, chosen, or has a weight of its own.
    pub(crate) fn for_each_block(
        &self,
        theta: &[f64],
        single_rows: bool,
        mut f: impl FnMut(usize, &Block<'_, Row, P>),
    ) {
        let one_run = !single_rows && self.rows.indices.is_none() && self.weights.is_none() && self.has_scalars_alone();
        let scalars = array::from_fn(|k| if self.designs[k].is_none() { theta[self.first[k]] } else { 0.0 });
        let mut arguments = vec![scalars; if one_run { 1 } else { BLOCK.min(self.rows.len()) }];
        let mut predictor = vec![0.0; lanes(self.rows.len().min(BLOCK))];
        for (index, start) in (0..self.rows.len()).step_by(BLOCK).enumerate() {
            let rows = self.rows.part(start..self.rows.len().min(start + BLOCK));
            for k in 0..P {
                let Some(design) = self.designs[k] else { continue };
                let beta = &theta[self.first[k]..][..design.names().len()];
                predict(design.block(index), beta, design.block_offset(index), lanes(rows.len()), &mut predictor);
                for (arguments, eta) in arguments.iter_mut().zip(&predictor) {
                    arguments[k] = *eta;
                }
            }
            let (run, runs) = if one_run { (rows.len(), 1) } else { (1, rows.len()) };
            f(index, &Block { rows, arguments: &arguments[..runs], run });
        }
    }

    pub(crate) fn block_weights(&self, index: usize, rows: usize) -> Option<&'m [f64]> {
        self.weights.map(|weights| &weights[index * BLOCK..][..rows])
    }

    fn columns(&self, index: usize, k: usize) -> Option<Columns<'m>> {
        self.designs[k].map(|design| design.block(index))
    }

    /// Adds value and gradient of a block, the gradient taken to the coefficients.
    fn add_score(&self, index: usize, buffers: &Buffers, length: usize, totals: &mut Totals) {
        totals.value.add(sum(&buffers.value()[..length]));
        for k in 0..P {
            let g = &buffers.gradient(k)[..length];
            match self.columns(index, k) {
                None => totals.gradient[self.first[k]].add(sum(g)),
                Some(block) => {
                    for (total, x) in totals.gradient[self.first[k]..].iter_mut().zip(block.iter()) {
                        total.add(dot(&x[..length], g));
                    }
                }
            }
        }
    }

    /// Adds the second derivatives of a block, taken to the coefficients.
    pub(crate) fn add_hessian(
        &self,
        index: usize,
        buffers: &Buffers,
        length: usize,
        scaled: &mut [f64],
        hessian: &mut Triangle,
    ) {
        for k in 0..P {
            for l in 0..=k {
                let h = &buffers.hessian(k, l)[..length];
                let (row, column) = (self.first[k], self.first[l]);
                match (self.columns(index, k), self.columns(index, l)) {
                    (None, None) => hessian.at(row, column).add(sum(h)),
                    (Some(block), None) => {
                        for (j, x) in block.iter().enumerate() {
                            hessian.at(row + j, column).add(dot(&x[..length], h));
                        }
                    }
                    (None, Some(block)) => {
                        for (j, x) in block.iter().enumerate() {
                            hessian.at(row, column + j).add(dot(&x[..length], h));
                        }
                    }
                    (Some(left), Some(right)) => {
                        scale_columns(left, h, length, scaled);
                        for (i, x) in scaled.chunks_exact(length).take(left.iter().len()).enumerate() {
                            let until = if k == l { i + 1 } else { usize::MAX };
                            for (j, y) in right.iter().take(until).enumerate() {
                                hessian.at(row + i, column + j).add(dot(x, &y[..length]));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Compensated sums of value and score.
struct Totals {
    value: Compensated,
    gradient: Vec<Compensated>,
}

impl Totals {
    fn new(coefficients: usize) -> Self {
        Self { value: Compensated::default(), gradient: vec![Compensated::default(); coefficients] }
    }

    fn finish(self) -> (f64, DVector<f64>) {
        let gradient = self.gradient.iter().map(|sum| sum.value());
        (self.value.value(), DVector::from_iterator(self.gradient.len(), gradient))
    }
}

/// Compensated sums of the Hessian: its lower triangle by rows.
pub(crate) struct Triangle(Vec<Compensated>);

impl Triangle {
    pub(crate) fn new(coefficients: usize) -> Self {
        Self(vec![Compensated::default(); pair(coefficients, 0)])
    }

    fn at(&mut self, row: usize, column: usize) -> &mut Compensated {
        &mut self.0[pair(row, column)]
    }

    pub(crate) fn finish(self, coefficients: usize) -> DMatrix<f64> {
        DMatrix::from_fn(coefficients, coefficients, |i, j| self.0[pair(i.max(j), i.min(j))].value())
    }
}
