//! Mixtures of densities written as closures.
mod em;

use std::borrow::Cow;

use maxlik_dual::Dual2;
use maxlik_model::{Design, Likelihood, LogDensity, MixtureLikelihood, ModelError, NotFinite, Parameter};
use maxlik_optimizer::{Em, Termination};
use nalgebra::{DMatrix, DVector};

use self::em::MixtureSteps;
use crate::fitting::coefficients;
use crate::{Fit, FitError, InferenceError, MaximumLikelihood};

/// Components count as equal at the start when their log-densities `f`, `g` differ by at most `1e-12 max(|f|, 1)` in each row.
const EQUAL: f64 = 1e-12;

/// A component that fits no more rows than it has coefficients has collapsed when `ln p` of each is this much above that of all
/// other rows, and there is no maximum.
const PEAK: f64 = 5.0;

/// A component fits no row when its density is below this part of the mixture's in each.
const NO_ROW: f64 = 1e-13;

/// Rows that each come from one of `k >= 2` components, not known which.
///
/// Each component has parameters and a log-density of its own; linear predictors make it a mixture of regressions. The
/// coefficients are those of the components in order, then the mixing weights of the second and later components, named
/// `weight[component]`; the first has what remains. A component has the name of its first parameter (or its number from 1, if it
/// has none) unless it is [named](Mixture::named).
///
/// A mixture is a [`Likelihood`]: `fit_with`, `fit_multistart` and all that a [`Fit`] tells are those of every model. A likelihood of
/// mixtures has many maxima, and where a component can collapse on a point it has no greatest one: the start matters.
///
/// A component that does not occur has a mixing weight of 0, at its limit. Of the first beside two others or more that is no
/// end of a coefficient of its own: such a fit has no standard errors, or none is found. Leave that component out.
///
/// # Formula
/// `l = sum_i w_i ln sum_j pi_j exp f_j(z_ij, row_i)`
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
pub struct Mixture<'a, Row>(MixtureLikelihood<'a, Row>);

impl<'a, Row> Mixture<'a, Row> {
    /// A mixture without components yet.
    pub fn new(rows: &'a [Row]) -> Self {
        Self(MixtureLikelihood::new(rows))
    }

    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(self, weights: &'a [f64]) -> Self {
        Self(self.0.weights(weights))
    }

    /// Adds a component: `log_density` is given the `P` numbers that the parameters are for this row, and the row.
    pub fn component<F, const P: usize>(self, parameters: [Parameter; P], log_density: F) -> Self
    where
        F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + 'a,
    {
        Self(self.0.component(parameters, log_density))
    }

    /// Adds a component from a [`LogDensity`].
    pub fn component_from_density<D, const P: usize>(self, parameters: [Parameter; P], density: D) -> Self
    where
        D: LogDensity<Row, P> + 'a,
    {
        Self(self.0.component_from_density(parameters, density))
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
    /// // The same as a logistic regression of the kind, which is all but certain here.
    /// assert!((fit.estimate("weight[large].depth")? - 0.935_889).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # References
    /// Dayton & Macready, "Concomitant-variable latent-class models" (1988).
    pub fn concomitant<'d>(self, design: impl Into<Cow<'d, Design>>) -> Self {
        Self(self.0.concomitant(design))
    }

