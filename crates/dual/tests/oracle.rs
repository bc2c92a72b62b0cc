//! Every function of `Real` against num-dual, against finite differences and at every order against the others.
mod common;

use approx::assert_relative_eq;
use common::{functions, inner, points};
use maxlik_dual::{Dual, Dual2, Real};
use num_dual::{Dual2SVec64, Dual3_64, DualNum};

type Theirs = Dual2SVec64<2>;

/// Calls `check(row, [x, y])` for every row of the table of functions and all its points.
fn for_each(mut check: impl FnMut(usize, [f64; 2])) {
    for (row, (name, [inside, _], _)) in functions::<f64>().into_iter().enumerate() {
        for point in inside.iter().flat_map(|&u| points(u)) {
            println!("{name} at {point:?}");
            check(row, point);
        }
    }
}

fn ours(row: usize, point: [f64; 2]) -> Dual2<2> {
    let [x, y] = Dual2::variables(point);
    let (u, v) = inner(x, y);
    functions()[row].2(u, v)
}

fn theirs(f: impl Fn(Theirs, Theirs) -> Theirs, [x, y]: [f64; 2]) -> Theirs {
    let (u, v) = inner(Theirs::from_re(x).derivative(0), Theirs::from_re(y).derivative(1));
    f(u, v)
}

fn assert_same(ours: Dual2<2>, theirs: Theirs) {
    let gradient = theirs.v1.0.map_or([0.0; 2], |g| [g[0], g[1]]);
    let hessian = theirs.v2.0.map_or([0.0; 3], |h| [h[(0, 0)], h[(1, 0)], h[(1, 1)]]);
    assert_relative_eq!(ours.value(), theirs.re, max_relative = 1e-13, epsilon = 1e-14);
    for i in 0..2 {
        assert_relative_eq!(ours.gradient()[i], gradient[i], max_relative = 1e-13, epsilon = 1e-14);
    }
    for (found, expected) in [ours.hessian(0, 0), ours.hessian(1, 0), ours.hessian(1, 1)].into_iter().zip(hessian) {
        assert_relative_eq!(found, expected, max_relative = 1e-13, epsilon = 1e-13);
    }
}

/// num-dual's own version of a function, or one composed of its own functions; exact enough at the table's points.
fn independent(name: &str) -> Option<fn(Theirs, Theirs) -> Theirs> {
    macro_rules! own {
        ($($name:ident)*) => {
            match name {
                $(stringify!($name) => return Some(|u, _| DualNum::$name(&u)),)*
                _ => {}
            }
        };
    }
    own!(exp exp2 exp_m1 ln ln_1p log2 log10 sqrt cbrt recip sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh);
    Some(match name {
        "abs" => |u, _| if u.re < 0.0 { -u } else { u },
        "softplus" => |u, _| DualNum::ln_1p(&DualNum::exp(&u)),
        "sigmoid" => |u, _| DualNum::recip(&(DualNum::exp(&-u) + 1.0)),
        "ln_sigmoid" => |u, _| -DualNum::ln_1p(&DualNum::exp(&-u)),
        "logit" => |u, _| DualNum::ln(&(u / (-u + 1.0))),
        "ln_1m_exp" => |u, _| DualNum::ln(&-DualNum::exp_m1(&u)),
        "ln_rising_factorial 5" => |u, _| (0..5).map(|j| DualNum::ln(&(u + f64::from(j)))).sum(),
        "ln_rising_factorial 90" => |u, _| (0..90).map(|j| DualNum::ln(&(u + f64::from(j)))).sum(),
        "ln_rising_ratio 5" => |u, _| (1..5).map(|j| DualNum::ln_1p(&(u.recip() * f64::from(j)))).sum(),
        "ln_rising_ratio 90" => |u, _| (1..90).map(|j| DualNum::ln_1p(&(u.recip() * f64::from(j)))).sum(),
        "x_minus_ln_1p" => |u, _| u - DualNum::ln_1p(&u),
        "powi 3" => |u, _| DualNum::powi(&u, 3),
        "powi -2" => |u, _| DualNum::powi(&u, -2),
        "powi 12" => |u, _| DualNum::powi(&u, 12),
        "powf 2.3" => |u, _| DualNum::powf(&u, 2.3),
        "powf -0.7" => |u, _| DualNum::powf(&u, -0.7),
        "powf v" | "pow" => |u, v| u.powd(v),
        "xlogy" => |u, v| u * DualNum::ln(&v),
        "xlogy of v" => |u, v| v * DualNum::ln(&u),
        "ln_sub_exp" => |u, v| DualNum::ln(&(DualNum::exp(&v) - DualNum::exp(&u))),
        "atan2" => |u, v| DualNum::atan2(&u, v),
        "hypot" => |u, v| DualNum::sqrt(&(u * u + v * v)),
        "clamp" => |u, _| {
            if u.re < -0.7 {
                Theirs::from_re(-0.7)
            } else if u.re > 0.8 {
                Theirs::from_re(0.8)
            } else {
                u
            }
        },
        "ln_sum_exp" => |u, v| DualNum::ln(&(DualNum::exp(&u) + DualNum::exp(&v) + DualNum::exp(&(u + v)))),
        "max" => |u, v| if u.re > v.re { u } else { v },
        "min" => |u, v| if u.re < v.re { u } else { v },
        "ln_add_exp" => |u, v| DualNum::ln(&(DualNum::exp(&u) + DualNum::exp(&v))),
        "ln_ratio" => |u, v| DualNum::ln(&(u / v)),
        _ => return None,
    })
}

