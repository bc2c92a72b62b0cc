//! The same model from several starts.
use std::fmt;
use std::ops::ControlFlow;

use maxlik_model::{Domain, Likelihood};
use maxlik_optimizer::{Method, Newton, Objective, Progress};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

use crate::Fit;
use crate::error::FitError;
use crate::fitting::{coefficients_of, fit_at};
use crate::free_scale::{Coefficient, FreeScale};

/// Where several searches start: at the parameters' own starting values, and at random points around them.
///
/// On the free scale (logarithm, logit) each coefficient is moved by a normal number times `spread` units, where the unit is
/// what one observation says about it at the first start, `sqrt(n / |l''|)`; between two bounds it is drawn uniformly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Multistart {
    /// The number of starts, the first included; default 20.
    pub starts: usize,
    /// The seed of the random numbers: the same seed gives the same starts; default 1.
    pub seed: u64,
    /// The standard deviation of the random starts in units; default 2.
    pub spread: f64,
}

impl Default for Multistart {
    fn default() -> Self {
        Self { starts: 20, seed: 1, spread: 2.0 }
    }
}

impl Multistart {
    /// The number of starts, the first included.
    pub fn with_starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// The seed of the random numbers.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The standard deviation of the random starts in units.
    pub fn with_spread(mut self, spread: f64) -> Self {
        self.spread = spread;
        self
    }
}

/// A maximum, and how many starts led to it.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// The fit there, from the first start that found it.
    pub fit: Fit,
    /// The number of starts that led to it.
    pub starts: usize,
}

/// The different maxima that several starts have found, the highest first.
#[derive(Clone, Debug)]
pub struct Optima {
    optima: Vec<Optimum>,
    failures: usize,
}

impl Optima {
    /// The fit with the highest likelihood.
    pub fn best(&self) -> &Fit {
        &self.optima[0].fit
    }

    /// All maxima, the highest first.
    pub fn all(&self) -> &[Optimum] {
        &self.optima
    }

    /// The number of starts that led to no maximum.
    pub fn failures(&self) -> usize {
        self.failures
    }
}

/// How far below the best maximum each other one lies, how many starts led there, and the best fit.
impl fmt::Display for Optima {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts: usize = self.optima.iter().map(|optimum| optimum.starts).sum::<usize>() + self.failures;
        writeln!(f, "{} maxima from {starts} starts, {} of which led to none", self.optima.len(), self.failures)?;
        for Optimum { fit, starts } in &self.optima {
            writeln!(f, "  log-likelihood {:.6}   {starts} starts", fit.log_likelihood())?;
        }
        write!(f, "\n{}", self.best())
    }
}

/// Fits from every start and gathers what is the same maximum.
pub(crate) fn fit<M: Method>(
    likelihood: &dyn Likelihood,
    first: &[Coefficient],
    method: &M,
    multistart: &Multistart,
) -> Result<Optima, FitError> {
    let mut optima: Vec<Optimum> = Vec::new();
    let mut error = None;
    let mut failures = 0;
    for start in starts(likelihood, first, multistart) {
        let mut watch = |_: &Progress| ControlFlow::Continue(());
        let fit = match fit_at(likelihood, start, method, &mut watch) {
            Ok(fit) if fit.is_approximate() => coefficients_of(likelihood, &fit)
                .and_then(|reached| fit_at(likelihood, reached, &Newton::default(), &mut watch)),
            fit => fit,
        };
        match fit {
            Ok(fit) => match optima.iter_mut().find(|optimum| is_same(&optimum.fit, &fit)) {
                Some(optimum) => optimum.starts += 1,
                None => optima.push(Optimum { fit, starts: 1 }),
            },
            Err(failure) => {
                failures += 1;
                error.get_or_insert(failure);
            }
        }
    }
    optima.sort_by(|a, b| b.fit.log_likelihood().total_cmp(&a.fit.log_likelihood()));
    match error {
        Some(error) if optima.is_empty() => Err(error),
        _ => Ok(Optima { optima, failures }),
    }
}

/// The coefficients at every start.
fn starts(likelihood: &dyn Likelihood, first: &[Coefficient], multistart: &Multistart) -> Vec<Vec<Coefficient>> {
    let objective = FreeScale::new(likelihood, first);
    let (centre, bounds) = (objective.start(), objective.bounds());
    let (_, _, hessian) = objective.value_gradient_hessian(&centre);
    let n = likelihood.n_obs().unwrap_or(1) as f64;
    let mut rng = StdRng::seed_from_u64(multistart.seed);
    let mut starts = vec![first.to_vec()];
    while starts.len() < multistart.starts {
        let mut point = centre.clone();
        for (j, &i) in objective.free().iter().enumerate() {
            let (lower, upper) = (bounds.lower[j], bounds.upper[j]);
            let unit = (n / hessian[(j, j)].abs()).sqrt();
            let unit = if unit.is_finite() && unit > 0.0 { unit } else { centre[j].abs().max(1.0) };
            let z: f64 = rng.sample(StandardNormal);
            point[j] = match first[i].domain {
                Domain::Between { .. } if (upper - lower).is_finite() => lower + (upper - lower) * rng.random::<f64>(),
                _ => (centre[j] + multistart.spread * unit * z).clamp(lower, upper),
            };
        }
        let mut start = first.to_vec();
        for (coefficient, value) in start.iter_mut().zip(objective.natural(&point)) {
            coefficient.value = value;
        }
        starts.push(start);
    }
    starts
}

/// Whether two fits are the same maximum: log-likelihoods equal to `1e-8`, and coefficients within a ten-thousandth of a standard
/// error, `d' I d <= 1e-8`, of each other.
pub(crate) fn is_same(a: &Fit, b: &Fit) -> bool {
    if a.names() != b.names() {
        return false;
    }
    let gap = (a.log_likelihood() - b.log_likelihood()).abs();
    let d = a.coefficients() - b.coefficients();
    let distance = d.dot(&(a.observed_information() * &d));
    // At an open end there is no information: then the log-likelihood alone tells.
    gap <= 1e-8 * a.log_likelihood().abs().max(1.0) && (distance.is_nan() || distance <= 1e-8)
}
