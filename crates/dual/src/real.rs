//! The trait of everything that calculates like a real number.
use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::functions::{Functions, LN_BETA, Scalar};
use crate::operators::guarded;
use crate::rules::{self, Derivatives, Derivatives2};
use crate::{elementary, special};

/// A real number, possibly carrying derivatives: `f64`, [`Dual`](crate::Dual), [`Dual2`](crate::Dual2),
/// [`Dual3`](crate::Dual3) and the `Copy` types of num-dual.
///
/// A type supplies its order, its value and the chain rule; every function follows from the one table in [`rules`].
/// Non-finite values are carried, never raised: outside a function's domain value and derivatives are NaN.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual2, Real};
///
/// fn ln_density<T: Real>(x: f64, shape: T) -> T {
///     -(shape * x).softplus() + shape.ln()
/// }
/// let [shape] = Dual2::variables([0.7]);
/// assert_eq!(ln_density(1.5, shape).value(), ln_density(1.5, 0.7));
/// ```
pub trait Real:
    Copy
    + Debug
    + PartialOrd
    + PartialOrd<f64>
    + From<f64>
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + AddAssign<f64>
    + SubAssign<f64>
    + MulAssign<f64>
    + DivAssign<f64>
    + Sum
{
    /// The highest order of derivative that the type carries, at most 3.
    const ORDER: usize;

    /// Where the functions come from.
    type Functions: Functions;

    /// The value, without derivatives.
    fn value(self) -> f64;

    /// Whether all derivatives are zero.
    fn is_constant(self) -> bool;

    /// The same derivatives with another value: for a formula whose derivatives are exact and whose value has a better one.
    fn with_value(self, value: f64) -> Self;

    /// The product of `self`, the slope of a function, with a `derivative` of its argument: what the chain rule of a number
    /// built of these numbers needs. Where the derivative or one of its own derivatives is exactly zero the result is zero,
    /// however steep the function.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// assert_eq!(f64::INFINITY.times_derivative(0.0), 0.0);
    /// assert_eq!(2.5.times_derivative(-3.0), -7.5);
    /// ```
    #[inline(always)]
    fn times_derivative(self, derivative: Self) -> Self {
        match (derivative.is_constant(), derivative.value()) {
            (true, 0.0) => Self::from(0.0),
            (true, factor) => self * factor,
            _ => self * derivative,
        }
    }

    /// A condition that holds for few rows, where the density goes another way: a tail, an end of the support, a large count.
    ///
    /// Returns the condition. A number in lanes returns false, so that the other way is not part of the loop over the rows; it
    /// notes the rows for which the condition should have held, and these are computed again one by one. To be asked of a number
    /// that depends on the parameters. Conditions that are written without this are right in lanes too, but a call or a loop
    /// behind them keeps the rows from going in lanes at all.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// fn ln_cosh<T: Real>(x: T) -> T {
    ///     if x.exceptional(x.value().abs() > 300.0) {
    ///         return x.abs() - std::f64::consts::LN_2;
    ///     }
    ///     ((x.exp() + (-x).exp()) * 0.5).ln()
    /// }
    /// assert_eq!(ln_cosh(1000.0), 1000.0 - std::f64::consts::LN_2);
    /// ```
    #[inline(always)]
    fn exceptional(self, condition: bool) -> bool {
        condition
    }

    /// For a function or density with branches, loops or tables that keep rows from going in lanes: a number in lanes notes that its row is
    /// to be computed by itself and returns true, and the caller returns at once, whatever it likes. False for all other numbers,
    /// constants among those in lanes included. To be asked of a number that depends on the parameters.
    ///
    /// Without this such rows are computed one after the other by functions made for lanes, up to eight times as slowly (measured).
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// fn ln_geometric_sum<T: Real>(x: T, terms: u64) -> T {
    ///     if x.one_by_one() {
    ///         return x;
    ///     }
    ///     (0..terms).fold(T::from(0.0), |sum, _| sum * x + 1.0).ln()
    /// }
    /// assert_eq!(ln_geometric_sum(2.0, 3), 7.0_f64.ln());
    /// ```
    #[inline(always)]
    fn one_by_one(self) -> bool {
        false
    }

    /// The chain rule: `derivatives[k]` is the `k`-th derivative of a function at [`value`](Real::value), the value itself
    /// first; the result is the function of `self`. Entries above [`ORDER`](Real::ORDER) are not read.
    ///
    /// A direction in which `self` does not vary gets derivative zero even where the function's slope is infinite.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual2, Real};
    /// let [x] = Dual2::variables([0.3]);
    /// let y = 0.3_f64;
    /// let sine = x.chain([y.sin(), y.cos(), -y.sin(), -y.cos()]); // what `x.sin()` does
    /// assert_eq!(sine.hessian(0, 0), -0.3_f64.sin());
    /// ```
    fn chain(self, derivatives: Derivatives) -> Self;

    /// The chain rule for a function that is its own derivative, `value` being what it is here: the exponential.
    #[inline(always)]
    fn chain_exponential(self, value: f64) -> Self {
        self.chain([value; 4])
    }

    /// The chain rule for a logarithm: `reciprocal` is its slope here, minus its square the second derivative.
    #[inline(always)]
    fn chain_logarithm(self, value: f64, reciprocal: f64) -> Self {
        let square = reciprocal * reciprocal;
        self.chain([value, reciprocal, -square, 2.0 * square * reciprocal])
    }

    /// The chain rule for a function of two numbers, `self` and `other`, whose value and partial derivatives there are
    /// `partials`: Taylor's polynomial in what the two carry besides their values, which ends by itself.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual2, Real};
    /// let [x, y] = Dual2::variables([3.0, 0.5]);
    /// // f = x^2 y
    /// let f = x.chain2(y, [4.5, 3.0, 9.0, 1.0, 6.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    /// assert_eq!(f.gradient(), (x * x * y).gradient());
    /// assert_eq!([f.hessian(0, 0), f.hessian(0, 1), f.hessian(1, 1)], [1.0, 6.0, 0.0]);
    /// ```
    #[inline(always)]
    fn chain2(self, other: Self, partials: Derivatives2) -> Self {
        let [f, x, y, xx, xy, yy, xxx, xxy, xyy, yyy] = partials;
        if other.is_constant() {
            return self.chain([f, x, xx, xxx]);
        }
        if self.is_constant() {
            return other.chain([f, y, yy, yyy]);
        }
        let mut sum = self.chain([f, x, xx, xxx]) + other.chain([0.0, y, yy, yyy]);
        let (u, v) = (self.with_value(0.0), other.with_value(0.0));
        // Not plain products: an infinite partial derivative would make the lower derivatives of u v, which are zero, NaN.
        let term = |product: Self, partial: f64| product.chain([0.0, partial, 0.0, 0.0]);
        if Self::ORDER > 1 {
            sum += term(u * v, xy);
        }
        if Self::ORDER > 2 {
            sum += term(u * u * v, 0.5 * xxy) + term(u * v * v, 0.5 * xyy);
        }
        sum.with_value(f)
    }

    /// `e^x`.
    #[inline(always)]
    fn exp(self) -> Self {
        self.chain_exponential(Self::Functions::exp(self.value()))
    }

    /// Natural logarithm.
    #[inline(always)]
    fn ln(self) -> Self {
        let [value, reciprocal, ..] = elementary::ln::<Self::Functions>(self.value(), 1);
        self.chain_logarithm(value, reciprocal)
    }

    /// `ln(1 + x)`, exact for small `x`.
    #[inline(always)]
    fn ln_1p(self) -> Self {
        let [value, reciprocal, ..] = elementary::ln_1p::<Self::Functions>(self.value(), 1);
        self.chain_logarithm(value, reciprocal)
    }

    /// `x^n`, integer exponent.
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        self.chain(rules::powi(self.value(), n, Self::ORDER))
    }

    /// `x^a`, where the exponent is an `f64` or a number with derivatives of its own.
    ///
    /// At `x = 0` the exponent counts as a constant, which is the true limit for exponents above 1 and wherever `x` itself
    /// does not vary. With an exponent that varies second derivatives below `x = 1e-150`, and the first below the normal range,
    /// may over- or underflow on the way, to NaN at worst; [`chain2`](Real::chain2) with [`rules::pow`] holds there too.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual2, Real};
    /// let [x, a] = Dual2::variables([1.7, 2.5]);
    /// assert_eq!(x.powf(2.5).gradient()[0], 2.5 * 1.7_f64.powf(2.5) / 1.7);
    /// assert_eq!(x.powf(a).gradient()[1], 1.7_f64.powf(2.5) * 1.7_f64.ln());
    /// ```
    #[inline(always)]
    fn powf(self, exponent: impl Into<Self>) -> Self {
        let exponent = exponent.into();
        if exponent.is_constant() || self.value() == 0.0 {
            self.chain(rules::powf(self.value(), exponent.value(), Self::ORDER))
        } else {
            // x^a = exp(a ln x), with the value itself from the correctly rounded power function. A branch to the chain rule
            // of two arguments for extreme magnitudes makes a Weibull row a sixth slower (measured).
            let power = self.value().powf(exponent.value());
            (exponent * self.ln()).chain_exponential(power)
        }
    }

    /// `ln(x / y)` for positive `x` and `y`: as exact near `x = y` as the quotient, that is to a rounding of 1, and with the simple
    /// derivatives of the difference of logarithms, which cost nothing where one of the two is a constant.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual2, Real};
    /// let [y] = Dual2::variables([2.5]);
    /// let w = Dual2::from(4.0).ln_ratio(y);
    /// assert_eq!((w.value(), w.gradient(), w.hessian(0, 0)), (1.6_f64.ln(), [-0.4], 0.16000000000000003));
    /// ```
    #[inline(always)]
    fn ln_ratio(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        let (x, y) = (self.value(), other.value());
        let quotient = x / y;
        // The quotient of two numbers of very different size is no number.
        let ln = Self::Functions::ln;
        let value = if quotient.is_normal() && y > 0.0 { ln(quotient) } else { ln(x) - ln(y) };
        (self.ln() - other.ln()).with_value(value)
    }

    /// The larger of two numbers with its derivatives; `self` where they are equal, the other where one is NaN.
    #[inline(always)]
    fn max(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        if self.value() >= other.value() || other.value().is_nan() { self } else { other }
    }

    /// The smaller of two numbers with its derivatives; `self` where they are equal, the other where one is NaN.
    #[inline(always)]
    fn min(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        if self.value() <= other.value() || other.value().is_nan() { self } else { other }
    }

    /// `ln(exp(x) + exp(y))` without overflow; minus infinity stands for `ln 0`.
    ///
    /// Small derivatives, `exp(-|x - y|)`, have the rounding of `x - y` for their relative error: 1.4e-14 at a difference of 190.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// assert_eq!(800.0.ln_add_exp(f64::NEG_INFINITY), 800.0);
    /// assert!((1.5_f64.ln_add_exp(0.7) - (1.5_f64.exp() + 0.7_f64.exp()).ln()).abs() < 1e-15);
    /// ```
    #[inline(always)]
    fn ln_add_exp(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        if self.value().is_nan() || other.value().is_nan() {
            return self + other;
        }
        let (small, large) = if self.value() <= other.value() { (self, other) } else { (other, self) };
        if large.value().is_infinite() || small.value() == f64::NEG_INFINITY {
            return large;
        }
        large + (small - large).softplus()
    }

    /// The number between `low` and `high`: a bound, which has no derivatives, where the number is outside.
    ///
    /// At a bound itself the derivative is the one from inside, that of the number; NaN passes. A bound that is NaN does not
    /// bind, and where `low > high` the result is `high`.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual, Real};
    /// let [x] = Dual::variables([0.7]);
    /// assert_eq!(x.clamp(0.2, 0.9).gradient(), [1.0]);
    /// assert_eq!(x.clamp(0.2, 0.7).gradient(), [1.0]);
    /// assert_eq!((x.clamp(0.2, 0.5).value(), x.clamp(0.2, 0.5).gradient()), (0.5, [0.0]));
    /// ```
    #[inline(always)]
    fn clamp(self, low: f64, high: f64) -> Self {
        let raised = if self.value() < low { Self::from(low) } else { self };
        if raised.value() > high { Self::from(high) } else { raised }
    }

    /// `ln(exp(x) - exp(y))` for `x >= y`, without overflow; minus infinity where they are equal, and `y` of minus infinity stands
    /// for `ln 0`.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// assert_eq!(800.0.ln_sub_exp(f64::NEG_INFINITY), 800.0);
    /// assert!((1.5_f64.ln_sub_exp(0.7) - (1.5_f64.exp() - 0.7_f64.exp()).ln()).abs() < 1e-15);
    /// ```
    #[inline(always)]
    fn ln_sub_exp(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        if other.value() == f64::NEG_INFINITY {
            return self;
        }
        // As one function of the difference: partial derivatives by x and by y would cancel where the two are near each other.
        let rest = (other - self).ln_1m_exp();
        if rest.value() == f64::NEG_INFINITY { rest } else { self + rest }
    }

    functions! {
        "Square root" sqrt,
        "`1 / x`" recip,
        "`|x|`; at 0 the derivative from the side of the zero's sign (1 at +0)" abs,
    }

    functions_one_by_one! {
        "Hyperbolic tangent" tanh,
        "Logarithm to base 10" log10,
        "Logarithm to base 2" log2,
        "`2^x`" exp2,
        "Cube root" cbrt,
        "Sine, `x` in radians" sin,
        "Cosine, `x` in radians" cos,
        "Tangent, `x` in radians" tan,
        "Arc sine" asin,
        "Arc cosine" acos,
        "Arc tangent" atan,
        "Hyperbolic sine" sinh,
        "Hyperbolic cosine" cosh,
        "Inverse hyperbolic sine" asinh,
        "Inverse hyperbolic cosine" acosh,
        "Inverse hyperbolic tangent" atanh,
        "The digamma function `psi(x)`, derivative of `ln Gamma(x)`, for `x > 0`" digamma,
        "The trigamma function `psi'(x)`, second derivative of `ln Gamma(x)`, for `x > 0`" trigamma,
        "The error function" erf,
        "`Phi(x)`, the standard normal distribution function" normal_cdf,
        "`ln Phi(x)`, exact in both tails" ln_normal_cdf,
        "The quantile function of the standard normal distribution, the inverse of `Phi`" normal_quantile,
        "`ln I_0(x)`, logarithm of the modified Bessel function of the first kind" ln_bessel_i0,
        "`ln I_1(x)` for `x > 0`, logarithm of the modified Bessel function of the first kind" ln_bessel_i1,
    }

    functions_in_lanes! {
        "`e^x - 1`, exact for small `x`" exp_m1,
        "`ln(1 + e^x)`" softplus,
        "`1 / (1 + e^-x)`, the inverse of the logit" sigmoid,
        "`ln(1 / (1 + e^-x))`" ln_sigmoid,
        "`ln(p / (1 - p))`" logit,
        "`ln(1 - e^x)` for `x < 0`" ln_1m_exp,
        "`ln Gamma(x)` for `x > 0`" ln_gamma,
        "`1 - erf(x)`, exact where it is small" erfc,
        "`x - ln(1 + x)` for `x >= -1`, exact for small `x`" x_minus_ln_1p,
    }

    /// `ln P(a, x)`, the logarithm of the lower regularised incomplete gamma function, `a` being `self`; see
    /// [`special::ln_gamma_p`](crate::special::ln_gamma_p).
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual2, Real};
    /// let [x] = Dual2::variables([0.7]);
    /// let p = Dual2::from(2.0).ln_gamma_p(x).exp(); // 1 - e^-x (1 + x)
    /// assert!((p.value() - (1.0 - 1.7 * (-0.7_f64).exp())).abs() < 1e-15);
    /// assert!((p.gradient()[0] - 0.7 * (-0.7_f64).exp()).abs() < 1e-15);
    /// ```
    fn ln_gamma_p(self, x: impl Into<Self>) -> Self {
        special::ln_gamma_p(self, x.into())
    }

    /// `ln Q(a, x)`, the logarithm of the upper regularised incomplete gamma function, `a` being `self`; see
    /// [`special::ln_gamma_q`](crate::special::ln_gamma_q).
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// assert!((2.0.ln_gamma_q(0.7) - (1.7_f64.ln() - 0.7)).abs() < 1e-15); // Q = e^-x (1 + x)
    /// ```
    fn ln_gamma_q(self, x: impl Into<Self>) -> Self {
        special::ln_gamma_q(self, x.into())
    }

    /// `ln I_x(a, b)`, the logarithm of the regularised incomplete beta function, `x` being `self`; see
    /// [`special::ln_beta_inc`](crate::special::ln_beta_inc), and
    /// [`special::ln_beta_inc_with`](crate::special::ln_beta_inc_with) for `x` near 1.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::{Dual2, Real};
    /// let [x, a] = Dual2::variables([0.3, 2.5]);
    /// let f = x.ln_beta_inc(a, 1.0); // a ln x
    /// assert!((f.gradient()[0] - 2.5 / 0.3).abs() < 1e-13);
    /// assert!((f.gradient()[1] - 0.3_f64.ln()).abs() < 1e-14);
    /// ```
    fn ln_beta_inc(self, a: impl Into<Self>, b: impl Into<Self>) -> Self {
        special::ln_beta_inc(self, a.into(), b.into())
    }

    /// `ln(1 - I_x(a, b))` without the cancellation of that difference, `x` being `self`; see
    /// [`special::ln_beta_inc_complement`](crate::special::ln_beta_inc_complement).
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// assert!((0.3.ln_beta_inc_complement(1.0, 2.5) - 2.5 * 0.7_f64.ln()).abs() < 2e-15); // b ln(1 - x)
    /// ```
    fn ln_beta_inc_complement(self, a: impl Into<Self>, b: impl Into<Self>) -> Self {
        special::ln_beta_inc_complement(self, a.into(), b.into())
    }

    functions_of_two! {
        "`x ln y`, where `0 ln 0 = 0`, for `y >= 0`" xlogy(y),
        "The angle of the point (`x`, self) between `-pi` and `pi`; it has no derivatives at the origin" atan2(x),
        "`sqrt(x^2 + y^2)`, without overflow; it has no derivatives at the origin" hypot(y),
        "`ln C(n, k)`, the logarithm of the binomial coefficient, for real `0 <= k <= n`, without cancellation for large `n`"
            ln_binomial(k),
    }

    /// `ln B(a, b)`, the logarithm of the beta function, for `a, b > 0`, without cancellation for large arguments.
    #[inline(always)]
    fn ln_beta(self, b: impl Into<Self>) -> Self {
        let b = b.into();
        let (x, y) = (self.value(), b.value());
        // Without branches differences of polygamma functions cancel for tiny arguments: these are noted by numbers in lanes.
        let unusual = !(LN_BETA.contains(&x) && LN_BETA.contains(&y));
        // Both are asked: a constant has nowhere to note it.
        let _ = self.exceptional(unusual) | b.exceptional(unusual);
        self.chain2(b, Self::Functions::ln_beta(x, y, Self::ORDER))
    }

    /// `ln(x (x + 1) ... (x + k - 1)) = ln Gamma(x + k) - ln Gamma(x)` for `x > 0`, without the cancellation of that
    /// difference for large `x`.
    #[inline(always)]
    fn ln_rising_factorial(self, k: u64) -> Self {
        self.chain(elementary::ln_rising_factorial::<Self::Functions>(self.value(), k, Self::ORDER))
    }

    /// `ln(x (x + 1) ... (x + k - 1) / x^k)` for `x >= 10 k`: the part of [`ln_rising_factorial`](Real::ln_rising_factorial)
    /// that vanishes for large `x`, to its own relative precision.
    #[inline(always)]
    fn ln_rising_ratio(self, k: u64) -> Self {
        self.chain(rules::ln_rising_ratio(self.value(), k, Self::ORDER))
    }
}

