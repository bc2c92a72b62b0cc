//! Rows of data, the parameters and the log-density of a row.
use std::sync::Arc;

use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use crate::block::Chosen;
use crate::information::RowInformation;
use crate::log_density::{Closure, Density, Kernel, LogDensity};
use crate::parameter::validate_names;
use crate::part::Part;
use crate::pass::Pass;
use crate::response::{Response, Value};
use crate::{Design, ExpectationError, Likelihood, ModelError, NotFinite, Parameter, Support};

/// A statistical model: data and a log-density with named parameters.
///
/// `S` says where the log-likelihood comes from: [`Rows`] or [`Joint`](crate::Joint). A model borrows its data and is never
/// invalid to build; [`Likelihood::validate`] says what is wrong with it, and fitting asks that first.
///
/// # Threads
/// A pass over many rows is shared among the threads of rayon's current pool, one for each processor unless the environment
/// variable `RAYON_NUM_THREADS` says otherwise or the call stands in a `rayon::ThreadPool::install`; results have the same bits for
/// any number of threads. Rows and log-density are therefore [`Sync`]. Passes of less than some 100 microseconds stay on the calling
/// thread.
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
    information: Option<RowInformation<'a, Row, P>>,
    /// Whether rows differ by their response alone.
    alike: bool,
}

impl<'a, Row: Sync, F, const P: usize> Model<Rows<'a, Row, Closure<F>, P>>
where
    F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + Sync,
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
        Self { source: Rows::new(rows, parameters, Closure(log_density)) }
    }
}

impl<'a, Row: Sync, D, const P: usize> Model<Rows<'a, Row, Density<D>, P>>
where
    D: LogDensity<Row, P>,
{
    /// A model of independent rows from a [`LogDensity`].
    pub fn from_density(rows: &'a [Row], parameters: [Parameter; P], density: D) -> Self {
        Self { source: Rows::new(rows, parameters, Density(density)) }
    }
}

impl<'a, Row, K, const P: usize> Model<Rows<'a, Row, K, P>> {
    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.source.weights = Some(weights);
        self
    }

    /// Names the response of a row, from which the expected information is computed: where it lies, how to `read` it from a row
    /// and how to `put` another value in its place. Everything else in a row is taken as given.
    ///
    /// At each point a row is cloned once and its log-density evaluated some hundred times; the density must be normalised and
    /// that of the response itself. A closed form takes precedence.
    ///
    /// # Formula
    /// `I_kl = integral of exp(f(z, y)) f_k(z, y) f_l(z, y) dy` over the support, `f_k` being the derivative of the log-density
    /// in its `k`-th argument; a sum for counts. For regular densities the same as the expectation of minus the second
    /// derivatives.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// use maxlik_model::{Design, Likelihood, Model, Support, distribution::poisson, linear};
    /// #[derive(Clone)]
    /// struct Claim {
    ///     age: f64,
    ///     count: u64,
    /// }
    /// let claims = [Claim { age: 3.1, count: 2 }, Claim { age: 4.7, count: 0 }];
    /// let design = Design::from_rows(&claims, ["age"], |claim| [claim.age])?;
    /// let model = Model::new(&claims, [linear("eta", design)], |[eta], claim| poisson::ln_pmf(claim.count, eta.exp()))
    ///     .response(Support::counts(), |claim| claim.count, |claim, count| claim.count = count);
    /// let information = model.expected_information(&[0.3])?;
    /// let expected = 3.1_f64.powi(2) * (0.3 * 3.1_f64).exp() + 4.7_f64.powi(2) * (0.3 * 4.7_f64).exp();
    /// assert!((information[(0, 0)] / expected - 1.0).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn response<Y: Value>(
        self,
        support: Support<Y>,
        read: impl Fn(&Row) -> Y + Send + Sync + 'a,
        put: impl Fn(&mut Row, Y) + Send + Sync + 'a,
    ) -> Self
    where
        Row: Clone,
    {
        self.response_in(move |_| support.clone(), read, put)
    }

    /// [`Model::response`] where the support differs from row to row: numbers of trials, limits of censoring.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{Likelihood, Model, Support, distribution::binomial, probability};
    /// let rows = [(3_u64, 10_u64), (1, 4)]; // successes and trials
    /// let model = Model::new(&rows, [probability("p")], |[p], &(k, n)| binomial::ln_pmf(k, n, p))
    ///     .response_in(|row| Support::counts_up_to(row.1), |row| row.0, |row, k| row.0 = k);
    /// let information = model.expected_information(&[0.3])?;
    /// assert!((information[(0, 0)] - 14.0 / (0.3 * 0.7)).abs() < 1e-10);
    /// # Ok::<(), maxlik_model::ExpectationError>(())
    /// ```
    pub fn response_in<Y: Value>(
        mut self,
        support: impl Fn(&Row) -> Support<Y> + Send + Sync + 'a,
        read: impl Fn(&Row) -> Y + Send + Sync + 'a,
        put: impl Fn(&mut Row, Y) + Send + Sync + 'a,
    ) -> Self
    where
        Row: Clone,
    {
        if !matches!(self.source.information, Some(RowInformation::ClosedForm(_))) {
            self.source.information = Some(RowInformation::Response(Response::new(support, read, put)));
        }
        self
    }

    /// Says that rows differ by their response alone: where all parameters are scalars, one expectation then does for all of
    /// them. The last row is compared with the first.
    pub fn rows_alike(mut self) -> Self {
        self.source.alike = true;
        self
    }

    /// Gives the expected information of a row in the `P` numbers that the log-density sees, `P x P`; only the lower triangle is
    /// read. The densities of [`distribution`](crate::distribution) have theirs beside `ln_pdf`.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// use maxlik_model::{Likelihood, Model, distribution::normal, real};
    /// let rows = [1.2, 0.4];
    /// let model = Model::new(&rows, [real("mu"), real("log_sigma")], |[mu, log_sigma], &y| {
    ///     normal::ln_pdf(y, mu, log_sigma.exp())
    /// })
    /// .with_expected_information(|[mu, log_sigma], _| normal::expected_information(mu, log_sigma.exp()));
    /// let information = model.expected_information(&[0.3, 0.7])?;
    /// assert!((information[(0, 0)] - 2.0 * (-1.4_f64).exp()).abs() < 1e-15);
    /// assert!((information[(1, 1)] - 4.0).abs() < 1e-15);
    /// # Ok::<(), maxlik_model::ExpectationError>(())
    /// ```
    pub fn with_expected_information(
        mut self,
        information: impl Fn([Dual2<P>; P], &Row) -> [[f64; P]; P] + Send + Sync + 'a,
    ) -> Self {
        self.source.information = Some(RowInformation::ClosedForm(Arc::new(information)));
        self
    }
}

