//! Multivariate normal, with the Cholesky factor of the covariance matrix as its parameters.
//!
//! A factor `L` with `L L' = covariance` is a list of its entries on and below the diagonal, row by row: `l11, l21, l22, l31, l32,
//! l33, ...`. The diagonal is positive (`l11`, `l22`, ... are [`Domain::Positive`]), the others are any
//! real numbers: every such list is a covariance matrix, and every positive definite covariance matrix has exactly one.
//! [`covariance`] and [`cholesky`] go from one to the other, on numbers with derivatives too.
//!
//! ```
//! use maxlik_model::distribution::multivariate_normal::{cholesky, covariance};
//! let entries = covariance(&[2.0, 0.6, 0.5]);
//! assert_eq!(entries, [4.0, 1.2, 0.36 + 0.25]); // s11, s21, s22
//! let back = cholesky(&entries);
//! assert!([2.0, 0.6, 0.5].iter().zip(back).all(|(l, b)| (l - b).abs() < 1e-15));
//! ```
use maxlik_dual::Real;
use maxlik_dual::special::HALF_LN_2_PI;
use nalgebra::{DMatrix, DVector};
use rand::distr::Distribution;

use super::{DistributionError, impossible, is_positive, mean_and_variance, undefined};
use crate::Domain;

/// Up to this dimension residuals stay on the stack.
const SMALL: usize = 8;

/// Entries of a covariance matrix that differ from their mirror image by more than this, relative to the standard deviations,
/// are not symmetric.
const SYMMETRY: f64 = 1e-12;

/// The log-density at `x`, for a mean and the entries of a Cholesky factor in the [order of this module](self). Vectors whose
/// lengths do not fit together give NaN, as do parameters outside their domain.
///
/// # Formula
/// `-z'z / 2 - sum_i ln l_ii - d ln(2 pi) / 2` with `L z = x - mean`, solved from the first row to the last
///
/// # Shapes
/// `x: d`, `mean: d`, `cholesky: d (d + 1) / 2`
///
/// # Example
/// ```
/// use maxlik_model::distribution::{multivariate_normal, normal};
/// let joint = multivariate_normal::ln_pdf(&[1.4, 0.2], &[1.0, -0.5], &[2.0, 0.6, 0.5]);
/// // The second given the first is normal with mean -0.5 + 0.6 z and standard deviation 0.5, z = (1.4 - 1) / 2.
/// let factors = normal::ln_pdf(1.4, 1.0, 2.0) + normal::ln_pdf(0.2, -0.5 + 0.6 * 0.2, 0.5);
/// assert!((joint - factors).abs() < 1e-14);
/// ```
pub fn ln_pdf<T: Real, X: Copy + Into<T>>(x: &[X], mean: &[T], cholesky: &[T]) -> T {
    let d = x.len();
    if mean.len() != d || cholesky.len() != entries(d) {
        return undefined();
    }
    if d <= SMALL {
        residuals_to_density(x, mean, cholesky, &mut [T::from(0.0); SMALL])
    } else {
        residuals_to_density(x, mean, cholesky, &mut vec![T::from(0.0); d])
    }
}

/// The log-density, with room for `z`.
fn residuals_to_density<T: Real, X: Copy + Into<T>>(x: &[X], mean: &[T], cholesky: &[T], z: &mut [T]) -> T {
    let d = x.len();
    // Where a residual overflows, the density is 0 if all parameters are numbers.
    let numbers = mean.iter().chain(cholesky).all(|p| p.value().is_finite());
    let mut sum = T::from(-(d as f64) * HALF_LN_2_PI);
    for i in 0..d {
        let row = &cholesky[entries(i)..entries(i + 1)];
        if !is_positive(row[i]) {
            return undefined();
        }
        let x: T = x[i].into();
        let mut residual = x - mean[i];
        for j in 0..i {
            residual -= row[j] * z[j];
        }
        z[i] = residual / row[i];
        if numbers && !x.value().is_nan() && !z[i].value().is_finite() {
            let rest = (i + 1..d).all(|k| is_positive(cholesky[entries(k + 1) - 1]));
            return if rest { impossible() } else { undefined() };
        }
        sum -= z[i] * z[i] * 0.5 + row[i].ln();
    }
    sum
}

/// The number of entries on and below the diagonal of `d` rows.
const fn entries(d: usize) -> usize {
    d * (d + 1) / 2
}

