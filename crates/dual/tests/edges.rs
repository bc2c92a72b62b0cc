//! Constants, infinities, the ends of the domains and NaN.
mod common;

use std::f64::consts::LN_10;

use approx::assert_relative_eq;
use common::functions;
use maxlik_dual::{Dual, Dual2, Dual3, Real};
use num_dual::{Dual2_64, Dual2SVec64, Dual3_64, Dual64};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn at(x: f64) -> Dual2<1> {
    Dual2::variable(x, 0)
}

/// Value, first and second derivative.
fn parts(f: Dual2<1>) -> [f64; 3] {
    [f.value(), f.gradient()[0], f.hessian(0, 0)]
}

fn assert_parts(f: Dual2<1>, expected: [f64; 3]) {
    for (found, expected) in parts(f).into_iter().zip(expected) {
        assert_relative_eq!(found, expected, max_relative = 1e-14, epsilon = 0.0);
    }
}

#[test]
fn no_function_gives_a_constant_a_derivative() {
    fn check<T: Real>() {
        let constants = [0.0, -0.0, 5e-324, 1.0, f64::MAX, INF, -INF, -1.0, 0.5, NAN];
        for (row, (name, _, f)) in functions::<T>().into_iter().enumerate() {
            for (c, d) in constants.iter().flat_map(|&c| constants.map(|d| (c, d))) {
                let found = f(T::from(c), T::from(d));
                let plain = functions::<f64>()[row].2(c, d);
                assert!(found.is_constant(), "{name} of {c:e} and {d:e}: {found:?}");
                assert!(
                    found.value() == plain || plain.is_nan() && found.value().is_nan(),
                    "{name} of {c:e} and {d:e}"
                );
            }
        }
    }
    check::<Dual<2>>();
    check::<Dual2<2>>();
    check::<Dual2SVec64<2>>();
    check::<Dual3_64>();
}

#[test]
fn a_direction_without_variation_stays_zero_where_the_slope_is_infinite() {
    let root = Dual2::<2>::variable(0.0, 1).sqrt();
    assert_eq!((root.value(), root.gradient()), (0.0, [0.0, INF]));
    assert_eq!([root.hessian(0, 0), root.hessian(0, 1), root.hessian(1, 1)], [0.0, 0.0, -INF]);
    assert_eq!(Dual::<2>::variable(0.0, 1).sqrt().gradient(), [0.0, INF]);
}

#[test]
fn a_variable_at_the_end_of_the_domain_has_the_limits_from_inside() {
    for zero in [0.0, -0.0] {
        assert_eq!(parts(at(zero).sqrt()), [0.0, INF, -INF]);
        assert_eq!(parts(at(zero).ln()), [-INF, INF, -INF]);
        assert_eq!(parts(at(zero).powf(0.5)), [0.0, INF, -INF]);
        assert_eq!(parts(at(zero).powf(1.5)), [0.0, 0.0, INF]);
        assert_eq!(parts(at(zero).logit()), [-INF, INF, -INF]);
        assert_eq!(parts(at(zero).ln_1m_exp()), [-INF, -INF, -INF]);
        assert_eq!(parts(at(zero).ln_gamma()), [INF, -INF, INF]);
        for k in [3, 90] {
            assert_eq!(parts(at(zero).ln_rising_factorial(k)), [-INF, INF, -INF]);
        }
    }
    assert_eq!(parts(at(-1.0).ln_1p()), [-INF, INF, -INF]);
    assert_eq!(parts(at(1.0).logit()), [INF; 3]);
    assert_eq!(parts(at(1.0).atanh()), [INF; 3]);
    assert_eq!(parts(at(1.0).acosh()), [0.0, INF, -INF]);
    assert_eq!(parts(at(1.0).asin())[1..], [INF; 2]);
}

#[test]
fn num_dual_types_have_the_same_limits() {
    let root = Real::sqrt(Dual64::new(0.0, 1.0));
    assert_eq!([root.re, root.eps], [0.0, INF]);
    let log = Real::ln(Dual2_64::new(0.0, 1.0, 0.0));
    assert_eq!([log.re, log.v1, log.v2], [-INF, INF, -INF]);
}

