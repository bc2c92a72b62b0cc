//! The matrix of a linear predictor.
use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use nalgebra::DMatrix;

use crate::ModelError;
use crate::aligned::Aligned;
use crate::arguments::{Arguments, sum_derivatives};
use crate::block::{Buffers, lanes};
use crate::cross_product::{Columns, predict, with_columns, with_vector};
use crate::factor::{Codes, Factor};
use crate::threads::for_parts_of;
use crate::tile::Scaled;

/// Rows are stored in blocks of this many, each block by columns, so that a pass reads memory once and in order.
pub(crate) const BLOCK: usize = 256;

/// Up to so many indicator columns of a category are stored as numbers, as long as those before are. One takes 0.6 ns of a row, codes
/// take 4 (beside an intercept) to 8 (beside 20 columns), and where a level has many rows each waits for the sum of the one before.
const FEW: usize = 4;

/// A design matrix `X: n x p` with column names and an optional offset, for the linear predictor `X beta + offset`.
///
/// Cloning shares the matrix. Categories are added by [`Design::category`].
///
/// # Example
/// ```
/// use maxlik_model::Design;
/// struct Claim {
///     age: f64,
///     exposure: f64,
/// }
/// let claims = [Claim { age: 31.0, exposure: 1.0 }, Claim { age: 47.0, exposure: 0.5 }];
/// let design = Design::from_rows(&claims, ["(intercept)", "age"], |claim| [1.0, claim.age])?
///     .offset(claims.iter().map(|claim| claim.exposure.ln()))?;
/// assert_eq!((design.rows(), design.names().len()), (2, 2));
/// # Ok::<(), maxlik_model::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Design {
    names: Arc<[String]>,
    rows: usize,
    /// The number of columns that are stored as numbers, the first ones.
    dense: usize,
    /// Blocks of `BLOCK` rows, each `stride x dense` by columns; the last one padded with zeros.
    blocks: Arc<Aligned>,
    /// `BLOCK`; of fewer rows, their number in whole lanes.
    stride: usize,
    /// The categories that are kept as codes, to which the other columns belong.
    factors: Vec<Factor>,
    offset: Option<Arc<[f64]>>,
}

impl Design {
    /// Builds the matrix row by row: `values` gives the row's entries in the order of `names`.
    ///
    /// # Errors
    /// Without columns, for two columns of the same name, and for a value that is NaN or infinite.
    pub fn from_rows<Row, const C: usize>(
        rows: &[Row],
        names: [impl Into<String>; C],
        values: impl Fn(&Row) -> [f64; C],
    ) -> Result<Self, ModelError> {
        Self::build(rows.len(), names.into_iter().map(Into::into).collect(), |i, out| {
            out.copy_from_slice(&values(&rows[i]));
        })
    }

