//! The conjugate prior of Fraley & Raftery.
use nalgebra::{Cholesky, DMatrix, DVector};

use super::components::Components;
use super::pass::moments_about_center;
use super::points::Points;
use super::{ConjugatePrior, Covariance};

/// The prior for given data: `mu_j ~ N(mean, Sigma_j / shrinkage)`, `Sigma_j ~ inverse Wishart(dof, scale)`.
///
/// Its log-density is that of pseudo-rows: with `p = mean - mu`,
/// `-1/2 ln |Sigma| - shrinkage / 2 p' Sigma^-1 p` for each mean and `-(dof + d + 1) / 2 ln |Sigma| - 1/2 tr Sigma^-1 scale` for each
/// different covariance, up to a constant.
#[derive(Clone, Debug)]
pub(crate) struct Prior {
    pub(crate) mean: DVector<f64>,
    pub(crate) shrinkage: f64,
    pub(crate) scale: DMatrix<f64>,
    pub(crate) dof: f64,
    /// The part of the covariance's prior that each component carries: all of it, or `1 / k` of one that is shared.
    part: f64,
}

impl Prior {
    /// The prior with its defaults filled in: the mean of the rows (0, for means are relative to it), `dof = d + 2`, and as scale the covariance of the rows shared out
    /// among `k` components, `S / k^(2/d)`; where values are missing and pairs make no covariance matrix, its diagonal.
    ///
    /// # References
    /// Fraley & Raftery, "Bayesian regularization for normal mixture estimation and model-based clustering" (2007), section 3.2.
    pub(crate) fn new(settings: ConjugatePrior, points: &Points<'_>, k: usize, family: Covariance) -> Self {
        let d = points.d();
        let mut scale = covariance(points);
        // With the divisor n - 1, as there.
        let n = points.n() as f64;
        if n > 1.0 {
            scale *= n / (n - 1.0);
        }
        if family.is_diagonal() || Cholesky::new(scale.clone()).is_none() {
            scale = DMatrix::from_diagonal(&scale.diagonal());
        }
        if matches!(family, Covariance::Spherical | Covariance::TiedSpherical) {
            scale = DMatrix::identity(d, d) * (scale.trace() / d as f64);
        }
        Self {
            mean: DVector::zeros(d),
            shrinkage: settings.shrinkage,
            scale: scale / (k as f64).powf(2.0 / d as f64),
            dof: settings.dof.unwrap_or(d as f64 + 2.0),
            part: if family.is_tied() { 1.0 / k as f64 } else { 1.0 },
        }
    }

    /// How often the prior counts for `ln |Sigma_j|`, as rows do.
    pub(crate) fn count(&self) -> f64 {
        1.0 + self.part * (self.dof + self.mean.len() as f64 + 1.0)
    }

    /// The part of `scale` that a component carries.
    pub(crate) fn scatter(&self) -> DMatrix<f64> {
        &self.scale * self.part
    }

    /// The log-density of the components' means and covariances, up to a constant.
    pub(crate) fn ln_density(&self, components: &Components) -> f64 {
        let each = (0..components.k()).map(|j| {
            let l = &components.factors[j];
            let solve = |v: &DMatrix<f64>| l.solve_lower_triangular(v).expect("bug: a Cholesky factor with a zero");
            let p = &self.mean - &components.means[j];
            let z = solve(&DMatrix::from_column_slice(p.len(), 1, p.as_slice()));
            let trace = solve(&solve(&self.scatter()).transpose()).trace();
            let ln_l: f64 = l.diagonal().iter().map(|l| l.ln()).sum();
            -self.count() * ln_l - 0.5 * (self.shrinkage * z.norm_squared() + trace)
        });
        each.sum()
    }
}

/// The covariance of the rows, from the pairs of values that are observed together.
pub(crate) fn covariance(points: &Points<'_>) -> DMatrix<f64> {
    let d = points.d();
    let (mut sums, mut totals) = (DMatrix::zeros(d, d), DMatrix::<f64>::zeros(d, d));
    for pattern in &points.patterns {
        let own = moments_about_center(points, pattern);
        for (i, &a) in pattern.observed.iter().enumerate() {
            for (j, &b) in pattern.observed.iter().enumerate() {
                sums[(a, b)] += own.second[(i, j)];
                totals[(a, b)] += own.count;
            }
        }
    }
    sums.zip_map(&totals, |sum: f64, total: f64| if total > 0.0 { sum / total } else { 0.0 })
}
