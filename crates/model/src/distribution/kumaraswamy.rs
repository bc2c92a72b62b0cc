//! Kumaraswamy: proportions, with a distribution function in closed form.
use maxlik_dual::Real;
use maxlik_dual::special::polygamma;
use rand::distr::{Distribution, Open01};

use super::quantile::{quantile, sorted};
use super::{
    DistributionError, check_observations, distribution, finite_at_shape_one, impossible, is_positive, undefined,
};
use crate::Domain;

/// The log-density at `x` in `(0, 1)`, for `a > 0` and `b > 0`.
///
/// # Formula
/// `ln a + ln b + (a - 1) ln x + (b - 1) ln(1 - x^a)`. At `x = 0` the density is 0, `b` or infinite as `a` is above, at or below
/// 1, and at `x = 1` it is 0, `a` or infinite as `b` is.
///
/// # Example
/// ```
/// use maxlik_model::distribution::kumaraswamy;
/// let density = 2.5 * 3.5 * 0.4_f64.powf(1.5) * (1.0 - 0.4_f64.powf(2.5)).powf(2.5);
/// assert!((kumaraswamy::ln_pdf(0.4, 2.5, 3.5) - density.ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Jones, "Kumaraswamy's distribution: a beta-type distribution with some tractability advantages" (2009), section 1.
pub fn ln_pdf<T: Real>(x: impl Into<T>, a: T, b: T) -> T {
    if a.one_by_one() || b.one_by_one() {
        return a;
    }
    let x = x.into();
    if !(is_positive(a) && is_positive(b)) {
        return undefined();
    }
    if x.value() <= 0.0 || x.value() >= 1.0 {
        return if x == 0.0 {
            at_edge(a, b)
        } else if x == 1.0 {
            at_edge(b, a)
        } else {
            impossible()
        };
    }
    let ln_x = x.ln();
    a.ln() + b.ln() + (a - 1.0) * ln_x + (b - 1.0) * ln_complement(a, ln_x)
}

/// At an edge where the density is `other edge^(own - 1)`.
fn at_edge<T: Real>(own: T, other: T) -> T {
    if own > 1.0 {
        impossible()
    } else if own == 1.0 {
        finite_at_shape_one(other.ln(), own)
    } else {
        T::from(f64::INFINITY)
    }
}

/// `ln(1 - x^a)`
fn ln_complement<T: Real>(a: T, ln_x: T) -> T {
    let power = a * ln_x;
    // Where a ln x itself underflows, 1 - x^a is -a ln x.
    if power.value() > -1e-290 { a.ln() + (-ln_x).ln() } else { power.ln_1m_exp() }
}

/// `ln P(X <= x)`
///
/// # Formula
/// `ln(1 - (1 - x^a)^b)`, for small `x` as `a ln x + ln b`
///
/// # Example
/// ```
/// use maxlik_model::distribution::kumaraswamy;
/// let p = 1.0 - (1.0 - 0.4_f64.powf(2.5)).powf(3.5);
/// assert!((kumaraswamy::ln_cdf(0.4, 2.5, 3.5) - p.ln()).abs() < 1e-15);
/// assert!((kumaraswamy::ln_cdf(1e-300, 2.5, 3.5) - (2.5 * 1e-300_f64.ln() + 3.5_f64.ln())).abs() < 1e-12);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, a: T, b: T) -> T {
    let x = x.into();
    if !(is_positive(a) && is_positive(b)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return impossible();
    }
    if x.value() >= 1.0 {
        return T::from(0.0);
    }
    let ln_x = x.ln();
    let power = a * ln_x;
    if power.value() > -40.0 {
        return (b * ln_complement(a, ln_x)).ln_1m_exp();
    }
    // (1 - x^a)^b = exp(-b x^a)
    let ln_rate = power + b.ln();
    if ln_rate.value() > -40.0 { (-ln_rate.exp()).ln_1m_exp() } else { ln_rate }
}

/// `ln P(X > x)`
///
/// # Formula
/// `b ln(1 - x^a)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::kumaraswamy;
/// assert!((kumaraswamy::ln_sf(0.4, 2.5, 3.5) - 3.5 * (1.0 - 0.4_f64.powf(2.5)).ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, a: T, b: T) -> T {
    let x = x.into();
    if !(is_positive(a) && is_positive(b)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return T::from(0.0);
    }
    if x.value() >= 1.0 {
        return impossible();
    }
    let ln_x = x.ln();
    let power = a * ln_x;
    // Where x^a underflows, a large b may make up for it.
    if power.value() > -40.0 { b * ln_complement(a, ln_x) } else { -(power + b.ln()).exp() }
}

distribution! {
    /// A Kumaraswamy distribution with known parameters.
    Kumaraswamy, "Kumaraswamy", { a: Positive, b: Positive }
}

