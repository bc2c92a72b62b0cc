//! The table of rules: every function of one number, once, as its value and first three derivatives.
//!
//! Each function takes a point `x` and the highest `order` wanted and returns `[f, f', f'', f''']` there; entries above
//! `order` are unspecified. The formulas are arranged so that nothing overflows where the result itself is finite, that nothing
//! cancels over a range of arguments, and so that the edges are right: at 0, at infinity and at NaN each entry is the limit
//! from inside the domain where that exists. Outside the domain all entries are NaN.
//!
//! Close to a single point where an entry changes sign (the third derivative of the sigmoid at 1.317, `ln I_1` at 1.608) its
//! error is relative to the terms that cancel there, not to the little that they leave.
//!
//! ```
//! use maxlik_dual::rules;
//! let [f, f1, f2, f3] = rules::softplus(800.0, 3); // ln(1 + e^x) where e^x overflows
//! assert_eq!([f, f1, f2, f3], [800.0, 1.0, 0.0, 0.0]);
//! ```
use std::f64::consts::{LN_2, LN_10};

use crate::functions::Scalar;
use crate::{elementary, special};

/// Value and first three derivatives of a function of one number, in this order.
pub type Derivatives = [f64; 4];

/// Value and partial derivatives of a function of two numbers, order by order:
/// `[f, f_x, f_y, f_xx, f_xy, f_yy, f_xxx, f_xxy, f_xyy, f_yyy]`.
pub type Derivatives2 = [f64; 10];

pub(crate) const OUTSIDE: Derivatives = [f64::NAN; 4];

/// The rules that are written over [`Functions`](crate::functions::Functions), with those that take one argument at a time.
macro_rules! scalar {
    ($($doc:literal $name:ident($($argument:ident: $type:ty),*);)*) => {$(
        #[doc = $doc]
        #[inline(always)]
        pub fn $name($($argument: $type),*) -> Derivatives {
            elementary::$name::<Scalar>($($argument),*)
        }
    )*};
}

scalar! {
    "`e^x`" exp(x: f64, order: usize);
    "`e^x - 1`" exp_m1(x: f64, order: usize);
    "`ln x`" ln(x: f64, order: usize);
    "`ln(1 + x)`" ln_1p(x: f64, order: usize);
    "`ln(1 + e^x)`" softplus(x: f64, order: usize);
    "`1 / (1 + e^-x)`" sigmoid(x: f64, order: usize);
    "`ln(1 / (1 + e^-x)) = -ln(1 + e^-x)`" ln_sigmoid(x: f64, order: usize);
    "`ln(p / (1 - p))`" logit(p: f64, order: usize);
    "`ln(1 - e^x)` for `x < 0`" ln_1m_exp(x: f64, order: usize);
    "`ln Gamma(x)` for `x > 0`; its derivatives are the digamma, trigamma and tetragamma functions." ln_gamma(x: f64, order: usize);
    "`ln Gamma(x + k) - ln Gamma(x)` for `x > 0`" ln_rising_factorial(x: f64, k: u64, order: usize);
    "`1 - erf(x)`" erfc(x: f64, order: usize);
    "`x - ln(1 + x)` for `x >= -1`" x_minus_ln_1p(x: f64, order: usize);
}

/// `2^x`
#[inline(always)]
pub fn exp2(x: f64, _order: usize) -> Derivatives {
    let power = x.exp2();
    [power, LN_2 * power, LN_2 * LN_2 * power, LN_2 * LN_2 * LN_2 * power]
}

/// Logarithm to base 2
#[inline(always)]
pub fn log2(x: f64, order: usize) -> Derivatives {
    let [_, d1, d2, d3] = ln(x, order);
    [x.log2(), d1 / LN_2, d2 / LN_2, d3 / LN_2]
}

