//! From a model to its fit.
use std::ops::ControlFlow;

use maxlik_model::{Likelihood, ModelError};
use maxlik_optimizer::{
    Em, ExpectationMaximization, InvalidProblem, Method, Newton, Progress, Report, Termination, minimize_watched,
};

use crate::error::FitError;
use crate::face::or_on_a_face;
use crate::free_scale::{Coefficient, FreeScale};
use crate::free_steps::FreeSteps;
use crate::multistart::{self, Multistart, Optima};
use crate::{Fit, Lasso, LassoError, LassoFit, LassoPath, collinear, lasso, limit, stage};

/// Fitting by maximum likelihood, for every model.
pub trait MaximumLikelihood: Likelihood + Sized {
    /// Finds the maximum of the likelihood by Newton's method.
    ///
    /// Where the model knows its expected information, that stands in for an observed one that is not positive definite; if the
    /// search fails so, it is tried once more without.
    ///
    /// # Errors
    /// If the model or a setting of the method is invalid, the log-density is not finite at the start, columns are collinear, or
    /// there is no convergence.
    fn fit(&self) -> Result<Fit, FitError> {
        let failed = match self.fit_with(Newton::default()) {
            Err(FitError::NotConverged(failed)) if failed.knows_expected_information() => failed,
            other => return other,
        };
        match self.fit_with(Newton::default().with_safeguard(false)) {
            Ok(fit) => Ok(fit.preceded_by(&failed)),
            Err(FitError::NotConverged(again)) if again.log_likelihood() > failed.log_likelihood() => {
                Err(FitError::NotConverged(Box::new(again.preceded_by(&failed))))
            }
            Err(_) => Err(FitError::NotConverged(failed)),
        }
    }