/// One method per function of the table.
macro_rules! functions {
    ($($doc:literal $name:ident),* $(,)?) => {$(
        #[doc = concat!($doc, ".")]
        #[inline(always)]
        fn $name(self) -> Self {
            self.chain(rules::$name(self.value(), Self::ORDER))
        }
    )*};
}
use functions;

/// One method per function of the table that calls others.
macro_rules! functions_one_by_one {
    ($($doc:literal $name:ident),* $(,)?) => {$(
        #[doc = concat!($doc, ".")]
        #[inline(always)]
        fn $name(self) -> Self {
            if self.one_by_one() {
                return self;
            }
            self.chain(rules::$name(self.value(), Self::ORDER))
        }
    )*};
}
use functions_one_by_one;

/// One method per function of the table that exists in lanes too.
macro_rules! functions_in_lanes {
    ($($doc:literal $name:ident),* $(,)?) => {$(
        #[doc = concat!($doc, ".")]
        #[inline(always)]
        fn $name(self) -> Self {
            self.chain(elementary::$name::<Self::Functions>(self.value(), Self::ORDER))
        }
    )*};
}
use functions_in_lanes;

/// One method per function of two numbers in the table.
macro_rules! functions_of_two {
    ($($doc:literal $name:ident($other:ident)),* $(,)?) => {$(
        #[doc = concat!($doc, ".")]
        #[inline(always)]
        fn $name(self, $other: impl Into<Self>) -> Self {
            let other = $other.into();
            if self.one_by_one() || other.one_by_one() {
                return self;
            }
            self.chain2(other, rules::$name(self.value(), other.value(), Self::ORDER))
        }
    )*};
}
use functions_of_two;

impl Real for f64 {
    const ORDER: usize = 0;

    type Functions = Scalar;

    #[inline(always)]
    fn value(self) -> f64 {
        self
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        true
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn times_derivative(self, derivative: f64) -> f64 {
        guarded(self, derivative)
    }

    #[inline(always)]
    fn chain(self, derivatives: Derivatives) -> Self {
        derivatives[0]
    }
}