/// Logarithm to base 10
#[inline(always)]
pub fn log10(x: f64, order: usize) -> Derivatives {
    let [_, d1, d2, d3] = ln(x, order);
    [x.log10(), d1 / LN_10, d2 / LN_10, d3 / LN_10]
}

/// Square root
#[inline(always)]
pub fn sqrt(x: f64, _order: usize) -> Derivatives {
    let x = x + 0.0;
    let root = x.sqrt();
    let d1 = 0.5 / root;
    let d2 = -0.5 * d1 / x;
    [root, d1, d2, -1.5 * d2 / x]
}

/// Cube root
#[inline(always)]
pub fn cbrt(x: f64, _order: usize) -> Derivatives {
    let root = x.cbrt();
    let d1 = 1.0 / (3.0 * root * root);
    let d2 = -2.0 / 3.0 * d1 / x;
    [root, d1, d2, -5.0 / 3.0 * d2 / x]
}

/// `1 / x`
#[inline(always)]
pub fn recip(x: f64, _order: usize) -> Derivatives {
    let r = 1.0 / x;
    [r, -r * r, 2.0 * r * r * r, -6.0 * r * r * r * r]
}

/// `x^n`
#[inline(always)]
pub fn powi(x: f64, n: i32, order: usize) -> Derivatives {
    // Repeated multiplication is within half an ulp a factor; beyond 8 factors the power function is the more exact one.
    let power = |n: i32| if n.unsigned_abs() <= 8 { x.powi(n) } else { x.powf(f64::from(n)) };
    falling_powers(f64::from(n), order, |k| power(n.saturating_sub(k)))
}

/// `x^a`
#[inline(always)]
pub fn powf(x: f64, a: f64, order: usize) -> Derivatives {
    let value = x.powf(a);
    // One power function for all orders, while nothing on the way leaves the normal range.
    let d1 = a * value / x;
    let d2 = (a - 1.0) * d1 / x;
    let all = [value, d1, d2, (a - 2.0) * d2 / x];
    let normal = all.iter().take(order + 1).take_while(|d| d.is_normal()).count();
    if normal > order {
        return all;
    }
    // Minus infinity has powers in floating point, but only integer ones in mathematics.
    if x == f64::NEG_INFINITY && a.fract() != 0.0 {
        return OUTSIDE;
    }
    // The rest has powers of its own, of which the rounding of the exponent costs a few digits.
    let mut powers = falling_powers(a, order, |k| if k == 0 { value } else { x.powf(a - f64::from(k)) });
    powers[..normal].copy_from_slice(&all[..normal]);
    powers
}

/// `[x^a, a x^(a-1), a (a-1) x^(a-2), a (a-1) (a-2) x^(a-3)]`, where a coefficient 0 wins over an infinite power.
#[inline(always)]
fn falling_powers(a: f64, order: usize, power: impl Fn(i32) -> f64) -> Derivatives {
    let mut derivatives = [power(0), 0.0, 0.0, 0.0];
    let mut coefficient = 1.0;
    for (k, derivative) in (1..=3).zip(&mut derivatives[1..]).take(order) {
        coefficient *= a - f64::from(k - 1);
        if coefficient != 0.0 {
            *derivative = coefficient * power(k);
        }
    }
    derivatives
}

/// Sine
#[inline(always)]
pub fn sin(x: f64, order: usize) -> Derivatives {
    let (s, c) = if order > 0 { x.sin_cos() } else { (x.sin(), 0.0) };
    [s, c, -s, -c]
}

/// Cosine
#[inline(always)]
pub fn cos(x: f64, order: usize) -> Derivatives {
    let (s, c) = if order > 0 { x.sin_cos() } else { (0.0, x.cos()) };
    [c, -s, -c, s]
}

/// Tangent
#[inline(always)]
pub fn tan(x: f64, _order: usize) -> Derivatives {
    let t = x.tan();
    let d1 = 1.0 + t * t;
    [t, d1, 2.0 * t * d1, 2.0 * d1 * (1.0 + 3.0 * t * t)]
}