/// The number of rows that have this many entries on and below the diagonal.
fn rows(entries_found: usize) -> Option<usize> {
    (0..=entries_found).find(|&d| entries(d) >= entries_found).filter(|&d| entries(d) == entries_found)
}

/// The entries on and below the diagonal of `L L'`, in the [order of this module](self), from those of `L`: for derived
/// quantities (variances, correlations) with their derivatives.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual2, Real};
/// use maxlik_model::distribution::multivariate_normal::covariance;
/// let s = covariance(&Dual2::variables([2.0, 0.6, 0.5]));
/// let correlation = s[1] / (s[0] * s[2]).sqrt(); // l21 / sqrt(l21^2 + l22^2)
/// assert!((correlation.value() - 0.6 / 0.61_f64.sqrt()).abs() < 1e-15);
/// assert!((correlation.gradient()[1] - 0.25 / 0.61_f64.powf(1.5)).abs() < 1e-15);
/// ```
///
/// # Panics
/// If the length is not `d (d + 1) / 2` for any `d`.
pub fn covariance<T: Real>(cholesky: &[T]) -> Vec<T> {
    let d = rows(cholesky.len()).expect("a triangle of entries: 1, 3, 6, 10, ...");
    let row = |i: usize| &cholesky[entries(i)..entries(i + 1)];
    let product = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(&a, &b)| a * b).sum();
    (0..d).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| product(i, j)).collect()
}

/// The entries of the Cholesky factor `L`, in the [order of this module](self), from those of `L L'` on and below the diagonal;
/// NaN from the row on where that is not positive definite.
///
/// # Formula
/// `l_ij = (s_ij - sum_(k < j) l_ik l_jk) / l_jj` for `j < i`, `l_ii = sqrt(s_ii - sum_(k < i) l_ik^2)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::multivariate_normal::cholesky;
/// let l = cholesky(&[4.0, 1.2, 0.61]);
/// assert!((l[1] - 0.6).abs() < 1e-15 && (l[2] - 0.5).abs() < 1e-15);
/// assert!(cholesky(&[4.0, 1.2, 0.3])[2].is_nan()); // a correlation of 1.1
/// ```
///
/// # Panics
/// If the length is not `d (d + 1) / 2` for any `d`.
///
/// # References
/// Golub & Van Loan, "Matrix Computations" (2013), section 4.2.
pub fn cholesky<T: Real>(covariance: &[T]) -> Vec<T> {
    let d = rows(covariance.len()).expect("a triangle of entries: 1, 3, 6, 10, ...");
    let mut l: Vec<T> = Vec::with_capacity(covariance.len());
    for i in 0..d {
        for j in 0..=i {
            let mut rest = covariance[entries(i) + j];
            for k in 0..j {
                rest -= l[entries(i) + k] * l[entries(j) + k];
            }
            l.push(if j < i {
                rest / l[entries(j) + j]
            } else if is_positive(rest) {
                rest.sqrt()
            } else {
                undefined()
            });
        }
    }
    l
}

/// A multivariate normal distribution with known parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct MultivariateNormal {
    mean: DVector<f64>,
    /// In the order of the module.
    cholesky: Vec<f64>,
}

impl MultivariateNormal {
    /// The name in error messages.
    const NAME: &'static str = "multivariate normal";

