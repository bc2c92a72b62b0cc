//! The pass over the rows: log-likelihood, score and Hessian from the log-density of a row.
//!
//! Rows go in blocks that depend on the data alone. Within a block the density is differentiated row by row in its `P`
//! arguments; then matrices take the derivatives to the coefficients, `score_k = X_k' g_k` and `hessian_kl = X_k' diag(h_kl) X_l`,
//! where a scalar parameter counts as a column of ones. Blocks are added up with compensation.
use std::array;

use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use crate::cross_product::{LANES, dot, predict, scale_columns, sum};
use crate::design::BLOCK;
use crate::log_density::Kernel;
use crate::sum::Compensated;
use crate::{Design, NotFinite, Parameter};

/// A pass over some rows.
pub(crate) struct Pass<'m, Row, K, const P: usize> {
    rows: &'m [Row],
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
        rows: &'m [Row],
        weights: Option<&'m [f64]>,
        parameters: &'m [Parameter; P],
        kernel: &'m K,
    ) -> Self {
        let mut coefficients = 0;
        let first = array::from_fn(|k| {
            coefficients += parameters[k].len();
            coefficients - parameters[k].len()
        });
        Self { rows, weights, kernel, designs: array::from_fn(|k| parameters[k].design()), first, coefficients }
    }

    /// The log-likelihood.
    pub(crate) fn value(&self, theta: &[f64]) -> f64 {
        let mut total = Compensated::default();
        self.for_each_block(theta, |block| {
            let mut sum = 0.0;
            block.for_each_row(|_, row, weight, z| sum += weight * self.kernel.value(z, row));
            total.add(sum);
        });
        total.value()
    }

    /// Log-likelihood, score and Hessian.
    pub(crate) fn derivatives(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let mut totals = Totals::new(self.coefficients);
        if self.designs.iter().all(Option::is_none) {
            // All rows see the same numbers: what depends on them alone leaves the loop.
            let z = Dual2::variables(array::from_fn(|k| theta[self.first[k]]));
            self.for_each_block(theta, |block| {
                let mut sum = Dual2::constant(0.0);
                match block.weights {
                    None => block.rows.iter().for_each(|row| sum += self.kernel.second_order(z, row)),
                    Some(_) => block.for_each_row(|_, row, weight, _| sum += self.kernel.second_order(z, row) * weight),
                }
                totals.add_scalars(sum);
            });
        } else {
            let mut buffers = Buffers::new::<P>(self.designs.iter().flatten().map(|d| d.names().len()).max());
            self.for_each_block(theta, |block| {
                if block.weights.is_some() {
                    buffers.clear(); // rows of weight 0 store nothing
                }
                let mut value = 0.0;
                block.for_each_row(|i, row, weight, z| {
                    let l = self.kernel.second_order(Dual2::variables(z), row) * weight;
                    value += l.value();
                    buffers.store(i, l);
                });
                buffers.finish::<P>(block.rows.len());
                totals.value.add(value);
                self.combine(block.index, &mut buffers, &mut totals);
            });
        }
        totals.finish()
    }

    /// The first row of positive weight whose log-density or one of its derivatives is not finite.
    pub(crate) fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut found = None;
        self.for_each_block(theta, |block| {
            block.for_each_row(|i, row, _, z| {
                if found.is_none() {
                    let l = self.kernel.second_order(Dual2::variables(z), row);
                    if !l.is_finite() {
                        found = Some(NotFinite { row: Some(block.index * BLOCK + i), log_density: l.value() });
                    }
                }
            });
        });
        found
    }

    /// Calls `f` with each block and the density's arguments for its rows.
    #[inline(always)]
    fn for_each_block(&self, theta: &[f64], mut f: impl FnMut(&Block<'_, Row, P>)) {
        let mut z = vec![[0.0; P]; BLOCK.min(self.rows.len())];
        let mut predictor = [0.0; BLOCK];
        for k in 0..P {
            if self.designs[k].is_none() {
                for z in &mut z {
                    z[k] = theta[self.first[k]];
                }
            }
        }
        for (index, rows) in self.rows.chunks(BLOCK).enumerate() {
            for k in 0..P {
                let Some(design) = self.designs[k] else { continue };
                let beta = &theta[self.first[k]..][..design.names().len()];
                predict(design.block(index), beta, design.block_offset(index), lanes(rows.len()), &mut predictor);
                z.iter_mut().zip(&predictor).for_each(|(z, eta)| z[k] = *eta);
            }
            let weights = self.weights.map(|weights| &weights[index * BLOCK..][..rows.len()]);
            f(&Block { index, rows, weights, z: &z });
        }
    }

    /// Takes the derivatives of a block to the coefficients.
    fn combine(&self, index: usize, buffers: &mut Buffers, totals: &mut Totals) {
        let Buffers { gradient, hessian, scaled, length } = buffers;
        let columns = |k: usize| self.designs[k].map(|design: &Design| design.block(index));
        for k in 0..P {
            let g = &gradient[k][..*length];
            match columns(k) {
                None => totals.gradient[self.first[k]].add(sum(g)),
                Some(block) => {
                    for (total, x) in totals.gradient[self.first[k]..].iter_mut().zip(block.chunks_exact(BLOCK)) {
                        total.add(dot(&x[..*length], g));
                    }
                }
            }
            for l in 0..=k {
                let h = &hessian[pair(k, l)][..*length];
                let (row, column) = (self.first[k], self.first[l]);
                match (columns(k), columns(l)) {
                    (None, None) => totals.hessian(row, column).add(sum(h)),
                    (Some(block), None) => {
                        for (j, x) in block.chunks_exact(BLOCK).enumerate() {
                            totals.hessian(row + j, column).add(dot(&x[..*length], h));
                        }
                    }
                    (None, Some(block)) => {
                        for (j, x) in block.chunks_exact(BLOCK).enumerate() {
                            totals.hessian(row, column + j).add(dot(&x[..*length], h));
                        }
                    }
                    (Some(left), Some(right)) => {
                        scale_columns(left, h, *length, scaled);
                        let left = scaled.chunks_exact(BLOCK).take(left.len() / BLOCK);
                        for (i, x) in left.enumerate() {
                            let until = if k == l { i + 1 } else { usize::MAX };
                            for (j, y) in right.chunks_exact(BLOCK).take(until).enumerate() {
                                totals.hessian(row + i, column + j).add(dot(&x[..*length], &y[..*length]));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A block of rows with the density's arguments for each.
struct Block<'b, Row, const P: usize> {
    index: usize,
    rows: &'b [Row],
    weights: Option<&'b [f64]>,
    z: &'b [[f64; P]],
}

impl<Row, const P: usize> Block<'_, Row, P> {
    /// Calls `f` with index in the block, row, weight and the density's arguments, for all rows of positive weight.
    #[inline(always)]
    fn for_each_row(&self, mut f: impl FnMut(usize, &Row, f64, [f64; P])) {
        for (i, (row, z)) in self.rows.iter().zip(self.z).enumerate() {
            let weight = self.weights.map_or(1.0, |weights| weights[i]);
            if weight != 0.0 {
                f(i, row, weight, *z);
            }
        }
    }
}

/// The derivatives of a block's rows, by columns; rows that were not stored are zero.
struct Buffers {
    gradient: Vec<[f64; BLOCK]>,
    /// Pairs `k >= l` at `k (k + 1) / 2 + l`.
    hessian: Vec<[f64; BLOCK]>,
    /// Room for `diag(h) X`.
    scaled: Vec<f64>,
    /// Rows in use, in whole lanes.
    length: usize,
}

impl Buffers {
    fn new<const P: usize>(most_columns: Option<usize>) -> Self {
        Self {
            gradient: vec![[0.0; BLOCK]; P],
            hessian: vec![[0.0; BLOCK]; pair(P, 0)],
            scaled: vec![0.0; BLOCK * most_columns.unwrap_or(0)],
            length: 0,
        }
    }

    fn clear(&mut self) {
        self.gradient.iter_mut().chain(&mut self.hessian).for_each(|column| column.fill(0.0));
    }

    #[inline(always)]
    fn store<const P: usize>(&mut self, i: usize, l: Dual2<P>) {
        let gradient = l.gradient();
        for k in 0..P {
            self.gradient[k][i] = gradient[k];
            for m in 0..=k {
                self.hessian[pair(k, m)][i] = l.hessian(k, m);
            }
        }
    }

    /// Zeroes what an earlier, longer block left behind the last row.
    fn finish<const P: usize>(&mut self, rows: usize) {
        self.length = lanes(rows);
        for column in self.gradient.iter_mut().chain(&mut self.hessian) {
            column[rows..self.length].fill(0.0);
        }
    }
}

/// Compensated sums of value, score and Hessian (lower triangle by rows).
struct Totals {
    value: Compensated,
    gradient: Vec<Compensated>,
    hessian: Vec<Compensated>,
}

impl Totals {
    fn new(coefficients: usize) -> Self {
        Self {
            value: Compensated::default(),
            gradient: vec![Compensated::default(); coefficients],
            hessian: vec![Compensated::default(); pair(coefficients, 0)],
        }
    }

    fn hessian(&mut self, row: usize, column: usize) -> &mut Compensated {
        &mut self.hessian[pair(row, column)]
    }

    fn add_scalars<const P: usize>(&mut self, sum: Dual2<P>) {
        self.value.add(sum.value());
        for (i, g) in sum.gradient().into_iter().enumerate() {
            self.gradient[i].add(g);
            for j in 0..=i {
                self.hessian(i, j).add(sum.hessian(i, j));
            }
        }
    }

    fn finish(self) -> (f64, DVector<f64>, DMatrix<f64>) {
        let n = self.gradient.len();
        let gradient = DVector::from_iterator(n, self.gradient.iter().map(|sum| sum.value()));
        let hessian = DMatrix::from_fn(n, n, |i, j| self.hessian[pair(i.max(j), i.min(j))].value());
        (self.value.value(), gradient, hessian)
    }
}

/// Where the pair `i >= j` stands in a lower triangle by rows.
#[inline(always)]
fn pair(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// A number of rows, rounded up to whole lanes.
fn lanes(rows: usize) -> usize {
    rows.next_multiple_of(LANES)
}
