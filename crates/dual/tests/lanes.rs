//! The functions in lanes against mpmath, on the tables and with the tolerances of the scalar ones.
use maxlik_dual::instructions::{Avx2, Avx512, Baseline, Instructions};
use maxlik_dual::lanes::{Lane, Notes};
use maxlik_dual::{Dual2, Real};

const TABLES: [&str; 2] = [include_str!("reference/special.csv"), include_str!("reference/functions.csv")];

/// Errors allowed, relative, as in `special_table.rs`.
const VALUE: f64 = 4.0 * f64::EPSILON;
const ELEMENTARY: f64 = 1e-14;
const SPECIAL: f64 = 1e-12;

fn function<T: Real>(name: &str, x: T) -> Option<T> {
    Some(match name {
        "exp" => x.exp(),
        "exp_m1" => x.exp_m1(),
        "ln" => x.ln(),
        "ln_1p" => x.ln_1p(),
        "softplus" => x.softplus(),
        "sigmoid" => x.sigmoid(),
        "ln_sigmoid" => x.ln_sigmoid(),
        "logit" => x.logit(),
        "ln_1m_exp" => x.ln_1m_exp(),
        "ln_gamma" => x.ln_gamma(),
        "erfc" => x.erfc(),
        _ => return None,
    })
}

/// Value and two derivatives.
fn in_lanes<I: Instructions>(name: &str, x: f64) -> Option<[f64; 3]> {
    let [x] = Dual2::variables([x]);
    let notes = Notes::default();
    let [x]: [Lane<_, I>; 1] = notes.watch([x]);
    let f = function(name, x)?.inner();
    assert_eq!(notes.exceptional(), 0, "functions have no exceptions");
    Some([f.value(), f.gradient()[0], f.hessian(0, 0)])
}

/// What counts as zero: results that vanish below the normal range.
fn flush(x: f64) -> f64 {
    if x.abs() < 1e-308 { 0.0 } else { x }
}

