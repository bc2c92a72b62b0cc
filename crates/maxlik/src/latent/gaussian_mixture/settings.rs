//! The settings of a Gaussian mixture.
use maxlik_optimizer::{Em, Stopping};
use nalgebra::DMatrix;

use super::{Covariance, GaussianMixture};
use crate::Collapse;

/// How the searches begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartingPoints {
    /// By k-means++ and at random rows, by turns. The default.
    #[default]
    Mixed,
    /// By k-means++: groups of rows that are near each other.
    KMeansPlusPlus,
    /// At random rows.
    Random,
}

/// A start as it was given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) weights: Vec<f64>,
    pub(super) means: DMatrix<f64>,
    pub(super) covariances: Vec<DMatrix<f64>>,
}

/// Where noise is uniform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// In the box that the rows span.
    BoundingBox,
    /// In this volume, in the units of the columns.
    Volume(f64),
}

/// A conjugate prior for means and covariances, `mu_j ~ N(mean of the rows, Sigma_j / shrinkage)` and `Sigma_j ~ inverse Wishart(dof, scale)` with
/// the scale `S / k^(2/d)` for the covariance `S` of the rows: it keeps components from collapsing.
///
/// For full and tied covariances it is the prior of Fraley & Raftery, as in mclust. For the other families, where they take other priors, it
/// is the same density at the covariances of the family, with the diagonal of `S`, or its mean, in the place of `S` where these are diagonal
/// or spherical.
///
/// # References
/// Fraley & Raftery, "Bayesian regularization for normal mixture estimation and model-based clustering" (2007), section 3.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConjugatePrior {
    /// The number of rows that the prior of a mean weighs; default 0.01.
    pub shrinkage: f64,
    /// The degrees of freedom of the covariance's prior, more than `d - 1`; default `d + 2`.
    pub dof: Option<f64>,
}

impl Default for ConjugatePrior {
    fn default() -> Self {
        Self { shrinkage: 0.01, dof: None }
    }
}

impl GaussianMixture {
    /// A mixture of `k` components with full covariances.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            covariance: Covariance::default(),
            names: None,
            weights: None,
            start: StartingPoints::default(),
            starts: 50,
            continued: None,
            seed: 1,
            missing: false,
            noise: None,
            prior: None,
            on_collapse: Collapse::default(),
            given: None,
            information_limit: 1000,
            em: Em::default(),
        }
    }

    /// How the covariances are related; default [`Covariance::Full`].
    pub fn covariance(mut self, covariance: Covariance) -> Self {
        self.covariance = covariance;
        self
    }

    /// The names of the columns; default `x1`, `x2`, ...
    pub fn names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// How the searches begin; default [`StartingPoints::Mixed`].
    pub fn start(mut self, start: StartingPoints) -> Self {
        self.start = start;
        self
    }

    /// Begins one search here instead: mixing weights (`k`, and that of noise behind them), means (`k x d`) and covariances (`k` of `d x d`,
    /// of the family).
    pub fn start_from(mut self, weights: &[f64], means: &DMatrix<f64>, covariances: &[DMatrix<f64>]) -> Self {
        self.given = Some(Given { weights: weights.to_vec(), means: means.clone(), covariances: covariances.to_vec() });
        self
    }

    /// The number of short runs, each from a start of its own; default 50.
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// How many of the short runs are continued to their maxima, the best ones; default 30, or 5 where `k d^2` is above 1000. More are, as
    /// long as the best maximum was reached from one start only.
    pub fn continued(mut self, continued: usize) -> Self {
        self.continued = Some(continued);
        self
    }

    /// The seed of the random starts: the same seed gives the same fit; default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether NaN stands for a missing value; default false. The likelihood is then that of what was observed.
    pub fn missing(mut self, missing: bool) -> Self {
        self.missing = missing;
        self
    }

    /// Adds a component for noise, which is uniform in a volume.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.noise = Some(noise);
        self
    }

    /// Adds a prior: the fit is then a maximum a posteriori and says so.
    pub fn prior(mut self, prior: ConjugatePrior) -> Self {
        self.prior = Some(prior);
        self
    }

    /// What to do where a component collapses, or stands on a coincidence, from every start; default [`Collapse::Restart`], which is an error
    /// then. `Penalise` adds the default [`ConjugatePrior`]; with `Error` the collapse of the most promising start is the answer.
    pub fn on_collapse(mut self, collapse: Collapse) -> Self {
        self.on_collapse = collapse;
        self
    }

    /// With more free coefficients than this the information is not evaluated: there are no standard errors, and the verdict is EM's own
    /// estimate; default 1000. Time grows with the square of the coefficients for each row, and memory with the square.
    pub fn information_limit(mut self, coefficients: usize) -> Self {
        self.information_limit = coefficients;
        self
    }

    /// The settings of EM.
    pub fn em(mut self, em: Em) -> Self {
        self.em = em;
        self
    }

    /// When to stop.
    pub fn stopping(mut self, stopping: Stopping) -> Self {
        self.em.stopping = stopping;
        self
    }

    pub(super) fn has_noise(&self) -> bool {
        self.noise.is_some()
    }
}
