//! The parameters of a Gaussian mixture.
use nalgebra::{Cholesky, DMatrix, DVector};

/// Mixing weights, means and covariances of `k` components in `d` dimensions, and perhaps the weight of noise behind them.
#[derive(Clone, Debug)]
pub(crate) struct Components {
    /// The mixing weights, `k`, or `k + 1` with noise.
    pub(crate) weights: Vec<f64>,
    /// The means, `k` of `d`.
    pub(crate) means: Vec<DVector<f64>>,
    /// The lower Cholesky factors of the covariances, `k` of `d x d`.
    pub(crate) factors: Vec<DMatrix<f64>>,
}

/// The component whose covariance is not positive definite, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Degenerate(pub(crate) usize);

/// A variance counts as zero when it is at most this part of its coordinate's among all rows: what is left then is rounding.
const ZERO: f64 = 1e-14;

impl Components {
    /// From covariances; `spread` are the variances of the coordinates among all rows.
    pub(crate) fn new(
        weights: Vec<f64>,
        means: Vec<DVector<f64>>,
        covariances: Vec<DMatrix<f64>>,
        spread: &[f64],
    ) -> Result<Self, Degenerate> {
        let factor = |(j, covariance): (usize, DMatrix<f64>)| factor(covariance, spread).ok_or(Degenerate(j));
        let factors = covariances.into_iter().enumerate().map(factor).collect::<Result<_, _>>()?;
        Ok(Self { weights, means, factors })
    }

    pub(crate) fn k(&self) -> usize {
        self.means.len()
    }

    pub(crate) fn d(&self) -> usize {
        self.means[0].len()
    }

    pub(crate) fn covariance(&self, j: usize) -> DMatrix<f64> {
        &self.factors[j] * self.factors[j].transpose()
    }

    pub(crate) fn has_noise(&self) -> bool {
        self.weights.len() > self.means.len()
    }

    /// The same with the components in another order; noise stays last.
    pub(crate) fn ordered(&self, order: &[usize]) -> Self {
        let noise = self.weights[self.k()..].iter().copied();
        Self {
            weights: order.iter().map(|&j| self.weights[j]).chain(noise).collect(),
            means: order.iter().map(|&j| self.means[j].clone()).collect(),
            factors: order.iter().map(|&j| self.factors[j].clone()).collect(),
        }
    }

    /// The same with the means moved.
    pub(crate) fn moved(mut self, by: &[f64]) -> Self {
        for mean in &mut self.means {
            for (mean, by) in mean.iter_mut().zip(by) {
                *mean += by;
            }
        }
        self
    }

    /// The place of component `j` in the order.
    pub(crate) fn rank(&self, j: usize) -> usize {
        self.order().iter().position(|&other| other == j).expect("bug: a component that is not in the order")
    }

    /// The components by their means: the first coordinate decides, then the next.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.k()).collect();
        order.sort_by(|&a, &b| {
            let pairs = self.means[a].iter().zip(&self.means[b]);
            pairs.map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        order
    }
}

/// The Cholesky factor of a covariance, none where it is not positive definite beyond rounding.
fn factor(covariance: DMatrix<f64>, spread: &[f64]) -> Option<DMatrix<f64>> {
    let l = Cholesky::new(covariance)?.unpack();
    // The squares of the diagonal are the variances that the coordinates before leave.
    let positive = (0..l.nrows()).all(|a| l[(a, a)].is_finite() && l[(a, a)] * l[(a, a)] > ZERO * spread[a]);
    positive.then_some(l)
}
