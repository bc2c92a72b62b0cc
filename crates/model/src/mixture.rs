//! The log-likelihood of a mixture.
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use maxlik_dual::Dual2;
use nalgebra::{DMatrix, DVector};

use crate::block::Chosen;
use crate::component::{Component, Part};
use crate::log_density::{Closure, Density, LogDensity};
use crate::mixing::Mixing;
use crate::mixture_pass::MixturePass;
use crate::model::{n_obs, validate};
use crate::multinomial_logit::MultinomialLogit;
use crate::{Design, Likelihood, ModelError, NotFinite, Parameter, linear};

/// Rows that each come from one of `k >= 2` components, not known which.
///
/// Each component has parameters and a log-density of its own. The coefficients are those of the components in order, then the
/// mixing weights of the second and later components, named `weight[component]`; the first has what remains. A component
/// has the name of its first parameter (or its number from 1, if it has none) unless it is [named](Self::named).
/// Where the weights [depend on covariates](Self::concomitant) their coefficients are those of linear predictors.
///
/// # Formula
/// `l = sum_i w_i ln sum_j pi_ij exp f_j(z_ij, row_i)`
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
    /// Shared with mixtures of some of them.
    components: Vec<Rc<dyn Component<Row> + 'a>>,
    names: Vec<String>,
    /// Of the covariates that the mixing weights depend on.
    concomitant: Option<Design>,
    pseudo_rows: f64,
    /// A name that was given before any component.
    stray_name: Option<String>,
    parameters: Vec<Parameter>,
}

