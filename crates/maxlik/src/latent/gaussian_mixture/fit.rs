//! The result of fitting a Gaussian mixture.
use std::ops::Deref;

use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

use super::components::Components;
use super::pass::for_each_block;
use super::points::Points;
use super::{Covariance, GaussianMixtureError};
use crate::{Fit, InferenceError, MissingInformation, Warning};

/// A Gaussian mixture at the maximum of its likelihood, `k` components in `d` dimensions.
///
/// It is a [`Fit`]: estimates and standard errors by name (`weight[1]`, `mean[1].x1`, `variance[1].x1`, `covariance[1].x1.x2`), information
/// criteria, intervals and the verdict are those of every fit. Mixing weights with a sum of 1 and covariances of a family are not
/// independent of each other: [`dof`](Fit::dof) counts the free ones, and [`vcov`](Fit::vcov) is that of all.
///
/// Components are in the order of their means in the first column.
#[derive(Clone, Debug)]
pub struct GaussianMixtureFit {
    pub(super) fit: Fit,
    pub(super) components: Components,
    pub(super) family: Covariance,
    /// Of the columns.
    pub(super) names: Vec<String>,
    pub(super) counts: Vec<f64>,
    pub(super) entropy: f64,
    pub(super) missing_information: Result<MissingInformation, InferenceError>,
    pub(super) ln_sides: Vec<f64>,
    pub(super) missing: bool,
    pub(super) tally: Tally,
}

/// How many starts reached the maximum, of how many that were continued, of how many short runs.
pub(super) type Tally = (usize, usize, usize);

impl Deref for GaussianMixtureFit {
    type Target = Fit;

    fn deref(&self) -> &Fit {
        &self.fit
    }
}

impl GaussianMixtureFit {
    /// The mixing weights of the components, `k`; with noise their sum is below 1.
    pub fn weights(&self) -> &[f64] {
        &self.components.weights[..self.components.k()]
    }

    /// The mixing weight of noise, if there is such a component.
    pub fn noise_weight(&self) -> Option<f64> {
        self.components.weights.get(self.components.k()).copied()
    }

    /// The means, `k x d`.
    pub fn means(&self) -> DMatrix<f64> {
        DMatrix::from_fn(self.components.k(), self.components.d(), |j, a| self.components.means[j][a])
    }

    /// The covariances, `k` of `d x d`.
    pub fn covariances(&self) -> Vec<DMatrix<f64>> {
        (0..self.components.k()).map(|j| self.components.covariance(j)).collect()
    }

    /// How the covariances are related.
    pub fn covariance_family(&self) -> Covariance {
        self.family
    }

    /// The expected number of rows of each component, `k`, weights counted.
    pub fn effective_rows(&self) -> &[f64] {
        &self.counts[..self.components.k()]
    }

    /// The names of the columns, `d`.
    pub fn column_names(&self) -> &[String] {
        &self.names
    }

    /// How many of the starts that were followed to a maximum have reached this one, and how many were followed.
    pub fn starts_that_reached_it(&self) -> (usize, usize) {
        (self.tally.0, self.tally.1)
    }

    /// The probability of each component given the row, `n x k`, and of noise in a last column if there is such a component; of the
    /// rows that were fitted, or of new ones.
    ///
    /// # Formula
    /// `r_ij = pi_j N(x_i | mu_j, Sigma_j) / sum_m pi_m N(x_i | mu_m, Sigma_m)`; NaN where the density is 0 under all.
    ///
    /// # Errors
    /// If there are not `d` columns, or a value is not finite.
    pub fn responsibilities(&self, points: &DMatrix<f64>) -> Result<DMatrix<f64>, GaussianMixtureError> {
        let mut all = DMatrix::zeros(points.nrows(), self.components.weights.len());
        self.look_at(points, |row, r, _| all.set_row(row, &r))?;
        Ok(all)
    }

    /// The most probable component of each row, counted from 0, the earlier of two that are equally so; `k` is noise. `None` for a row so
    /// far away that its density is 0 under all.
    ///
    /// # Errors
    /// As [`responsibilities`](Self::responsibilities).
    pub fn labels(&self, points: &DMatrix<f64>) -> Result<Vec<Option<usize>>, GaussianMixtureError> {
        let responsibilities = self.responsibilities(points)?;
        let most = |r: DVector<f64>| {
            if r.iter().any(|r| r.is_nan()) { None } else { (0..r.len()).rev().max_by(|&j, &m| r[j].total_cmp(&r[m])) }
        };
        Ok(responsibilities.row_iter().map(|r| most(r.transpose())).collect())
    }

