//! The matrix of a linear predictor.
use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use nalgebra::DMatrix;

use crate::ModelError;
use crate::aligned::Aligned;
use crate::block::lanes;
use crate::cross_product::Columns;

/// Rows are stored in blocks of this many, each block by columns, so that a pass reads memory once and in order.
pub(crate) const BLOCK: usize = 256;

/// A design matrix `X: n x p` with column names and an optional offset, for the linear predictor `X beta + offset`.
///
/// Cloning shares the matrix.
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
    /// Blocks of `BLOCK` rows, each `stride x p` by columns; the last one padded with zeros.
    blocks: Arc<Aligned>,
    /// `BLOCK`; of fewer rows, their number in whole lanes.
    stride: usize,
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
        Ok(Self { names: names.into(), rows, blocks: Arc::new(aligned), stride, offset: None })
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

    fn entry(&self, i: usize, j: usize) -> f64 {
        self.blocks.as_slice()[(i / BLOCK * self.names.len() + j) * self.stride + i % BLOCK]
    }

    /// The design of some rows, in their order.
    pub(crate) fn of_rows(&self, indices: &[usize]) -> Self {
        let (rows, columns, stride) = (indices.len(), self.names.len(), stride(indices.len()));
        let mut aligned = Aligned::zeros(rows.div_ceil(BLOCK) * stride * columns);
        let blocks = aligned.as_mut_slice();
        let first = |i: usize, stride: usize| i / BLOCK * columns * stride + i % BLOCK;
        for (i, &index) in indices.iter().enumerate() {
            let to = blocks[first(i, stride)..].iter_mut().step_by(stride);
            let from = self.blocks.as_slice()[first(index, self.stride)..].iter().step_by(self.stride);
            for (to, from) in to.zip(from).take(columns) {
                *to = *from;
            }
        }
        let offset = self.offset.as_deref().map(|offset| indices.iter().map(|&i| offset[i]).collect());
        Self { names: self.names.clone(), rows, blocks: Arc::new(aligned), stride, offset }
    }

    /// A block of rows.
    pub(crate) fn block(&self, index: usize) -> Columns<'_> {
        let size = self.stride * self.names.len();
        Columns { entries: &self.blocks.as_slice()[index * size..][..size], stride: self.stride }
    }

    /// The offsets of a block of rows.
    pub(crate) fn block_offset(&self, index: usize) -> Option<&[f64]> {
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
