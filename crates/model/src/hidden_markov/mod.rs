//! The log-likelihood of a hidden Markov model.
mod alone;
mod chain;
mod densities;
mod e_step;
mod emissions;
mod entropy;
mod expected;
mod filter;
mod hessian;
mod past;
mod prior;
mod states;
mod stationary;
mod sweeps;
mod validate;
mod viterbi;
mod without;

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use self::chain::{Chain, InitialLaw};
use self::emissions::Emissions;
pub use self::expected::Expected;
use self::filter::Recursion;
use crate::block::Chosen;
use crate::component::{Component, Part};
use crate::log_density::{Closure, Density, LogDensity};
use crate::sum::Compensated;
use crate::{Design, Likelihood, ModelError, NotFinite, Parameter, linear};

/// The probability of leaving a state at the start, unless others are given.
const LEAVE: f64 = 0.2;

/// The name of a linear predictor of the transitions, and of their coefficients.
const TRANSITION: &str = "transition";

/// The distribution of the first state of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Initial {
    /// The stationary distribution of the transitions: the chain has been running for long. Not with covariates.
    Stationary,
    /// Coefficients `initial[b]` of its own, for the second and later states. One sequence says no more of it than where it began: the
    /// maximum has a probability of 1.
    Free,
    /// These probabilities of all states.
    Given(Vec<f64>),
}

/// Rows in order, each with a density that depends on a hidden state; the states form a Markov chain.
///
/// Each of the `S >= 2` states has parameters and a log-density of its own. The coefficients are those of the states in order; then,
/// where the initial distribution is [free](Initial::Free), `initial[b]` of the second and later states; then the probabilities
/// `transition[a,b]` of going from `a` to another state `b`, by rows: staying is what remains. With covariates in their place stand the
/// coefficients `transition[a,b].column` of `ln(P(a, b) / P(a, a))`. A state has the name of its first parameter (or its number from 1, if
/// it has none) unless it is [named](Self::named).
///
/// # Formula
/// `l = ln sum_x delta(x_1) exp(f_(x_1)(row_1)) prod_t P_t(x_(t-1), x_t) exp(f_(x_t)(row_t))`, summed over all paths `x` of the states,
/// for each sequence; sequences are independent.
///
/// # Example
/// ```
/// use maxlik_model::{HiddenMarkovLikelihood, Initial, Likelihood, distribution::exponential, positive};
/// let waits = [0.3, 2.5];
/// let chain = HiddenMarkovLikelihood::new(&waits)
///     .state([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
///     .state([positive("slow").start(0.4)], |[rate], &t| exponential::ln_pdf(t, rate))
///     .initial(Initial::Given(vec![0.6, 0.4]));
/// let f = |rate: f64, t: f64| rate * (-rate * t).exp();
/// let (fast, slow) = (0.6 * f(3.0, 0.3), 0.4 * f(0.4, 0.3));
/// let l = ((0.9 * fast + 0.3 * slow) * f(3.0, 2.5) + (0.1 * fast + 0.7 * slow) * f(0.4, 2.5)).ln();
/// assert!((chain.log_likelihood(&[3.0, 0.4, 0.1, 0.3]) - l).abs() < 1e-14);
/// ```
pub struct HiddenMarkovLikelihood<'a, Row> {
    data: &'a [Row],
    /// Shared with models of some of them.
    states: Vec<Rc<dyn Component<Row> + 'a>>,
    names: Vec<String>,
    /// A name that was given before any state.
    stray_name: Option<String>,
    lengths: Option<Vec<usize>>,
    /// Whether each row is the first of its sequence.
    begins: Vec<bool>,
    missing: Option<Missing>,
    initial: Option<Initial>,
    design: Option<Design>,
    /// Where the search for the transitions starts.
    start: Option<DMatrix<f64>>,
    pseudo_rows: f64,
    parameters: Vec<Parameter>,
}

/// Which rows are missing.
#[derive(Clone)]
struct Missing {
    mask: Vec<bool>,
    /// An observed row in the place of each that is missing, and the others themselves.
    stand_ins: Vec<usize>,
}

impl<'a, Row: Sync> HiddenMarkovLikelihood<'a, Row> {
    /// A model without states yet, of one sequence.
    pub fn new(rows: &'a [Row]) -> Self {
        let begins = (0..rows.len()).map(|row| row == 0).collect();
        Self {
            data: rows,
            states: Vec::new(),
            names: Vec::new(),
            stray_name: None,
            lengths: None,
            begins,
            missing: None,
            initial: None,
            design: None,
            start: None,
            pseudo_rows: 0.0,
            parameters: Vec::new(),
        }
    }

    /// Adds a state from a closure.
    pub fn state<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + Sync + 'a,
    {
        self.add(Part { parameters, kernel: Closure(log_density) })
    }