    /// Names the component that was added last.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self(self.0.named(name))
    }

    /// Finds a maximum of the likelihood by EM from the starts of the parameters and equal mixing weights; Newton's method
    /// takes the last steps.
    ///
    /// The M-step is Newton's method on each component, from where it stood; its evaluations are not among those of the fit.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`], or if two components start with the same density, a component collapses on a few rows or
    /// fits none.
    pub fn fit(&self) -> Result<Fit, FitError> {
        self.0.validate()?;
        self.refuse_equal_starts()?;
        // Newton's method may end before the M-step's maximum, where a component has none: EM still rises.
        let em = Em::default().with_exact_m_step(false);
        match self.fit_em(em, &MixtureSteps(&self.0)) {
            Ok(fit) => match self.empty_component(&fit) {
                Some(component) => Err(FitError::EmptyComponent { component, partial: Box::new(fit) }),
                None => Ok(fit),
            },
            Err(FitError::NotConverged(partial)) => Err(self.diagnose(partial)),
            other => other,
        }
    }

    /// Why there is no maximum where the search ended, if a component is the reason.
    fn diagnose(&self, partial: Box<Fit>) -> FitError {
        if !matches!(partial.termination(), Termination::AtInfinity { .. } | Termination::Stalled { .. }) {
            return FitError::NotConverged(partial);
        }
        if let Some((component, rows)) = self.collapsed_component(&partial) {
            return FitError::CollapsedComponent { component, rows, partial };
        }
        match self.empty_component(&partial) {
            Some(component) => FitError::EmptyComponent { component, partial },
            None => FitError::NotConverged(partial),
        }
    }

    /// A component with no more rows than coefficients that towers over all other rows, and its rows.
    fn collapsed_component(&self, fit: &Fit) -> Option<(String, Vec<usize>)> {
        let (ln_p, r) = self.0.responsibilities(&self.estimates(fit).ok()?);
        (0..r.ncols()).find_map(|j| {
            let (own, others): (Vec<usize>, Vec<usize>) = (0..r.nrows()).partition(|&i| r[(i, j)] > 0.5);
            let few = !own.is_empty() && own.len() <= self.0.coefficients_of_component(j).len();
            let lowest = own.iter().map(|&i| ln_p[i]).fold(f64::INFINITY, f64::min);
            let towers = others.iter().all(|&i| lowest > ln_p[i] + PEAK);
            (few && towers).then(|| (self.component_names()[j].clone(), own))
        })
    }

    /// A component that fits no row though it has coefficients to do so.
    fn empty_component(&self, fit: &Fit) -> Option<String> {
        let ratios = self.0.greatest_ratios(&self.estimates(fit).ok()?);
        let estimated: Vec<bool> = coefficients(&self.0).iter().map(|coefficient| !coefficient.held).collect();
        let empty = |&j: &usize| ratios[j] < NO_ROW && estimated[self.0.coefficients_of_component(j)].contains(&true);
        (0..ratios.len()).find(empty).map(|j| self.component_names()[j].clone())
    }

    /// Components with the same density share each row alike, and EM leaves them together.
    fn refuse_equal_starts(&self) -> Result<(), FitError> {
        let start: Vec<f64> = coefficients(&self.0).iter().map(|coefficient| coefficient.value).collect();
        let equal = self.0.equal_components(&start, EQUAL);
        equal.map_or(Ok(()), |[first, second]| {
            let name = |j: usize| self.component_names()[j].clone();
            Err(FitError::EqualComponents { first: name(first), second: name(second) })
        })
    }

    /// The names of the components.
    pub fn component_names(&self) -> &[String] {
        self.0.component_names()
    }

    /// The probability of each component given the row, `n x k`, at the estimates of a fit: of this mixture, or of one with
    /// coefficients of the same names. For new rows make a mixture of them.
    ///
    /// # Formula
    /// `r_ij = pi_j exp(f_ij) / sum_m pi_m exp(f_im)`; NaN for a row that is impossible under all components.
    ///
    /// # Errors
    /// If the fit lacks a coefficient of the mixture.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// fn mixture(waits: &[f64]) -> Mixture<'_, f64> {
    ///     Mixture::new(waits)
    ///         .component([positive("fast").start(3.0)], |[rate], &t| exponential::ln_pdf(t, rate))
    ///         .component([positive("slow").start(0.3)], |[rate], &t| exponential::ln_pdf(t, rate))
    /// }
    /// let fit = mixture(&[0.3, 2.5, 0.1, 4.0, 0.2, 0.15, 9.0, 1.1]).fit()?;
    /// let part = |pi: f64, rate: f64, t: f64| pi * rate * (-rate * t).exp();
    /// let pi = fit.estimate("weight[slow]")?;
    /// let slow = part(pi, fit.estimate("slow")?, 1.7);
    /// let density = slow + part(1.0 - pi, fit.estimate("fast")?, 1.7);
    ///
    /// let new = mixture(&[1.7, 0.05]);
    /// assert!((new.responsibilities(&fit)?[(0, 1)] - slow / density).abs() < 1e-14);
    /// assert!((new.ln_densities(&fit)?[0] - density.ln()).abs() < 1e-14);
    /// assert_eq!(new.labels(&fit)?, [Some(1), Some(0)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn responsibilities(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        Ok(self.0.responsibilities(&self.estimates(fit)?).1)
    }

    /// The most probable component of each row, counted from 0, the earlier of two that are equally so; `None` for a row that is
    /// impossible under all.
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    pub fn labels(&self, fit: &Fit) -> Result<Vec<Option<usize>>, InferenceError> {
        let responsibilities = self.responsibilities(fit)?;
        let most = |row: usize| {
            let r = responsibilities.row(row);
            if r.iter().any(|r| r.is_nan()) { None } else { (0..r.len()).rev().max_by(|&j, &m| r[j].total_cmp(&r[m])) }
        };
        Ok((0..responsibilities.nrows()).map(most).collect())
    }

    /// The log-density of each row, without its weight, at the estimates of a fit.
    ///
    /// # Errors
    /// As [`Mixture::responsibilities`].
    pub fn ln_densities(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        Ok(self.0.responsibilities(&self.estimates(fit)?).0)
    }

    fn estimates(&self, fit: &Fit) -> Result<Vec<f64>, InferenceError> {
        self.parameters().iter().flat_map(Parameter::coefficient_names).map(|name| fit.estimate(&name)).collect()
    }
}

impl<Row> Likelihood for Mixture<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        self.0.parameters()
    }

    fn n_obs(&self) -> Option<usize> {
        self.0.n_obs()
    }

    fn weights(&self) -> Option<&[f64]> {
        Likelihood::weights(&self.0)
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

    fn n_terms(&self) -> usize {
        self.0.n_terms()
    }

    fn log_likelihood_score_of(&self, terms: &[usize], coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.0.log_likelihood_score_of(terms, coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.0.log_likelihood(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.0.first_not_finite(coefficients)
    }
}