    /// With this mean and covariance matrix.
    ///
    /// # Errors
    /// Where the sizes do not fit, for a number that is not finite, and for a matrix that is not symmetric (by more than `1e-12` of
    /// the standard deviations) or not positive definite.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::multivariate_normal::MultivariateNormal;
    /// use nalgebra::{dmatrix, dvector};
    /// let normal = MultivariateNormal::new(dvector![1.0, -0.5], &dmatrix![4.0, 1.2; 1.2, 0.61])?;
    /// assert!((normal.cholesky()[1] - 0.6).abs() < 1e-15);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn new(mean: DVector<f64>, covariance: &DMatrix<f64>) -> Result<Self, DistributionError> {
        let (distribution, expected) = (Self::NAME, mean.len());
        check_length("covariance, rows", expected, covariance.nrows())?;
        check_length("covariance, columns", expected, covariance.ncols())?;
        check_finite("mean", mean.as_slice())?;
        check_finite("covariance", covariance.as_slice())?;
        for row in 0..expected {
            for column in 0..row {
                let (found, transposed) = (covariance[(row, column)], covariance[(column, row)]);
                let size = covariance[(row, row)].abs().sqrt() * covariance[(column, column)].abs().sqrt();
                if (found - transposed).abs() > SYMMETRY * size {
                    return Err(DistributionError::NotSymmetric { distribution, row, column, found, transposed });
                }
            }
        }
        let lower: Vec<f64> = (0..expected).flat_map(|i| (0..=i).map(move |j| covariance[(i, j)])).collect();
        let cholesky = cholesky(&lower);
        for index in 0..expected {
            let row = &cholesky[entries(index)..entries(index + 1)];
            if !(row[index] > 0.0 && row.iter().all(|l| l.is_finite())) {
                let found = covariance[(index, index)] - row[..index].iter().map(|l| l * l).sum::<f64>();
                return Err(DistributionError::NotPositiveDefinite { distribution, index, found });
            }
        }
        Ok(Self { mean, cholesky })
    }

    /// With the parameters of [`ln_pdf`]: a mean and the entries of a Cholesky factor.
    ///
    /// # Errors
    /// Where the lengths do not fit, for a number that is not finite, and for a diagonal entry that is not above 0.
    pub fn from_cholesky(mean: &[f64], cholesky: &[f64]) -> Result<Self, DistributionError> {
        check_length("cholesky", entries(mean.len()), cholesky.len())?;
        check_finite("mean", mean)?;
        check_finite("cholesky", cholesky)?;
        let diagonal = (0..mean.len()).map(|i| cholesky[entries(i + 1) - 1]);
        match diagonal.into_iter().find(|&l| !Domain::Positive.contains(l)) {
            Some(found) => Err(DistributionError::Parameter {
                distribution: Self::NAME,
                parameter: "cholesky, diagonal",
                domain: Domain::Positive,
                found,
            }),
            None => Ok(Self { mean: DVector::from_column_slice(mean), cholesky: cholesky.to_vec() }),
        }
    }

    /// The mean.
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// The entries of the Cholesky factor, in the [order of this module](self).
    pub fn cholesky(&self) -> &[f64] {
        &self.cholesky
    }

    /// The covariance matrix.
    pub fn covariance(&self) -> DMatrix<f64> {
        let lower = covariance(&self.cholesky);
        let d = self.mean.len();
        DMatrix::from_fn(d, d, |i, j| lower[entries(i.max(j)) + i.min(j)])
    }

    /// The maximum-likelihood estimate from observations in rows: their means and covariances (divisor n).
    ///
    /// # Errors
    /// Without observations, for a number that is not finite, and where the covariance matrix is not positive definite, as with
    /// not more observations than variables.
    pub fn maximum_likelihood(observations: &DMatrix<f64>) -> Result<Self, DistributionError> {
        let (n, d) = observations.shape();
        if n == 0 {
            return Err(DistributionError::NoObservations { distribution: Self::NAME });
        }
        for index in 0..n {
            if let Some(&found) = observations.row(index).iter().find(|x| !x.is_finite()) {
                let (distribution, support) = (Self::NAME, Domain::Real);
                return Err(DistributionError::OutsideSupport { distribution, index, support, found });
            }
        }
        let mean = DVector::from_fn(d, |j, _| mean_and_variance(observations.column(j).iter().copied()).0);
        let deviations = DMatrix::from_fn(n, d, |i, j| observations[(i, j)] - mean[j]);
        let covariance = deviations.tr_mul(&deviations) / n as f64;
        Self::new(mean, &covariance).map_err(DistributionError::of_observations)
    }
}

fn check_length(parameter: &'static str, expected: usize, found: usize) -> Result<(), DistributionError> {
    if expected == found {
        return Ok(());
    }
    Err(DistributionError::Length { distribution: MultivariateNormal::NAME, parameter, expected, found })
}

fn check_finite(parameter: &'static str, values: &[f64]) -> Result<(), DistributionError> {
    match values.iter().find(|v| !v.is_finite()) {
        Some(&found) => {
            let (distribution, domain) = (MultivariateNormal::NAME, Domain::Real);
            Err(DistributionError::Parameter { distribution, parameter, domain, found })
        }
        None => Ok(()),
    }
}

impl Distribution<DVector<f64>> for MultivariateNormal {
    /// `mean + L z` with independent standard normal `z`.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> DVector<f64> {
        let z: Vec<f64> = self.mean.iter().map(|_| rand_distr::StandardNormal.sample(rng)).collect();
        let row = |i: usize| &self.cholesky[entries(i)..entries(i + 1)];
        DVector::from_fn(z.len(), |i, _| self.mean[i] + row(i).iter().zip(&z).map(|(l, z)| l * z).sum::<f64>())
    }
}