#[test]
fn the_table_of_these_tests_has_every_rule() {
    let rules = include_str!("../src/rules.rs").lines().filter_map(|line| line.strip_prefix("pub fn "));
    let table = functions::<f64>();
    for rule in rules.map(|rest| rest.split('(').next().unwrap()) {
        assert!(table.iter().any(|(name, ..)| name.split(' ').next() == Some(rule)), "{rule} is missing");
    }
}

#[test]
fn dual2_agrees_with_the_chain_rule_on_num_dual_types() {
    for_each(|row, point| assert_same(ours(row, point), theirs(functions()[row].2, point)));
}

#[test]
fn dual2_agrees_with_the_functions_of_num_dual() {
    let mut without = Vec::new();
    for_each(|row, point| match independent(functions::<f64>()[row].0) {
        Some(f) => assert_same(ours(row, point), theirs(f, point)),
        None => without.push(functions::<f64>()[row].0),
    });
    without.dedup();
    let expected = [
        "ln_gamma",
        "digamma",
        "trigamma",
        "erf",
        "erfc",
        "normal_cdf",
        "ln_normal_cdf",
        "normal_quantile",
        "ln_bessel_i0",
        "ln_bessel_i1",
        "ln_beta",
        "ln_binomial",
    ];
    assert_eq!(without, expected, "functions that num-dual has no formula for");
}

#[test]
fn the_third_derivative_is_the_slope_of_the_second() {
    for_each(|row, [x, y]| {
        let (u, v) = inner(Dual3_64::from_re(x).derivative(), Dual3_64::from_re(y));
        let third = functions()[row].2(u, v);
        let second = ours(row, [x, y]);
        assert_relative_eq!(third.v1, second.gradient()[0], max_relative = 1e-13, epsilon = 1e-14);
        assert_relative_eq!(third.v2, second.hessian(0, 0), max_relative = 1e-13, epsilon = 1e-13);
        let h = 1e-5;
        let slope = (ours(row, [x + h, y]).hessian(0, 0) - ours(row, [x - h, y]).hessian(0, 0)) / (2.0 * h);
        // A central difference: truncation of order h^2 and rounding of order 1e-16 / h, both times higher derivatives.
        assert_relative_eq!(third.v3, slope, max_relative = 1e-6, epsilon = 1e-7);
    });
}

#[test]
fn dual_is_the_value_and_gradient_of_dual2() {
    for_each(|row, point| {
        let [x, y] = Dual::variables(point);
        let (u, v) = inner(x, y);
        let first: Dual<2> = functions()[row].2(u, v);
        let second = ours(row, point);
        assert_eq!((first.value(), first.gradient()), (second.value(), second.gradient()));
    });
}

#[test]
fn the_plain_value_is_the_value_of_dual2_to_the_last_bit() {
    for_each(|row, point| {
        let (u, v) = inner(point[0], point[1]);
        let value = functions::<f64>()[row].2(u, v);
        assert_eq!(value.to_bits(), ours(row, point).value().to_bits());
    });
}
