//! Beta: proportions and probabilities.
use maxlik_dual::functions::Functions;
use maxlik_dual::special::{HALF_LN_2_PI, large_stirling_remainder, polygamma_differences, stirling_remainder};
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::dirichlet::ln_gamma_variable;
use super::stirling::{LARGE, ln_gamma_density};
use super::{
    DistributionError, check_observations, distribution, finite_at_shape_one, impossible,
    information::{self, trigamma},
    is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x` in `(0, 1)`, for `alpha > 0` and `beta > 0`.
///
/// # Formula
/// `(alpha - 1) ln x + (beta - 1) ln(1 - x) - ln B(alpha, beta)`, where
/// `B(alpha, beta) = Gamma(alpha) Gamma(beta) / Gamma(alpha + beta)`. At `x = 0` the density is 0, `beta` or infinite as `alpha` is
/// above, at or below 1, and at `x = 1` it is 0, `alpha` or infinite as `beta` is.
///
/// For large `alpha` or `beta`, where these terms cancel, with `n = alpha + beta` by the densities `g(., a)` of gamma variables of
/// shape `a` whose share is beta: `g(n x, alpha) g(n - n x, beta) n / g(n, n)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::beta;
/// let density = 0.4_f64.powf(1.5) * 0.6_f64.powi(2) * 5.5 * 4.5 * 3.5 * 2.5 / 5.5 / 2.0;
/// assert!((beta::ln_pdf(0.4, 2.5, 3.0) - density.ln()).abs() < 1e-14);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for large parameters.
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, alpha: T, beta: T) -> T {
    let x = x.into();
    ln_pdf_with(x, -x + 1.0, alpha, beta)
}

/// [`ln_pdf`] where `1 - x` is known more exactly than `x`, which may be rounded to 1: `one_minus_x` in `(0, 1)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::beta;
/// // x = 1 - 1e-30
/// let expected = 0.5 * 1e-30_f64.ln() + (3.5_f64 * 2.5 * 1.5 / 2.0).ln();
/// assert!((beta::ln_pdf_with(1.0, 1e-30, 3.0, 1.5) - expected).abs() < 1e-14);
/// ```
#[inline(always)]
pub fn ln_pdf_with<T: Real>(x: impl Into<T>, one_minus_x: impl Into<T>, alpha: T, beta: T) -> T {
    let (x, y) = (x.into(), one_minus_x.into());
    let (a, b) = (alpha.value(), beta.value());
    // n x - alpha = beta x - alpha (1 - x)
    let gap = difference(b, a, x.value(), y.value());
    let large = a >= LARGE && b >= LARGE;
    let far = if large { gap < -FAR * a || -gap < -FAR * b } else { a > EVEN_LARGER || b > EVEN_LARGER };
    if alpha.exceptional(!(x.value() > 0.0 && y.value() > 0.0 && a > 0.0 && b > 0.0) || far) {
        return ln_pdf_unusual(x, y, alpha, beta);
    }
    // The smaller of x and 1 - x says what the other one's logarithm is.
    let ln_x = if y.value() < 0.5 { (-y).ln_1p() } else { x.ln() };
    let ln_y = if x.value() < 0.5 { (-x).ln_1p() } else { y.ln() };
    let l = (alpha - 1.0) * ln_x + (beta - 1.0) * ln_y - alpha.ln_beta(beta);
    // Derivatives have nothing to cancel: only the value is calculated otherwise.
    if large { l.with_value(by_deviances::<T>(gap, a, b) - ln_x.value() - ln_y.value()) } else { l }
}

/// Farther below its mean, in parts of the mean, a gamma variable's deviance is not found from the distance.
const FAR: f64 = 0.75;

/// Beyond, logarithms and `ln B` are large and cancel also where the other parameter is small.
const EVEN_LARGER: f64 = 1000.0;

/// The logarithm of the density times `x (1 - x)` for large parameters; `gap = n x - alpha`.
#[inline(always)]
fn by_deviances<T: Real>(gap: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    let deviances = a * T::Functions::x_minus_ln_1p(gap / a) + b * T::Functions::x_minus_ln_1p(-gap / b);
    let remainders = large_stirling_remainder(n) - large_stirling_remainder(a) - large_stirling_remainder(b);
    0.5 * T::Functions::ln(a * (b / n)) - HALF_LN_2_PI + remainders - deviances
}

/// The log-density at the edges and beyond, for parameters outside their domains, and where one is small and the other very large or
/// both are large and `x` far out.
fn ln_pdf_unusual<T: Real>(x: T, y: T, alpha: T, beta: T) -> T {
    if !(is_positive(alpha) && is_positive(beta)) {
        return undefined();
    }
    if x.value() <= 0.0 || y.value() <= 0.0 {
        return if x == 0.0 {
            at_edge(alpha, beta)
        } else if y == 0.0 {
            at_edge(beta, alpha)
        } else {
            impossible()
        };
    }
    let ln_x = if y < 0.5 { (-y).ln_1p() } else { x.ln() };
    let ln_y = if x < 0.5 { (-x).ln_1p() } else { y.ln() };
    let n = alpha + beta;
    let ln_n = n.ln();
    let gap = difference(beta.value(), alpha.value(), x.value(), y.value());
    ln_gamma_density(n * x, ln_n + ln_x, alpha, gap) + ln_gamma_density(n * y, ln_n + ln_y, beta, -gap)
        - (ln_n * 0.5 - HALF_LN_2_PI - stirling_remainder(n))
        - ln_x
        - ln_y
}

