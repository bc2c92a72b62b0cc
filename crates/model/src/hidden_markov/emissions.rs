//! The densities of the rows in each state, block by block.
use std::ops::Range;

use nalgebra::DMatrix;

use crate::Design;
use crate::arguments::Arguments;
use crate::block::{Buffers, Chosen};
use crate::component::Component;
use crate::design::BLOCK;

/// The rows, and what they are in each state.
pub(crate) struct Emissions<'m, Row> {
    rows: Chosen<'m, Row>,
    missing: Option<&'m [bool]>,
    components: Vec<&'m (dyn Component<Row> + 'm)>,
    designs: Vec<Option<&'m Design>>,
    /// The first coefficient of each argument.
    first: Vec<usize>,
    /// The arguments of each state.
    own: Vec<Range<usize>>,
}

impl<'m, Row: Sync> Emissions<'m, Row> {
    /// `rows` has an observed row in the place of each that is `missing`: a log-density never sees those.
    pub(crate) fn new(
        rows: Chosen<'m, Row>,
        missing: Option<&'m [bool]>,
        components: Vec<&'m (dyn Component<Row> + 'm)>,
    ) -> Self {
        let (mut designs, mut first, mut own, mut coefficients) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for component in &components {
            own.push(first.len()..first.len() + component.parameters().len());
            for parameter in component.parameters() {
                designs.push(parameter.design());
                first.push(coefficients);
                coefficients += parameter.len();
            }
        }
        Self { rows, missing, components, designs, first, own }
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The number of states.
    pub(crate) fn states(&self) -> usize {
        self.components.len()
    }

    /// The rows of a block.
    pub(crate) fn block(&self, index: usize) -> Range<usize> {
        index * BLOCK..self.rows().min((index + 1) * BLOCK)
    }

    /// The number of blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.rows().div_ceil(BLOCK)
    }

    pub(crate) fn is_missing(&self, row: usize) -> bool {
        self.missing.is_some_and(|missing| missing[row])
    }

    /// Which of some rows are missing, if any are.
    pub(crate) fn missing_of(&self, rows: Range<usize>) -> Option<&'m [bool]> {
        self.missing.map(|missing| &missing[rows])
    }

    /// The arguments of the density in state `j`.
    pub(crate) fn arguments(&self, j: usize) -> Arguments<'_> {
        let own = self.own[j].clone();
        Arguments { designs: &self.designs[own.clone()], first: &self.first[own] }
    }

    /// Room for a block's derivatives up to `order`, for each state.
    pub(crate) fn buffers(&self, order: usize) -> Vec<Buffers> {
        self.own.iter().map(|own| Buffers::new(own.len(), self.rows(), order)).collect()
    }

    /// Stores the log-densities of a block and their derivatives up to `order`; those of missing rows mean nothing.
    pub(crate) fn differentiate(&self, theta: &[f64], index: usize, order: usize, out: &mut [Buffers]) {
        for (j, (component, out)) in self.components.iter().zip(out).enumerate() {
            component.differentiate(theta, self.arguments(j), index, self.rows.part(self.block(index)), order, out);
        }
    }

    /// The log-densities of all rows, `n x S`; 0 in missing rows.
    pub(crate) fn ln_densities(&self, theta: &[f64]) -> DMatrix<f64> {
        let mut all = DMatrix::zeros(self.rows(), self.states());
        let mut parts = self.buffers(0);
        for index in 0..self.blocks() {
            self.differentiate(theta, index, 0, &mut parts);
            for (i, row) in self.block(index).enumerate().filter(|&(_, row)| !self.is_missing(row)) {
                for (j, part) in parts.iter().enumerate() {
                    all[(row, j)] = part.value()[i];
                }
            }
        }
        all
    }
}