#[test]
fn functions_that_saturate_keep_finite_derivatives() {
    for x in [800.0, INF] {
        assert_eq!(parts(at(x).tanh()), [1.0, 0.0, 0.0]);
        assert_eq!(parts(at(-x).tanh()), [-1.0, 0.0, 0.0]);
        assert_eq!(parts(at(x).softplus()), [x, 1.0, 0.0]);
        assert_eq!(parts(at(-x).softplus()), [0.0, 0.0, 0.0]);
        assert_eq!(parts(at(x).sigmoid()), [1.0, 0.0, 0.0]);
        assert_eq!(parts(at(-x).sigmoid()), [0.0, 0.0, 0.0]);
        assert_eq!(parts(at(-x).ln_sigmoid()), [-x, 1.0, 0.0]);
        assert_eq!(parts(at(-x).ln_1m_exp()), [0.0, 0.0, 0.0]);
    }
    // Far out but not yet saturated: the derivatives are still there.
    let e = (-300.0_f64).exp();
    assert_parts(at(150.0).tanh(), [1.0, 4.0 * e, -8.0 * e]);
    assert_parts(at(300.0).softplus(), [300.0, 1.0, e]);
    assert_parts(at(-300.0).sigmoid(), [e, e, e]);
}

#[test]
fn powers_of_tiny_numbers_do_not_overflow_on_the_way() {
    assert_parts(at(1e-130).powf(0.5), [1e-65, 5e64, -2.5e194]);
    assert_parts(at(1e-200).powf(0.5), [1e-100, 5e99, -2.5e299]);
    assert_parts(at(1e-200).powf(2.5), [0.0, 2.5e-300, 3.75e-100]);
}

#[test]
fn the_smallest_integer_exponent_is_an_exponent() {
    assert_eq!(parts(at(1.5).powi(i32::MIN)), [0.0, 0.0, 0.0]);
}

#[test]
fn ln_ratio_does_not_overflow_on_the_way() {
    assert_parts(at(1e200).ln_ratio(1e-200), [400.0 * LN_10, 1e-200, 0.0]);
    assert_parts(at(1e-150).ln_ratio(1e200), [-350.0 * LN_10, 1e150, -1e300]);
}

#[test]
fn powers_of_small_numbers_with_a_variable_exponent_do_not_overflow_on_the_way() {
    // Below 1e-150 they may; `powf` says so.
    for (x, exponent, first, second) in [(1e-130, 0.5, 5e64, -2.5e194), (1e-100, 2.5, 2.5e-150, 3.75e-50)] {
        let [base, a] = Dual2::variables([x, exponent]);
        let power = base.powf(a);
        let (value, log) = (x.powf(exponent), x.ln());
        assert_relative_eq!(power.value(), value, max_relative = 1e-14, epsilon = 0.0);
        assert_relative_eq!(power.gradient()[0], first, max_relative = 1e-13, epsilon = 0.0);
        assert_relative_eq!(power.gradient()[1], value * log, max_relative = 1e-13, epsilon = 0.0);
        assert_relative_eq!(power.hessian(0, 0), second, max_relative = 1e-13, epsilon = 0.0);
        assert_relative_eq!(
            power.hessian(1, 0),
            first / exponent * (1.0 + exponent * log),
            max_relative = 1e-13,
            epsilon = 0.0
        );
        assert_relative_eq!(power.hessian(1, 1), value * log * log, max_relative = 1e-13, epsilon = 0.0);
    }
}

#[test]
fn zero_to_a_variable_power_has_the_limits_of_powers_above_one() {
    let [x, a] = Dual2::variables([0.0, 2.5]);
    for power in [x.powf(a), Dual2::from(0.0).powf(a)] {
        assert_eq!((power.value(), power.gradient()), (0.0, [0.0, 0.0]));
        assert_eq!([power.hessian(0, 0), power.hessian(0, 1), power.hessian(1, 1)], [0.0; 3]);
    }
    let [x, a] = Dual2::variables([0.0, 1.5]);
    assert_eq!((x.powf(a).gradient(), x.powf(a).hessian(0, 0)), ([0.0, 0.0], INF));
}