/// At an edge where the density is `other distance^(own - 1)`.
fn at_edge<T: Real>(own: T, other: T) -> T {
    if own > 1.0 {
        impossible()
    } else if own == 1.0 {
        finite_at_shape_one(other.ln(), own)
    } else {
        T::from(f64::INFINITY)
    }
}

/// `b x - a y` where `x + y = 1`, rounded once or twice: products with their rounding errors, and the smaller of `x` and `y`
/// taken as exact.
#[inline(always)]
fn difference(b: f64, a: f64, x: f64, y: f64) -> f64 {
    let product = |p: f64, q: f64| (p * q, p.mul_add(q, -(p * q)));
    let sum = |p: f64, q: f64| {
        let s = p + q;
        let t = s - p;
        (s, (p - (s - t)) + (q - t))
    };
    // With x the smaller: b x + a x - a.
    let of_smaller = |b: f64, a: f64, x: f64| {
        let ((p, p_low), (q, q_low)) = (product(b, x), product(a, x));
        let (s, s_low) = sum(p, q);
        let (t, t_low) = sum(s, -a);
        t + (t_low + s_low + p_low + q_low)
    };
    if x <= y { of_smaller(b, a, x) } else { -of_smaller(a, b, y) }
}

/// `ln P(X <= x)`
///
/// # Formula
/// `ln I_x(alpha, beta)`, the regularised incomplete beta function
///
/// # Example
/// ```
/// use maxlik_model::distribution::beta;
/// assert!((beta::ln_cdf(0.7, 2.0, 2.0) - (0.49_f64 * 1.6).ln()).abs() < 1e-15); // x^2 (3 - 2 x)
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, alpha: T, beta: T) -> T {
    let x = x.into();
    if !(is_positive(alpha) && is_positive(beta)) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else if x.value() >= 1.0 {
        T::from(0.0)
    } else {
        x.ln_beta_inc(alpha, beta)
    }
}

/// `ln P(X > x)`
///
/// # Formula
/// `ln(1 - I_x(alpha, beta))`, without the cancellation of that difference
///
/// # Example
/// ```
/// use maxlik_model::distribution::beta;
/// assert!((beta::ln_sf(0.7, 2.0, 2.0) - (0.09_f64 * 2.4).ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, alpha: T, beta: T) -> T {
    let x = x.into();
    if !(is_positive(alpha) && is_positive(beta)) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else if x.value() >= 1.0 {
        impossible()
    } else {
        x.ln_beta_inc_complement(alpha, beta)
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[psi1(alpha) - s, -s; -s, psi1(beta) - s]` with `s = psi1(alpha + beta)`, `psi1` being the trigamma function
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::beta;
/// let [alpha, beta] = Dual2::variables([2.0, 1.0]);
/// let six = std::f64::consts::PI.powi(2) / 6.0; // psi1(1)
/// let [[a, b], [_, c]] = beta::expected_information(alpha, beta);
/// assert!((a - 0.25).abs() < 1e-15 && (b + six - 1.25).abs() < 1e-15 && (c - 1.25).abs() < 1e-15);
/// ```
pub fn expected_information<const Q: usize>(alpha: Dual2<Q>, beta: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([alpha, beta], is_positive(alpha) && is_positive(beta), || {
        let (alpha, beta) = (alpha.value(), beta.value());
        let [_, of_alpha, _] = polygamma_differences(alpha, beta);
        let [_, of_beta, _] = polygamma_differences(beta, alpha);
        [[-of_alpha, 0.0], [-trigamma(alpha + beta), -of_beta]]
    })
}

distribution! {
    /// A beta distribution with known parameters.
    Beta, "beta", { alpha: Positive, beta: Positive }
}

impl Beta {
    /// `alpha / (alpha + beta)`
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    /// `alpha beta / ((alpha + beta)^2 (alpha + beta + 1))`
    pub fn variance(&self) -> f64 {
        let n = self.alpha + self.beta;
        self.alpha / n * (self.beta / n) / (n + 1.0)
    }

    /// The distribution with the mean and the variance (divisor n) of the observations: a start for maximum likelihood, which
    /// has no closed form.
    ///
    /// # Errors
    /// Without observations, for one outside `(0, 1)`, and where all are equal (both parameters are then infinite).
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Probability)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let n = mean * (1.0 - mean) / variance - 1.0;
        Self::new(mean * n, (1.0 - mean) * n).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Beta {
    /// The share of one of two gamma variables, whose logarithms are drawn because small parameters make them tiny; see
    /// [`Dirichlet`](super::dirichlet::Dirichlet).
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let (first, second) = (ln_gamma_variable(self.alpha, rng), ln_gamma_variable(self.beta, rng));
        (first - second).sigmoid()
    }
}