impl<'a, Row: Sync> MixtureLikelihood<'a, Row> {
    /// A mixture without components yet.
    pub fn new(rows: &'a [Row]) -> Self {
        let (components, names, parameters) = (Vec::new(), Vec::new(), Vec::new());
        let (concomitant, pseudo_rows, stray_name) = (None, 0.0, None);
        Self { data: rows, weights: None, components, names, concomitant, pseudo_rows, stray_name, parameters }
    }

    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Adds a component from a closure.
    pub fn component<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + Sync + 'a,
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
        self.components.push(Rc::new(component));
        self.list_parameters();
        self
    }

    /// Lets the mixing weights depend on covariates by a multinomial logit, with the first component for reference: coefficients
    /// `weight[component].column` of the second and later components, which start at 0.
    ///
    /// # Formula
    /// `pi_ij = exp(eta_ij) / sum_m exp(eta_im)` with `eta_ij = x_i' beta_j + offset_i`, `eta_i1 = 0`
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{Design, Likelihood, MixtureLikelihood, distribution::exponential, positive};
    /// let waits = [(0.3, 1.0), (2.5, -2.0)];
    /// let design = Design::from_rows(&waits, ["(intercept)", "x"], |row| [1.0, row.1])?;
    /// let mixture = MixtureLikelihood::new(&waits)
    ///     .component([positive("fast")], |[rate], row: &(f64, f64)| exponential::ln_pdf(row.0, rate))
    ///     .component([positive("slow")], |[rate], row| exponential::ln_pdf(row.0, rate))
    ///     .concomitant(design);
    /// let density = |(t, x): (f64, f64)| {
    ///     let slow = (0.6_f64 - 0.5 * x).exp() / (1.0 + (0.6 - 0.5 * x).exp());
    ///     (1.0 - slow) * 3.0 * (-3.0 * t).exp() + slow * 0.4 * (-0.4 * t).exp()
    /// };
    /// let expected: f64 = waits.iter().map(|&row| density(row).ln()).sum();
    /// // fast, slow, weight[slow].(intercept), weight[slow].x
    /// assert!((mixture.log_likelihood(&[3.0, 0.4, 0.6, -0.5]) - expected).abs() < 1e-14);
    /// # Ok::<(), maxlik_model::ModelError>(())
    /// ```
    ///
    /// # References
    /// Dayton & Macready, "Concomitant-variable latent-class models" (1988).
    pub fn concomitant<'d>(mut self, design: impl Into<Cow<'d, Design>>) -> Self {
        self.concomitant = Some(design.into().into_owned());
        self.list_parameters();
        self
    }

    /// The same mixture with a prior: each component that has something to estimate sees all rows in addition, `a` rows in all. It
    /// cannot collapse on some rows then, unless all rows are equal.
    ///
    /// # Formula
    /// `l + a / sum_i w_i sum_i w_i sum_j f_j(z_ij, row_i)`, without the components whose parameters are all fixed
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{Likelihood, MixtureLikelihood, distribution::exponential, positive};
    /// let mixture = MixtureLikelihood::new(&[0.3, 2.5])
    ///     .component([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .component([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let theta = [3.0, 0.4, 0.3];
    /// let all: f64 = [3.0_f64, 0.4].map(|rate| 2.0 * rate.ln() - 2.8 * rate).iter().sum();
    /// let expected = mixture.log_likelihood(&theta) + 1.5 / 2.0 * all;
    /// assert!((mixture.with_pseudo_rows(1.5).log_likelihood(&theta) - expected).abs() < 1e-14);
    /// ```
    pub fn with_pseudo_rows(&self, a: f64) -> Self {
        Self { pseudo_rows: a, ..self.with(|_| true) }
    }

    /// The mixture of all components but `j`, which may leave one.
    ///
    /// # Panics
    /// If there is no component `j`, counted from 0.
    pub fn without(&self, j: usize) -> Self {
        assert!(j < self.components.len(), "bug: component {j} of {} is to be left out", self.components.len());
        self.with(|m| m != j)
    }

    /// The mixture of some of the components.
    fn with(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = |&j: &usize| keep(j);
        let mut mixture = Self {
            components: (0..self.components.len()).filter(kept).map(|j| Rc::clone(&self.components[j])).collect(),
            names: (0..self.names.len()).filter(kept).map(|j| self.names[j].clone()).collect(),
            concomitant: self.concomitant.clone(),
            stray_name: self.stray_name.clone(),
            parameters: Vec::new(),
            ..*self
        };
        mixture.list_parameters();
        mixture
    }

    fn list_parameters(&mut self) {
        let others = self.names.get(1..).unwrap_or_default();
        let weights: Vec<Parameter> = match &self.concomitant {
            _ if others.is_empty() => Vec::new(),
            None => vec![Parameter::simplex("weight", others.to_vec())],
            Some(design) => others.iter().map(|name| linear(format!("weight[{name}]"), design)).collect(),
        };
        let own = self.components.iter().flat_map(|component| component.parameters().iter().cloned());
        self.parameters = own.chain(weights).collect();
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

    /// Where the coefficients of the mixing weights stand.
    pub fn coefficients_of_weights(&self) -> Range<usize> {
        let start = self.own_parameters().map(Parameter::len).sum();
        start..start + self.components.len().saturating_sub(1) * self.mixing().coefficients()
    }

    /// The covariates that the mixing weights depend on.
    pub fn concomitant_design(&self) -> Option<&Design> {
        self.concomitant.as_ref()
    }

    /// The part of a row that counts for each component beside its responsibility, `a / sum_i w_i` with `a`
    /// [pseudo-rows](Self::with_pseudo_rows); 0 without.
    pub fn prior_share(&self) -> f64 {
        if self.pseudo_rows == 0.0 {
            return 0.0;
        }
        self.pseudo_rows / self.weights.map_or(self.data.len() as f64, |weights| weights.iter().sum())
    }

    /// The log-likelihood of component `j` by itself, with these weights of the rows: what an M-step maximises.
    ///
    /// # Panics
    /// If there is no component `j`, counted from 0.
    pub fn component_alone<'m>(&'m self, j: usize, weights: &'m [f64]) -> Box<dyn Likelihood + 'm> {
        self.components[j].alone(self.data, weights)
    }

    /// The log-likelihood of the mixing weights by themselves, where they depend on covariates, with these shares of the components in
    /// the rows, `n x k`: what an M-step maximises.
    pub fn weights_alone<'m>(&'m self, shares: &'m DMatrix<f64>) -> Option<Box<dyn Likelihood + 'm>> {
        let design = self.concomitant.as_ref()?;
        let parameters = &self.parameters[self.own_parameters().count()..];
        Some(Box::new(MultinomialLogit { parameters, design, shares }))
    }

    pub(crate) fn mixing(&self) -> Mixing<'_> {
        self.concomitant.as_ref().map_or(Mixing::Constant, Mixing::Concomitant)
    }

    pub(crate) fn pass(&self) -> MixturePass<'_, Row> {
        let designs = self.own_parameters().map(Parameter::design).collect();
        self.pass_over(Chosen { rows: self.data, indices: None }, self.weights, designs, self.mixing())
    }

    fn pass_over<'m>(
        &'m self,
        rows: Chosen<'m, Row>,
        weights: Option<&'m [f64]>,
        designs: Vec<Option<&'m Design>>,
        mixing: Mixing<'m>,
    ) -> MixturePass<'m, Row> {
        let components = self.components.iter().map(|component| &**component as &dyn Component<Row>).collect();
        MixturePass::new(rows, weights, components, designs, mixing, self.prior_share())
    }

    fn own_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.components.iter().flat_map(|component| component.parameters())
    }
}

impl<Row: Sync> Likelihood for MixtureLikelihood<'_, Row> {
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
        let concomitant = self.concomitant.as_ref().map(|design| design.of_rows(terms));
        let mixing = concomitant.as_ref().map_or(Mixing::Constant, Mixing::Concomitant);
        let rows = Chosen { rows: self.data, indices: Some(terms) };
        let designs = designs.iter().map(Option::as_ref).collect();
        self.pass_over(rows, weights.as_deref(), designs, mixing).score(coefficients)
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