impl Kumaraswamy {
    /// `b B(1 + 1/a, b)`
    pub fn mean(&self) -> f64 {
        self.ln_moment(1.0).exp()
    }

    /// `b B(1 + 2/a, b) - mean^2`, calculated as `mean^2 (e^v - 1)` where `v` is an integral that does not cancel.
    pub fn variance(&self) -> f64 {
        let v = self.ln_squared_variation();
        // e^v may overflow where the mean is tiny.
        if v < 1.0 {
            (2.0 * self.ln_moment(1.0)).exp() * v.exp_m1()
        } else {
            self.ln_moment(2.0).exp() * -(-v).exp_m1()
        }
    }

    /// `ln E X^k = ln Gamma(1 + k/a) + ln Gamma(1 + b) - ln Gamma(1 + b + k/a)`
    fn ln_moment(&self, k: f64) -> f64 {
        self.b.ln() + (1.0 + k / self.a).ln_beta(self.b)
    }

    /// `ln E X^2 - 2 ln E X = G(1) - G(1 + b)` with `G(z) = ln Gamma(z + 2h) - 2 ln Gamma(z + h) + ln Gamma(z)` and `h = 1/a`: for
    /// small `h` the integral of trigamma over `(z, z + 2h)` under a triangular weight of height `h`.
    fn ln_squared_variation(&self) -> f64 {
        let (h, b) = (1.0 / self.a, self.b);
        if h <= 1.0 {
            let gap = |z: f64| {
                if b < 1.0 {
                    integral(0.0, b, |v| -polygamma(z + v, 3)[2])
                } else {
                    polygamma(z, 2)[1] - polygamma(z + b, 2)[1]
                }
            };
            integral(0.0, h, |u| u * (gap(1.0 + u) + gap(1.0 + 2.0 * h - u)))
        } else if b < 1.0 {
            let digamma = |z: f64| polygamma(z, 1)[0];
            integral(0.0, b, |v| 2.0 * digamma(1.0 + h + v) - digamma(1.0 + 2.0 * h + v) - digamma(1.0 + v))
        } else {
            self.ln_moment(2.0) - 2.0 * self.ln_moment(1.0)
        }
    }

    /// The distribution with the quartiles of the observations: a start for maximum likelihood, which has no closed form.
    ///
    /// With `x <= y` the quartiles, `a` solves `ln(1 - x^a) / ln(1 - y^a) = ln(3/4) / ln(1/4)`, whose left side falls in `a`, by
    /// bisection; then `b = ln(1/4) / ln(1 - y^a)`.
    ///
    /// # Errors
    /// Without observations, for one outside `(0, 1)`, and where the quartiles are equal (`a` is then infinite).
    pub fn method_of_quantiles(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Probability)?;
        let sorted = sorted(observations);
        let (ln_x, ln_y) = (quantile(&sorted, 0.25).ln(), quantile(&sorted, 0.75).ln());
        if ln_x >= ln_y {
            return Self::new(f64::INFINITY, f64::INFINITY).map_err(DistributionError::of_observations);
        }
        let target = 0.75_f64.ln() / 0.25_f64.ln();
        let (mut low, mut high) = (-700.0, 700.0);
        for _ in 0..80 {
            let middle: f64 = 0.5 * (low + high);
            let a = middle.exp();
            // Where x^a underflows, the left side is 0.
            if ln_complement(a, ln_x) / ln_complement(a, ln_y).min(-f64::MIN_POSITIVE) > target {
                low = middle;
            } else {
                high = middle;
            }
        }
        let a = low.exp();
        Self::new(a, 0.25_f64.ln() / ln_complement(a, ln_y)).map_err(DistributionError::of_observations)
    }
}

/// The integral over `(lower, upper)` of a function that is analytic well beyond it: the trapezoidal rule after the
/// double-exponential change of variable of Takahasi and Mori (1974).
fn integral(lower: f64, upper: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = (0.5 * (lower + upper), 0.5 * (upper - lower));
    let step = 1.0 / 16.0;
    let term = |k: i32| {
        let t = step * f64::from(k);
        let u = std::f64::consts::FRAC_PI_2 * t.sinh();
        let weight = std::f64::consts::FRAC_PI_2 * t.cosh() / (u.cosh() * u.cosh());
        weight * f(middle + half * u.tanh())
    };
    half * step * (-52..=52).map(term).sum::<f64>()
}

impl Distribution<f64> for Kumaraswamy {
    /// By inversion: `1 - X^a = U^(1/b)`.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let u: f64 = Open01.sample(rng);
        let ln_u = u.ln() / self.b;
        // Where U^(1/b) rounds to 1 even as a logarithm, X^a is -ln U / b.
        let ln_power = if ln_u < 0.0 { ln_u.ln_1m_exp() } else { (-u.ln()).ln() - self.b.ln() };
        (ln_power / self.a).exp()
    }
}
