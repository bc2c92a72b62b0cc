//! The expected information of a model row by row: that of each row's arguments, taken to the coefficients by matrices.
use std::fmt;
use std::slice;
use std::sync::Arc;

use maxlik_dual::Dual2;
use nalgebra::DMatrix;

use crate::ExpectationError;
use crate::arguments::Triangle;
use crate::block::{Block, Buffers, Chosen, Runs};
use crate::design::BLOCK;
use crate::expectation::{Responses, Sample, expected_information};
use crate::log_density::Kernel;
use crate::pass::Pass;
use crate::response::Response;
use crate::tile::Scaled;

/// How the expected information of a row is found.
pub(crate) enum RowInformation<'a, Row, const P: usize> {
    /// By a formula of the user.
    ClosedForm(Arc<ClosedForm<'a, Row, P>>),
    /// From the log-density itself, over all responses.
    Response(Response<'a, Row>),
}

type ClosedForm<'a, Row, const P: usize> = dyn Fn([Dual2<P>; P], &Row) -> [[f64; P]; P] + Send + Sync + 'a;

impl<Row, const P: usize> Clone for RowInformation<'_, Row, P> {
    fn clone(&self) -> Self {
        match self {
            Self::ClosedForm(closed_form) => Self::ClosedForm(Arc::clone(closed_form)),
            Self::Response(response) => Self::Response(response.clone()),
        }
    }
}

impl<Row, const P: usize> fmt::Debug for RowInformation<'_, Row, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClosedForm(_) => "ClosedForm",
            Self::Response(_) => "Response",
        })
    }
}

impl<Row, const P: usize> RowInformation<'_, Row, P> {
    /// The information of one row in its arguments (lower triangle); `step` as in [`expected_information`].
    fn of_row<K: Kernel<Row, P>>(
        &self,
        kernel: &K,
        z: [f64; P],
        row: &Row,
        index: usize,
        step: &mut f64,
    ) -> Result<[[f64; P]; P], ExpectationError> {
        match self {
            Self::ClosedForm(closed_form) => {
                let information = closed_form(Dual2::variables(z), row);
                let finite = information.iter().flatten().all(|entry| entry.is_finite());
                if finite { Ok(information) } else { Err(ExpectationError::ClosedFormNotFinite { row: index }) }
            }
            Self::Response(response) => {
                let put = &*response.put;
                let mut responses =
                    OfRow { kernel, z, row: (response.clone)(row), put, buffers: Buffers::new(P, 1, 1) };
                expected_information(&(response.space)(row), (response.read)(row), step, &mut responses)
                    .map_err(|fault| ExpectationError::new(index, fault))
            }
        }
    }
}

/// A row whose response is replaced again and again.
struct OfRow<'r, Row, K, const P: usize> {
    kernel: &'r K,
    z: [f64; P],
    row: Row,
    put: &'r dyn Fn(&mut Row, f64),
    buffers: Buffers,
}

impl<Row, K: Kernel<Row, P>, const P: usize> OfRow<'_, Row, K, P> {
    fn with(&mut self, response: f64, pass: impl Fn(&K, &Block<'_, Row, P>, &mut Buffers)) {
        (self.put)(&mut self.row, response);
        let block = Block {
            rows: Chosen { rows: slice::from_ref(&self.row), indices: None },
            arguments: &[self.z],
            runs: Runs::Each,
        };
        pass(self.kernel, &block, &mut self.buffers);
    }
}

impl<Row, K: Kernel<Row, P>, const P: usize> Responses<P> for OfRow<'_, Row, K, P> {
    fn log_density(&mut self, response: f64) -> f64 {
        self.with(response, K::values);
        self.buffers.value()[0]
    }

    fn sample(&mut self, response: f64) -> Sample<P> {
        self.with(response, K::gradients);
        let score = std::array::from_fn(|k| self.buffers.gradient(k)[0]);
        Sample { log_density: self.buffers.value()[0], score }
    }
}

impl<Row, K: Kernel<Row, P>, const P: usize> Pass<'_, Row, K, P> {
    /// `sum_i w_i X_ik' I_i,kl X_il`. Where rows are `alike` and see the same arguments, the first stands for all; that the last
    /// agrees with it is seen to.
    pub(crate) fn expected_information(
        &self,
        theta: &[f64],
        of_rows: &RowInformation<'_, Row, P>,
        alike: bool,
    ) -> Result<DMatrix<f64>, ExpectationError> {
        let mut totals = Triangle::new(self.coefficients());
        let mut buffers = Buffers::new(P, self.rows(), 2);
        let mut scaled = Scaled::new();
        let once = alike && self.has_scalars_alone();
        let mut shared: Option<[[f64; P]; P]> = None;
        let mut result = Ok(());
        self.for_each_block(0..self.blocks(), theta, true, |index, block| {
            let weights = self.block_weights(index, block.rows.len());
            // Of each block by itself, so that it does not depend on the blocks before.
            let mut step = 1.0;
            for (i, (row, z)) in block.rows.rows.iter().zip(block.arguments).enumerate() {
                if result.is_err() {
                    return;
                }
                let information = match shared {
                    _ if weights.is_some_and(|weights| weights[i] == 0.0) => [[0.0; P]; P],
                    Some(information) if once && index * BLOCK + i + 1 < self.rows() => information,
                    _ => match of_rows.of_row(self.kernel(), *z, row, index * BLOCK + i, &mut step) {
                        Ok(information) if shared.is_some_and(|first| once && differ(&first, &information)) => {
                            result = Err(ExpectationError::NotAlike { row: index * BLOCK + i });
                            return;
                        }
                        Ok(information) => *shared.insert(information),
                        Err(error) => {
                            result = Err(error);
                            return;
                        }
                    },
                };
                buffers.store_information(i, &information);
            }
            let length = buffers.weigh_and_pad(block.rows.len(), weights);
            self.arguments().add_hessian(index, &buffers, length, &mut scaled, &mut totals);
        });
        result.map(|()| totals.finish(self.coefficients()))
    }
}

/// Whether two matrices differ by more than their accuracy, `1e-8` of the diagonal.
fn differ<const P: usize>(a: &[[f64; P]; P], b: &[[f64; P]; P]) -> bool {
    (0..P).any(|k| (0..=k).any(|l| (a[k][l] - b[k][l]).abs() > 1e-8 * (a[k][k] * a[l][l]).sqrt()))
}