    /// The log-density of each row.
    ///
    /// # Errors
    /// As [`responsibilities`](Self::responsibilities).
    pub fn ln_density(&self, points: &DMatrix<f64>) -> Result<DVector<f64>, GaussianMixtureError> {
        let mut all = DVector::zeros(points.nrows());
        self.look_at(points, |row, _, ln_p| all[row] = ln_p)?;
        Ok(all)
    }

    fn look_at(
        &self,
        points: &DMatrix<f64>,
        mut f: impl FnMut(usize, nalgebra::RowDVector<f64>, f64),
    ) -> Result<(), GaussianMixtureError> {
        if points.ncols() != self.components.d() {
            return Err(GaussianMixtureError::Columns { expected: self.components.d(), found: points.ncols() });
        }
        let checked = Points::any(points, None, self.missing, &self.names)?;
        for_each_block(&checked, &self.components, &self.ln_sides, |_, _, block| {
            for (i, &row) in block.rows.iter().enumerate() {
                f(row, block.r_of_row(i).collect::<Vec<f64>>().into(), block.ln_p()[i]);
            }
        })
        .expect("bug: a fit with a degenerate component");
        Ok(())
    }

    /// Draws `n` rows from the mixture, `n x d`, with the component of each; rows of noise are not drawn, for it has no shape.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// use nalgebra::DMatrix;
    /// let widths = DMatrix::from_column_slice(10, 1, &[4.1, 3.8, 4.4, 4.0, 6.9, 4.3, 7.2, 6.5, 3.9, 7.4]);
    /// let fit = GaussianMixture::new(2).fit(&widths)?;
    /// let (rows, components) = fit.sample(1000, 7);
    /// let second = components.iter().filter(|&&j| j == 1).count();
    /// assert!((second as f64 / 1000.0 - fit.weights()[1]).abs() < 0.05); // three standard deviations
    /// assert!(rows.iter().all(|x| x.is_finite()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sample(&self, n: usize, seed: u64) -> (DMatrix<f64>, Vec<usize>) {
        let mut rng = StdRng::seed_from_u64(seed);
        let (k, d) = (self.components.k(), self.components.d());
        let total: f64 = self.weights().iter().sum();
        let mut rows = DMatrix::zeros(n, d);
        let mut components = Vec::with_capacity(n);
        for i in 0..n {
            let mut left = rng.random::<f64>() * total;
            let own = self.weights().iter().position(|weight| {
                left -= weight;
                left < 0.0
            });
            let j = own.unwrap_or(k - 1);
            let z = DVector::from_fn(d, |_, _| rng.sample::<f64, _>(StandardNormal));
            rows.set_row(i, &(&self.components.means[j] + &self.components.factors[j] * z).transpose());
            components.push(j);
        }
        (rows, components)
    }

    /// The entropy of the components given the rows: 0 where each row surely belongs to one.
    ///
    /// # Formula
    /// `-sum_i w_i sum_j r_ij ln r_ij`
    pub fn entropy(&self) -> f64 {
        self.entropy
    }

    /// The integrated completed likelihood as a criterion, in the sign of the BIC: smaller is better.
    ///
    /// # Formula
    /// `BIC + 2 entropy`
    ///
    /// # References
    /// Biernacki, Celeux & Govaert, "Assessing a mixture model for clustering with the integrated completed likelihood" (2000), with
    /// responsibilities in the place of labels.
    pub fn icl(&self) -> f64 {
        self.bic() + 2.0 * self.entropy
    }

    /// How much of the information is missing because the components of the rows, and missing values, were not observed.
    ///
    /// # Errors
    /// If the information of the complete data is singular, or was not evaluated.
    pub fn missing_information(&self) -> Result<&MissingInformation, InferenceError> {
        self.missing_information.as_ref().map_err(Clone::clone)
    }

    pub(super) fn add_warning(&mut self, warning: Warning) {
        self.fit.add_warning(warning);
    }
}
