//! Fisher's F: ratios of mean squares.
//!
//! Notation: `a = nu1 / 2`, `b = nu2 / 2`, `n = a + b`, `p = a x / (a x + b)` and `q = 1 - p`; `p` has a beta distribution.
use maxlik_dual::Real;
use maxlik_dual::special::{ln_beta_inc_with, stirling_remainder};
use rand::distr::Distribution;

use super::dirichlet::ln_gamma_variable;
use super::gamma::ln_scaled_density;
use super::gamma_moments::EULER;
use super::stirling::LARGE;
use super::{
    DistributionError, check_observations, distribution, impossible, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `nu1 > 0` and `nu2 > 0` degrees of freedom of numerator and denominator.
///
/// # Formula
/// `a ln p + b ln q - ln B(a, b) - ln x` for `x > 0` with `a = nu1 / 2`, `b = nu2 / 2`, `p = a x / (a x + b)` and `q = 1 - p`. At `x = 0`
/// the density is 0, 1 or infinite as `nu1` is above, at or below 2.
///
/// For large degrees of freedom, where these terms cancel, by the density of the gamma variable `a x` (`b / x` for `a > b`), the limit for
/// infinite `b`, and terms that vanish there.
///
/// # Example
/// ```
/// use maxlik_model::distribution::f;
/// // nu1 = 4, nu2 = 6: B(2, 3) = 1/12
/// let p = 2.0 * 1.5 / (2.0 * 1.5 + 3.0_f64);
/// let density = 12.0 * p.powi(2) * (1.0 - p).powi(3) / 1.5;
/// assert!((f::ln_pdf(1.5, 4.0, 6.0) - density.ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for large degrees of freedom.
pub fn ln_pdf<T: Real>(x: impl Into<T>, nu1: T, nu2: T) -> T {
    if nu1.one_by_one() || nu2.one_by_one() {
        return nu1;
    }
    let x = x.into();
    if !(is_positive(nu1) && is_positive(nu2)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return at_or_below_zero(x.value(), nu1);
    }
    let (a, b) = (nu1 * 0.5, nu2 * 0.5);
    let share = Share::new(x, a, b);
    if share.is_normal() && (a >= LARGE || b >= LARGE) {
        let (m, rounding, small, large) = if a.value() <= b.value() {
            let m = a * x;
            (m, a.value().mul_add(x.value(), -m.value()), a, b)
        } else {
            let m = b / x;
            (m, (-m.value()).mul_add(x.value(), b.value()) / x.value(), b, a)
        };
        // Farther out the terms do not cancel.
        if m.value() - small.value() < 0.5 * (a + b).value() {
            return near_gamma(m, rounding, small, large) - x.ln();
        }
    }
    a * share.ln_p() + b * share.ln_q() - a.ln_beta(b) - x.ln()
}

/// `a ln u - n ln(1 + u) - ln B(a, b)` at `u = m / b`, `m` being exact with `rounding`, for `b >= 16` and `a <= b`:
/// `a ln m - m - ln Gamma(a)`, a gamma variable's, and what vanishes for large `b`,
/// `n (d - ln(1 + d)) - ln(1 + a / b) / 2 + R(n) - R(b)` with `d = (m - a) / n`.
fn near_gamma<T: Real>(m: T, rounding: f64, a: T, b: T) -> T {
    let n = a + b;
    let d = (m - a).with_value((m.value() - a.value()) + rounding) / n;
    let vanishing = n * d.x_minus_ln_1p() - (a / b).ln_1p() * 0.5 + (stirling_remainder(n) - stirling_remainder(b));
    ln_scaled_density(m, rounding, || m.ln(), a) + vanishing
}

fn at_or_below_zero<T: Real>(x: f64, nu1: T) -> T {
    if x < 0.0 || nu1 > 2.0 {
        impossible()
    } else if nu1 == 2.0 {
        T::from(0.0)
    } else {
        T::from(f64::INFINITY)
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln I_p(a, b)`, the regularised incomplete beta function, for `x > 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::f;
/// // nu1 = 2: P(X > x) = q^b
/// assert!((f::ln_cdf(1.5, 2.0, 6.0) - (1.0 - (1.0_f64 / 1.5).powi(3)).ln()).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, nu1: T, nu2: T) -> T {
    let x = x.into();
    if !(is_positive(nu1) && is_positive(nu2)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return impossible();
    }
    let (a, b) = (nu1 * 0.5, nu2 * 0.5);
    let share = Share::new(x, a, b);
    if share.is_normal() {
        ln_beta_inc_with(share.p, share.q, a, b)
    } else if share.ln_odds.value() < 0.0 {
        ln_beta_inc_at_edge(share.ln_p(), a, b)
    } else {
        ln_beta_inc_at_edge(share.ln_q(), b, a).ln_1m_exp()
    }
}

/// The logarithm of the survival function `P(X > x)`: the p-value of an F test.
///
/// # Formula
/// `ln I_q(b, a)`, the regularised incomplete beta function, for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::f;
/// assert!((f::ln_sf(1.5, 2.0, 6.0) + 3.0 * 1.5_f64.ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, nu1: T, nu2: T) -> T {
    let x = x.into();
    if !(is_positive(nu1) && is_positive(nu2)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return T::from(0.0);
    }
    let (a, b) = (nu1 * 0.5, nu2 * 0.5);
    let share = Share::new(x, a, b);
    if share.is_normal() {
        ln_beta_inc_with(share.q, share.p, b, a)
    } else if share.ln_odds.value() < 0.0 {
        ln_beta_inc_at_edge(share.ln_p(), a, b).ln_1m_exp()
    } else {
        ln_beta_inc_at_edge(share.ln_q(), b, a)
    }
}

/// `p`, `q` and `ln(p / q)`.
struct Share<T> {
    p: T,
    q: T,
    ln_odds: T,
}

impl<T: Real> Share<T> {
    fn new(x: T, a: T, b: T) -> Self {
        let scaled = a * x;
        let sum = scaled + b;
        if scaled.value().is_normal() && sum.value().is_finite() {
            Self { p: scaled / sum, q: b / sum, ln_odds: scaled.ln_ratio(b) }
        } else {
            let ln_odds = a.ln() + x.ln() - b.ln();
            Self { p: ln_odds.sigmoid(), q: (-ln_odds).sigmoid(), ln_odds }
        }
    }

    /// Whether neither share underflows.
    fn is_normal(&self) -> bool {
        self.p.value().is_normal() && self.q.value().is_normal()
    }

    fn ln_p(&self) -> T {
        self.ln_odds.ln_sigmoid()
    }

    fn ln_q(&self) -> T {
        (-self.ln_odds).ln_sigmoid()
    }
}

/// `ln I_x(a, b)` where `x` underflows: `I = x^a / (a B(a, b))`; for small `a`, where that is near 1,
/// `-ln(a B(a, b)) = a (psi(b) + gamma)` to first order.
fn ln_beta_inc_at_edge<T: Real>(ln_x: T, a: T, b: T) -> T {
    if a.value() < 1e-10 * b.value().min(1.0) {
        a * (ln_x + b.digamma() + EULER)
    } else {
        a * ln_x - (a + 1.0).ln_beta(b) - (a + b).ln()
    }
}

distribution! {
    /// An F distribution with known degrees of freedom.
    F, "F", { nu1: Positive, nu2: Positive }
}

impl F {
    /// `nu2 / (nu2 - 2)`, infinite up to `nu2 = 2`
    pub fn mean(&self) -> f64 {
        if self.nu2 > 2.0 { self.nu2 / (self.nu2 - 2.0) } else { f64::INFINITY }
    }

    /// `2 mean^2 (nu1 + nu2 - 2) / (nu1 (nu2 - 4))`, infinite up to `nu2 = 4`, and NaN where the mean is infinite
    pub fn variance(&self) -> f64 {
        if self.nu2 <= 2.0 {
            f64::NAN
        } else if self.nu2 <= 4.0 {
            f64::INFINITY
        } else {
            let denominators = (1.0 + (self.nu2 - 2.0) / self.nu1) / (self.nu2 - 4.0);
            2.0 * self.mean() * self.mean() * denominators
        }
    }

    /// The distribution with the mean and the variance (divisor n) of the observations, a start for maximum likelihood.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where the moments are not those of an F distribution: its mean is
    /// above 1, and the mean of one with a variance below 2.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::f::F;
    /// // Nine times 0.65 and once 6.65: mean 1.25, variance 3.24
    /// let mut observations = [0.65; 10];
    /// observations[3] = 6.65;
    /// let f = F::method_of_moments(&observations)?;
    /// assert!((f.mean() - 1.25).abs() < 1e-14 && (f.variance() - 3.24).abs() < 1e-13);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let nu2 = 2.0 * mean / (mean - 1.0);
        // variance / (2 mean^2) (nu2 - 4) = 1 + (nu2 - 2) / nu1
        let excess = variance / (2.0 * mean * mean) * (nu2 - 4.0) - 1.0;
        Self::new((nu2 - 2.0) / excess, nu2).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for F {
    /// The quotient of two gamma variables over their means, by their logarithms: for few degrees of freedom both may be too small
    /// for numbers.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let mut ln_mean_square = |nu: f64| ln_gamma_variable(0.5 * nu, rng) - (0.5 * nu).ln();
        let ln_numerator = ln_mean_square(self.nu1);
        (ln_numerator - ln_mean_square(self.nu2)).exp()
    }
}
