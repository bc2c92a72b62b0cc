//! Rows of data, the parameters and the log-density of a row.
use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use crate::block::Chosen;
use crate::log_density::{Closure, Density, Kernel, LogDensity};
use crate::parameter::validate_names;
use crate::pass::Pass;
use crate::{Design, Likelihood, ModelError, NotFinite, Parameter};

/// A statistical model: data and a log-density with named parameters.
///
/// `S` says where the log-likelihood comes from: [`Rows`] or [`Joint`](crate::Joint). A model borrows its data and is never
/// invalid to build; [`Likelihood::validate`] says what is wrong with it, and fitting asks that first.
#[derive(Clone, Debug)]
pub struct Model<S> {
    pub(crate) source: S,
}

/// The source of a model row by row: `l = sum_i w_i f(z_i, row_i)`.
#[derive(Clone, Debug)]
pub struct Rows<'a, Row, K, const P: usize> {
    data: &'a [Row],
    weights: Option<&'a [f64]>,
    parameters: [Parameter; P],
    kernel: K,
}

impl<'a, Row, F, const P: usize> Model<Rows<'a, Row, Closure<F>, P>>
where
    F: Fn([Dual2<P>; P], &Row) -> Dual2<P>,
{
    /// A model of independent rows: `log_density` is given the `P` numbers that the parameters are for this row, and the row.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{Model, probability, distribution::bernoulli};
    /// let flips = [true, true, false];
    /// let model = Model::new(&flips, [probability("p")], |[p], &heads| bernoulli::ln_pmf(heads, p));
    /// ```
    /// The number of parameters is checked by the compiler:
    /// ```compile_fail
    /// use maxlik_model::{Model, probability, distribution::bernoulli};
    /// let flips = [true, true, false];
    /// let model = Model::new(&flips, [probability("p")], |[p, q], &heads| bernoulli::ln_pmf(heads, p));
    /// ```
    pub fn new(rows: &'a [Row], parameters: [Parameter; P], log_density: F) -> Self {
        Self { source: Rows { data: rows, weights: None, parameters, kernel: Closure(log_density) } }
    }
}

impl<'a, Row, D, const P: usize> Model<Rows<'a, Row, Density<D>, P>>
where
    D: LogDensity<Row, P>,
{
    /// A model of independent rows from a [`LogDensity`].
    pub fn from_density(rows: &'a [Row], parameters: [Parameter; P], density: D) -> Self {
        Self { source: Rows { data: rows, weights: None, parameters, kernel: Density(density) } }
    }
}

impl<'a, Row, K, const P: usize> Model<Rows<'a, Row, K, P>> {
    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.source.weights = Some(weights);
        self
    }
}

impl<Row, K: Kernel<Row, P>, const P: usize> Rows<'_, Row, K, P> {
    fn pass(&self) -> Pass<'_, Row, K, P> {
        let designs = self.parameters.each_ref().map(Parameter::design);
        Pass::new(Chosen { rows: self.data, indices: None }, self.weights, &self.parameters, designs, &self.kernel)
    }

    /// Log-likelihood and score of some rows.
    fn score_of(&self, indices: &[usize], coefficients: &[f64]) -> (f64, DVector<f64>) {
        if let Some(row) = indices.iter().find(|&&row| row >= self.data.len()) {
            panic!("bug: row {row} was asked of a model with {} rows, counted from 0", self.data.len());
        }
        let weights = self.weights.map(|weights| indices.iter().map(|&row| weights[row]).collect::<Vec<f64>>());
        let designs = self.parameters.each_ref().map(|p| p.design().map(|design| design.of_rows(indices)));
        let designs = designs.each_ref().map(Option::<Design>::as_ref);
        let rows = Chosen { rows: self.data, indices: Some(indices) };
        Pass::new(rows, weights.as_deref(), &self.parameters, designs, &self.kernel).score(coefficients)
    }
}

impl<Row, K: Kernel<Row, P>, const P: usize> Likelihood for Model<Rows<'_, Row, K, P>> {
    fn parameters(&self) -> &[Parameter] {
        &self.source.parameters
    }

    /// The number of rows whose weight is not zero.
    fn n_obs(&self) -> Option<usize> {
        let Rows { data: rows, weights, .. } = &self.source;
        Some(weights.map_or(rows.len(), |weights| weights.iter().filter(|&&w| w != 0.0).count()))
    }

    fn weights(&self) -> Option<&[f64]> {
        self.source.weights
    }

    fn validate(&self) -> Result<(), ModelError> {
        let Rows { data: rows, weights, parameters, .. } = &self.source;
        if rows.is_empty() {
            return Err(ModelError::NoRows);
        }
        validate_names(parameters)?;
        for parameter in parameters {
            parameter.validate(rows.len())?;
        }
        let Some(weights) = weights else { return Ok(()) };
        if weights.len() != rows.len() {
            return Err(ModelError::WeightsLength { expected: rows.len(), found: weights.len() });
        }
        if let Some(row) = weights.iter().position(|&w| !(0.0..f64::INFINITY).contains(&w)) {
            return Err(ModelError::InvalidWeight { row, value: weights[row] });
        }
        if weights.iter().all(|&w| w == 0.0) {
            return Err(ModelError::NoWeight);
        }
        Ok(())
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.source.pass().derivatives(coefficients)
    }

    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.source.pass().score(coefficients)
    }

    /// The number of rows, those of weight 0 included.
    fn n_terms(&self) -> usize {
        self.source.data.len()
    }

    fn log_likelihood_score_of(&self, terms: &[usize], coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.source.score_of(terms, coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.source.pass().value(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.source.pass().first_not_finite(coefficients)
    }
}
