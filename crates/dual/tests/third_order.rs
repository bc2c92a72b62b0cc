//! `Dual3` and nested dual numbers against num-dual and against each other.
mod common;

use approx::assert_relative_eq;
use common::functions;
use maxlik_dual::{Dual, Dual2, Dual3, Real};
use num_dual::HyperHyperDual64;

const INF: f64 = f64::INFINITY;

/// The numbers that the functions are applied to: their gradients are not parallel, their Hessians and third derivatives
/// not zero.
fn inner<T: Real>([x, y]: [T; 2]) -> (T, T) {
    (x * y + y * 0.3, x * x * (y + 0.5) * 0.4 + y)
}

/// Calls `check(name, row, [x, y])` for every row of the table of functions at two points for each of its arguments.
fn for_each(mut check: impl FnMut(&str, usize, [f64; 2])) {
    for (row, (name, [inside, _], _)) in functions::<f64>().into_iter().enumerate() {
        for (u, y) in inside.iter().flat_map(|&u| [(u, 0.7), (u, 1.9)]) {
            println!("{name} at {:?}", [u / y - 0.3, y]);
            check(name, row, [u / y - 0.3, y]);
        }
    }
}

fn at<T: Real>(row: usize, point: [T; 2]) -> T {
    let (u, v) = inner(point);
    functions()[row].2(u, v)
}

/// The third derivative `[i][j][k]` from num-dual, with its neighbours of lower order.
fn theirs(point: [f64; 2], [i, j, k]: [usize; 3], f: impl Fn([HyperHyperDual64; 2]) -> HyperHyperDual64) -> [f64; 3] {
    let seed = |direction| f64::from(u8::from(direction));
    let found =
        f([0, 1]
            .map(|d| HyperHyperDual64::new(point[d], seed(d == i), seed(d == j), seed(d == k), 0.0, 0.0, 0.0, 0.0)));
    [found.eps1, found.eps1eps2, found.eps1eps2eps3]
}

const ENTRIES: [[usize; 3]; 4] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]];

fn assert_entries(found: Dual3<2>, point: [f64; 2], f: impl Fn([HyperHyperDual64; 2]) -> HyperHyperDual64) {
    for [i, j, k] in ENTRIES {
        let [first, second, third] = theirs(point, [i, j, k], &f);
        assert_relative_eq!(found.gradient()[i], first, max_relative = 1e-13, epsilon = 1e-14);
        assert_relative_eq!(found.hessian(i, j), second, max_relative = 1e-13, epsilon = 1e-13);
        assert_relative_eq!(found.hessian(j, i), second, max_relative = 1e-13, epsilon = 1e-13);
        for [i, j, k] in [[i, j, k], [i, k, j], [j, i, k], [j, k, i], [k, i, j], [k, j, i]] {
            // Sums of up to five terms, some of them large: relative to those.
            let scale = third.abs().max(second.abs()).max(1.0);
            assert_relative_eq!(found.third(i, j, k) / scale, third / scale, max_relative = 1e-12, epsilon = 1e-12);
        }
    }
}

#[test]
fn every_function_has_the_third_derivatives_of_num_dual() {
    for_each(|_, row, point| assert_entries(at(row, Dual3::variables(point)), point, |z| at(row, z)));
}

#[test]
fn every_operator_has_the_third_derivatives_of_num_dual() {
    let point = [1.3, 0.7];
    macro_rules! check {
        ($(|$a:ident, $b:pat_param| $f:expr;)*) => {$({
            let ($a, $b) = inner(Dual3::variables(point));
            assert_entries($f, point, |z| { let ($a, $b) = inner(z); $f });
        })*};
    }
    check! {
        |a, b| a + b;
        |a, b| a - b;
        |a, b| a * b;
        |a, b| a / b;
        |a, b| (a * b) * (b * a);
        |a, _| -a;
        |a, _| a + 2.5;
        |a, _| a - 2.5;
        |a, _| a * 2.5;
        |a, _| a / 2.5;
    }
    let [x, y] = Dual3::variables(point);
    assert_entries(x + y, point, |[x, y]| x + y);
    assert_entries(x * y, point, |[x, y]| x * y);
    assert_entries(x * y * x, point, |[x, y]| x * y * x);
    assert_entries((x + y * 2.0).exp(), point, |[x, y]| Real::exp(x + y * 2.0));
    assert_entries((x * y).exp(), point, |[x, y]| Real::exp(x * y));
    assert_entries((x + y).ln() / x, point, |[x, y]| Real::ln(x + y) / x);
    assert_entries(2.5 / (x * y), point, |[x, y]| Real::recip(x * y) * 2.5);
    assert_entries(2.5 - x * y, point, |[x, y]| -(x * y) + 2.5);
}

