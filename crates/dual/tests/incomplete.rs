//! The incomplete gamma and beta functions: against mpmath (`reference/make_incomplete.py` made `reference/incomplete.csv`),
//! by identities, at the edges and over the whole range of magnitudes.
#[path = "common/random.rs"]
mod random;

use approx::assert_relative_eq;
use maxlik_dual::special::{ln_beta_inc_with, ln_gamma_p, ln_gamma_q};
use maxlik_dual::{Dual2, Real};
use num_dual::Dual3_64;
use random::Random;

const TABLE: &str = include_str!("reference/incomplete.csv");

/// Errors allowed, relative: 4 ulp in the value and 1e-12 in the derivatives.
const VALUE: f64 = 4.0 * f64::EPSILON;
const DERIVATIVE: f64 = 1e-12;

fn evaluate<T: Real>(name: &str, z: &[T]) -> T {
    match name {
        "ln_gamma_p" => z[0].ln_gamma_p(z[1]),
        "ln_gamma_q" => z[0].ln_gamma_q(z[1]),
        "ln_beta_inc" => z[0].ln_beta_inc(z[1], z[2]),
        "ln_beta_inc_complement" => z[0].ln_beta_inc_complement(z[1], z[2]),
        other => panic!("no function {other}"),
    }
}

/// Of a function and its complement the smaller is computed, its logarithm to [`VALUE`]; for the larger one, whose logarithm
/// is near 0, the absolute error of that logarithm becomes a relative one.
fn value_allowed(expected: f64) -> f64 {
    VALUE * (-expected.exp_m1()).ln().abs().max(1.0)
}