/// Arc sine
#[inline(always)]
pub fn asin(x: f64, _order: usize) -> Derivatives {
    let [d1, d2, d3] = arc(x);
    [x.asin(), d1, d2, d3]
}

/// Arc cosine
#[inline(always)]
pub fn acos(x: f64, _order: usize) -> Derivatives {
    let [d1, d2, d3] = arc(x);
    [x.acos(), -d1, -d2, -d3]
}

/// Derivatives of the arc sine.
#[inline(always)]
fn arc(x: f64) -> [f64; 3] {
    let w = (1.0 - x) * (1.0 + x);
    let d1 = 1.0 / w.sqrt();
    [d1, x * d1 / w, (1.0 + 2.0 * x * x) * d1 / w / w]
}

/// Arc tangent
#[inline(always)]
pub fn atan(x: f64, _order: usize) -> Derivatives {
    let d1 = 1.0 / (1.0 + x * x);
    let q = 1.0 / (x + 1.0 / x); // x / (1 + x^2) without overflow
    [x.atan(), d1, -2.0 * q * d1, d1 * (6.0 * q * q - 2.0 * d1 * d1)]
}

/// Hyperbolic sine
#[inline(always)]
pub fn sinh(x: f64, order: usize) -> Derivatives {
    let (s, c) = (x.sinh(), if order > 0 { x.cosh() } else { 0.0 });
    [s, c, s, c]
}

/// Hyperbolic cosine
#[inline(always)]
pub fn cosh(x: f64, order: usize) -> Derivatives {
    let (s, c) = (if order > 0 { x.sinh() } else { 0.0 }, x.cosh());
    [c, s, c, s]
}

/// Hyperbolic tangent
#[inline(always)]
pub fn tanh(x: f64, order: usize) -> Derivatives {
    let t = x.tanh();
    if order == 0 {
        return [t, 0.0, 0.0, 0.0];
    }
    let e = (-2.0 * x.abs()).exp();
    let d1 = 4.0 * e / ((1.0 + e) * (1.0 + e)); // 1 - t^2 cancels for large |x|
    [t, d1, -2.0 * t * d1, d1 * (4.0 * t * t - 2.0 * d1)]
}

/// Inverse hyperbolic sine
#[inline(always)]
pub fn asinh(x: f64, _order: usize) -> Derivatives {
    let w = x.hypot(1.0);
    let s = if x.is_infinite() { x.signum() } else { x / w };
    let d1 = 1.0 / w;
    [libm::asinh(x), d1, -s * d1 * d1, d1 * d1 * d1 * (2.0 * s * s - d1 * d1)]
}

/// Inverse hyperbolic cosine
#[inline(always)]
pub fn acosh(x: f64, _order: usize) -> Derivatives {
    let w = (x - 1.0).sqrt() * (x + 1.0).sqrt();
    let s = if x.is_infinite() { 1.0 } else { x / w };
    let d1 = 1.0 / w;
    [libm::acosh(x), d1, -s * d1 * d1, d1 * d1 * d1 * (2.0 * s * s + d1 * d1)]
}

/// Inverse hyperbolic tangent
#[inline(always)]
pub fn atanh(x: f64, _order: usize) -> Derivatives {
    let d1 = 1.0 / if x.abs() > 1.0 { f64::NAN } else { (1.0 - x) * (1.0 + x) };
    [libm::atanh(x), d1, 2.0 * x * d1 * d1, (2.0 + 6.0 * x * x) * d1 * d1 * d1]
}

/// `|x|`
#[inline(always)]
pub fn abs(x: f64, _order: usize) -> Derivatives {
    let sign = x.signum();
    [x.abs(), sign, 0.0 * sign, 0.0 * sign]
}

/// `psi(x)`, the derivative of `ln Gamma(x)`, for `x > 0`
#[inline(always)]
pub fn digamma(x: f64, order: usize) -> Derivatives {
    let [d0, d1, d2, d3, _] = special::polygamma(x, order + 1);
    [d0, d1, d2, d3]
}

