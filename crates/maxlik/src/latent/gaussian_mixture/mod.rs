//! Gaussian mixtures.
mod block;
mod chart;
mod components;
mod covariance;
mod display;
mod e_step;
mod equal_shape;
mod error;
mod fit;
mod fitting;
mod gradient;
mod missing;
mod moments;
mod objective;
mod pass;
mod points;
mod prior;
mod report;
mod search;
mod selection;
mod settings;
mod split;
mod spurious;
mod start;
mod statistics;
mod steps;
#[cfg(test)]
mod tests;
mod validate;

use maxlik_optimizer::Em;

use self::settings::Given;
use crate::Collapse;

pub use self::covariance::Covariance;
pub use self::error::GaussianMixtureError;
pub use self::fit::GaussianMixtureFit;
pub use self::selection::{Criterion, Selection};
pub use self::settings::{ConjugatePrior, Noise, StartingPoints};

/// A mixture of `k` Gaussian components in `d` dimensions, fitted by EM with the last steps by Newton's method.
///
/// The search begins at many points, and the best of them are followed to their maxima. The likelihood has no upper bound: where a
/// component collapses on a few rows the start is given up ([`Collapse`]), and a maximum whose component stands on a few rows that happen
/// to lie close to a plane is passed over as spurious and named. The components are numbered from 1 by their means in the first column.
///
/// # Formula
/// `l = sum_i w_i ln (sum_j pi_j N(x_i | mu_j, Sigma_j) + pi_0 / V)`, the last term for noise in the volume `V`, if asked for.
///
/// # Example
/// ```
/// use maxlik::prelude::*;
/// use nalgebra::DMatrix;
///
/// // Widths of shells, of two kinds.
/// let widths = DMatrix::from_column_slice(10, 1, &[4.1, 3.8, 4.4, 4.0, 6.9, 4.3, 7.2, 6.5, 3.9, 7.4]);
/// let fit = GaussianMixture::new(2).names(["width"]).fit(&widths)?;
/// assert!((fit.estimate("weight[2]")? - 0.4).abs() < 1e-6);
/// assert!((fit.estimate("mean[2].width")? - 7.0).abs() < 1e-6); // (6.9 + 7.2 + 6.5 + 7.4) / 4
/// println!("{fit}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianMixture {
    k: usize,
    covariance: Covariance,
    names: Option<Vec<String>>,
    weights: Option<Vec<f64>>,
    start: StartingPoints,
    starts: usize,
    continued: Option<usize>,
    seed: u64,
    missing: bool,
    noise: Option<Noise>,
    prior: Option<ConjugatePrior>,
    on_collapse: Collapse,
    given: Option<Given>,
    information_limit: usize,
    em: Em,
}
