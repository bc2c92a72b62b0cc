//! Statistical models: from the log-density of one observation to the log-likelihood with score and information.
//!
//! ```text
//! l(theta) = sum_i w_i f([z_i1 .. z_iP], row_i)          z_ik = theta_k            a scalar parameter
//!                                                        z_ik = x_ik' beta_k + o_i a linear predictor
//! ```
//!
//! Dual numbers run over the `P` numbers that one row's density sees; matrices carry the result on to the coefficients:
//! `score_k = X_k' g_k` and `information_kl = -X_k' diag(h_kl) X_l`. The cost of differentiation does not grow with the
//! number of covariates.
//!
//! ```
//! use maxlik_model::{Likelihood, Model, positive, real};
//! use maxlik_model::distribution::normal;
//!
//! let heights = [1.72, 1.65, 1.81];
//! let model = Model::new(&heights, [real("mu"), positive("sigma")], |[mu, sigma], &height| normal::ln_pdf(height, mu, sigma));
//! model.validate()?;
//! let (log_likelihood, score, hessian) = model.log_likelihood_score_hessian(&[1.7, 0.1]);
//! assert_eq!((score.len(), hessian.nrows()), (2, 2));
//! assert!((score[0] - (0.02 - 0.05 + 0.11) / 0.01).abs() < 1e-12); // sum (x - mu) / sigma^2
//! assert!((log_likelihood - 3.400_939_6).abs() < 1e-6);
//! # Ok::<(), maxlik_model::ModelError>(())
//! ```
//!
//! # Which item to use
//!
//! - [`Model::new`] for rows and a closure; [`Model::from_density`] for rows and a [`LogDensity`], which is also evaluated
//!   without derivatives where only the value is needed; [`Model::joint`] for dependent data.
//! - [`Parameter`]s say what the density's arguments are; a [`Design`] makes one a linear predictor.
//! - [`Model::response`] names what is random in a row, and [`Model::with_expected_information`] gives a closed form: either lets the
//!   model compute its expected information.
//! - [`MixtureLikelihood`] for rows that come from one of several components.
//! - [`HiddenMarkovLikelihood`] for rows in order whose density depends on a hidden Markov chain.
//! - [`Likelihood`] is what optimizers and inference see of any model.
//!
//! # Limitations
//!
//! Designs are dense but for categories.

mod aligned;
mod arguments;
mod block;
mod bulk;
mod category;
mod coded_columns;
mod component;
mod cross_product;
mod design;
pub mod distribution;
mod domain;
mod error;
mod expectation;
mod factor;
mod hidden_markov;
mod information;
mod joint;
mod likelihood;
mod line;
mod log_density;
mod mixing;
mod mixture;
mod mixture_pass;
mod mixture_rows;
mod model;
mod multinomial_logit;
mod parameter;
mod part;
mod pass;
mod prefetch;
mod quadrature;
mod response;
mod side_by_side;
mod sum;
mod summation;
mod sums_by_code;
mod threads;
mod tile;

#[doc(hidden)]
pub use aligned::Aligned;
pub use block::{Block, Buffers};
#[doc(hidden)]
pub use cross_product::{add_square, sum};
pub use design::Design;
pub use domain::Domain;
pub use error::{ExpectationError, ModelError};
pub use hidden_markov::{Expected, HiddenMarkovLikelihood, Initial};
pub use joint::Joint;
pub use likelihood::{Likelihood, NotFinite};
pub use log_density::{Closure, Density, Kernel, LogDensity};
pub use mixture::MixtureLikelihood;
pub use model::{Model, Rows};
pub use parameter::{Parameter, Start, at_least, at_most, between, linear, positive, probability, real};
pub use response::Support;
pub use sum::Compensated;
#[doc(hidden)]
pub use threads::for_parts;
