//! The expected sufficient statistics of the complete data, and the M-step that consumes them.
//!
//! Notation: `n_j` the expected number of rows of component `j`; `S_j` their scatter about the component's new mean; of a pattern of
//! missingness `W_j = Sigma_j[:, o] C_j^-T`, so that the expected row is `mu_j + W_j z`.
use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::Covariance;
use super::components::{Components, Degenerate};
use super::moments::Moments;
use super::pass::{Observed, for_each_pattern};
use super::points::Points;
use super::prior::Prior;

/// The expected sufficient statistics at some components.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    /// Where the E-step was made.
    pub(crate) at: Components,
    pub(crate) log_likelihood: f64,
    /// The expected number of rows of each component, weights not counted, `k`.
    pub(crate) rows: Vec<f64>,
    /// The expected sum of the weights of each component, `k`, or `k + 1` with noise.
    pub(crate) counts: Vec<f64>,
    /// The sums of the rows about the means of `at`.
    pub(crate) first: Vec<DVector<f64>>,
    /// The sums of squares and products about the means of `at`.
    pub(crate) second: Vec<DMatrix<f64>>,
}

impl Statistics {
    /// One pass at `at`; none where a component is degenerate.
    pub(crate) fn new(points: &Points<'_>, at: &Components, ln_sides: &[f64], diagonal: bool) -> Option<Self> {
        let (k, d) = (at.k(), at.d());
        let mut statistics = Self {
            at: at.clone(),
            log_likelihood: 0.0,
            rows: vec![0.0; k],
            counts: vec![0.0; k],
            first: vec![DVector::zeros(d); k],
            second: vec![DMatrix::zeros(d, d); k],
        };
        let totals = for_each_pattern(points, at, ln_sides, diagonal, |pattern, observed, moments| {
            for (j, own) in moments.iter().enumerate() {
                statistics.rows[j] += own.rows;
                statistics.counts[j] += own.count;
                statistics.add(&pattern.observed, &observed[j], own, j);
            }
        })?;
        statistics.log_likelihood = totals.log_likelihood;
        if at.has_noise() {
            statistics.counts.push(totals.noise);
        }
        Some(statistics)
    }

    /// Adds the expected complete rows of a pattern.
    fn add(&mut self, o: &[usize], observed: &Observed, moments: &Moments, j: usize) {
        if o.len() == self.at.d() {
            let l = &self.at.factors[j];
            self.first[j] += l * &moments.first;
            self.second[j] += l * &moments.second * l.transpose();
            return;
        }
        let covariance = self.at.covariance(j);
        let w = covariance.select_columns(o) * observed.inverse.transpose();
        self.first[j] += &w * &moments.first;
        self.second[j] += &w * &moments.second * w.transpose() + (covariance - &w * w.transpose()) * moments.count;
    }

    /// The components that maximise the expected log-likelihood of the complete data, with the log-density of the prior.
    ///
    /// # References
    /// Celeux & Govaert, "Gaussian parsimonious clustering models" (1995), section 3; Fraley & Raftery (2007), table 1 for the prior.
    pub(crate) fn maximise(
        &self,
        family: Covariance,
        prior: Option<&Prior>,
        spread: &[f64],
    ) -> Result<Components, Degenerate> {
        let total: f64 = self.counts.iter().sum();
        let weights = self.counts.iter().map(|count| count / total).collect();
        let (mut means, mut counts, mut scatters) = (Vec::new(), Vec::new(), Vec::new());
        for j in 0..self.at.k() {
            let (mut count, mut weight) = (self.counts[j], self.counts[j]);
            let (mut first, mut second) = (self.first[j].clone(), self.second[j].clone());
            if let Some(prior) = prior {
                let p = &prior.mean - &self.at.means[j];
                count += prior.count();
                weight += prior.shrinkage;
                second += &p * p.transpose() * prior.shrinkage + prior.scatter();
                first += p * prior.shrinkage;
            }
            let shift = first / weight;
            scatters.push(second - &shift * shift.transpose() * weight);
            means.push(&self.at.means[j] + shift);
            counts.push(count);
        }
        if let Some(j) = means.iter().position(|mean| mean.iter().any(|m| !m.is_finite())) {
            return Err(Degenerate(j));
        }
        Components::new(weights, means, covariances(family, scatters, &counts)?, spread)
    }
}

/// The covariances of a family that maximise `-1/2 sum_j (n_j ln |Sigma_j| + tr Sigma_j^-1 S_j)`.
fn covariances(
    family: Covariance,
    scatters: Vec<DMatrix<f64>>,
    counts: &[f64],
) -> Result<Vec<DMatrix<f64>>, Degenerate> {
    let (k, d) = (scatters.len(), scatters[0].nrows());
    let root = |determinant: f64| determinant.powf(1.0 / d as f64);
    let total: f64 = counts.iter().sum();
    let diagonal = |s: &DMatrix<f64>| DMatrix::from_diagonal(&s.diagonal());
    let each =
        |f: &dyn Fn(&DMatrix<f64>, f64) -> DMatrix<f64>| scatters.iter().zip(counts).map(|(s, &n)| f(s, n)).collect();
    let pooled = |f: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>| {
        let sum = scatters.iter().fold(DMatrix::zeros(d, d), |sum, s| sum + s);
        vec![f(&(sum / total)); k]
    };
    // Equal volumes: the scatters at determinant 1, times what their roots add up to.
    let equal_volume = |shape: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>| {
        let shapes: Vec<DMatrix<f64>> = scatters.iter().map(shape).collect();
        let roots: Vec<f64> = shapes.iter().map(|s| root(s.determinant())).collect();
        let degenerate = roots.iter().position(|&root| root.is_nan() || root <= 0.0);
        let volume = roots.iter().sum::<f64>() / total;
        match degenerate {
            Some(j) => Err(Degenerate(j)),
            None => Ok(shapes.into_iter().zip(roots).map(|(s, root)| s * (volume / root)).collect()),
        }
    };
    let mean_variance = |s: &DMatrix<f64>| DMatrix::identity(d, d) * (s.trace() / d as f64);
    Ok(match family {
        Covariance::Full => each(&|s, n| s / n),
        Covariance::Tied => pooled(&Clone::clone),
        Covariance::Diagonal => each(&|s, n| diagonal(s) / n),
        Covariance::TiedDiagonal => pooled(&diagonal),
        Covariance::Spherical => each(&|s, n| mean_variance(s) / n),
        Covariance::TiedSpherical => pooled(&mean_variance),
        Covariance::EqualVolumeDiagonal => equal_volume(&diagonal)?,
        Covariance::EqualVolume => equal_volume(&Clone::clone)?,
        Covariance::EqualShape => {
            let eigen: Vec<Axes> = scatters.into_iter().map(Axes::new).collect();
            let sum = eigen.iter().fold(DVector::zeros(d), |sum, axes| sum + &axes.squares);
            let shared = DMatrix::from_diagonal(&(sum / total));
            eigen.iter().map(|axes| &axes.directions * &shared * axes.directions.transpose()).collect()
        }
    })
}

/// The principal axes of a symmetric matrix, the longest first.
pub(crate) struct Axes {
    pub(crate) squares: DVector<f64>,
    /// As columns.
    pub(crate) directions: DMatrix<f64>,
}

impl Axes {
    pub(crate) fn new(matrix: DMatrix<f64>) -> Self {
        let eigen = SymmetricEigen::new(matrix);
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        Self { squares: eigen.eigenvalues.select_rows(&order), directions: eigen.eigenvectors.select_columns(&order) }
    }
}