/// `psi'(x)`, the second derivative of `ln Gamma(x)`, for `x > 0`
#[inline(always)]
pub fn trigamma(x: f64, order: usize) -> Derivatives {
    let [_, d0, d1, d2, d3] = special::polygamma(x, order + 2);
    [d0, d1, d2, d3]
}

/// The error function
#[inline(always)]
pub fn erf(x: f64, order: usize) -> Derivatives {
    special::erf(x, order)
}

/// `Phi(x)`, the standard normal distribution function
#[inline(always)]
pub fn normal_cdf(x: f64, order: usize) -> Derivatives {
    let [d1, d2, d3] = if order > 0 { special::normal_cdf_derivatives(x) } else { [0.0; 3] };
    [special::normal_cdf(x), d1, d2, d3]
}

/// `ln Phi(x)`
#[inline(always)]
pub fn ln_normal_cdf(x: f64, order: usize) -> Derivatives {
    special::ln_normal_cdf(x, order)
}

/// The inverse of `Phi`, for `0 <= p <= 1`
#[inline(always)]
pub fn normal_quantile(p: f64, order: usize) -> Derivatives {
    let value = special::normal_quantile(p);
    let [d1, d2, d3] = if order > 0 { special::normal_quantile_derivatives(p, value) } else { [0.0; 3] };
    [value, d1, d2, d3]
}

/// `ln I_0(x)`, modified Bessel function of the first kind; an even function
#[inline(always)]
pub fn ln_bessel_i0(x: f64, order: usize) -> Derivatives {
    let [f, d1, d2, d3] = special::ln_bessel_i(0, x.abs(), order);
    [f, d1 * x.signum(), d2, d3 * x.signum()]
}

/// `ln I_1(x)` for `x > 0`
#[inline(always)]
pub fn ln_bessel_i1(x: f64, order: usize) -> Derivatives {
    special::ln_bessel_i(1, x, order)
}

/// `ln(x (x + 1) ... (x + k - 1) / x^k)` for `x >= 10 k`
#[inline(always)]
pub fn ln_rising_ratio(x: f64, k: u64, order: usize) -> Derivatives {
    special::ln_rising_ratio(x, k, order)
}

// Functions of two numbers.

/// `x^a`, both varying, for `x > 0`; at 0 the exponent counts as a constant
#[inline(always)]
pub fn pow(x: f64, a: f64, order: usize) -> Derivatives2 {
    let [value, x1, x2, x3] = powf(x, a, order);
    if x <= 0.0 {
        return if x == 0.0 { [value, x1, 0.0, x2, 0.0, 0.0, x3, 0.0, 0.0, 0.0] } else { [f64::NAN; 10] };
    }
    let log = x.ln();
    // Powers below a without their coefficients, which may vanish; by division while nothing leaves the normal range.
    let below = |power: f64, exponent: f64| {
        let quotient = power / x;
        if power.is_normal() && quotient.is_normal() { quotient } else { x.powf(exponent) }
    };
    let p1 = if order > 1 { below(value, a - 1.0) } else { 0.0 };
    let p2 = if order > 2 { below(p1, a - 2.0) } else { 0.0 };
    [
        value,
        x1,
        value * log,
        x2,
        p1 * (1.0 + a * log),
        value * log * log,
        x3,
        p2 * (2.0 * a - 1.0 + a * (a - 1.0) * log),
        p1 * log * (2.0 + a * log),
        value * log * log * log,
    ]
}

