//! The log-likelihood of a mixture.
use std::fmt;
use std::ops::Range;

use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use crate::block::Chosen;
use crate::component::{Component, Part};
use crate::design::BLOCK;
use crate::log_density::{Closure, Density, LogDensity};
use crate::mixture_pass::MixturePass;
use crate::model::{n_obs, validate};
use crate::{Design, Likelihood, ModelError, NotFinite, Parameter};

/// Rows that each come from one of `k >= 2` components, not known which.
///
/// Each component has parameters and a log-density of its own. The coefficients are those of the components in order, then the
/// mixing weights of the second and later components, named `weight[component]`; the first has what remains. A component
/// has the name of its first parameter (or its number from 1, if it has none) unless it is [named](Self::named).
///
/// # Formula
/// `l = sum_i w_i ln sum_j pi_j exp f_j(z_ij, row_i)`
///
/// # Example
/// ```
/// use maxlik_model::{Likelihood, MixtureLikelihood, distribution::exponential, positive};
/// let waits = [0.3, 2.5, 0.1];
/// let mixture = MixtureLikelihood::new(&waits)
///     .component([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
///     .component([positive("slow").start(0.4)], |[rate], &t| exponential::ln_pdf(t, rate));
/// let density = |t: f64| 0.7 * 3.0 * (-3.0 * t).exp() + 0.3 * 0.4 * (-0.4 * t).exp();
/// let expected: f64 = waits.iter().map(|&t| density(t).ln()).sum();
/// assert!((mixture.log_likelihood(&[3.0, 0.4, 0.3]) - expected).abs() < 1e-14);
/// ```
pub struct MixtureLikelihood<'a, Row> {
    data: &'a [Row],
    weights: Option<&'a [f64]>,
    components: Vec<Box<dyn Component<Row> + 'a>>,
    names: Vec<String>,
    /// A name that was given before any component.
    stray_name: Option<String>,
    parameters: Vec<Parameter>,
}

impl<'a, Row> MixtureLikelihood<'a, Row> {
    /// A mixture without components yet.
    pub fn new(rows: &'a [Row]) -> Self {
        let (components, names, parameters) = (Vec::new(), Vec::new(), Vec::new());
        Self { data: rows, weights: None, components, names, stray_name: None, parameters }
    }

    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Adds a component from a closure.
    pub fn component<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + 'a,
    {
        self.add(Part { parameters, kernel: Closure(log_density) })
    }

    /// Adds a component from a [`LogDensity`].
    pub fn component_from_density<D, const P: usize>(self, parameters: [Parameter; P], density: D) -> Self
    where
        D: LogDensity<Row, P> + 'a,
    {
        self.add(Part { parameters, kernel: Density(density) })
    }