#[test]
fn values_and_three_derivatives_agree_with_mpmath() {
    let mut failures = Vec::new();
    let (mut rows, mut worst) = (0, [0.0_f64; 4]);
    for line in TABLE.lines().skip(1) {
        rows += 1;
        let fields: Vec<&str> = line.split(',').collect();
        let wrt: usize = fields[2].parse().unwrap();
        let arguments: Vec<Dual3_64> = (fields[1].split(';').enumerate())
            .map(|(i, a)| Dual3_64::new(a.parse().unwrap(), if i == wrt { 1.0 } else { 0.0 }, 0.0, 0.0))
            .collect();
        let f = evaluate(fields[0], &arguments);
        for (order, found) in [f.re, f.v1, f.v2, f.v3].into_iter().enumerate() {
            let expected: f64 = fields[3 + order].parse().unwrap();
            let allowed = if order == 0 { value_allowed(expected) } else { DERIVATIVE };
            let error = if found == expected {
                0.0
            } else if expected.abs() < 1e-60 {
                // Vanishing, up to the reference's own errors.
                (found - expected).abs()
            } else {
                ((found - expected) / expected).abs()
            };
            worst[order] = worst[order].max(error / allowed);
            if error.is_nan() || error > allowed {
                failures.push(format!(
                    "{} {} by {wrt}, order {order}: {found:e}, expected {expected:e}, relative error {error:.1e}",
                    fields[0], fields[1]
                ));
            }
        }
    }
    println!("largest errors as multiples of those allowed {worst:?}");
    assert_eq!(rows, 256, "rows of the table that were tested");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Value, gradient and Hessian.
fn fields(f: Dual2<2>) -> [f64; 6] {
    let [f0, f1] = f.gradient();
    [f.value(), f0, f1, f.hessian(0, 0), f.hessian(0, 1), f.hessian(1, 1)]
}

/// Compares field by field the numbers that have been made of the exponentials of `logs`. The unit of the error: what the terms
/// of `(e^l)' = e^l l'` and `(e^l)'' = e^l (l'' + l' l')` amount to, which may cancel.
fn assert_same(found: Dual2<2>, expected: Dual2<2>, logs: &[Dual2<2>]) {
    let mut sizes = [1e-290; 6];
    for &l in logs {
        let [value, l0, l1, l00, l01, l11] = fields(l).map(f64::abs);
        let terms = [1.0, l0, l1, l00 + l0 * l0, l01 + l0 * l1, l11 + l1 * l1];
        // The logarithm's own error
        let unit = (-value).exp() * (1.0 + 0.01 * value);
        for (size, term) in sizes.iter_mut().zip(terms) {
            *size += unit * term;
        }
    }
    for (i, (f, e)) in fields(found).into_iter().zip(fields(expected)).enumerate() {
        assert!((f - e).abs() <= 1e-13 * sizes[i], "field {i} of {found:?} and {expected:?}, logarithms {logs:?}");
    }
}

#[test]
fn lower_and_upper_gamma_add_up_to_one() {
    let mut random = Random(1);
    for _ in 0..1000 {
        let a = random.magnitude(-6.0, 6.0);
        let x = a.max(0.1) * random.magnitude(-0.5, 0.5);
        let [a, x] = Dual2::variables([a, x]);
        let (p, q) = (a.ln_gamma_p(x), a.ln_gamma_q(x));
        assert_same(p.exp() + q.exp(), Dual2::from(1.0), &[p, q]);
    }
}

#[test]
fn lower_gamma_follows_the_recurrence_in_a() {
    let mut random = Random(2);
    for _ in 0..1000 {
        let a = random.magnitude(-1.5, 1.5);
        let x = a.max(0.5) * random.magnitude(-0.7, 0.7);
        let [a, x] = Dual2::variables([a, x]);
        let (p, step) = (a.ln_gamma_p(x), a * x.ln() - x - (a + 1.0).ln_gamma());
        assert_same((a + 1.0).ln_gamma_p(x).exp(), p.exp() - step.exp(), &[p, step]);
    }
}

#[test]
fn the_slope_in_x_is_the_density() {
    let mut random = Random(3);
    for _ in 0..1000 {
        let (a, b) = (random.magnitude(-1.5, 1.5), random.magnitude(-1.5, 1.5));
        let x = a * random.magnitude(-0.7, 0.7);
        let [dx] = Dual2::variables([x]);
        let q = Dual2::<1>::from(a).ln_gamma_q(dx);
        let density = (a - 1.0) * x.ln() - x - Real::ln_gamma(a) - q.value();
        assert_relative_eq!(q.gradient()[0], -density.exp(), max_relative = 2e-13);

        let x = random.between(0.01, 0.99);
        let [dx] = Dual2::variables([x]);
        let i = dx.ln_beta_inc(a, b);
        let ln_beta = Real::ln_gamma(a) + Real::ln_gamma(b) - Real::ln_gamma(a + b);
        let density = (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta - i.value();
        assert_relative_eq!(i.gradient()[0], density.exp(), max_relative = 2e-13);
    }
}

#[test]
fn the_beta_functions_of_both_sides_add_up_to_one() {
    let mut random = Random(4);
    for _ in 0..1000 {
        let (a, b) = (random.magnitude(-5.0, 5.0), random.magnitude(-5.0, 5.0));
        let x = random.between(0.02, 0.98);
        let [da, dx] = Dual2::variables([a, x]);
        let (i, j) = (dx.ln_beta_inc(da, b), dx.ln_beta_inc_complement(da, b));
        assert_same(i.exp() + j.exp(), Dual2::from(1.0), &[i, j]);
    }
}

#[test]
fn the_beta_function_follows_the_recurrence_in_a() {
    // DLMF 8.17.20: I_x(a + 1, b) = I_x(a, b) - x^a (1 - x)^b / (a B(a, b))
    let mut random = Random(5);
    for _ in 0..1000 {
        let (a, b) = (random.magnitude(-1.5, 1.5), random.magnitude(-1.5, 1.5));
        let [da, x] = Dual2::variables([a, random.between(0.02, 0.98)]);
        let ln_a_beta = (da + 1.0).ln_gamma() + Real::ln_gamma(b) - (da + b).ln_gamma();
        let step = da * x.ln() + (-x).ln_1p() * b - ln_a_beta;
        let i = x.ln_beta_inc(da, b);
        assert_same(x.ln_beta_inc(da + 1.0, b).exp(), i.exp() - step.exp(), &[i, step]);
    }
}

#[test]
fn constants_have_no_derivatives_whatever_their_magnitude() {
    let shapes = [5e-324, 1e-300, 0.5, 2.5, 1e300, f64::MAX, f64::INFINITY];
    for (a, b) in shapes.iter().flat_map(|&a| shapes.map(|b| (a, b))) {
        for x in [0.0, -0.0, 5e-324, 0.5, 1.0, f64::NAN] {
            let [dx, da, db] = [x, a, b].map(Dual2::<3>::constant);
            for f in [da.ln_gamma_p(db), da.ln_gamma_q(dx), dx.ln_beta_inc(da, db), dx.ln_beta_inc_complement(da, db)] {
                assert!(f.is_constant(), "{x} {a} {b}: {f:?}");
            }
        }
    }
}

/// Calls `check` at 10000 points whose arguments range over `10^-range..10^range`, with the value, gradient and Hessian of all
/// functions there.
fn over_magnitudes(range: f64, check: impl Fn(&str, [f64; 4], [f64; 6])) {
    let mut random = Random(6);
    for _ in 0..10_000 {
        let a = random.magnitude(-range, range);
        // Half of the points where neither function is trivial.
        let x =
            if random.between(0.0, 1.0) < 0.5 { random.magnitude(-range, range) } else { a * random.between(0.5, 1.5) };
        let [da, dx] = Dual2::variables([a, x]);
        check("P", [a, x, 0.0, 0.0], fields(ln_gamma_p(da, dx)));
        check("Q", [a, x, 0.0, 0.0], fields(ln_gamma_q(da, dx)));

        let b = random.magnitude(-range, range);
        let (x, y) = match random.between(0.0, 3.0) {
            u if u < 1.0 => (random.magnitude(-range, 0.0), None),
            u if u < 2.0 => (1.0, Some(random.magnitude(-range, -17.0))),
            _ => (a / (a + b), Some(b / (a + b))),
        };
        for varies_b in [false, true] {
            let [dx, shape] = Dual2::variables([x, if varies_b { b } else { a }]);
            let (da, db) = if varies_b { (Dual2::from(a), shape) } else { (shape, Dual2::from(b)) };
            let dy = y.map_or(-dx + 1.0, |y| (-dx + 1.0).with_value(y));
            let arguments = [x, dy.value(), a, b];
            check("I", arguments, fields(ln_beta_inc_with(dx, dy, da, db)));
            check("1 - I", arguments, fields(ln_beta_inc_with(dy, dx, db, da)));
        }
    }
}

#[test]
fn no_magnitude_of_arguments_gives_nan() {
    over_magnitudes(300.0, |name, arguments, f| {
        assert!(f[0] <= 0.0 && !f[1].is_nan() && !f[2].is_nan(), "{name} {arguments:?}: {f:?}");
    });
}

#[test]
fn while_squares_of_slopes_are_numbers_second_derivatives_are_too() {
    over_magnitudes(75.0, |name, arguments, f| {
        assert!(f[0] <= 0.0 && f.iter().all(|d| !d.is_nan()), "{name} {arguments:?}: {f:?}");
    });
}

/// Value and three derivatives of a function of one number.
fn derivatives(x: f64, f: impl Fn(Dual3_64) -> Dual3_64) -> [f64; 4] {
    let f = f(Dual3_64::new(x, 1.0, 0.0, 0.0));
    [f.re, f.v1, f.v2, f.v3]
}

#[test]
fn at_the_edges_of_gamma_everything_is_its_limit() {
    let infinite = f64::INFINITY;
    for a in [0.5, 1.0, 2.0, 2.5, 30.0] {
        assert_eq!(ln_gamma_p(a, 0.0), -infinite);
        assert_eq!(ln_gamma_q(a, 0.0), 0.0);
        assert_eq!(ln_gamma_p(a, infinite), 0.0);
        assert_eq!(ln_gamma_q(a, infinite), -infinite);
        let x = |x| derivatives(x, |x| Dual3_64::from(a).ln_gamma_q(x));
        assert_eq!(x(infinite), [-infinite, -1.0, 0.0, 0.0]);
        assert_eq!(derivatives(a, |a| a.ln_gamma_q(0.0)), [0.0; 4]);
        assert_eq!(derivatives(a, |a| a.ln_gamma_p(infinite)), [0.0; 4]);
        assert_eq!(derivatives(a, |a| a.ln_gamma_p(0.0))[..2], [-infinite, -infinite]);
        assert_eq!(derivatives(a, |a| a.ln_gamma_q(infinite))[..2], [-infinite, infinite]);
    }
    let at_zero = |a: f64| derivatives(0.0, |x| Dual3_64::from(a).ln_gamma_q(x));
    // Q = e^-x, e^-x (1 + x), e^-x (1 + x + x^2 / 2)
    assert_eq!(at_zero(1.0), [0.0, -1.0, 0.0, 0.0]);
    assert_eq!(at_zero(2.0), [0.0, 0.0, -1.0, 2.0]);
    assert_eq!(at_zero(3.0), [0.0, 0.0, 0.0, -1.0]);
    assert_eq!(at_zero(0.5), [0.0, -infinite, infinite, -infinite]);
    assert_eq!(at_zero(1.5), [0.0, 0.0, -infinite, infinite]);
    assert_eq!(at_zero(2.5), [0.0, 0.0, 0.0, -infinite]);
    for (a, x) in [(-1.0, 2.0), (0.0, 2.0), (1.5, -0.1), (f64::NAN, 1.0), (1.0, f64::NAN)] {
        assert!(ln_gamma_p(a, x).is_nan() && ln_gamma_q(a, x).is_nan(), "{a} {x}");
    }
}

#[test]
fn at_the_edges_of_beta_everything_is_its_limit() {
    let infinite = f64::INFINITY;
    let constant = Dual3_64::from;
    for (a, b) in [(0.5, 0.7), (1.0, 2.5), (3.5, 1.0), (2.0, 2.0), (30.0, 0.1)] {
        assert_eq!(0.0.ln_beta_inc(a, b), -infinite);
        assert_eq!(0.0.ln_beta_inc_complement(a, b), 0.0);
        assert_eq!(1.0.ln_beta_inc(a, b), 0.0);
        assert_eq!(1.0.ln_beta_inc_complement(a, b), -infinite);
        assert_eq!(derivatives(a, |a| constant(1.0).ln_beta_inc(a, b)), [0.0; 4]);
        assert_eq!(derivatives(b, |b| constant(0.0).ln_beta_inc_complement(a, b)), [0.0; 4]);
        assert_eq!(derivatives(a, |a| constant(0.0).ln_beta_inc(a, b))[..2], [-infinite, -infinite]);
        // I ~ x^a / (a B(a, b)): psi(a + b) - psi(b)
        let slope = derivatives(b, |b| constant(0.0).ln_beta_inc(a, b))[1];
        let psi = |z: f64| derivatives(z, Real::ln_gamma)[1];
        assert_relative_eq!(slope, psi(a + b) - psi(b), max_relative = 1e-13);
    }
    let at_zero = |a: f64, b: f64| derivatives(0.0, |x| x.ln_beta_inc_complement(a, b));
    // 1 - I = (1 - x)^b at a = 1, (1 - x)^b (1 + b x) at a = 2
    assert_eq!(at_zero(1.0, 2.5), [0.0, -2.5, -2.5, -5.0]);
    assert_eq!(at_zero(2.0, 2.5), [0.0, 0.0, -8.75, -5.0 + 2.0 * 15.625]);
    assert_eq!(at_zero(3.0, 2.5), [0.0, 0.0, 0.0, -2.5 * 3.5 * 4.5]);
    assert_eq!(at_zero(0.5, 2.5), [0.0, -infinite, infinite, -infinite]);
    for (x, a, b) in [(-0.1, 1.0, 2.0), (1.1, 1.0, 2.0), (0.3, 0.0, 1.0), (0.3, 1.0, -1.0), (f64::NAN, 1.0, 1.0)] {
        assert!(x.ln_beta_inc(a, b).is_nan() && x.ln_beta_inc_complement(a, b).is_nan(), "{x} {a} {b}");
    }
}