    /// Finds the maximum of the likelihood by a method of your choice.
    ///
    /// A method that was asked for so many steps only approximates the maximum: that is a fit, too, which says so
    /// ([`Termination::Approximate`]), with standard errors of the information where it ended.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`].
    ///
    /// # Example
    /// ```
    /// use maxlik::optimizer::StochasticGradient;
    /// use maxlik::prelude::*;
    ///
    /// let waits: Vec<f64> = (1..2000).map(|i| -(f64::from(i) / 2000.0).ln() / 0.4).collect();
    /// let model = Model::new(&waits, [positive("rate")], |[rate], &wait| exponential::ln_pdf(wait, rate));
    /// let fit = model.fit_with(StochasticGradient::default().with_epochs(10).with_seed(7))?;
    /// let Termination::Approximate { decrement, .. } = *fit.termination() else { panic!("ten epochs of noise") };
    /// assert!(decrement.sqrt() < 0.1); // of a standard error
    /// assert!((fit.estimate("rate")? - 0.4).abs() < 0.1 * fit.std_error("rate")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn fit_with<M: Method>(&self, method: M) -> Result<Fit, FitError> {
        self.fit_watched(method, |_| ControlFlow::Continue(()))
    }

    /// [`MaximumLikelihood::fit_with`], where `watch` sees every iteration as it is made and may end the search: what was found
    /// so far comes back in [`FitError::NotConverged`]. The objective is minus the log-likelihood; where the search leads to the
    /// open end of a domain, the one given that end begins again with iteration 0.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`].
    ///
    /// # Example
    /// ```
    /// use std::ops::ControlFlow;
    /// use maxlik::prelude::*;
    ///
    /// let model = Model::new(&[2.5, 0.7, 1.9], [positive("shape"), positive("rate")], |[a, b], &x| gamma::ln_pdf(x, a, b));
    /// let stopped = model.fit_watched(Newton::default(), |progress| {
    ///     println!("{}: {}", progress.iteration, -progress.value);
    ///     if progress.iteration < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    /// });
    /// let Err(FitError::NotConverged(partial)) = stopped else { panic!("three steps are too few") };
    /// assert_eq!(partial.trace().len(), 3);
    /// ```
    fn fit_watched<M: Method>(
        &self,
        method: M,
        mut watch: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Fit, FitError> {
        self.validate()?;
        refuse_penalty(&method)?;
        let ordinary = coefficients(self);
        let Some((start, stages)) = stage::start(self, &ordinary, &method) else {
            return fit_at(self, ordinary, &method, &mut watch);
        };
        match fit_at(self, start, &method, &mut watch) {
            Ok(fit) => Ok(fit.after(stages)),
            Err(FitError::NotConverged(fit)) if matches!(fit.termination(), Termination::Interrupted { .. }) => {
                Err(FitError::NotConverged(Box::new(fit.after(stages))))
            }
            // A start that is not the usual one must not be the reason of a failure.
            Err(_) => fit_at(self, ordinary, &method, &mut watch),
        }
    }

    /// [`MaximumLikelihood::fit_with`], which starts at the estimates of an earlier fit: of the same model, to go on where an
    /// approximate fit or one in [`FitError::NotConverged`] has ended, or of a model with coefficients of the same names.
    ///
    /// Fixed parameters keep the values of this model. Where an earlier estimate lies outside the coefficient's domain, as at its
    /// open end, the coefficient starts at its own start.
    ///
    /// # Errors
    /// If the names of the coefficients differ; otherwise as [`MaximumLikelihood::fit`].
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// use maxlik::optimizer::GradientAscent;
    ///
    /// let model = Model::new(&[2.5, 0.7, 1.9], [positive("shape"), positive("rate")], |[a, b], &x| gamma::ln_pdf(x, a, b));
    /// let approximate = model.fit_with(GradientAscent::default().with_steps(4))?;
    /// assert!(!approximate.termination().is_converged());
    /// let fit = model.fit_from(&approximate, Newton::default())?;
    /// assert!((fit.estimate("shape")? - model.fit()?.estimate("shape")?).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn fit_from<M: Method>(&self, fit: &Fit, method: M) -> Result<Fit, FitError> {
        self.validate()?;
        fit_at(self, coefficients_of(self, fit)?, &method, &mut |_| ControlFlow::Continue(()))
    }

    /// Finds the maximum of the likelihood by EM, with your E-step and M-step.
    ///
    /// The steps speak the coefficients of the model on their natural scale: those of all parameters in order, `m` of them, fixed
    /// ones included, which stay at their values. They are checked against the model's own log-likelihood and score; its exact
    /// information gives the standard errors, as for every fit. Where the maximum lies at the open end of a domain, the other
    /// coefficients are fitted given that end by Newton's method.
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit`], or if a step is wrong.
    ///
    /// # Example
    /// Lifetimes of exponential distribution, two of them censored: the expected lifetime beyond `t` is `t + mean`.
    /// ```
    /// use maxlik::optimizer::{Em, ExpectationMaximization};
    /// use maxlik::prelude::*;
    /// use nalgebra::{DVector, dvector};
    ///
    /// /// Failures, censored lifetimes, total time.
    /// struct Lifetimes(f64, f64, f64);
    /// impl ExpectationMaximization for Lifetimes {
    ///     type Statistics = f64; // the expected total lifetime
    ///     fn e_step(&self, mean: &DVector<f64>) -> (f64, f64) {
    ///         (-self.0 * mean[0].ln() - self.2 / mean[0], self.2 + self.1 * mean[0])
    ///     }
    ///     fn m_step(&self, total: &f64) -> DVector<f64> {
    ///         dvector![total / (self.0 + self.1)]
    ///     }
    ///     fn q_gradient(&self, mean: &DVector<f64>, total: &f64) -> DVector<f64> {
    ///         dvector![total / mean[0].powi(2) - (self.0 + self.1) / mean[0]]
    ///     }
    /// }
    /// let lifetimes = [(1.5, true), (2.25, true), (4.0, false), (0.75, true), (4.0, false)];
    /// let model = Model::new(&lifetimes, [positive("mean")], |[mean], &(t, failed)| {
    ///     if failed { exponential::ln_pdf(t, 1.0 / mean) } else { exponential::ln_sf(t, 1.0 / mean) }
    /// });
    /// let fit = model.fit_em(Em::default(), &Lifetimes(3.0, 2.0, 12.5))?;
    /// assert!((fit.estimate("mean")? - 12.5 / 3.0).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn fit_em<S: ExpectationMaximization>(&self, em: Em, steps: &S) -> Result<Fit, FitError> {
        self.fit_em_watched(em, steps, |_| ControlFlow::Continue(()))
    }

    /// [`MaximumLikelihood::fit_em`] under watch, as [`MaximumLikelihood::fit_watched`].
    ///
    /// # Errors
    /// As [`MaximumLikelihood::fit_em`].
    fn fit_em_watched<S: ExpectationMaximization>(
        &self,
        em: Em,
        steps: &S,
        mut watch: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Fit, FitError> {
        self.validate()?;
        fit_em_at(self, coefficients(self), em, steps, &mut watch)
    }

    /// Finds maxima of the likelihood from several starts: the parameters' own and random ones around it. From where a method only
    /// approximates a maximum, Newton's method goes on.
    ///
    /// # Errors
    /// If the model is invalid, or, with the first start's error, if no start leads to a maximum.
    fn fit_multistart<M: Method>(&self, method: M, starts: &Multistart) -> Result<Optima, FitError> {
        self.validate()?;
        multistart::fit(self, &coefficients(self), &method, starts)
    }

    /// Finds the lasso's coefficients for one `lambda >= 0`: the maximum of the log-likelihood with an L1 penalty.
    ///
    /// # Errors
    /// If the model or the settings are invalid, the log-density is not finite at the start, or there is no convergence.
    fn fit_lasso(&self, lambda: f64, settings: &Lasso) -> Result<LassoFit, LassoError> {
        lasso::fit(self, lambda, settings)
    }

    /// Finds the lasso's coefficients along a path: for `lambda` from the smallest value that holds all penalised coefficients at
    /// zero downwards, each search from where the one before has ended.
    ///
    /// # Errors
    /// If the model or the settings are invalid, the log-density is not finite at the start, or the model without the
    /// penalised coefficients has no maximum. A point that did not converge is no error: the path ends with it, and its
    /// [`termination`](LassoFit::termination) says why.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    ///
    /// let rows = [[0.5, 1.0, 2.1], [1.5, -1.0, 2.8], [-0.7, 0.3, -1.2], [2.2, 0.1, 4.9], [-1.9, -0.8, -3.5]];
    /// let design = Design::from_rows(&rows, ["(intercept)", "a", "b"], |row| [1.0, row[0], row[1]])?;
    /// let parameters = [linear("mu", design), real("sigma").fixed(1.0)];
    /// let model = Model::new(&rows, parameters, |[mu, sigma], row| normal::ln_pdf(row[2], mu, sigma));
    /// let path = model.lasso_path(&Lasso::default())?;
    ///
    /// assert_eq!(path.points()[0].selected().count(), 0);
    /// let best = path.best_bic().unwrap();
    /// assert_eq!(best.selected().collect::<Vec<_>>(), ["mu.a"]);
    /// assert_eq!(best.estimate("mu.b")?, 0.0);
    /// println!("{path}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn lasso_path(&self, settings: &Lasso) -> Result<LassoPath, LassoError> {
        lasso::path(self, settings)
    }
}