#[test]
fn dual3_starts_with_the_parts_of_dual2() {
    for_each(|_, row, point| {
        let (second, third) = (at(row, Dual2::variables(point)), at(row, Dual3::variables(point)));
        assert_eq!(second.value().to_bits(), third.value().to_bits());
        for (i, j) in [(0, 0), (1, 0), (1, 1)] {
            assert_relative_eq!(second.gradient()[i], third.gradient()[i], max_relative = 1e-14);
            assert_relative_eq!(second.hessian(i, j), third.hessian(i, j), max_relative = 1e-13, epsilon = 1e-13);
        }
    });
}

#[test]
fn a_dual_of_duals_has_the_hessian_of_dual2() {
    for_each(|_, row, point| {
        let second = at(row, Dual2::variables(point));
        let nested: Dual<2, Dual<2>> = at(row, Dual::variables(Dual::variables(point)));
        assert_eq!(nested.value().to_bits(), second.value().to_bits());
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert_relative_eq!(nested.inner().gradient()[i], second.gradient()[i], max_relative = 1e-14);
            assert_relative_eq!(nested.gradient()[i].value(), second.gradient()[i], max_relative = 1e-14);
            let found = nested.gradient()[i].gradient()[j];
            assert_relative_eq!(found, second.hessian(i, j), max_relative = 1e-13, epsilon = 1e-13);
        }
    });
}

#[test]
fn nests_of_order_three_have_the_third_derivatives_of_dual3() {
    for_each(|_, row, point| {
        let third = at(row, Dual3::variables(point));
        let two: Dual<2, Dual2<2>> = at(row, Dual::variables(Dual2::variables(point)));
        let three: Dual<2, Dual<2, Dual<2>>> = at(row, Dual::variables(Dual::variables(Dual::variables(point))));
        for [i, j, k] in ENTRIES {
            let scale = third.third(i, j, k).abs().max(third.hessian(i, j).abs()).max(1.0);
            let expected = third.third(i, j, k) / scale;
            assert_relative_eq!(
                two.gradient()[k].hessian(i, j) / scale,
                expected,
                epsilon = 1e-12,
                max_relative = 1e-12
            );
            let found = three.gradient()[k].gradient()[j].gradient()[i];
            assert_relative_eq!(found / scale, expected, epsilon = 1e-12, max_relative = 1e-12);
        }
    });
}

#[test]
fn no_function_gives_a_constant_a_derivative() {
    fn check<T: Real>() {
        let constants = [0.0, -0.0, 5e-324, 1.0, f64::MAX, INF, -INF, -1.0, 0.5, f64::NAN];
        for (name, _, f) in functions::<T>() {
            for (c, d) in constants.iter().flat_map(|&c| constants.map(|d| (c, d))) {
                assert!(f(T::from(c), T::from(d)).is_constant(), "{name} of {c:e} and {d:e}");
            }
        }
    }
    check::<Dual3<2>>();
    check::<Dual<2, Dual<3>>>();
    check::<Dual<3, Dual2<3>>>();
    check::<Dual<1, Dual<1, Dual<1>>>>();
}

#[test]
fn a_direction_without_variation_stays_zero_where_the_slope_is_infinite() {
    let root = Dual3::<2>::variable(0.0, 1).sqrt();
    assert_eq!((root.gradient(), root.hessian(1, 1), root.third(1, 1, 1)), ([0.0, INF], -INF, INF));
    assert_eq!([root.hessian(1, 0), root.third(0, 0, 1), root.third(0, 1, 1)], [0.0; 3]);

    let root = Dual::<3, Dual2<3>>::variable(Dual2::variable(0.0, 1), 1).sqrt();
    for (i, j, k) in (0..27).map(|n| (n / 9, n / 3 % 3, n % 3)) {
        let expected = if (i, j, k) == (1, 1, 1) { INF } else { 0.0 };
        assert_eq!(root.gradient()[k].hessian(i, j), expected, "{i} {j} {k}");
        let expected = if (i, k) == (1, 1) { -INF } else { 0.0 };
        assert_eq!(root.gradient()[k].gradient()[i], expected, "{i} {k}");
    }

    let root = Dual::<3, Dual<3>>::variable(Dual::variable(0.0, 1), 1).sqrt();
    assert_eq!(root.gradient().map(Dual::gradient), [[0.0; 3], [0.0, -INF, 0.0], [0.0; 3]]);
}

#[test]
fn a_third_order_number_is_finite_if_all_its_parts_are() {
    let [x, y] = Dual3::variables([0.3, 0.0]);
    assert!((x * y).exp().is_finite());
    assert!(!(x + y.powf(2.5)).is_finite(), "the third derivative of y^2.5 at 0 is infinite");
    assert!((x + y.powf(3.5)).is_finite());
    assert!(!(x * f64::NAN).is_finite());
}