#[test]
fn ln_add_exp_takes_minus_infinity_for_the_logarithm_of_zero() {
    let [x, y] = Dual2::variables([-INF, 800.0]);
    for sum in [x.ln_add_exp(y), y.ln_add_exp(x), y.ln_add_exp(-INF)] {
        assert_eq!((sum.value(), sum.gradient(), sum.hessian(1, 1)), (800.0, [0.0, 1.0], 0.0));
    }
    assert_eq!(x.ln_add_exp(-INF).value(), -INF);
    assert_eq!(Dual2::from(INF).ln_add_exp(y).value(), INF);
    assert_eq!(y.ln_add_exp(INF).value(), INF);
    assert_eq!(x.ln_add_exp(INF).value(), INF);
}

#[test]
fn ln_add_exp_hides_no_nan() {
    for x in [-INF, -3.5, INF] {
        assert!(x.ln_add_exp(NAN).is_nan() && NAN.ln_add_exp(x).is_nan(), "{x} and NaN");
    }
}

#[test]
fn gamma_functions_hold_at_huge_and_tiny_arguments() {
    let log = 300.0 * LN_10;
    assert_parts(at(1e300).ln_gamma(), [1e300 * (log - 1.0), log, 1e-300]);
    assert_parts(at(1e-100).ln_gamma(), [100.0 * LN_10, -1e100, 1e200]);
    assert_eq!(parts(at(INF).ln_gamma()), [INF, INF, 0.0]);
    for k in [3, 90] {
        println!("k = {k}");
        let n = k as f64;
        let factorial = (1..k).map(|j| (j as f64).ln()).sum::<f64>();
        assert_parts(at(1e300).ln_rising_factorial(k), [n * log, n * 1e-300, 0.0]);
        assert_parts(at(1e100).ln_rising_factorial(k), [n * 100.0 * LN_10, n * 1e-100, -n * 1e-200]);
        assert_parts(at(1e-100).ln_rising_factorial(k), [factorial - 100.0 * LN_10, 1e100, -1e200]);
    }
}

#[test]
fn ln_rising_factorial_is_infinite_at_infinity() {
    for k in [3, 90] {
        assert_eq!(parts(at(INF).ln_rising_factorial(k)), [INF, 0.0, 0.0], "k = {k}");
    }
}

#[test]
fn nan_in_gives_nan_out() {
    for (name, _, f) in functions::<Dual2<2>>() {
        let found = f(Dual2::variable(NAN, 0), Dual2::variable(1.5, 1)).value();
        // The larger and the smaller of two numbers ignore a NaN, like those of `f64`.
        let ignored = ["max", "min"].contains(&name);
        assert!(if ignored { found == 1.5 } else { found.is_nan() }, "{name}: {found}");
    }
}

#[test]
fn outside_the_domain_everything_is_nan() {
    for (name, [_, outside], f) in functions::<Dual2<1>>() {
        for &u in outside {
            let found = parts(f(at(u), Dual2::from(1.5)));
            assert!(found.into_iter().all(f64::is_nan), "{name} at {u}: {found:?}");
        }
    }
    assert!(parts(at(-0.5).powf(at(1.5))).into_iter().all(f64::is_nan));
}

#[test]
fn a_quotient_of_constants_is_a_constant() {
    fn check<T: Real>(under: impl Fn(f64, T) -> T) {
        for (x, y) in [(1.0, 0.0), (0.0, 0.0), (INF, INF), (2.5, INF), (INF, 0.0), (1.0, 5e-324), (-1.0, -0.0)] {
            for quotient in [T::from(x) / T::from(y), T::from(x) / y, under(x, T::from(y))] {
                assert!(quotient.is_constant(), "{x} / {y}: {quotient:?}");
            }
        }
    }
    check::<Dual<2>>(|x, y| x / y);
    check::<Dual<2, Dual<3>>>(|x, y| x / y);
    check::<Dual2<1>>(|x, y| x / y);
    check::<Dual2<2>>(|x, y| x / y);
    check::<Dual2<3>>(|x, y| x / y);
    check::<Dual3<2>>(|x, y| x / y);
}