/// `x ln y`, where `0 ln 0 = 0`, for `y >= 0`
#[inline(always)]
pub fn xlogy(x: f64, y: f64, _order: usize) -> Derivatives2 {
    let [log, r, r2, _] = ln(y, 2);
    if x == 0.0 && y >= 0.0 {
        return [0.0, log, 0.0, 0.0, r, 0.0, 0.0, 0.0, r2, 0.0];
    }
    let y = if y < 0.0 { f64::NAN } else { y + 0.0 };
    let ratio = x / y;
    [x * log, log, ratio, 0.0, r, -ratio / y, 0.0, 0.0, r2, 2.0 * ratio / y / y]
}

/// The length of the vector `(x, y)` with the cosine and sine of its angle and the cosine of twice that angle, exact for all
/// magnitudes.
#[inline(always)]
fn polar(x: f64, y: f64) -> [f64; 4] {
    /// 2^1000
    const HUGE: f64 = 1.071_508_607_186_267_3e301;
    let larger = x.abs().max(y.abs());
    let scale = if larger > 1e290 {
        1.0 / HUGE
    } else if larger < 1e-290 {
        HUGE
    } else {
        1.0
    };
    let (u, v) = (x * scale, y * scale);
    let length = u.hypot(v);
    let part = |u: f64| if u.is_infinite() && length.is_infinite() { u.signum() } else { u / length };
    if u.is_infinite() && v.is_infinite() {
        return [f64::INFINITY, f64::NAN, f64::NAN, f64::NAN];
    }
    // Where the sides are nearly equal their difference is exact, that of the rounded cosine and sine is not.
    [x.hypot(y), part(u), part(v), (u - v) / length * ((u + v) / length)]
}

/// The angle of the point `(x, y)`, between `-pi` and `pi`; no derivatives at the origin
#[inline(always)]
pub fn atan2(y: f64, x: f64, order: usize) -> Derivatives2 {
    let value = y.atan2(x);
    if order == 0 || value.is_nan() {
        return [value; 10];
    }
    // theta = Im ln z, so that the derivatives by x and y are Im 1/z, Re 1/z, and so on: sines and cosines of multiples.
    let [h, c, s, cos2] = polar(x, y);
    if h.is_infinite() {
        return [value, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    }
    let sin2 = 2.0 * s * c;
    let (sin3, cos3) = (s * (3.0 * c * c - s * s), c * (c * c - 3.0 * s * s));
    let over = |t: f64, times: i32| (0..times).fold(t, |t, _| t / h);
    [
        value,
        over(c, 1),
        over(-s, 1),
        over(-sin2, 2),
        over(-cos2, 2),
        over(sin2, 2),
        over(-2.0 * cos3, 3),
        over(2.0 * sin3, 3),
        over(2.0 * cos3, 3),
        over(-2.0 * sin3, 3),
    ]
}

/// `sqrt(x^2 + y^2)`; no derivatives at the origin
#[inline(always)]
pub fn hypot(x: f64, y: f64, order: usize) -> Derivatives2 {
    // An infinite side does not hide a NaN, as it does in the function of `f64`.
    if x.is_nan() || y.is_nan() {
        return [f64::NAN; 10];
    }
    if order == 0 {
        return [x.hypot(y); 10];
    }
    let [h, c, s, _] = polar(x, y);
    if h.is_infinite() {
        return [h, c, s, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    }
    [
        h,
        c,
        s,
        s * s / h,
        -c * s / h,
        c * c / h,
        -3.0 * c * s * s / h / h,
        s * (2.0 * c * c - s * s) / h / h,
        c * (2.0 * s * s - c * c) / h / h,
        -3.0 * c * c * s / h / h,
    ]
}

/// `ln B(x, y)`, the beta function's logarithm, for `x, y > 0`
#[inline(always)]
pub fn ln_beta(x: f64, y: f64, order: usize) -> Derivatives2 {
    special::ln_beta(x, y, order)
}

/// `ln C(n, k)`, the binomial coefficient's logarithm, for real `0 <= k <= n`
#[inline(always)]
pub fn ln_binomial(n: f64, k: f64, order: usize) -> Derivatives2 {
    special::ln_binomial(n, k, order)
}
