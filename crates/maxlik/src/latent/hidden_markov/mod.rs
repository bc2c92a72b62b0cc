//! Hidden Markov models.
mod beginning;
mod complete;
mod draw;
mod em;
mod fit;
mod parts;
mod states;
mod trouble;

use maxlik_dual::Dual2;
use maxlik_model::{Design, HiddenMarkovLikelihood, Initial, Likelihood, LogDensity, ModelError, NotFinite, Parameter};
use nalgebra::{DMatrix, DVector};

pub use self::em::HiddenMarkovSteps;
pub use self::fit::HiddenMarkovFit;
use self::trouble::refuse_equal_starts;
use crate::latent::parts::Kind;
use crate::latent::search::{Found, Settings, seek};
use crate::{Collapse, FitError};

/// Rows in order, each with a density that depends on a hidden state; the states form a Markov chain.
///
/// Each of the `S >= 2` states has parameters and a log-density of its own; linear predictors make it a Markov-switching regression. The
/// coefficients are those of the states in order; then, where the initial distribution is [free](Initial::Free), `initial[b]` of the second
/// and later states; then the probabilities `transition[a,b]` of going from `a` to another state `b`, by rows: staying is what remains. A
/// state has the name of its first parameter (or its number from 1, if it has none) unless it is [named](HiddenMarkov::named).
///
/// A hidden Markov model is a [`Likelihood`]: `fit_with`, `fit_multistart` and all that a [`Fit`](crate::Fit) tells are those of every
/// model. The likelihood has many maxima, and where a state can collapse on a point it has no greatest one: the start matters.
///
/// States keep the order and the names in which they are written. From the parameters' own starts they stay what they were; after a
/// random start those that can change places without a change of the likelihood are put in the order of their starts, by the first
/// coefficient that starts differently: the one that starts lowest there is lowest in the fit.
///
/// # Formula
/// `l = ln sum_x delta(x_1) exp(f_(x_1)(row_1)) prod_t P(x_(t-1), x_t) exp(f_(x_t)(row_t))`, summed over all paths `x` of the states, for
/// each sequence; sequences are independent.
///
/// # Example
/// ```
/// use maxlik::prelude::*;
///
/// // Counts of calls per hour, quiet and busy hours in spells.
/// let calls = [1, 0, 2, 1, 1, 14, 18, 12, 16, 1, 0, 0, 2, 1, 12, 18, 22, 16, 14, 2_u64];
/// let model = HiddenMarkov::new(&calls)
///     .state([positive("quiet")], |[mean], &k| poisson::ln_pmf(k, mean))
///     .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean));
/// let fit = model.fit()?;
/// assert!((fit.estimate("busy")? - 142.0 / 9.0).abs() < 0.01); // nearly the mean of its nine hours
/// assert!((fit.estimate("transition[busy,quiet]")? - 0.255).abs() < 0.001); // two of nine, and a quiet beginning
/// let path = model.viterbi(&fit)?;
/// assert_eq!(path.iter().filter(|&&state| state == Some(1)).count(), 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Rabiner, "A tutorial on hidden Markov models and selected applications in speech recognition" (1989); Zucchini et al.,
/// "Hidden Markov Models for Time Series" (2016).
#[derive(Debug)]
pub struct HiddenMarkov<'a, Row> {
    likelihood: HiddenMarkovLikelihood<'a, Row>,
    settings: Settings,
}

impl<'a, Row: Sync> HiddenMarkov<'a, Row> {
    /// A model without states yet, of one sequence.
    pub fn new(rows: &'a [Row]) -> Self {
        Self { likelihood: HiddenMarkovLikelihood::new(rows), settings: Settings::default() }
    }

    /// Adds a state: `log_density` is given the `P` numbers that the parameters are for this row, and the row.
    pub fn state<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + Sync + 'a,
    {
        Self { likelihood: self.likelihood.state(parameters, log_density), ..self }
    }

    /// Adds a state from a [`LogDensity`].
    pub fn state_from_density<D, const P: usize>(self, parameters: [Parameter; P], density: D) -> Self
    where
        D: LogDensity<Row, P> + 'a,
    {
        Self { likelihood: self.likelihood.state_from_density(parameters, density), ..self }
    }

