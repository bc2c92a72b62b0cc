//! Dirichlet: several proportions that add up to one.
use maxlik_dual::Real;
use maxlik_dual::special::{HALF_LN_2_PI, stirling_remainder};
use nalgebra::DVector;
use rand::distr::{Distribution, Open01};

use super::stirling::{LARGE, ln_gamma_density};
use super::{DistributionError, impossible, is_positive, mean_and_variance, undefined};
use crate::Domain;

/// Proportions whose sum differs from one by at most this are on the simplex.
pub const SUM_TOLERANCE: f64 = 1e-9;

/// The log-density at the proportions `x`, for parameters `alpha_i > 0`, as many; with respect to all proportions but one.
///
/// `x` is on the simplex if no proportion is negative and their sum is one to within [`SUM_TOLERANCE`]; elsewhere the
/// log-density is minus infinity. Proportions that are rounded more coarsely are to be divided by their sum first. Where a
/// proportion is 0, its factor is 0, 1 or infinite as its parameter is above, at or below 1, and 0 wins over infinite. Vectors of
/// different or no length give NaN.
///
/// # Formula
/// `sum_i ((alpha_i - 1) ln x_i - ln Gamma(alpha_i)) + ln Gamma(n)`, where `n = sum_i alpha_i`. For large parameters, where these
/// terms cancel, by gamma densities as for [`beta`](super::beta::ln_pdf).
///
/// # Example
/// ```
/// use maxlik_model::distribution::dirichlet;
/// let density = 0.25 * 0.5_f64.powi(2) * 0.25_f64.powi(3) * 40320.0 / (2.0 * 6.0); // Gamma(9) / (Gamma(2) Gamma(3) Gamma(4))
/// assert!((dirichlet::ln_pdf(&[0.25, 0.5, 0.25], &[2.0, 3.0, 4.0]) - density.ln()).abs() < 1e-14);
/// ```
pub fn ln_pdf<T: Real>(x: &[f64], alpha: &[T]) -> T {
    if x.len() != alpha.len() || x.is_empty() || !alpha.iter().all(|&a| is_positive(a)) || x.iter().any(|x| x.is_nan())
    {
        return undefined();
    }
    let excess = sum_with_rest(x.iter().copied().chain([-1.0]));
    let excess = excess.0 + excess.1;
    if x.iter().any(|&x| x < 0.0) || excess.abs() > SUM_TOLERANCE {
        return impossible();
    }
    if x.iter().zip(alpha).any(|(&x, &a)| x == 0.0 && a > 1.0) {
        return impossible();
    }
    let n: T = alpha.iter().copied().sum();
    let large = n >= LARGE;
    let (n_high, n_low) = sum_with_rest(alpha.iter().map(|a| a.value()));
    let mut sum = if large { stirling_remainder(n) - n.ln() * 0.5 + HALF_LN_2_PI + n * excess } else { n.ln_gamma() };
    for (&x, &a) in x.iter().zip(alpha) {
        if x == 0.0 {
            // The factor x^(a - 1) / Gamma(a), with 0^0 = 1.
            sum += if a == 1.0 { T::from(0.0) } else { T::from(f64::INFINITY) };
            if large {
                sum += n.ln() * a;
            }
            continue;
        }
        sum += if large {
            let difference = n_high.mul_add(x, -a.value()) + n_low * x;
            ln_gamma_density(n * x, n.ln() + x.ln(), a, difference) - x.ln()
        } else {
            (a - 1.0) * x.ln() - a.ln_gamma()
        };
    }
    sum
}

/// A sum, and what rounding has left of it.
fn sum_with_rest(terms: impl Iterator<Item = f64>) -> (f64, f64) {
    terms.fold((0.0, 0.0), |(sum, rest), term| {
        let next = sum + term;
        let added = next - sum;
        (next, rest + ((sum - (next - added)) + (term - added)))
    })
}

/// A Dirichlet distribution with known parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Dirichlet {
    alpha: DVector<f64>,
}

impl Dirichlet {
    /// The name in error messages.
    const NAME: &'static str = "Dirichlet";