    /// Adds a state from a [`LogDensity`].
    pub fn state_from_density<D, const P: usize>(self, parameters: [Parameter; P], density: D) -> Self
    where
        D: LogDensity<Row, P> + 'a,
    {
        self.add(Part { parameters, kernel: Density(density) })
    }

    /// Names the state that was added last.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        match self.names.last_mut() {
            Some(last) => *last = name.into(),
            None => self.stray_name = Some(name.into()),
        }
        self.list_parameters();
        self
    }

    /// Cuts the rows into sequences of these lengths, each with a beginning of its own.
    pub fn sequences(mut self, lengths: &[usize]) -> Self {
        self.begins.fill(false);
        let mut first = 0;
        for length in lengths {
            if let Some(begins) = self.begins.get_mut(first) {
                *begins = true;
            }
            first += length;
        }
        self.lengths = Some(lengths.to_vec());
        self
    }

    /// Says which rows are missing: the chain goes on, and the log-density never sees them.
    pub fn missing(mut self, is_missing: impl Fn(&Row) -> bool) -> Self {
        let mask: Vec<bool> = self.data.iter().map(is_missing).collect();
        let observed = mask.iter().position(|missing| !missing).unwrap_or(0);
        let stand_ins = mask.iter().enumerate().map(|(row, &missing)| if missing { observed } else { row }).collect();
        self.missing = mask.contains(&true).then_some(Missing { mask, stand_ins });
        self
    }

    /// The distribution of the first state of a sequence; unless it is given, [stationary](Initial::Stationary), and
    /// [free](Initial::Free) where the transitions have covariates.
    pub fn initial(mut self, initial: Initial) -> Self {
        self.initial = Some(initial);
        self.list_parameters();
        self
    }

    /// Lets the transitions depend on covariates: a row of the design is that of the transition into the row of data.
    pub fn transition_design(mut self, design: &Design) -> Self {
        self.design = Some(design.clone());
        self.list_parameters();
        self
    }

    /// Starts the search with these probabilities of transitions, `S x S`, all above 0; otherwise with 0.8 to stay.
    pub fn transition_start(mut self, matrix: DMatrix<f64>) -> Self {
        self.start = Some(matrix);
        self.list_parameters();
        self
    }

    fn add(mut self, state: impl Component<Row> + 'a) -> Self {
        let first = state.parameters().first();
        self.names.push(first.map_or_else(|| (self.names.len() + 1).to_string(), |first| first.name().into()));
        self.states.push(Rc::new(state));
        self.list_parameters();
        self
    }

    fn list_parameters(&mut self) {
        let mut parameters: Vec<Parameter> = self.own_parameters().cloned().collect();
        let states = self.names.len();
        if states > 1 && self.initial_law() == &Initial::Free {
            parameters.push(Parameter::simplex("initial", self.names[1..].to_vec()));
        }
        for a in (0..states).filter(|_| states > 1) {
            let others: Vec<usize> = (0..states).filter(|&b| b != a).collect();
            let entry = |b: usize| format!("{},{}", self.names[a], self.names[b]);
            let start = |b: usize| self.start_of(a, b);
            match &self.design {
                None => {
                    let entries = others.iter().map(|&b| entry(b)).collect();
                    let start: Vec<f64> = others.iter().map(|&b| start(b)).collect();
                    parameters.push(Parameter::simplex(TRANSITION, entries).start(start));
                }
                Some(design) => parameters.extend(others.iter().map(|&b| {
                    let odds = (start(b) / start(a)).ln();
                    linear(format!("{TRANSITION}[{}]", entry(b)), design).start(constant_predictor(design, odds))
                })),
            }
        }
        self.parameters = parameters;
    }

    /// The probability of the transition at the start; NaN where a matrix of another size was given.
    fn start_of(&self, a: usize, b: usize) -> f64 {
        let others = (self.names.len() - 1) as f64;
        match &self.start {
            None if a == b => 1.0 - LEAVE,
            None => LEAVE / others,
            Some(matrix) => matrix.get((a, b)).copied().unwrap_or(f64::NAN),
        }
    }

    fn initial_law(&self) -> &Initial {
        let default = if self.design.is_some() { &Initial::Free } else { &Initial::Stationary };
        self.initial.as_ref().unwrap_or(default)
    }

    fn own_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.states.iter().flat_map(|state| state.parameters())
    }

    /// The rows.
    pub fn rows(&self) -> &'a [Row] {
        self.data
    }

    /// The names of the states.
    pub fn state_names(&self) -> &[String] {
        &self.names
    }

    /// Whether the row is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        self.missing.as_ref().is_some_and(|missing| missing.mask[row])
    }

    /// Whether the transitions have covariates.
    pub fn has_covariates(&self) -> bool {
        self.design.is_some()
    }

    /// Where the initial distribution comes from.
    pub fn initial_distribution(&self) -> &Initial {
        self.initial_law()
    }

    /// Where the coefficients of state `j` stand.
    ///
    /// # Panics
    /// If there is no state `j`, counted from 0.
    pub fn coefficients_of_state(&self, j: usize) -> Range<usize> {
        let length = |j: usize| self.states[j].parameters().iter().map(Parameter::len).sum::<usize>();
        let start = (0..j).map(length).sum();
        start..start + length(j)
    }

    /// Where the coefficients of the initial distribution stand; an empty range where it has none.
    pub fn coefficients_of_initial(&self) -> Range<usize> {
        let first = self.own_parameters().map(Parameter::len).sum();
        let own = if self.initial_law() == &Initial::Free { self.names.len() - 1 } else { 0 };
        first..first + own
    }

    /// Where the coefficients of the transitions from state `a` stand: of each other state in order, with all their columns.
    pub fn coefficients_of_transitions(&self, a: usize) -> Range<usize> {
        let own = (self.names.len() - 1) * self.chain().columns();
        let first = self.coefficients_of_initial().end + a * own;
        first..first + own
    }

    fn chain(&self) -> Chain<'_> {
        let initial = match self.initial_law() {
            Initial::Stationary => InitialLaw::Stationary,
            Initial::Free => InitialLaw::Free(self.coefficients_of_initial().start),
            Initial::Given(delta) => InitialLaw::Given(delta),
        };
        let first = self.coefficients_of_initial().end;
        Chain { states: self.names.len(), first, design: self.design.as_ref(), initial }
    }

    fn chosen(&self) -> Chosen<'_, Row> {
        Chosen { rows: self.data, indices: self.missing.as_ref().map(|missing| &missing.stand_ins[..]) }
    }

    fn mask(&self) -> Option<&[bool]> {
        self.missing.as_ref().map(|missing| &missing.mask[..])
    }

    fn recursion(&self) -> Recursion<'_, Row> {
        let components = self.states.iter().map(|state| &**state as &dyn Component<Row>).collect();
        let emissions = Emissions::new(self.chosen(), self.mask(), components);
        Recursion { emissions, chain: self.chain(), begins: &self.begins }
    }
}

