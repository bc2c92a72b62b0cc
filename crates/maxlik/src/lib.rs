//! Maximum likelihood from a log-density written as an ordinary closure.
//!
//! ```text
//! l(theta) = sum_i w_i f(theta, row_i)        estimate:     theta^ = argmax l
//!                                             information:  I = -l''(theta^)       std. errors: sqrt(diag(I^-1))
//! ```
//!
//! Score and information are exact (dual numbers, no finite differences anywhere).
//!
//! ```
//! use maxlik::prelude::*;
//!
//! struct Lifetime {
//!     hours: f64,
//!     failed: bool,
//! }
//! let lifetimes = [(17.9, true), (23.4, true), (31.0, false), (8.2, true), (40.0, false), (12.7, true)]
//!     .map(|(hours, failed)| Lifetime { hours, failed });
//!
//! let fit = Model::new(&lifetimes, [positive("shape"), positive("scale")], |[shape, scale], life| {
//!     if life.failed { weibull::ln_pdf(life.hours, shape, scale) } else { weibull::ln_sf(life.hours, shape, scale) }
//! })
//! .fit()?;
//!
//! assert!((fit.estimate("shape")? - 1.535_498_17).abs() < 1e-8);
//! assert!(fit.score().amax() < 1e-9);
//! println!("{fit}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which item to use
//!
//! - [`Model::new`](prelude::Model::new) for independent rows, [`Model::joint`](prelude::Model::joint) for dependent data.
//! - [`Mixture`] for rows that come from one of several components, not known which; [`GaussianMixture`] where these are Gaussian;
//!   [`HiddenMarkov`] where the rows are in order and the component follows a Markov chain; [`FactorAnalysis`] for columns that share
//!   a few factors.
//! - [`MaximumLikelihood::fit`] with default settings, [`MaximumLikelihood::fit_with`] with a method of your choice,
//!   [`MaximumLikelihood::fit_em`] with the E-step and the M-step of a model with missing data.
//! - [`MaximumLikelihood::lasso_path`] for coefficients that are zero where the data do not ask for more.
//! - [`Fit`] has the estimates, what is known about their precision, and the verdict; print it.
//! - [`Table`] reads CSV files.
//!
//! # Limitations
//!
//! See `docs/limitations.md` in the repository.

mod collinear;
mod error;
mod face;
mod fit;
mod fitting;
mod free_scale;
mod free_steps;
mod information;
mod lasso;
mod lasso_path;
mod lasso_penalty;
mod lasso_settings;
mod latent;
mod limit;
mod multistart;
mod simplex;
mod stage;
mod summary;
mod table;
mod warning;

pub use error::{FitError, InferenceError};
pub use fit::{Fit, Status};
pub use fitting::MaximumLikelihood;
pub use lasso_path::{LassoFit, LassoPath};
pub use lasso_settings::{Lasso, LassoError};
pub use latent::collapse::Collapse;
pub use latent::factor_analysis::{
    FactorAnalysis, FactorAnalysisError, FactorAnalysisFit, LikelihoodRatioTest, Rotation, Scale, Scores,
};
pub use latent::gaussian_mixture::{
    ConjugatePrior, Covariance, Criterion, GaussianMixture, GaussianMixtureError, GaussianMixtureFit, Noise, Selection,
    StartingPoints,
};
pub use latent::hidden_markov::{HiddenMarkov, HiddenMarkovFit, HiddenMarkovSteps};
pub use latent::missing_information::MissingInformation;
pub use latent::mixture::{Mixture, MixtureFit};
pub use latent::starts::Starts;
pub use multistart::{Multistart, Optima, Optimum};
pub use stage::Stage;
pub use table::{Kind, Table, TableError};
pub use warning::Warning;

pub use maxlik_dual as dual;
pub use maxlik_model as model;
pub use maxlik_optimizer as optimizer;

/// What a program needs: `use maxlik::prelude::*;`
pub mod prelude {
    pub use crate::{
        Collapse, ConjugatePrior, Covariance, Criterion, Fit, FitError, GaussianMixture, GaussianMixtureError,
        GaussianMixtureFit, HiddenMarkov, HiddenMarkovFit, InferenceError, Lasso, MaximumLikelihood, Mixture,
        MixtureFit, Multistart, Noise, StartingPoints, Table, TableError,
    };
    pub use crate::{FactorAnalysis, FactorAnalysisError, FactorAnalysisFit, Rotation, Scale, Scores};
    pub use maxlik_dual::{Dual, Dual2, Dual3, Real, check_derivatives, ln_sum_exp};
    pub use maxlik_model::distribution::*;
    pub use maxlik_model::{
        Design, ExpectationError, Initial, Likelihood, LogDensity, Model, ModelError, Parameter, Support, at_least,
        at_most, between, linear, positive, probability, real,
    };
    pub use maxlik_optimizer::{
        Em, ExpectationMaximization, FisherScoring, GradientAscent, Lbfgs, Newton, StochasticGradient, Termination,
    };
}

/// The code blocks of the repository's pages, compiled and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/how-dual-numbers-work.md")]
    struct HowDualNumbersWork;
    #[doc = include_str!("../../../docs/derivatives.md")]
    struct Derivatives;
    #[doc = include_str!("../../../docs/distributions.md")]
    struct Distributions;
    #[doc = include_str!("../../../docs/design.md")]
    struct DesignQuestions;
    #[doc = include_str!("../../../docs/choosing-a-method.md")]
    struct ChoosingAMethod;
    #[doc = include_str!("../../../docs/expected-information.md")]
    struct ExpectedInformation;
    #[doc = include_str!("../../../docs/latent.md")]
    struct Latent;
    #[doc = include_str!("../../../docs/hidden-markov.md")]
    struct HiddenMarkovModels;
    #[doc = include_str!("../../../docs/mixtures.md")]
    struct Mixtures;
    #[doc = include_str!("../../../docs/notation.md")]
    struct Notation;
    #[doc = include_str!("../../../docs/limitations.md")]
    struct Limitations;
    #[doc = include_str!("../../../docs/factor-analysis.md")]
    struct FactorAnalysisPage;
}
