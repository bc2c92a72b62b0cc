//! The pass over the rows: log-likelihood, score and Hessian from the log-density of a row.
//!
//! Rows go in blocks that depend on the data alone. Within a block the density is differentiated run by run in its `P`
//! arguments; then matrices take the derivatives to the coefficients, `score_k = X_k' g_k` and `hessian_kl = X_k' diag(h_kl) X_l`,
//! where a scalar parameter counts as a column of ones. Blocks are added up with compensation, part by part of the rows: threads may
//! share the parts, and the result is the same for any number of them. A pass over chosen rows is the
//! pass over a model of these rows alone, made with their weights and their part of each design.
use std::array;
use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use crate::arguments::{Arguments, sum_derivatives, sum_score, sum_values};
use crate::block::{Block, Buffers, Chosen, Runs};
use crate::cross_product::sum;
use crate::design::BLOCK;
use crate::log_density::Kernel;
use crate::tile::Scaled;
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

impl<Row: Sync, K: Kernel<Row, P>, const P: usize> Pass<'_, Row, K, P> {
    /// The log-likelihood.
    pub(crate) fn value(&self, theta: &[f64]) -> f64 {
        sum_values(self.blocks(), |blocks, total| {
            let mut buffers = Buffers::new(P, self.rows.len(), 0);
            self.for_each_block(blocks, theta, false, |index, block| {
                self.kernel.values(block, &mut buffers);
                let length = buffers.weigh_and_pad(block.arguments.len(), self.block_weights(index, block.rows.len()));
                total.add(sum(&buffers.value()[..length]));
            });
        })
    }

    /// Log-likelihood and score.
    pub(crate) fn score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        sum_score(self.blocks(), self.coefficients, |blocks, totals| {
            let mut buffers = Buffers::new(P, self.rows.len(), 1);
            self.for_each_block(blocks, theta, false, |index, block| {
                self.kernel.gradients(block, &mut buffers);
                let length = buffers.weigh_and_pad(block.arguments.len(), self.block_weights(index, block.rows.len()));
                self.arguments().add_score(index, &buffers, length, totals);
            });
        })
    }

    /// Log-likelihood, score and Hessian.
    pub(crate) fn derivatives(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        sum_derivatives(self.blocks(), self.coefficients, |blocks, totals, hessian| {
            let mut buffers = Buffers::new(P, self.rows.len(), 2);
            let mut scaled = Scaled::new();
            self.for_each_block(blocks, theta, false, |index, block| {
                self.kernel.derivatives(block, &mut buffers);
                let length = buffers.weigh_and_pad(block.arguments.len(), self.block_weights(index, block.rows.len()));
                self.arguments().add_score(index, &buffers, length, totals);
                self.arguments().add_hessian(index, &buffers, length, &mut scaled, hessian);
            });
        })
    }
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

    /// The first row of positive weight whose log-density or one of its derivatives is not finite.
    pub(crate) fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut found = None;
        let mut buffers = Buffers::new(P, self.rows.len(), 2);
        self.for_each_block(0..self.blocks(), theta, true, |index, block| {
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

    pub(crate) fn arguments(&self) -> Arguments<'_> {
        Arguments { designs: &self.designs, first: &self.first }
    }

    /// The number of blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.rows.len().div_ceil(BLOCK)
    }

    /// Calls `f` with each of some blocks and its index. Where all parameters are scalars a block is one run, unless each row is
    /// wanted by itself, chosen, or has a weight of its own.
    pub(crate) fn for_each_block(
        &self,
        blocks: Range<usize>,
        theta: &[f64],
        single_rows: bool,
        mut f: impl FnMut(usize, &Block<'_, Row, P>),
    ) {
        let one_run = !single_rows && self.rows.indices.is_none() && self.weights.is_none() && self.has_scalars_alone();
        let scalars = array::from_fn(|k| if self.designs[k].is_none() { theta[self.first[k]] } else { 0.0 });
        let mut arguments = [scalars; BLOCK];
        for index in blocks {
            let start = index * BLOCK;
            let rows = self.rows.part(start..self.rows.len().min(start + BLOCK));
            self.arguments().predict(theta, index, rows.len(), &mut arguments);
            let (runs, entries) = if one_run { (Runs::One, 1) } else { (Runs::Each, rows.len()) };
            f(index, &Block { rows, arguments: &arguments[..entries], runs });
        }
    }

    pub(crate) fn block_weights(&self, index: usize, rows: usize) -> Option<&'m [f64]> {
        self.weights.map(|weights| &weights[index * BLOCK..][..rows])
    }
}