#[test]
fn a_product_of_constants_is_a_constant_where_the_pattern_is_known() {
    fn check<T: Real>() {
        for (x, y) in [(0.0, INF), (2.5, -INF), (INF, INF), (NAN, 2.5)] {
            for product in [T::from(x) * T::from(y), T::from(x) * y, T::from(y) * x] {
                assert!(product.is_constant(), "{x} * {y}: {product:?}");
            }
        }
    }
    check::<Dual2<1>>();
    check::<Dual2<2>>();
    check::<Dual3<2>>();
}

#[test]
fn ln_sub_exp_takes_minus_infinity_for_the_logarithm_of_zero() {
    let parts = |x: f64, y: f64| {
        let [x, y] = Dual2::variables([x, y]);
        let f = x.ln_sub_exp(y);
        (f.value(), f.gradient())
    };
    assert_eq!(parts(1.5, -INF), (1.5, [1.0, 0.0]));
    assert_eq!(parts(-INF, -INF), (-INF, [1.0, 0.0]));
    assert_eq!(parts(INF, 1.5), (INF, [1.0, 0.0]));
    assert_eq!(parts(1.5, 1.5), (-INF, [INF, -INF]));
    for (x, y) in [(INF, INF), (1.5, 2.5), (-INF, 1.5), (NAN, -INF), (1.5, NAN)] {
        assert!(parts(x, y).0.is_nan(), "{x} {y}");
    }
}

#[test]
fn ln_sub_exp_of_neighbours_keeps_the_digits_of_its_second_derivatives() {
    // ln(e^(x + h) - e^(x - h)) = x + ln(2 sinh h), whose second derivative by x is 0 and by h is -1 / sinh^2 h.
    let (x, h) = (0.3, 1e-6_f64);
    let [x, h_] = Dual2::variables([x, h]);
    let f = (x + h_).ln_sub_exp(x - h_);
    assert!(f.hessian(0, 0).abs() * h.sinh().powi(2) < 1e-14);
    // The difference 2 h itself is rounded at the size of x.
    assert_relative_eq!(f.hessian(1, 1), -1.0 / h.sinh().powi(2), max_relative = 1e-9);
}

#[test]
fn the_mixed_derivative_of_an_angle_keeps_its_digits_near_the_diagonal() {
    let (y0, x0) = (-2.5_f64, 2.499_999_9_f64);
    let [y, x] = Dual2::variables([y0, x0]);
    let expected = (y0 - x0) * (y0 + x0) / (x0 * x0 + y0 * y0).powi(2);
    assert_relative_eq!(y.atan2(x).hessian(1, 0), expected, max_relative = 1e-15);
}

#[test]
fn an_infinite_partial_derivative_leaves_the_lower_ones_alone() {
    let [x, y] = Dual2::variables([1.5, 1e-200]);
    let f = x.xlogy(y);
    assert_eq!(f.gradient(), [1e-200_f64.ln(), 1.5e200]);
    assert_eq!([f.hessian(0, 0), f.hessian(1, 0), f.hessian(1, 1)], [0.0, 1e200, -INF]);
    let [a, b] = Dual2::variables([0.0, 2.5]);
    assert_eq!(a.ln_beta(b).gradient(), [-INF, 0.0]);
    assert_eq!((a.ln_beta(b).hessian(0, 0), b.ln_beta(a).gradient()), (INF, [-INF, 0.0]));
    let [a, b] = Dual3::variables([0.0, 2.5]);
    let f = a.ln_beta(b);
    assert_eq!((f.gradient(), f.hessian(0, 0), f.third(0, 0, 0)), ([-INF, 0.0], INF, -INF));
    assert_relative_eq!(f.hessian(0, 1), -b.trigamma().value(), max_relative = 1e-14);
    assert_relative_eq!(f.third(0, 1, 1), -b.trigamma().gradient()[1], max_relative = 1e-13);
}
