//! Factor analysis by maximum likelihood.
mod coordinates;
mod em;
mod error;
mod fit;
mod likelihood_ratio;
mod missing_information;
mod posterior;
mod profile;
mod promax;
mod report;
mod rotation;
mod sample;
mod scores;
mod search;
mod structure;
mod summary;
mod varimax;

use maxlik_optimizer::Em;
use nalgebra::DMatrix;

use self::likelihood_ratio::degrees_of_freedom;
use self::sample::Sample;
use self::search::{Settings, search};

pub use self::error::FactorAnalysisError;
pub use self::fit::{FactorAnalysisFit, Scale};
pub use self::likelihood_ratio::LikelihoodRatioTest;
pub use self::rotation::Rotation;
pub use self::scores::Scores;

/// Rows whose variables have a few factors in common, and are independent given these.
///
/// The maximum is the same for all units of the variables: it is searched for on the scale of correlations. Without missing values the
/// likelihood is maximised over the uniquenesses alone, the loadings being known given these, by Newton's method with exact second
/// derivatives; with missing values, or on demand, by EM.
///
/// A uniqueness can have its best value at 0 (a Heywood case). That is recognised and named, and the others are fitted given it.
///
/// # Formula
/// `x_i ~ N(mu, L L' + diag(psi))`, `L: d x m`, `l = -n/2 [d ln 2 pi + ln |Sigma| + tr Sigma^-1 S]` without missing values
///
/// # Example
/// ```
/// use maxlik::prelude::*;
/// use nalgebra::dmatrix;
///
/// // One factor and three variables: r_ij = l_i l_j, so that l_1^2 = r_12 r_13 / r_23.
/// let r = dmatrix![1.0, 0.56, 0.42; 0.56, 1.0, 0.48; 0.42, 0.48, 1.0];
/// let fit = FactorAnalysis::new(1).names(["algebra", "geometry", "essay"]).fit_covariance(&r, 120)?;
/// assert!((fit.estimate("loading[algebra,1]")? - 0.7).abs() < 1e-10);
/// assert!((fit.estimate("uniqueness[algebra]")? - 0.51).abs() < 1e-10);
/// println!("{fit}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Lawley & Maxwell, "Factor analysis as a statistical method" (1971); Jöreskog, "Some contributions to maximum likelihood factor
/// analysis" (1967); Rubin & Thayer, "EM algorithms for ML factor analysis" (1982).
#[derive(Clone, Debug)]
pub struct FactorAnalysis {
    factors: usize,
    names: Option<Vec<String>>,
    weights: Option<Vec<f64>>,
    missing: bool,
    lower: Option<f64>,
    em: Option<Em>,
    starts: usize,
    seed: u64,
    information_limit: usize,
}

impl FactorAnalysis {
    /// With so many factors, `m`.
    pub fn new(factors: usize) -> Self {
        Self {
            factors,
            names: None,
            weights: None,
            missing: false,
            lower: None,
            em: None,
            starts: 5,
            seed: 1,
            information_limit: 1000,
        }
    }

    /// The names of the variables, `d`; `x1`, `x2`, ... if there are none.
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Weights of the rows, each at least 0, by which their log-densities are multiplied; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// Whether NaN is a value that was not observed; default false, and NaN is an error. Values must be missing at random: whether one
    /// is missing may depend on those that were observed, not on itself.
    pub fn missing(mut self, missing: bool) -> Self {
        self.missing = missing;
        self
    }

    /// Keeps the uniquenesses, as parts of the variances, at or above a bound; none by default. R's `factanal` has 0.005. Where one of
    /// them is on the bound the fit is not the maximum of the likelihood, and says so.
    pub fn lower(mut self, lower: f64) -> Self {
        self.lower = Some(lower);
        self
    }

    /// Finds the maximum by EM, also without missing values: slower, and the same.
    pub fn em(mut self, em: Em) -> Self {
        self.em = Some(em);
        self
    }

    /// The number of starts of the search; default 5. The likelihood may have several maxima, above all with few rows or many factors:
    /// the highest found is the fit, which says how many starts led to it. The first start is Jöreskog's, the others are random.
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// The seed of the random starts; default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// With more free coefficients than this the information is not evaluated, and there are no standard errors; default 1000. Time grows
    /// with the cube of their number, memory with the square.
    pub fn information_limit(mut self, coefficients: usize) -> Self {
        self.information_limit = coefficients;
        self
    }