impl<'a, Row, K, const P: usize> Rows<'a, Row, K, P> {
    pub(crate) fn new(data: &'a [Row], parameters: [Parameter; P], kernel: K) -> Self {
        Self { data, weights: None, parameters, kernel, information: None, alike: false }
    }
}

impl<Row: Sync, K: Kernel<Row, P>, const P: usize> Rows<'_, Row, K, P> {
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

impl<Row: Sync, K: Kernel<Row, P>, const P: usize> Likelihood for Model<Rows<'_, Row, K, P>> {
    fn parameters(&self) -> &[Parameter] {
        &self.source.parameters
    }

    /// The number of rows whose weight is not zero.
    fn n_obs(&self) -> Option<usize> {
        Some(n_obs(self.source.data.len(), self.source.weights))
    }

    fn weights(&self) -> Option<&[f64]> {
        self.source.weights
    }

    fn validate(&self) -> Result<(), ModelError> {
        validate(self.source.data.len(), self.source.weights, &self.source.parameters)
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

    fn part<'a>(&'a self, terms: &'a [usize]) -> Option<Box<dyn Likelihood + 'a>> {
        let Rows { data, weights, parameters, kernel, .. } = &self.source;
        Some(Box::new(Part::new(data, terms, *weights, parameters, kernel)))
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.source.pass().value(coefficients)
    }

    fn expected_information(&self, coefficients: &[f64]) -> Result<DMatrix<f64>, ExpectationError> {
        let information = self.source.information.as_ref().ok_or(ExpectationError::Unknown)?;
        self.source.pass().expected_information(coefficients, information, self.source.alike)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.source.pass().first_not_finite(coefficients)
    }
}

/// The number of rows whose weight is not zero.
pub(crate) fn n_obs(rows: usize, weights: Option<&[f64]>) -> usize {
    weights.map_or(rows, |weights| weights.iter().filter(|&&w| w != 0.0).count())
}

/// Checks the number of rows, the parameters and the weights of a model row by row.
pub(crate) fn validate(rows: usize, weights: Option<&[f64]>, parameters: &[Parameter]) -> Result<(), ModelError> {
    if rows == 0 {
        return Err(ModelError::NoRows);
    }
    validate_names(parameters)?;
    for parameter in parameters {
        parameter.validate(rows)?;
    }
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(ModelError::WeightsLength { expected: rows, found: weights.len() });
    }
    if let Some(row) = weights.iter().position(|&w| !(0.0..f64::INFINITY).contains(&w)) {
        return Err(ModelError::InvalidWeight { row, value: weights[row] });
    }
    if weights.iter().all(|&w| w == 0.0) {
        return Err(ModelError::NoWeight);
    }
    Ok(())
}