    /// Takes a matrix `n x p` and a name for each column.
    ///
    /// # Errors
    /// As [`Design::from_rows`], and if there are not as many names as columns.
    pub fn from_matrix<Name: Into<String>>(
        matrix: &DMatrix<f64>,
        names: impl IntoIterator<Item = Name>,
    ) -> Result<Self, ModelError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != matrix.ncols() {
            return Err(ModelError::ColumnCount { expected: names.len(), found: matrix.ncols() });
        }
        Self::build(matrix.nrows(), names, |i, out| {
            for (j, value) in out.iter_mut().enumerate() {
                *value = matrix[(i, j)];
            }
        })
    }

    fn build(rows: usize, names: Vec<String>, fill: impl Fn(usize, &mut [f64])) -> Result<Self, ModelError> {
        let columns = names.len();
        if columns == 0 {
            return Err(ModelError::NoColumns);
        }
        if let Some(j) = (1..columns).find(|&j| names[..j].contains(&names[j])) {
            return Err(ModelError::DuplicateColumn { name: names[j].clone() });
        }
        let stride = stride(rows);
        let mut aligned = Aligned::zeros(rows.div_ceil(BLOCK) * stride * columns);
        let blocks = aligned.as_mut_slice();
        let mut row = vec![0.0; columns];
        for i in 0..rows {
            fill(i, &mut row);
            for (j, &value) in row.iter().enumerate() {
                if !value.is_finite() {
                    return Err(ModelError::NonFiniteDesign { row: i, column: names[j].clone(), value });
                }
                blocks[(i / BLOCK * columns + j) * stride + i % BLOCK] = value;
            }
        }
        Ok(Self::of_blocks(names, rows, aligned))
    }

    /// A design without categories.
    pub(crate) fn of_blocks(names: Vec<String>, rows: usize, blocks: Aligned) -> Self {
        let (dense, stride) = (names.len(), stride(rows));
        let (blocks, factors) = (Arc::new(blocks), Vec::new());
        Self { names: names.into(), rows, dense, blocks, stride, factors, offset: None }
    }

    /// Adds the columns of a category; `names` are those of all columns.
    pub(crate) fn add_factor(&mut self, names: Vec<String>, factor: Factor) {
        self.names = names.into();
        if self.factors.is_empty() && factor.columns() <= FEW {
            self.add_as_numbers(&factor);
        } else {
            self.factors.push(factor);
        }
    }

    fn add_as_numbers(&mut self, factor: &Factor) {
        let columns = self.dense + factor.columns();
        let mut aligned = Aligned::zeros(self.rows.div_ceil(BLOCK) * self.stride * columns);
        let blocks = aligned.as_mut_slice().chunks_exact_mut((self.stride * columns).max(1));
        for (index, block) in blocks.enumerate() {
            let (numbers, indicators) = block.split_at_mut(self.stride * self.dense);
            numbers.copy_from_slice(self.block(index).entries);
            for row in 0..BLOCK.min(self.rows - index * BLOCK) {
                if let Some(column) = factor.column(index * BLOCK + row) {
                    indicators[column * self.stride + row] = 1.0;
                }
            }
        }
        self.blocks = Arc::new(aligned);
        self.dense = columns;
    }

    /// Adds a known term to the linear predictor, one value per row (the logarithm of an exposure, say).
    ///
    /// # Errors
    /// For another number of values than rows, and for a value that is NaN or infinite.
    pub fn offset<Value: Borrow<f64>>(mut self, offset: impl IntoIterator<Item = Value>) -> Result<Self, ModelError> {
        let offset: Arc<[f64]> = offset.into_iter().map(|value| *value.borrow()).collect();
        if offset.len() != self.rows {
            return Err(ModelError::OffsetLength { expected: self.rows, found: offset.len() });
        }
        if let Some(row) = offset.iter().position(|value| !value.is_finite()) {
            return Err(ModelError::NonFiniteOffset { row, value: offset[row] });
        }
        self.offset = Some(offset);
        Ok(self)
    }

    /// The number of rows `n`.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names of the `p` columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The matrix `n x p`, without the offset.
    pub fn matrix(&self) -> DMatrix<f64> {
        DMatrix::from_fn(self.rows, self.names.len(), |i, j| self.entry(i, j))
    }

    /// `X' X`, `p x p`. Categories that are kept as codes are not written out for it.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::Design;
    /// let design = Design::from_rows(&[2.0, 3.0], ["(intercept)", "x"], |&x| [1.0, x])?;
    /// assert_eq!(design.gram().as_slice(), [2.0, 5.0, 5.0, 13.0]);
    /// # Ok::<(), maxlik_model::ModelError>(())
    /// ```
    pub fn gram(&self) -> DMatrix<f64> {
        let arguments = Arguments { designs: &[Some(self)], first: &[0] };
        let (_, _, gram) = sum_derivatives(self.rows.div_ceil(BLOCK), self.names.len(), |blocks, _, gram| {
            let mut scaled = Scaled::new();
            let mut ones = Buffers::new(1, self.rows, 2);
            for index in blocks {
                let rows = BLOCK.min(self.rows - index * BLOCK);
                ones.hessian_mut(0, 0)[..rows].fill(1.0);
                let length = ones.weigh_and_pad(rows, None);
                arguments.add_hessian(index, &ones, length, &mut scaled, gram);
            }
        });
        gram
    }

    fn entry(&self, i: usize, j: usize) -> f64 {
        if j < self.dense {
            return self.blocks.as_slice()[(i / BLOCK * self.dense + j) * self.stride + i % BLOCK];
        }
        let is_of = |&(first, factor): &(usize, &Factor)| (first..first + factor.columns()).contains(&j);
        let (first, factor) = self.factors().find(is_of).expect("bug: a column of no category");
        if factor.column(i) == Some(j - first) { 1.0 } else { 0.0 }
    }

    /// The design of some rows, in their order.
    pub(crate) fn of_rows(&self, indices: &[usize]) -> Self {
        let (rows, columns, stride) = (indices.len(), self.dense, stride(indices.len()));
        let mut aligned = Aligned::zeros(rows.div_ceil(BLOCK) * stride * columns);
        let mut blocks: Vec<&mut [f64]> = aligned.as_mut_slice().chunks_exact_mut((stride * columns).max(1)).collect();
        let copy = |first: usize, blocks: &mut [&mut [f64]]| {
            for (to, indices) in blocks.iter_mut().zip(indices.chunks(BLOCK).skip(first)) {
                for (row, &i) in indices.iter().enumerate() {
                    let from = &self.block(i / BLOCK).entries[i % BLOCK..];
                    for j in 0..columns {
                        to[j * stride + row] = from[j * self.stride];
                    }
                }
            }
        };
        for_parts_of(&mut blocks, 0, copy, |(), ()| ());
        let factors = self.factors.iter().map(|factor| factor.of_rows(indices)).collect();
        let offset = self.offset.as_deref().map(|offset| indices.iter().map(|&i| offset[i]).collect());
        Self { names: self.names.clone(), rows, dense: columns, blocks: Arc::new(aligned), stride, factors, offset }
    }

    /// The categories, each with the index of its first column.
    fn factors(&self) -> impl Iterator<Item = (usize, &Factor)> {
        let firsts = self.factors.iter().scan(self.dense, |next, factor| {
            *next += factor.columns();
            Some(*next - factor.columns())
        });
        firsts.zip(&self.factors)
    }

    /// The columns of a block of rows that are stored as numbers, the first ones.
    pub(crate) fn block(&self, index: usize) -> Columns<'_> {
        let size = self.stride * self.dense;
        Columns { entries: &self.blocks.as_slice()[index * size..][..size], stride: self.stride }
    }

    /// The codes of a block of rows, `length` with those that fill up its lanes; for each category with the index of its first column.
    pub(crate) fn codes(&self, index: usize, length: usize) -> impl Iterator<Item = (usize, Codes<'_>)> {
        self.factors().map(move |(first, factor)| (first, factor.block(index * BLOCK, length)))
    }

    /// `out = X beta + offset` for the rows of a block, `length` with those that fill up its lanes.
    pub(crate) fn predict(&self, index: usize, beta: &[f64], length: usize, out: &mut [f64]) {
        predict(self.block(index), &beta[..self.dense], self.block_offset(index), length, out);
        for (first, codes) in self.codes(index, length) {
            codes.predict(&beta[first..], out);
        }
    }

    /// Calls `f` with the columns in which a row of a block has another entry than 0, as far as this is known without looking, and
    /// the entry.
    #[inline(always)]
    pub(crate) fn for_each_of_row(&self, index: usize, row: usize, mut f: impl FnMut(usize, f64)) {
        for (j, column) in self.block(index).iter().enumerate() {
            f(j, column[row]);
        }
        for (first, factor) in self.factors() {
            if let Some(column) = factor.column(index * BLOCK + row) {
                f(first + column, 1.0);
            }
        }
    }

    /// Calls `add` with what the columns of a block that are stored as numbers add to `X' g`: the index of the first entry, and some
    /// that follow each other.
    pub(crate) fn with_vector(&self, index: usize, g: &[f64], add: impl FnMut(usize, &[f64])) {
        with_vector(self.block(index), g, add);
    }

    /// Calls `add` with what the columns of a block that are stored as numbers add to `X' diag(h) Y`: a row, a column, and some
    /// entries that follow each other in the row from there. Where `lower`, `X` and `Y` are the same and only the lower triangle is
    /// wanted.
    pub(crate) fn with_design(
        &self,
        other: &Self,
        index: usize,
        h: &[f64],
        lower: bool,
        scaled: &mut Scaled,
        add: impl FnMut(usize, usize, &[f64]),
    ) {
        let next = if lower && (index + 1) * BLOCK < self.rows { self.block(index + 1).entries } else { &[] };
        with_columns([self.block(index), other.block(index)], h, lower, scaled, next, add);
    }

    /// The offsets of a block of rows.
    fn block_offset(&self, index: usize) -> Option<&[f64]> {
        let offset = self.offset.as_deref()?;
        Some(&offset[index * BLOCK..self.rows.min((index + 1) * BLOCK)])
    }
}

/// The rows of a block with padding, where there are so many rows in all.
fn stride(rows: usize) -> usize {
    lanes(rows.min(BLOCK))
}

impl From<Design> for Cow<'_, Design> {
    fn from(design: Design) -> Self {
        Cow::Owned(design)
    }
}

impl<'d> From<&'d Design> for Cow<'d, Design> {
    fn from(design: &'d Design) -> Self {
        Cow::Borrowed(design)
    }
}