    /// Fits the model to rows of data, `n x d`.
    ///
    /// # Errors
    /// If there are too many factors, too few rows, values that are not finite (but for missing ones), variables that do not vary or
    /// depend on each other linearly, names or weights that do not fit, or no convergence.
    pub fn fit(&self, points: &DMatrix<f64>) -> Result<FactorAnalysisFit, FactorAnalysisError> {
        let names = self.checked_names(points.ncols())?;
        self.check_weights(points.nrows())?;
        let weights = self.weights.as_deref();
        let sample = if self.missing && points.iter().any(|x| x.is_nan()) {
            Sample::with_missing(points, names, weights)?
        } else {
            Sample::complete(points, names, weights)?
        };
        self.fit_sample(sample)
    }

    /// Fits the model to a covariance or correlation matrix, `d x d`, of `n` rows of data.
    ///
    /// The log-likelihood is that of rows whose covariance matrix, with divisor `n`, this is. With divisor `n - 1` it is off by a
    /// constant that is the same for all numbers of factors; nothing else depends on it but estimates in the units of the data.
    ///
    /// # Errors
    /// As [`FactorAnalysis::fit`], or if the matrix is not symmetric and positive definite.
    pub fn fit_covariance(&self, s: &DMatrix<f64>, n: usize) -> Result<FactorAnalysisFit, FactorAnalysisError> {
        if s.nrows() != s.ncols() {
            return Err(FactorAnalysisError::NotSquare { rows: s.nrows(), columns: s.ncols() });
        }
        let names = self.checked_names(s.ncols())?;
        if let Some(weights) = &self.weights {
            return Err(FactorAnalysisError::WeightsOfCovariance { found: weights.len() });
        }
        self.fit_sample(Sample::covariance(s, names, n)?)
    }

    fn fit_sample(&self, sample: Sample) -> Result<FactorAnalysisFit, FactorAnalysisError> {
        let Self { factors, lower, em, starts, seed, .. } = *self;
        let settings = Settings { factors, lower, em, starts, seed };
        let found = search(&sample, &settings)?;
        let converged = found.report.termination.is_converged();
        let fit = FactorAnalysisFit::new(sample, found, starts, self.information_limit)?;
        if converged { Ok(fit) } else { Err(FactorAnalysisError::NotConverged(Box::new(fit))) }
    }

    /// The names of `d` variables, when all settings are valid for so many.
    fn checked_names(&self, variables: usize) -> Result<Vec<String>, FactorAnalysisError> {
        let factors = self.factors;
        if factors == 0 {
            return Err(FactorAnalysisError::NoFactors);
        }
        let dof = degrees_of_freedom(variables, factors);
        if factors >= variables || dof < 0 {
            let most = (1..variables).take_while(|&m| degrees_of_freedom(variables, m) >= 0).last().unwrap_or(0);
            return Err(FactorAnalysisError::TooManyFactors { factors, variables, dof, most });
        }
        if let Some(found) = self.lower.filter(|lower| !(*lower > 0.0 && *lower < 1.0)) {
            return Err(FactorAnalysisError::Lower { found });
        }
        if self.starts == 0 {
            return Err(FactorAnalysisError::Setting { setting: "starts", expected: "at least 1", found: 0.0 });
        }
        let names = self.names.clone().unwrap_or_else(|| (1..=variables).map(|j| format!("x{j}")).collect());
        if names.len() != variables {
            return Err(FactorAnalysisError::Names { expected: variables, found: names.len() });
        }
        match (1..variables).find(|&j| names[..j].contains(&names[j])) {
            Some(j) => Err(FactorAnalysisError::DuplicateName { name: names[j].clone() }),
            None => Ok(names),
        }
    }

    fn check_weights(&self, rows: usize) -> Result<(), FactorAnalysisError> {
        let Some(weights) = &self.weights else { return Ok(()) };
        if weights.len() != rows {
            return Err(FactorAnalysisError::Weights { expected: rows, found: weights.len() });
        }
        match weights.iter().position(|weight| !(0.0..f64::INFINITY).contains(weight)) {
            Some(row) => Err(FactorAnalysisError::Weight { row, found: weights[row] }),
            None => Ok(()),
        }
    }
}
