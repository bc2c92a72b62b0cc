//! Hidden Markov models.
mod beginning;
mod complete;
mod em;
mod states;
mod trouble;

use maxlik_dual::Dual2;
use maxlik_model::{Design, HiddenMarkovLikelihood, Initial, Likelihood, LogDensity, ModelError, NotFinite, Parameter};
use maxlik_optimizer::Em;
use nalgebra::{DMatrix, DVector};

use self::em::HiddenMarkovSteps;
use crate::{Fit, FitError, MaximumLikelihood};

/// Rows in order, each with a density that depends on a hidden state; the states form a Markov chain.
///
/// Each of the `S >= 2` states has parameters and a log-density of its own; linear predictors make it a Markov-switching regression. The
/// coefficients are those of the states in order; then, where the initial distribution is [free](Initial::Free), `initial[b]` of the second
/// and later states; then the probabilities `transition[a,b]` of going from `a` to another state `b`, by rows: staying is what remains. A
/// state has the name of its first parameter (or its number from 1, if it has none) unless it is [named](HiddenMarkov::named).
///
/// A hidden Markov model is a [`Likelihood`]: `fit_with`, `fit_multistart` and all that a [`Fit`] tells are those of every model. The
/// likelihood has many maxima, and where a state can collapse on a point it has no greatest one: the start matters. States keep the
/// order and the names they were given; which of them becomes which is a matter of the start as well.
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
pub struct HiddenMarkov<'a, Row>(HiddenMarkovLikelihood<'a, Row>);

impl<'a, Row> HiddenMarkov<'a, Row> {
    /// A model without states yet, of one sequence.
    pub fn new(rows: &'a [Row]) -> Self {
        Self(HiddenMarkovLikelihood::new(rows))
    }

    /// Adds a state: `log_density` is given the `P` numbers that the parameters are for this row, and the row.
    pub fn state<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + 'a,
    {
        Self(self.0.state(parameters, log_density))
    }

    /// Adds a state from a [`LogDensity`].
    pub fn state_from_density<D, const P: usize>(self, parameters: [Parameter; P], density: D) -> Self
    where
        D: LogDensity<Row, P> + 'a,
    {
        Self(self.0.state_from_density(parameters, density))
    }

    /// Names the state that was added last.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self(self.0.named(name))
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
        Self(self.0.sequences(lengths))
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
        Self(self.0.missing(is_missing))
    }

    /// The distribution of the first state of a sequence. Unless it is given it is [stationary](Initial::Stationary), and
    /// [free](Initial::Free) where the transitions have covariates.
    pub fn initial(self, initial: Initial) -> Self {
        Self(self.0.initial(initial))
    }

    /// Lets the transitions depend on covariates: a row of the design is that of the transition into the row of data, and where a sequence
    /// begins it does not count. In the place of `transition[a,b]` are the coefficients `transition[a,b].column`.
    ///
    /// # Formula
    /// `ln(P_t(a, b) / P_t(a, a)) = x_t' beta_ab + offset_t`, a multinomial logit for each state `a`.
    pub fn transition_design(self, design: &Design) -> Self {
        Self(self.0.transition_design(design))
    }

    /// Starts the search at these probabilities of transitions, all above 0: those from a state in a row. Otherwise it starts with 0.8 to
    /// stay and the same for all others. With covariates they are those of a constant column, if there is one.
    pub fn transition_start<const S: usize>(self, matrix: [[f64; S]; S]) -> Self {
        Self(self.0.transition_start(DMatrix::from_fn(S, S, |a, b| matrix[a][b])))
    }

    /// Finds a maximum of the likelihood by EM (Baum-Welch) from the starts of the parameters; Newton's method takes the last steps.
    ///
    /// The M-step is Newton's method on each state's density, from where it stood; its evaluations are not among those of the fit. Where
    /// the initial distribution is free its maximum often has a probability of 1: then the fit is the one given that beginning, which
    /// is reported as at its limit.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`], or if two states start with the same density, a state collapses on a few rows or occurs in none.
    pub fn fit(&self) -> Result<Fit, FitError> {
        self.0.validate()?;
        self.refuse_equal_starts()?;
        // Newton's method may end before the M-step's maximum, where a density has none: EM still rises.
        let em = Em::default().with_exact_m_step(false);
        let steps = HiddenMarkovSteps(&self.0);
        let fit = if self.begins_once() { self.fit_beginning(em, None) } else { self.fit_em(em, &steps) };
        let fit = match fit {
            Err(FitError::NotConverged(partial)) => self.fit_sure_beginning(em, partial),
            other => other,
        };
        self.in_words(fit)
    }

    /// The names of the states.
    pub fn state_names(&self) -> &[String] {
        self.0.state_names()
    }
}

impl<Row> Likelihood for HiddenMarkov<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        self.0.parameters()
    }

    fn n_obs(&self) -> Option<usize> {
        self.0.n_obs()
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.0.validate()
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.0.log_likelihood_score_hessian(coefficients)
    }

    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.0.log_likelihood_score(coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.0.log_likelihood(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.0.first_not_finite(coefficients)
    }
}
