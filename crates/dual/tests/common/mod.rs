//! Every function of the trait `Real`, as a table at one type.
use maxlik_dual::{Real, ln_sum_exp, rules};

/// A name, arguments inside and outside the domain, and the function of `u` and, where it takes two numbers, of `v`.
pub(crate) type Case<T> = (&'static str, [&'static [f64]; 2], fn(T, T) -> T);

/// The numbers that the functions are applied to: their gradients are not parallel and their Hessians not zero.
#[allow(dead_code, reason = "not every test of the table needs points")]
pub(crate) fn inner<T: Real>(x: T, y: T) -> (T, T) {
    (x * y + y * 0.3, x * x * 0.5 + y)
}

/// Two points `[x, y]` where the first inner number is `u`.
#[allow(dead_code, reason = "not every test of the table needs points")]
pub(crate) fn points(u: f64) -> [[f64; 2]; 2] {
    [0.7, 1.9].map(|y| [u / y - 0.3, y])
}

pub(crate) fn functions<T: Real>() -> Vec<Case<T>> {
    macro_rules! cases {
        ($($name:literal $inside:expr, $outside:expr, |$u:ident, $v:pat_param| $f:expr;)*) => {
            vec![$(($name, [&$inside, &$outside], |$u: T, $v: T| $f)),*]
        };
    }
    cases! {
        "exp" [-2.3, 0.7, 3.1], [], |u, _| u.exp();
        "exp2" [-2.3, 0.7, 3.1], [], |u, _| u.exp2();
        "exp_m1" [-2.3, 0.2, 3.1], [], |u, _| u.exp_m1();
        "ln" [0.3, 2.6, 14.0], [-0.5, -800.0], |u, _| u.ln();
        "ln_1p" [-0.6, 0.2, 5.3], [-1.5], |u, _| u.ln_1p();
        "log2" [0.3, 2.6, 14.0], [-0.5], |u, _| u.log2();
        "log10" [0.3, 2.6, 14.0], [-0.5], |u, _| u.log10();
        "sqrt" [0.3, 2.6, 14.0], [-0.5], |u, _| u.sqrt();
        "cbrt" [-2.6, 0.3, 14.0], [], |u, _| u.cbrt();
        "recip" [-2.6, 0.3, 4.0], [], |u, _| u.recip();
        "sin" [-2.6, 0.3, 4.4], [], |u, _| u.sin();
        "cos" [-2.6, 0.3, 4.4], [], |u, _| u.cos();
        "tan" [-2.6, 0.3, 1.2], [], |u, _| u.tan();
        "asin" [-0.7, 0.2, 0.6], [-1.5, 1.5], |u, _| u.asin();
        "acos" [-0.7, 0.2, 0.6], [-1.5, 1.5], |u, _| u.acos();
        "atan" [-2.6, 0.3, 4.4], [], |u, _| u.atan();
        "sinh" [-2.6, 0.3, 3.4], [], |u, _| u.sinh();
        "cosh" [-2.6, 0.3, 3.4], [], |u, _| u.cosh();
        "tanh" [-2.6, 0.3, 1.4], [], |u, _| u.tanh();
        "asinh" [-2.6, 0.3, 3.4], [], |u, _| u.asinh();
        "acosh" [1.3, 2.6, 7.5], [0.5, -3.5], |u, _| u.acosh();
        "atanh" [-0.7, 0.2, 0.6], [-1.5, 1.5], |u, _| u.atanh();
        "abs" [-2.6, 0.3], [], |u, _| u.abs();
        "softplus" [-2.6, 0.3, 4.4], [], |u, _| u.softplus();
        "sigmoid" [-2.6, 0.3, 4.4], [], |u, _| u.sigmoid();
        "ln_sigmoid" [-2.6, 0.3, 4.4], [], |u, _| u.ln_sigmoid();
        "logit" [0.15, 0.4, 0.8], [-0.5, 1.5], |u, _| u.logit();
        "ln_1m_exp" [-2.6, -0.8, -0.3], [0.5, 800.0], |u, _| u.ln_1m_exp();
        "ln_gamma" [0.3, 2.6, 14.0], [-0.5, -800.0], |u, _| u.ln_gamma();
        "digamma" [0.3, 1.4, 2.6, 14.0], [-0.5, -800.0], |u, _| u.digamma();
        "trigamma" [0.6, 2.6, 14.0], [-0.5, -800.0], |u, _| u.trigamma();
        "erf" [-1.6, 0.3, 1.4], [], |u, _| u.erf();
        "erfc" [-1.6, 0.3, 1.4], [], |u, _| u.erfc();
        "normal_cdf" [-2.6, 0.3, 1.4], [], |u, _| u.normal_cdf();
        "ln_normal_cdf" [-5.3, -2.1, -0.6, 1.4], [], |u, _| u.ln_normal_cdf();
        "normal_quantile" [0.1, 0.4, 0.8], [-0.5, 1.5], |u, _| u.normal_quantile();
        "ln_bessel_i0" [-2.6, 0.3, 4.4, 30.0], [], |u, _| u.ln_bessel_i0();
        "ln_bessel_i1" [0.6, 4.4, 30.0], [-0.5, -800.0], |u, _| u.ln_bessel_i1();
        "ln_rising_factorial 5" [0.3, 2.6, 14.0], [-0.5, -800.0], |u, _| u.ln_rising_factorial(5);
        "ln_rising_factorial 90" [0.3, 2.6, 19.0], [-0.5, -800.0], |u, _| u.ln_rising_factorial(90);
        "ln_rising_ratio 5" [55.0, 80.0, 210.0], [-0.5, -800.0], |u, _| u.ln_rising_ratio(5);
        "ln_rising_ratio 90" [950.0, 2100.0], [-0.5, -800.0], |u, _| u.ln_rising_ratio(90);
        "x_minus_ln_1p" [-0.7, -0.3, -0.04, 0.03, 0.2, 0.7, 3.1], [-1.5], |u, _| u.x_minus_ln_1p();
        "powi 3" [-2.6, 0.3, 4.4], [], |u, _| u.powi(3);
        "powi -2" [-2.6, 0.3, 4.4], [], |u, _| u.powi(-2);
        "powi 12" [-1.6, 0.3, 2.4], [], |u, _| u.powi(12);
        "powf 2.3" [0.3, 2.6, 4.4], [-0.5], |u, _| u.powf(2.3);
        "powf -0.7" [0.3, 2.6, 4.4], [-0.5], |u, _| u.powf(-0.7);
        "powf v" [0.3, 1.4, 2.6], [-0.5], |u, v| u.powf(v);
        "pow" [0.3, 1.4, 2.6], [-0.5], |u, v| u.chain2(v, rules::pow(u.value(), v.value(), T::ORDER));
        "max" [0.3, 1.4, 2.6, 4.4], [], |u, v| u.max(v);
        "min" [0.3, 1.4, 2.6, 4.4], [], |u, v| u.min(v);
        "ln_add_exp" [-1.6, 0.3, 4.4], [], |u, v| u.ln_add_exp(v);
        "ln_ratio" [0.3, 1.4, 4.4], [-0.5], |u, v| u.ln_ratio(v);
        "xlogy" [-1.6, 0.3, 4.4], [], |u, v| u.xlogy(v);
        "xlogy of v" [0.3, 1.4, 4.4], [-0.5], |u, v| v.xlogy(u);
        "ln_sub_exp" [-1.6, 0.3, 8.0], [2.5], |u, v| v.ln_sub_exp(u);
        "atan2" [-1.6, 0.3, 4.4], [], |u, v| u.atan2(v);
        "hypot" [-1.6, 0.3, 4.4], [], |u, v| u.hypot(v);
        "ln_beta" [0.6, 4.4, 30.0], [-0.5], |u, v| u.ln_beta(v);
        "ln_binomial" [0.6, 1.4, 30.0], [-0.5, 2.5], |u, v| v.ln_binomial(u);
        "clamp" [-1.6, 0.3, 1.4], [], |u, _| u.clamp(-0.7, 0.8);
        "ln_sum_exp" [-1.6, 0.3, 4.4], [], |u, v| ln_sum_exp(&[u, v, u + v, T::from(f64::NEG_INFINITY)]);
    }
}
