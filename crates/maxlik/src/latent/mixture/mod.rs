//! Mixtures of densities written as closures.
mod draw;
mod em;
mod fit;
mod parts;
mod results;
mod verdict;

use std::borrow::Cow;

use maxlik_dual::Dual2;
use maxlik_model::{Design, Likelihood, LogDensity, MixtureLikelihood, ModelError, NotFinite, Parameter};
use nalgebra::{DMatrix, DVector};

pub use self::fit::MixtureFit;
use crate::fitting::coefficients;
use crate::latent::parts::Kind;
use crate::latent::search::{Found, Settings, seek};
use crate::{Collapse, FitError};

/// Components count as equal at the start when their log-densities `f`, `g` differ by at most `1e-12 max(|f|, 1)` in each row.
const EQUAL: f64 = 1e-12;

/// Rows that each come from one of `k >= 2` components, not known which.
///
/// Each component has parameters and a log-density of its own; linear predictors make it a mixture of regressions. The
/// coefficients are those of the components in order, then the mixing weights of the second and later components, named
/// `weight[component]`; the first has what remains. A component has the name of its first parameter (or its number from 1, if it
/// has none) unless it is [named](Mixture::named).
///
/// A mixture is a [`Likelihood`]: `fit_with`, `fit_multistart` and all that a [`Fit`](crate::Fit) tells are those of every model. A
/// likelihood of mixtures has many maxima, and where a component can collapse on a point it has no greatest one: the start matters.
///
/// Components keep the order and the names in which they are written. From the parameters' own starts they stay what they were; after a
/// random start those that can change places without a change of the likelihood are put in the order of their starts, by the first
/// coefficient that starts differently: the one that starts lowest there is lowest in the fit.
///
/// # Formula
/// `l = sum_i w_i ln sum_j pi_ij exp f_j(z_ij, row_i)`
///
/// # Example
/// ```
/// use maxlik::prelude::*;
///
/// // Widths of shells: two kinds.
/// let widths = [4.1, 3.8, 4.4, 4.0, 6.9, 4.3, 7.2, 6.5, 3.9, 7.4];
/// let fit = Mixture::new(&widths)
///     .component([real("small").start(4.0), positive("sd_small")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
///     .component([real("large").start(7.0), positive("sd_large")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
///     .fit()?;
/// assert!((fit.estimate("weight[large]")? - 0.4).abs() < 1e-6);
/// assert!((fit.estimate("large")? - 7.0).abs() < 1e-6); // (6.9 + 7.2 + 6.5 + 7.4) / 4
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Mixture<'a, Row> {
    likelihood: MixtureLikelihood<'a, Row>,
    settings: Settings,
}

impl<'a, Row: Sync> Mixture<'a, Row> {
    /// A mixture without components yet.
    pub fn new(rows: &'a [Row]) -> Self {
        Self { likelihood: MixtureLikelihood::new(rows), settings: Settings::default() }
    }

    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(self, weights: &'a [f64]) -> Self {
        Self { likelihood: self.likelihood.weights(weights), ..self }
    }

    /// Adds a component: `log_density` is given the `P` numbers that the parameters are for this row, and the row.
    pub fn component<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + Sync + 'a,
    {
        Self { likelihood: self.likelihood.component(parameters, log_density), ..self }
    }

    /// Adds a component from a [`LogDensity`].
    pub fn component_from_density<D, const P: usize>(self, parameters: [Parameter; P], density: D) -> Self
    where
        D: LogDensity<Row, P> + 'a,
    {
        Self { likelihood: self.likelihood.component_from_density(parameters, density), ..self }
    }