    /// With these parameters, one per proportion.
    ///
    /// # Errors
    /// For less than two parameters, and for one that is not above 0.
    pub fn new(alpha: &[f64]) -> Result<Self, DistributionError> {
        if alpha.len() < 2 {
            let (distribution, parameter) = (Self::NAME, "alpha");
            return Err(DistributionError::Length { distribution, parameter, expected: 2, found: alpha.len() });
        }
        match alpha.iter().find(|&&a| !Domain::Positive.contains(a)) {
            Some(&found) => Err(DistributionError::Parameter {
                distribution: Self::NAME,
                parameter: "alpha",
                domain: Domain::Positive,
                found,
            }),
            None => Ok(Self { alpha: DVector::from_column_slice(alpha) }),
        }
    }

    /// The parameters.
    pub fn alpha(&self) -> &[f64] {
        self.alpha.as_slice()
    }

    /// `alpha_i / n`, where `n` is the sum of the parameters.
    pub fn mean(&self) -> DVector<f64> {
        &self.alpha / self.alpha.sum()
    }

    /// `alpha_i (n - alpha_i) / (n^2 (n + 1))`, the variances of the proportions.
    pub fn variance(&self) -> DVector<f64> {
        let n = self.alpha.sum();
        let others = |i: usize| self.alpha.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, a)| a).sum::<f64>();
        DVector::from_fn(self.alpha.len(), |i, _| self.alpha[i] / n * (others(i) / n) / (n + 1.0))
    }

    /// A start for maximum likelihood, which has no closed form: the means of the observations, and the `n` for which the first
    /// proportion that varies has the variance (divisor n) of the observations.
    ///
    /// # Errors
    /// Without observations, for one that is not on the simplex or touches its boundary, for observations of different lengths,
    /// and where all are equal (the parameters are then infinite).
    pub fn method_of_moments(observations: &[Vec<f64>]) -> Result<Self, DistributionError> {
        let distribution = Self::NAME;
        let Some(first) = observations.first() else { return Err(DistributionError::NoObservations { distribution }) };
        for (index, x) in observations.iter().enumerate() {
            if x.len() != first.len() {
                let (expected, found) = (first.len(), x.len());
                return Err(DistributionError::Length { distribution, parameter: "observation", expected, found });
            }
            let support = Domain::Probability;
            if let Some(&found) = x.iter().find(|&&x| !support.contains(x)) {
                return Err(DistributionError::OutsideSupport { distribution, index, support, found });
            }
            let found = x.iter().sum::<f64>();
            if (found - 1.0).abs() > SUM_TOLERANCE {
                return Err(DistributionError::Sum { distribution, index, found });
            }
        }
        let moments = |i: usize| mean_and_variance(observations.iter().map(move |x| x[i]));
        let moments: Vec<(f64, f64)> = (0..first.len()).map(moments).collect();
        let (mean, variance) = moments.iter().copied().find(|(_, variance)| *variance > 0.0).unwrap_or(moments[0]);
        let n = mean * (1.0 - mean) / variance - 1.0;
        Self::new(&moments.iter().map(|(mean, _)| mean * n).collect::<Vec<f64>>())
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<DVector<f64>> for Dirichlet {
    /// The shares of independent gamma variables in their sum, from their logarithms, so that tiny parameters make no sum 0.
    ///
    /// # References
    /// Devroye, "Non-Uniform Random Variate Generation" (1986), chapter XI, section 4.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> DVector<f64> {
        let logs = self.alpha.map(|a| ln_gamma_variable(a, rng));
        let largest = logs.max();
        let sizes = logs.map(|log| if log == largest { 1.0 } else { (log - largest).exp() });
        let sum = sizes.sum();
        sizes / sum
    }
}

/// The logarithm of a gamma variable, which itself may be too small for a number: for shapes below 1 that of shape
/// `shape + 1` times `U^(1 / shape)` (Marsaglia & Tsang, "A simple method for generating gamma variables" (2000)).
pub(super) fn ln_gamma_variable<R: rand::Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    let ln_gamma =
        |shape: f64, rng: &mut R| rand_distr::Gamma::new(shape, 1.0).map_or(f64::NAN, |gamma| gamma.sample(rng)).ln();
    if shape >= 1.0 {
        return ln_gamma(shape, rng);
    }
    let u: f64 = Open01.sample(rng);
    ln_gamma(shape + 1.0, rng) + (u.ln() / shape).max(-f64::MAX)
}
