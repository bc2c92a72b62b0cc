//! Minimises `f: R^n -> R`, optionally between bounds, and says whether the answer can be trusted.
//!
//! A method ([`Newton`], [`Lbfgs`]) supplies steps; the one loop ([`minimize`]) supplies everything else: budgets, the trace, the test
//! for convergence and the diagnosis of what went wrong. Convergence is judged by the Newton decrement
//!
//! ```text
//! d(x) = g(x)' H(x)^-1 g(x)        g: n, H: n x n positive definite, coordinates held on a bound left out
//! ```
//!
//! which does not depend on units: for a negative log-likelihood `sqrt(d)` is the distance to the minimum in standard errors.
//!
//! ```
//! use maxlik_optimizer::{Bounds, Newton, Objective, Termination, minimize};
//! use nalgebra::{DMatrix, DVector, dmatrix, dvector};
//!
//! /// Rosenbrock's valley with its bottom at (1.5, 2.25).
//! struct Valley;
//! impl Objective for Valley {
//!     fn dimension(&self) -> usize {
//!         2
//!     }
//!     fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
//!         let (u, v) = (1.5 - x[0], x[1] - x[0] * x[0]);
//!         (
//!             u * u + 100.0 * v * v,
//!             dvector![-2.0 * u - 400.0 * x[0] * v, 200.0 * v],
//!             dmatrix![2.0 - 400.0 * v + 800.0 * x[0] * x[0], -400.0 * x[0]; -400.0 * x[0], 200.0],
//!         )
//!     }
//! }
//! let report = minimize(&Newton::default(), &Valley, &Bounds::none(2), &dvector![-1.2, 1.0])?;
//! assert!(matches!(report.termination, Termination::Converged { .. }));
//! assert!((report.x[0] - 1.5).abs() < 1e-12 && (report.x[1] - 2.25).abs() < 1e-12);
//! # Ok::<(), maxlik_optimizer::InvalidProblem>(())
//! ```
//!
//! # Which item to use
//!
//! - [`Newton`] where in doubt; [`FisherScoring`] where the expectation of the Hessian is known and the start is far away.
//! - [`Lbfgs`] for many variables; it asks for the Hessian a few times only, for units at the start and for the verdict at the end.
//! - [`GradientAscent`] and [`StochasticGradient`] approximate, and say how far they are.
//! - [`ProximalNewton`] adds an [`L1`] penalty.
//! - [`Em`] drives an E-step and an M-step ([`ExpectationMaximization`]) for models with missing data.
//!
//! A method of your own implements [`Method`] and is run by the same loop.
//!
//! # Limitations
//!
//! Dense matrices. Every objective has exact second derivatives: methods that step without them are judged by them in the end.

mod at_infinity;
mod bounds;
mod cauchy_point;
mod convergence;
mod coordinate_descent;
mod diagonal_scale;
mod em;
mod em_driver;
mod error;
mod face;
mod fisher_identity;
mod fisher_scoring;
mod gradient_ascent;
mod inverse_hessian;
mod iterate;
mod judge;
mod lbfgs;
mod level;
mod line_search;
mod local_model;
mod method;
mod newton;
mod noise;
mod objective;
mod penalty;
mod problem;
mod proximal_newton;
mod quadratic_model;
mod report;
mod squarem;
mod step_rule;
mod step_schedule;
mod stochastic_gradient;
mod subspace;
mod trust_region;
mod way;

pub use bounds::Bounds;
pub use convergence::{Curvature, Decrement, Stopping, Termination};
pub use em::{Em, ExpectationMaximization};
pub use error::{EmError, InvalidProblem};
pub use fisher_scoring::FisherScoring;
pub use gradient_ascent::{GradientAscent, GradientAscentState};
pub use iterate::{minimize, minimize_watched};
pub use lbfgs::{Lbfgs, LbfgsState};
pub use method::{Method, Standing, Step};
pub use newton::Newton;
pub use objective::{Evaluations, Expansion, Objective, Point};
pub use penalty::L1;
pub use problem::Problem;
pub use proximal_newton::ProximalNewton;
pub use report::{Progress, Report};
pub use step_rule::Rule;
pub use step_schedule::Schedule;
pub use stochastic_gradient::{StochasticGradient, StochasticGradientState};
pub use trust_region::TrustRegion;