    /// Lets the mixing weights depend on covariates by a multinomial logit, with the first component for reference: coefficients
    /// `weight[component].column` of the second and later components, which start at 0.
    ///
    /// # Formula
    /// `pi_ij = exp(eta_ij) / sum_m exp(eta_im)` with `eta_ij = x_i' beta_j + offset_i`, `eta_i1 = 0`
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// // Shells are larger in deep water more often: width and depth.
    /// let shells = [(4.1, 1.0), (3.8, 2.0), (4.4, 5.0), (4.0, 1.5), (6.9, 4.0), (4.3, 3.0), (7.2, 6.0), (6.5, 2.5), (3.9, 0.5), (7.4, 7.0)];
    /// let design = Design::from_rows(&shells, ["(intercept)", "depth"], |shell| [1.0, shell.1])?;
    /// let fit = Mixture::new(&shells)
    ///     .component([real("small").start(4.0), positive("sd_small")], |[mu, sd], shell| normal::ln_pdf(shell.0, mu, sd))
    ///     .component([real("large").start(7.0), positive("sd_large")], |[mu, sd], shell| normal::ln_pdf(shell.0, mu, sd))
    ///     .concomitant(&design)
    ///     .fit()?;
    /// // As by a logistic regression of the kind, which is all but certain here.
    /// assert!((fit.estimate("weight[large].depth")? - 0.845_148).abs() < 1e-5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # References
    /// Dayton & Macready, "Concomitant-variable latent-class models" (1988).
    pub fn concomitant<'d>(self, design: impl Into<Cow<'d, Design>>) -> Self {
        Self { likelihood: self.likelihood.concomitant(design), ..self }
    }

    /// Names the component that was added last.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { likelihood: self.likelihood.named(name), ..self }
    }

    /// What is done where a component collapses from the parameters' own starts; by default the search starts again from 10 random
    /// points, and it is an error if no start leads to a maximum.
    ///
    /// [`Collapse::Drop`] leaves the component out, and [`Collapse::Penalise`] fits again with a prior of so many
    /// [rows](Mixture::pseudo_rows); both say so in a note. A component that fits no row is treated as one that collapses.
    ///
    /// # Example
    /// ```
    /// use maxlik::Warning;
    /// use maxlik::prelude::*;
    ///
    /// let widths = [4.1, 3.8, 4.4, 4.0, 6.9, 4.3, 7.2, 6.5, 3.9, 7.4];
    /// let mixture = |collapse| {
    ///     Mixture::new(&widths)
    ///         .component([real("a").start(5.0), positive("sd_a").start(2.0)], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
    ///         .component([real("b").start(4.4), positive("sd_b").start(0.02)], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
    ///         .on_collapse(collapse)
    ///         .fit()
    /// };
    /// let Err(FitError::CollapsedComponent { component, rows, .. }) = mixture(Collapse::Error) else { panic!("on 4.4") };
    /// assert_eq!((&*component, &*rows), ("b", &[2][..]));
    /// let dropped = mixture(Collapse::Drop)?;
    /// assert!((dropped.estimate("a")? - 5.25).abs() < 1e-10); // the mean of all
    /// assert_eq!(dropped.warnings(), [Warning::Dropped { component, rows }]);
    /// let other = mixture(Collapse::Restart)?;
    /// assert!((other.estimate("a")? - 7.0).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_collapse(mut self, collapse: Collapse) -> Self {
        self.settings.collapse = collapse;
        self
    }

    /// The number of starts: the parameters' own and random ones; default 1. A random start is the best of 6 draws after a short run of
    /// EM from each; a draw gives the components random rows, and an M-step makes coefficients of that.
    pub fn starts(mut self, starts: usize) -> Self {
        self.settings.starts = starts;
        self
    }

    /// The seed of the random starts: the same seed gives the same starts; default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// How many rows the prior of [`Collapse::Penalise`] weighs as, for each component; default `2 / n` with `n` rows of weight above 0.
    ///
    /// Little is enough: far rows weigh much for a narrow component. On the 82 velocities of galaxies with five normals the default
    /// bounds the likelihood and leaves the groups where they are; one whole row makes the standard deviation of the group at 9.7
    /// five instead of 0.4.
    ///
    /// # Formula
    /// The log-posterior is `l + a / sum_i w_i sum_i w_i sum_j f_j(z_ij, row_i)`: each component that
    /// has something to estimate sees all rows, `a` rows in all. For a
    /// normal density with the mean `m` and variance `S` of all rows that is `-a / 2 (S / sigma^2 + ln sigma^2)` up to a constant, minus
    /// `a (mu - m)^2 / (2 sigma^2)`.
    ///
    /// # References
    /// Chen, Tan & Zhang, "Inference for normal mixtures in mean and variance" (2008), whose penalty on the variance this is, with
    /// `a_n = 1 / n` for the default.
    pub fn pseudo_rows(mut self, a: f64) -> Self {
        self.settings.pseudo_rows = Some(a);
        self
    }

    /// Finds a maximum of the likelihood by EM from the starts of the parameters and equal mixing weights; Newton's method
    /// takes the last steps.
    ///
    /// The M-step is Newton's method on each component, from where it stood; its evaluations are not among those of the fit. Of
    /// [several starts](Mixture::starts) the one with the highest maximum that is not spurious is reported. A maximum is spurious where
    /// a component holds fewer rows (each counted by its responsibility) than its coefficients and two, and its density there is
    /// twenty times as high as it is anywhere when the component is fitted to all rows; with fewer rows than its coefficients and a
    /// half, where it is higher at all. A note says where a higher one was passed over, or none but a spurious one was found.
    ///
    /// Where the first of three components or more has weight 0 at the maximum, the fit is that of the others; a note says so.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`](crate::MaximumLikelihood::fit), or if a setting is out of its range, two components start with the
    /// same density, there are fewer different rows than components, or a component collapses on a few rows or fits none and
    /// [nothing else](Mixture::on_collapse) is to be done about it.
    pub fn fit(&self) -> Result<MixtureFit, FitError> {
        self.validate()?;
        self.settings.validate(Kind::Component)?;
        self.refuse_equal_starts()?;
        let Found { fit, starts, ordered } = seek(&self.likelihood, &self.settings)?;
        Ok(MixtureFit::new(self, fit, starts, ordered))
    }

    /// Components with the same density share each row alike, and EM leaves them together.
    fn refuse_equal_starts(&self) -> Result<(), FitError> {
        let start: Vec<f64> = coefficients(&self.likelihood).iter().map(|coefficient| coefficient.value).collect();
        let equal = self.likelihood.equal_components(&start, EQUAL);
        equal.map_or(Ok(()), |[first, second]| {
            let name = |j: usize| self.component_names()[j].clone();
            Err(FitError::EqualComponents { first: name(first), second: name(second) })
        })
    }

    /// The names of the components.
    pub fn component_names(&self) -> &[String] {
        self.likelihood.component_names()
    }
}

impl<Row: Sync> Likelihood for Mixture<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        self.likelihood.parameters()
    }

    fn n_obs(&self) -> Option<usize> {
        self.likelihood.n_obs()
    }

    fn weights(&self) -> Option<&[f64]> {
        Likelihood::weights(&self.likelihood)
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.likelihood.validate()
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.likelihood.log_likelihood_score_hessian(coefficients)
    }

    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.likelihood.log_likelihood_score(coefficients)
    }

    fn n_terms(&self) -> usize {
        self.likelihood.n_terms()
    }

    fn log_likelihood_score_of(&self, terms: &[usize], coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.likelihood.log_likelihood_score_of(terms, coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.likelihood.log_likelihood(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.likelihood.first_not_finite(coefficients)
    }
}