fn compare<I: Instructions>() {
    let (mut tested, mut failures) = (0, Vec::new());
    for line in TABLES.iter().flat_map(|table| table.lines().skip(1)) {
        let fields: Vec<&str> = line.split(',').collect();
        let Ok(x) = fields[1].parse() else { continue };
        let Some(found) = in_lanes::<I>(fields[0], x) else { continue };
        tested += 1;
        for order in 0..3 {
            let (expected, found) = (flush(fields[3 + order].parse().unwrap()), flush(found[order]));
            let special = ["ln_gamma", "erfc"].contains(&fields[0]);
            let allowed = [VALUE, if special { SPECIAL } else { ELEMENTARY }][order.min(1)];
            let error = if found == expected { 0.0 } else { (found / expected - 1.0).abs() };
            if error.is_nan() || error > allowed {
                failures.push(format!("{line}\n  order {order}: {found:e}, error {error:.1e}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(tested, 117, "arguments tested");
}

#[test]
fn functions_without_fused_products_agree_with_mpmath() {
    compare::<Baseline>();
}

#[test]
fn functions_with_fused_products_agree_with_mpmath() {
    compare::<Avx512>();
}

#[test]
fn values_are_within_units_in_the_last_place_of_the_scalar_functions() {
    let elementary = ["exp", "exp_m1", "ln", "ln_1p", "softplus", "ln_sigmoid", "sigmoid"].map(|name| (name, 2.0));
    for (name, units) in elementary.into_iter().chain([("erfc", 4.0)]) {
        for i in 0..20_000 {
            // Over the magnitudes from 1e-8 to 700, both signs.
            let x = 10_f64.powf(-8.0 + 10.845 * f64::from(i) / 20_000.0) * if i % 2 == 0 { 1.0 } else { -1.0 };
            let expected = function(name, x).unwrap();
            let found = [in_lanes::<Baseline>(name, x), in_lanes::<Avx2>(name, x)].map(|f| f.unwrap()[0]);
            for found in found {
                let close = (found - expected).abs() <= units * f64::EPSILON * expected.abs();
                assert!(
                    close || flush(found) == flush(expected) || found.is_nan() && expected.is_nan(),
                    "{name}({x:e}) = {found:e}, not {expected:e}"
                );
            }
        }
    }
}

#[test]
fn ends_are_those_of_the_scalar_functions() {
    let ends = [0.0, -0.0, 5e-324, 1e-310, 1.0, -1.0, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for name in
        ["exp", "exp_m1", "ln", "ln_1p", "softplus", "sigmoid", "ln_sigmoid", "logit", "ln_1m_exp", "ln_gamma", "erfc"]
    {
        for x in ends {
            let [number] = Dual2::variables([x]);
            let f = function(name, number).unwrap();
            let expected = [f.value(), f.gradient()[0], f.hessian(0, 0)];
            let found = in_lanes::<Baseline>(name, x).unwrap();
            let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-14 * b.abs();
            assert!(
                expected.iter().zip(found).all(|(&e, f)| same(f, e)),
                "{name}({x:e}) = {found:?}, not {expected:?}"
            );
        }
    }
}

#[test]
fn rising_factorials_agree_with_the_scalar_function() {
    for x in [1e-3, 0.3, 0.9, 1.43, 2.0, 5.5, 7.9, 8.1, 20.5, 333.3, 1e6, 1e15] {
        for k in [0, 1, 2, 3, 7, 24, 25, 60, 127] {
            let [number] = Dual2::variables([x]);
            let expected = number.ln_rising_factorial(k);
            let notes = Notes::default();
            let [lane]: [Lane<_, Baseline>; 1] = notes.watch([number]);
            let found = lane.ln_rising_factorial(k).inner();
            let pairs = [
                (found.value(), expected.value()),
                (found.gradient()[0], expected.gradient()[0]),
                (found.hessian(0, 0), expected.hessian(0, 0)),
            ];
            // Just below 8 the difference is an eighth of its terms.
            for (found, expected) in pairs {
                assert!((found - expected).abs() <= 2e-14 * expected.abs(), "({x})_{k}: {found:e}, not {expected:e}");
            }
        }
    }
}

#[test]
fn the_beta_function_agrees_with_mpmath() {
    let lanes = |x: f64, y: f64| {
        let numbers = Dual2::variables([x, y]);
        let notes = Notes::default();
        let [a, b]: [Lane<_, Avx512>; 2] = notes.watch(numbers);
        let f = a.ln_beta(b).inner();
        (notes.exceptional() == 0).then_some(f)
    };
    let scalar = |x: f64, y: f64| {
        let [a, b] = Dual2::variables([x, y]);
        Some(a.ln_beta(b))
    };
    let (mut tested, mut failures) = (0, Vec::new());
    for line in TABLES.iter().flat_map(|table| table.lines()).filter(|line| line.starts_with("ln_beta,")) {
        let fields: Vec<&str> = line.split(',').collect();
        let arguments: Vec<f64> = fields[1].split(';').map(|a| a.parse().unwrap()).collect();
        let wrt: usize = fields[2].parse().unwrap();
        for f in [lanes(arguments[0], arguments[1]), scalar(arguments[0], arguments[1])].into_iter().flatten() {
            tested += 1;
            let found = [f.value(), f.gradient()[wrt], f.hessian(wrt, wrt)];
            for order in 0..3 {
                let expected: f64 = fields[3 + order].parse().unwrap();
                let error = (found[order] - expected).abs();
                if !(error <= [VALUE, SPECIAL][order.min(1)] * flush(expected).abs()
                    || flush(found[order]) == flush(expected))
                {
                    failures.push(format!(
                        "{line}\n  order {order}: {:e}, error {:.1e}",
                        found[order],
                        error / expected
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(tested, 58, "numbers tested");
}

#[test]
fn the_beta_function_agrees_with_the_general_one() {
    let arguments = [0.021, 0.09, 0.4, 1.0, 2.0, 3.3, 7.9, 8.1, 15.5, 16.5, 70.0, 1e3, 1e7, 1e15];
    for x in arguments {
        for y in arguments {
            let general = maxlik_dual::special::ln_beta(x, y, 2);
            let notes = Notes::default();
            let [a, b]: [Lane<_, Baseline>; 2] = notes.watch(Dual2::variables([x, y]));
            let f = a.ln_beta(b).inner();
            let found = [f.gradient()[0], f.gradient()[1], f.hessian(0, 0), f.hessian(0, 1), f.hessian(1, 1)];
            for (found, expected) in found.iter().zip(&general[1..]) {
                assert!(
                    (found - expected).abs() <= SPECIAL * expected.abs(),
                    "B({x}, {y}): {found:e}, not {expected:e}"
                );
            }
            // Near B = 1 the error is that of the terms.
            assert!((f.value() - general[0]).abs() <= 4e-15 * general[0].abs().max(1.0), "B({x}, {y}): {f:?}");
        }
    }
}

#[test]
fn rows_that_ask_for_it_are_noted_and_constants_are_computed() {
    let notes = Notes::default();
    let [x]: [Lane<_, Avx512>; 1] = notes.watch(Dual2::variables([0.5]));
    assert_eq!(notes.exceptional(), 0);
    assert_eq!(Lane::<Dual2<1>, Avx512>::from(0.5).erf().inner().value(), 0.5.erf());
    assert_eq!(notes.exceptional(), 0);
    assert!(x.one_by_one());
    assert_eq!(notes.exceptional(), 1);

    let notes = Notes::default();
    let [x]: [Lane<_, Avx512>; 1] = notes.watch(Dual2::variables([0.5]));
    let _ = x.digamma();
    assert_eq!(notes.exceptional(), 1);
    assert!(!0.5.one_by_one());
}

#[test]
fn an_unusual_constant_of_the_beta_function_is_noted_whichever_it_is() {
    for constant in [1e-10, 1e-120] {
        for first in [true, false] {
            let notes = Notes::default();
            let [x]: [Lane<_, Avx512>; 1] = notes.watch(Dual2::variables([3.0]));
            let constant = Lane::from(constant);
            let _ = if first { constant.ln_beta(x) } else { x.ln_beta(constant) };
            assert_eq!(notes.exceptional(), 1, "first: {first}");
        }
    }
}