    /// Names the state that was added last.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { likelihood: self.likelihood.named(name), ..self }
    }

    /// Cuts the rows into sequences of these lengths, independent of each other, each with a beginning of its own.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let calls = [1, 0, 2, 7, 9, 6, 1, 0, 5, 9, 11, 2_u64];
    /// let model = HiddenMarkov::new(&calls)
    ///     .state([positive("quiet")], |[mean], &k| poisson::ln_pmf(k, mean))
    ///     .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean))
    ///     .sequences(&[8, 4]);
    /// let fit = model.fit()?;
    /// let each = model.log_likelihoods(&fit)?;
    /// assert_eq!(each.len(), 2);
    /// assert!((each.iter().sum::<f64>() - fit.log_likelihood()).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sequences(self, lengths: &[usize]) -> Self {
        Self { likelihood: self.likelihood.sequences(lengths), ..self }
    }

    /// Says which rows are missing: the chain goes on through them, and the log-densities never see them.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let calls = [Some(1), Some(0), None, Some(7), Some(9), None, None, Some(1), Some(0), Some(2_u64)];
    /// let model = HiddenMarkov::new(&calls)
    ///     .state([positive("quiet")], |[mean], k| poisson::ln_pmf(k.unwrap(), mean))
    ///     .state([positive("busy").start(5.0)], |[mean], k| poisson::ln_pmf(k.unwrap(), mean))
    ///     .missing(Option::is_none);
    /// let fit = model.fit()?;
    /// assert_eq!(fit.n_obs(), 7);
    /// let smoothed = model.smoothed(&fit)?;
    /// assert!(smoothed[(5, 1)] > 0.5 && smoothed[(6, 1)] < 0.5); // more likely busy right after 9 calls than right before 1
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing(self, is_missing: impl Fn(&Row) -> bool) -> Self {
        Self { likelihood: self.likelihood.missing(is_missing), ..self }
    }

    /// The distribution of the first state of a sequence. Unless it is given it is [stationary](Initial::Stationary), and
    /// [free](Initial::Free) where the transitions have covariates.
    pub fn initial(self, initial: Initial) -> Self {
        Self { likelihood: self.likelihood.initial(initial), ..self }
    }

    /// Lets the transitions depend on covariates: a row of the design is that of the transition into the row of data, and where a sequence
    /// begins it does not count. In the place of `transition[a,b]` are the coefficients `transition[a,b].column`.
    ///
    /// # Formula
    /// `ln(P_t(a, b) / P_t(a, a)) = x_t' beta_ab + offset_t`, a multinomial logit for each state `a`.
    pub fn transition_design(self, design: &Design) -> Self {
        Self { likelihood: self.likelihood.transition_design(design), ..self }
    }

    /// Starts the search at these probabilities of transitions, all above 0: those from a state in a row. Otherwise it starts with 0.8 to
    /// stay and the same for all others. With covariates they are those of a constant column, if there is one.
    pub fn transition_start<const S: usize>(self, matrix: [[f64; S]; S]) -> Self {
        Self { likelihood: self.likelihood.transition_start(DMatrix::from_fn(S, S, |a, b| matrix[a][b])), ..self }
    }

    /// What is done where a state collapses from the parameters' own starts; by default the search starts again from 10 random points,
    /// and it is an error if no start leads to a maximum.
    ///
    /// [`Collapse::Drop`] leaves the state out, and [`Collapse::Penalise`] fits again with a prior of so many
    /// [rows](HiddenMarkov::pseudo_rows); both say so in a note. A state that occurs in no row is treated as one that collapses.
    ///
    /// # Example
    /// ```
    /// use maxlik::Warning;
    /// use maxlik::prelude::*;
    ///
    /// let levels = [0.2, -0.4, 0.1, 0.5, 3.1, 2.6, 3.4, 2.9, 0.3, -0.2, 0.0, 3.3, 2.7, 2.8, 0.4, -0.1];
    /// let model = |collapse| {
    ///     HiddenMarkov::new(&levels)
    ///         .state([real("a").start(1.0), positive("sd_a").start(2.0)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
    ///         .state([real("b").start(2.6), positive("sd_b").start(0.01)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
    ///         .on_collapse(collapse)
    /// };
    /// let Err(FitError::CollapsedState { state, rows, .. }) = model(Collapse::Error).fit() else { panic!("on 2.6") };
    /// assert_eq!((&*state, &*rows), ("b", &[5][..]));
    /// let dropped = model(Collapse::Drop).fit()?;
    /// assert!((dropped.estimate("a")? - 1.35).abs() < 1e-10); // the mean of all
    /// assert_eq!(dropped.warnings(), [Warning::DroppedState { state, rows }]);
    /// let other = model(Collapse::Restart).fit()?;
    /// assert!((other.estimate("a")? - 0.0889).abs() < 1e-4); // the mean of the low ones
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_collapse(mut self, collapse: Collapse) -> Self {
        self.settings.collapse = collapse;
        self
    }

    /// The number of starts: the parameters' own and random ones; default 1. A random start is the best of 6 draws after a short run of
    /// EM from each; a draw gives the states random rows, and an M-step makes coefficients of that. Transitions begin where they start.
    pub fn starts(mut self, starts: usize) -> Self {
        self.settings.starts = starts;
        self
    }

    /// The seed of the random starts: the same seed gives the same starts; default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// How many rows the prior of [`Collapse::Penalise`] weighs as, for each state; default `2 / n` with `n` observed rows.
    ///
    /// # Formula
    /// The log-posterior is `l + a / n sum_t sum_j f_j(z_tj, row_t)`: each state that has something to estimate sees all observed rows,
    /// `a` rows in all, as for a [`Mixture`](crate::Mixture::pseudo_rows).
    pub fn pseudo_rows(mut self, a: f64) -> Self {
        self.settings.pseudo_rows = Some(a);
        self
    }

    /// Finds a maximum of the likelihood by EM (Baum-Welch) from the starts of the parameters; Newton's method takes the last steps.
    ///
    /// The M-step is Newton's method on each state's density, from where it stood; its evaluations are not among those of the fit. Where
    /// the initial distribution is free its maximum often has a probability of 1: then the fit is the one given that beginning, which
    /// is reported as at its limit.
    ///
    /// Of [several starts](HiddenMarkov::starts) the one with the highest maximum that is not spurious is reported; what is spurious is
    /// said at [`Mixture::fit`](crate::Mixture::fit). A note says where a higher one was passed over, or none but a spurious one was found.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`](crate::MaximumLikelihood::fit), or if a setting is out of its range, two states start with the same
    /// density, or a state collapses on a few rows or occurs in none and [nothing else](HiddenMarkov::on_collapse) is to be done about it.
    pub fn fit(&self) -> Result<HiddenMarkovFit, FitError> {
        self.validate()?;
        self.settings.validate(Kind::State)?;
        refuse_equal_starts(&self.likelihood)?;
        let Found { fit, starts, ordered } = seek(&self.likelihood, &self.settings)?;
        Ok(HiddenMarkovFit::new(self, fit, starts, ordered))
    }

    /// The E-step and the M-step (Baum-Welch): for iterations of your own, or for `fit_em` with other settings than those of
    /// [`HiddenMarkov::fit`].
    ///
    /// # Example
    /// Some iterations of plain EM, none of which lowers the log-likelihood.
    /// ```
    /// use maxlik::prelude::*;
    /// use nalgebra::dvector;
    ///
    /// let calls = [1, 0, 2, 1, 3, 7, 9, 6, 8, 3, 0, 0, 2, 1, 6, 9, 11, 8, 7, 2_u64];
    /// let model = HiddenMarkov::new(&calls)
    ///     .state([positive("quiet").start(1.0)], |[mean], &k| poisson::ln_pmf(k, mean))
    ///     .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean));
    /// let steps = model.steps();
    /// // Both means; the transitions out of both states.
    /// let (mut theta, mut before) = (dvector![1.0, 5.0, 0.2, 0.3], f64::NEG_INFINITY);
    /// for _ in 0..40 {
    ///     let (log_likelihood, statistics) = steps.e_step(&theta);
    ///     assert!(log_likelihood >= before - 1e-12);
    ///     theta = steps.m_step(&statistics);
    ///     before = log_likelihood;
    /// }
    /// assert!((model.fit()?.estimate("busy")? - theta[1]).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn steps(&self) -> HiddenMarkovSteps<'_, 'a, Row> {
        HiddenMarkovSteps(&self.likelihood)
    }

    /// The names of the states.
    pub fn state_names(&self) -> &[String] {
        self.likelihood.state_names()
    }

    fn has_covariates(&self) -> bool {
        self.likelihood.has_covariates()
    }
}

impl<Row: Sync> Likelihood for HiddenMarkov<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        self.likelihood.parameters()
    }

    fn n_obs(&self) -> Option<usize> {
        self.likelihood.n_obs()
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

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.likelihood.log_likelihood(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.likelihood.first_not_finite(coefficients)
    }
}