impl<L: Likelihood> MaximumLikelihood for L {}

/// The fit that starts at these coefficients.
pub(crate) fn fit_at<M: Method>(
    likelihood: &dyn Likelihood,
    coefficients: Vec<Coefficient>,
    method: &M,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Fit, FitError> {
    refuse_penalty(method)?;
    let mut search = |coefficients: &[Coefficient]| search(likelihood, coefficients, method, watch);
    let report = search(&coefficients)?;
    let found = conclude(likelihood, coefficients, report, &mut search);
    or_on_a_face(likelihood, found, &mut |face, start| fit_at(face, start, method, watch))
}

/// The fit by EM that starts at these coefficients.
pub(crate) fn fit_em_at<S: ExpectationMaximization>(
    likelihood: &dyn Likelihood,
    coefficients: Vec<Coefficient>,
    em: Em,
    steps: &S,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Fit, FitError> {
    let report = search_em(likelihood, &coefficients, em, steps, watch)?;
    let newton = Newton { stopping: em.stopping, ..Newton::default() };
    let found = conclude(likelihood, coefficients, report, &mut |held| search(likelihood, held, &newton, watch));
    or_on_a_face(likelihood, found, &mut |face, start| fit_at(face, start, &newton, watch))
}

/// One run of EM.
pub(crate) fn search_em<S: ExpectationMaximization>(
    likelihood: &dyn Likelihood,
    coefficients: &[Coefficient],
    em: Em,
    steps: &S,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Report, FitError> {
    let scale = FreeScale::new(likelihood, coefficients);
    FreeSteps { scale: &scale, steps }.check_lengths()?;
    let steps = FreeSteps { scale: &scale, steps };
    let report = em
        .minimize_watched(&steps, &scale, &scale.bounds(), &scale.start(), watch)
        .map_err(|error| FitError::wrong_step(error, scale.free().iter().map(|&i| &*coefficients[i].name)))?;
    begun(likelihood, coefficients, report)
}

/// From the report of a search to the fit; `search` goes on from other coefficients.
fn conclude(
    likelihood: &dyn Likelihood,
    mut coefficients: Vec<Coefficient>,
    mut report: Report,
    search: &mut dyn FnMut(&[Coefficient]) -> Result<Report, FitError>,
) -> Result<Fit, FitError> {
    // A maximum at the open end of a domain: hold the coefficient there and fit the others given it.
    // One that was interrupted, or is approximate, has not come to rest anywhere.
    while !matches!(report.termination, Termination::Interrupted { .. } | Termination::Approximate { .. })
        && let Some(direction) = limit::direction(likelihood, &coefficients, &report)
    {
        // Which way a level likelihood leads is a matter of rounding: if not this way, then the other.
        let ways = [direction.clone(), -direction.clone()];
        let at_end = ways.iter().find_map(|way| {
            let held = limit::hold(likelihood, &coefficients, &report, way)?;
            search(&held).ok().map(|report| (held, report))
        });
        let Some((held, given_the_end)) = at_end else {
            report.termination = Termination::AtInfinity { direction };
            break;
        };
        (coefficients, report) = (held, report.followed_by(given_the_end));
    }

    let fit = Fit::new(likelihood, &coefficients, report);
    let as_asked = fit.termination().is_converged() || fit.is_approximate();
    if (!as_asked || fit.is_singular())
        && let Some(error) = collinear::find(likelihood)
    {
        return Err(error);
    }
    if as_asked { Ok(fit) } else { Err(FitError::NotConverged(Box::new(fit))) }
}

/// The coefficients of a model at their starting values.
pub(crate) fn coefficients(likelihood: &dyn Likelihood) -> Vec<Coefficient> {
    let parameters = likelihood.parameters().iter();
    let each = parameters.flat_map(|parameter| {
        parameter.coefficient_names().zip(parameter.start_values()).map(|(name, value)| Coefficient {
            name,
            domain: parameter.domain(),
            value,
            held: parameter.is_fixed(),
        })
    });
    each.collect()
}

/// A penalised estimate has no standard errors from the information: a [`Fit`] must not print them.
fn refuse_penalty<M: Method>(method: &M) -> Result<(), FitError> {
    if method.penalty().is_some() { Err(FitError::Penalized { method: method.name() }) } else { Ok(()) }
}

/// The coefficients of a model at the estimates of an earlier fit.
pub(crate) fn coefficients_of(likelihood: &dyn Likelihood, fit: &Fit) -> Result<Vec<Coefficient>, FitError> {
    let mut coefficients = coefficients(likelihood);
    let differ = || FitError::OtherCoefficients {
        expected: self::coefficients(likelihood).into_iter().map(|coefficient| coefficient.name).collect(),
        found: fit.all.iter().map(|coefficient| coefficient.name.clone()).collect(),
    };
    if fit.all.len() != coefficients.len() {
        return Err(differ());
    }
    for coefficient in &mut coefficients {
        let Ok(earlier) = fit.estimate(&coefficient.name) else {
            return Err(differ());
        };
        if !coefficient.held && coefficient.domain.contains(earlier) {
            coefficient.value = earlier;
        }
    }
    Ok(coefficients)
}

/// One run of the optimizer.
pub(crate) fn search<M: Method>(
    likelihood: &dyn Likelihood,
    coefficients: &[Coefficient],
    method: &M,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Report, FitError> {
    let objective = FreeScale::new(likelihood, coefficients);
    let report = match minimize_watched(method, &objective, &objective.bounds(), &objective.start(), watch) {
        Err(setting @ InvalidProblem::Setting { .. }) => return Err(FitError::Method(setting)),
        // Where probabilities have a sum of 1 or more nothing is left for the free scale.
        Err(InvalidProblem::Start { variable, .. }) => {
            let Coefficient { name, value, domain, .. } = coefficients[objective.free()[variable]].clone();
            return Err(ModelError::OutsideDomain { parameter: name, value, domain }.into());
        }
        report => report.expect("bug: a likelihood's free scale is no valid problem"),
    };
    begun(likelihood, coefficients, report)
}

/// The report of a search that could begin.
fn begun(likelihood: &dyn Likelihood, coefficients: &[Coefficient], report: Report) -> Result<Report, FitError> {
    if report.termination != Termination::NonFiniteStart {
        return Ok(report);
    }
    let theta = FreeScale::new(likelihood, coefficients).natural(&report.x);
    let found = likelihood.first_not_finite(&theta);
    if found.is_none()
        && report.value.is_finite()
        && let Err(error) = likelihood.expected_information(&theta)
    {
        return Err(FitError::ExpectedInformation(error));
    }
    Err(FitError::NotFiniteAtStart {
        row: found.and_then(|found| found.row),
        log_density: found.map_or(-report.value, |found| found.log_density),
        parameters: coefficients.iter().map(|coefficient| coefficient.name.clone()).zip(theta).collect(),
    })
}