fn total(ln: &[f64]) -> f64 {
    let mut sum = Compensated::default();
    for ln in ln {
        sum.add(*ln);
    }
    sum.value()
}

/// Coefficients that make the predictor this number, by a column that is constant; 0 where there is none.
fn constant_predictor(design: &Design, value: f64) -> Vec<f64> {
    let x = design.matrix();
    let constant = x.column_iter().position(|column| column.iter().all(|&x| x == column[0] && x != 0.0));
    (0..x.ncols()).map(|j| if Some(j) == constant { value / x[(0, j)] } else { 0.0 }).collect()
}

impl<Row: Sync> Likelihood for HiddenMarkovLikelihood<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The number of rows that are not missing.
    fn n_obs(&self) -> Option<usize> {
        Some((0..self.data.len()).filter(|&row| !self.is_missing(row)).count())
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.validate_all()
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let recursion = self.recursion();
        let (ln, forward) = recursion.filter(coefficients);
        let value = total(&ln);
        let m = coefficients.len();
        if !value.is_finite() {
            return (value, DVector::repeat(m, f64::NAN), DMatrix::repeat(m, m, f64::NAN));
        }
        let smoothed = recursion.smooth(coefficients, forward);
        let (score, hessian) = recursion.derivatives(coefficients, &smoothed);
        self.add_prior((value, score, hessian), coefficients)
    }

    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        let recursion = self.recursion();
        let (ln, forward) = recursion.filter(coefficients);
        let value = total(&ln);
        if !value.is_finite() {
            return (value, DVector::repeat(coefficients.len(), f64::NAN));
        }
        let score = recursion.score(coefficients, &recursion.smooth(coefficients, forward));
        self.add_prior_score((value, score), coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        total(&self.log_likelihoods(coefficients)) + self.ln_prior(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.recursion().first_not_finite(coefficients).or_else(|| self.first_not_finite_of_prior(coefficients))
    }
}

impl<Row> HiddenMarkovLikelihood<'_, Row> {
    /// The number of sequences.
    pub fn n_sequences(&self) -> usize {
        self.lengths.as_ref().map_or(1, Vec::len)
    }
}

impl<Row> fmt::Debug for HiddenMarkovLikelihood<'_, Row> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HiddenMarkovLikelihood")
            .field("rows", &self.data.len())
            .field("states", &self.names)
            .field("sequences", &self.n_sequences())
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