    /// Names the component that was added last.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        match self.names.last_mut() {
            Some(last) => *last = name.into(),
            None => self.stray_name = Some(name.into()),
        }
        self.list_parameters();
        self
    }

    fn add(mut self, component: impl Component<Row> + 'a) -> Self {
        let first = component.parameters().first();
        self.names.push(first.map_or_else(|| (self.names.len() + 1).to_string(), |first| first.name().into()));
        self.components.push(Box::new(component));
        self.list_parameters();
        self
    }

    fn list_parameters(&mut self) {
        let weights = Parameter::simplex("weight", self.names.iter().skip(1).cloned().collect());
        let own = self.components.iter().flat_map(|component| component.parameters().iter().cloned());
        self.parameters = own.chain([weights]).collect();
    }

    /// The rows.
    pub fn rows(&self) -> &'a [Row] {
        self.data
    }

    /// The names of the components.
    pub fn component_names(&self) -> &[String] {
        &self.names
    }

    /// Where the coefficients of component `j` stand.
    ///
    /// # Panics
    /// If there is no component `j`, counted from 0.
    pub fn coefficients_of_component(&self, j: usize) -> Range<usize> {
        let length = |j: usize| self.components[j].parameters().iter().map(Parameter::len).sum::<usize>();
        let start = (0..j).map(length).sum();
        start..start + length(j)
    }

    /// The log-likelihood of component `j` by itself, with these weights of the rows: what an M-step maximises.
    ///
    /// # Panics
    /// If there is no component `j`, counted from 0.
    pub fn component_alone<'m>(&'m self, j: usize, weights: &'m [f64]) -> Box<dyn Likelihood + 'm> {
        self.components[j].alone(self.data, weights)
    }

    /// The log-density of each row (`n`), and the probabilities of the components given the row (`n x k`).
    ///
    /// # Formula
    /// `ln p_i = ln sum_j pi_j exp f_ij` and `r_ij = pi_j exp(f_ij) / p_i`; NaN for a row that is impossible under all components.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let (ln_p, r) = mixture.responsibilities(&[3.0, 0.4, 0.3]);
    /// let parts = [0.7 * 3.0 * f64::exp(-1.5), 0.3 * 0.4 * f64::exp(-0.2)];
    /// assert!((ln_p[0] - (parts[0] + parts[1]).ln()).abs() < 1e-15);
    /// assert!((r[(0, 1)] - parts[1] / (parts[0] + parts[1])).abs() < 1e-15);
    /// ```
    pub fn responsibilities(&self, coefficients: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        self.pass().responsibilities(coefficients)
    }

    /// The first two components whose log-densities `f`, `g` differ by at most `tolerance max(|f|, 1)` in each row.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5, 1.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// assert_eq!(mixture.equal_components(&[3.0, 0.4, 0.3], 1e-12), None);
    /// assert_eq!(mixture.equal_components(&[3.0, 3.0, 0.3], 1e-12), Some([0, 1]));
    /// ```
    pub fn equal_components(&self, coefficients: &[f64], tolerance: f64) -> Option<[usize; 2]> {
        let k = self.components.len();
        let mut pairs: Vec<[usize; 2]> = (1..k).flat_map(|j| (0..j).map(move |m| [m, j])).collect();
        self.pass().for_each_block(coefficients, 0, |_, rows, shares, _| {
            pairs.retain(|&[m, j]| {
                let mut both = shares[m].f[..rows].iter().zip(&shares[j].f[..rows]);
                both.all(|(f, g)| f == g || (f - g).abs() <= tolerance * f.abs().max(1.0))
            });
        });
        pairs.first().copied()
    }

    /// The greatest ratio of each component's density to that of the mixture over the rows of weight above 0: 0 where it fits no row.
    ///
    /// # Formula
    /// `max_i exp(f_ij) / p_i`
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let (fast, slow) = (3.0 * f64::exp(-1.5), 0.4 * f64::exp(-0.2));
    /// let ratios = mixture.greatest_ratios(&[3.0, 0.4, 0.3]);
    /// assert!((ratios[1] - slow / (0.7 * fast + 0.3 * slow)).abs() < 1e-15);
    /// ```
    pub fn greatest_ratios(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut greatest = vec![0.0_f64; self.components.len()];
        self.pass().for_each_block(coefficients, 0, |index, rows, shares, _| {
            let counts = |i: &usize| self.weights.is_none_or(|weights| weights[index * BLOCK + i] != 0.0);
            for (greatest, share) in greatest.iter_mut().zip(shares) {
                *greatest = (0..rows).filter(counts).map(|i| share.q[i]).fold(*greatest, f64::max);
            }
        });
        greatest
    }

    fn pass(&self) -> MixturePass<'_, Row> {
        let designs = self.own_parameters().map(Parameter::design).collect();
        self.pass_over(Chosen { rows: self.data, indices: None }, self.weights, designs)
    }

    fn pass_over<'m>(
        &'m self,
        rows: Chosen<'m, Row>,
        weights: Option<&'m [f64]>,
        designs: Vec<Option<&'m Design>>,
    ) -> MixturePass<'m, Row> {
        let components = self.components.iter().map(|component| &**component as &dyn Component<Row>).collect();
        MixturePass::new(rows, weights, components, designs)
    }

    fn own_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.components.iter().flat_map(|component| component.parameters())
    }
}

impl<Row> Likelihood for MixtureLikelihood<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        Some(n_obs(self.data.len(), self.weights))
    }

    fn weights(&self) -> Option<&[f64]> {
        self.weights
    }

    fn validate(&self) -> Result<(), ModelError> {
        if let Some(name) = &self.stray_name {
            return Err(ModelError::NameWithoutComponent { name: name.clone() });
        }
        if self.components.len() < 2 {
            return Err(ModelError::TooFewComponents { found: self.components.len() });
        }
        validate(self.data.len(), self.weights, &self.parameters)?;
        let rows = n_obs(self.data.len(), self.weights);
        if self.components.len() > rows {
            return Err(ModelError::MoreComponentsThanRows { components: self.components.len(), rows });
        }
        Ok(())
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.pass().derivatives(coefficients)
    }

    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.pass().score(coefficients)
    }

    fn n_terms(&self) -> usize {
        self.data.len()
    }

    fn log_likelihood_score_of(&self, terms: &[usize], coefficients: &[f64]) -> (f64, DVector<f64>) {
        if let Some(row) = terms.iter().find(|&&row| row >= self.data.len()) {
            panic!("bug: row {row} was asked of a mixture with {} rows, counted from 0", self.data.len());
        }
        let weights = self.weights.map(|weights| terms.iter().map(|&row| weights[row]).collect::<Vec<f64>>());
        let designs: Vec<Option<Design>> =
            self.own_parameters().map(|p| p.design().map(|design| design.of_rows(terms))).collect();
        let rows = Chosen { rows: self.data, indices: Some(terms) };
        self.pass_over(rows, weights.as_deref(), designs.iter().map(Option::as_ref).collect()).score(coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.pass().value(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.pass().first_not_finite(coefficients)
    }
}

impl<Row> fmt::Debug for MixtureLikelihood<'_, Row> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MixtureLikelihood")
            .field("rows", &self.data.len())
            .field("components", &self.names)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
