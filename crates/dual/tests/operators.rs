//! Every operator on `Dual` and `Dual2` against derivatives worked out by hand.
use approx::assert_relative_eq;
use maxlik_dual::{Dual, Dual2, Real};

const X: f64 = 1.5;
const Y: f64 = 2.5;
const C: f64 = -0.7;

/// Evaluates a formula in `a = x^2 y` and `b = x y^2` on both types and compares the value, the gradient and the second
/// derivatives `[xx, xy, yy]`.
macro_rules! check {
    (|$a:pat_param, $b:pat_param| $f:expr, $value:expr, $gradient:expr, $hessian:expr) => {{
        let (value, gradient, hessian): (f64, [f64; 2], [f64; 3]) = ($value, $gradient, $hessian);
        let [x, y] = Dual::variables([X, Y]);
        let ($a, $b) = (x * x * y, x * y * y);
        let first: Dual<2> = $f;
        let [x, y] = Dual2::variables([X, Y]);
        let ($a, $b) = (x * x * y, x * y * y);
        let second: Dual2<2> = $f;
        assert_relative_eq!(first.value(), value, max_relative = 1e-14);
        assert_relative_eq!(second.value(), value, max_relative = 1e-14);
        for i in 0..2 {
            assert_relative_eq!(first.gradient()[i], gradient[i], max_relative = 1e-14);
            assert_relative_eq!(second.gradient()[i], gradient[i], max_relative = 1e-14);
        }
        let [xx, xy, yy] = hessian;
        assert_relative_eq!(second.hessian(0, 0), xx, max_relative = 1e-14, epsilon = 1e-15);
        assert_relative_eq!(second.hessian(0, 1), xy, max_relative = 1e-14);
        assert_relative_eq!(second.hessian(1, 0), xy, max_relative = 1e-14);
        assert_relative_eq!(second.hessian(1, 1), yy, max_relative = 1e-14, epsilon = 1e-15);
    }};
}

/// Applies `$op` with its assigning form `$assign`.
macro_rules! check_both {
    ($op:tt, $assign:tt, |$a:ident, $b:pat_param| $other:expr, $value:expr, $gradient:expr, $hessian:expr) => {{
        check!(|$a, $b| $a $op $other, $value, $gradient, $hessian);
        check!(|$a, $b| { let mut result = $a; result $assign $other; result }, $value, $gradient, $hessian);
    }};
}

#[test]
fn sums_and_differences_of_two_numbers() {
    let value = X * X * Y + X * Y * Y;
    let gradient = [2.0 * X * Y + Y * Y, X * X + 2.0 * X * Y];
    check_both!(+, +=, |a, b| b, value, gradient, [2.0 * Y, 2.0 * X + 2.0 * Y, 2.0 * X]);
    let value = X * X * Y - X * Y * Y;
    let gradient = [2.0 * X * Y - Y * Y, X * X - 2.0 * X * Y];
    check_both!(-, -=, |a, b| b, value, gradient, [2.0 * Y, 2.0 * X - 2.0 * Y, -2.0 * X]);
}

#[test]
fn products_and_quotients_of_two_numbers() {
    // a b = x^3 y^3, a / b = x / y
    let gradient = [3.0 * X.powi(2) * Y.powi(3), 3.0 * X.powi(3) * Y.powi(2)];
    let hessian = [6.0 * X * Y.powi(3), 9.0 * X.powi(2) * Y.powi(2), 6.0 * X.powi(3) * Y];
    check_both!(*, *=, |a, b| b, (X * Y).powi(3), gradient, hessian);
    check_both!(/, /=, |a, b| b, X / Y, [1.0 / Y, -X / Y.powi(2)], [0.0, -1.0 / Y.powi(2), 2.0 * X / Y.powi(3)]);
}

#[test]
fn a_plain_number_on_the_right_and_the_sign() {
    let (value, gradient, hessian) = (X * X * Y, [2.0 * X * Y, X * X], [2.0 * Y, 2.0 * X, 0.0]);
    check!(|a, _| -a, -value, gradient.map(|g| -g), hessian.map(|h| -h));
    check_both!(+, +=, |a, _| C, value + C, gradient, hessian);
    check_both!(-, -=, |a, _| C, value - C, gradient, hessian);
    check_both!(*, *=, |a, _| C, value * C, gradient.map(|g| g * C), hessian.map(|h| h * C));
    check_both!(/, /=, |a, _| C, value / C, gradient.map(|g| g / C), hessian.map(|h| h / C));
    let c = &C; // rows of plain numbers arrive as references
    check!(|a, _| a + c, value + C, gradient, hessian);
    check!(|a, _| a - c, value - C, gradient, hessian);
    check!(|a, _| a * c, value * C, gradient.map(|g| g * C), hessian.map(|h| h * C));
    check!(|a, _| a / c, value / C, gradient.map(|g| g / C), hessian.map(|h| h / C));
}

#[test]
fn a_plain_number_on_the_left() {
    /// With a plain number and with a reference to one.
    macro_rules! check_left {
        ($op:tt, $value:expr, $gradient:expr, $hessian:expr) => {
            check!(|a, _| C $op a, $value, $gradient, $hessian);
            let c = &C;
            check!(|a, _| c $op a, $value, $gradient, $hessian);
        };
    }
    let (value, gradient, hessian) = (X * X * Y, [2.0 * X * Y, X * X], [2.0 * Y, 2.0 * X, 0.0]);
    check_left!(+, C + value, gradient, hessian);
    check_left!(-, C - value, gradient.map(|g| -g), hessian.map(|h| -h));
    check_left!(*, C * value, gradient.map(|g| C * g), hessian.map(|h| C * h));
    // c / a = c x^-2 y^-1
    let q = C / value;
    check_left!(/, q, [-2.0 * q / X, -q / Y], [6.0 * q / X.powi(2), 2.0 * q / (X * Y), 2.0 * q / Y.powi(2)]);
}

#[test]
fn iterators_over_values_and_over_references_are_summed() {
    // 2 a + b
    let value = 2.0 * X * X * Y + X * Y * Y;
    let gradient = [4.0 * X * Y + Y * Y, 2.0 * X * X + 2.0 * X * Y];
    let hessian = [4.0 * Y, 4.0 * X + 2.0 * Y, 2.0 * X];
    check!(|a, b| [a, b, a].into_iter().sum(), value, gradient, hessian);
    check!(|a, b| [a, b, a].iter().sum(), value, gradient, hessian);
    assert_eq!(std::iter::empty::<Dual2<2>>().sum::<Dual2<2>>(), 0.0);
}

#[test]
fn comparisons_look_at_the_value_only() {
    macro_rules! compare {
        ($type:ident) => {
            let (a, b, c) = ($type::<2>::variable(2.5, 0), $type::variable(2.5, 1), $type::constant(3.5));
            assert!(a == b && a != c && a < c && c > b && a <= b && a >= b);
            assert!(a == 2.5 && a != 3.5 && a < 3.0 && a > 2.0 && a <= 2.5 && a >= 2.5);
            assert!(2.5 == a && 3.5 != a && 3.0 > a && 2.0 < a && 2.5 >= a && 2.5 <= a);
            let nan = $type::<2>::constant(f64::NAN);
            assert!(nan != nan.clone() && nan.partial_cmp(&a).is_none() && nan.partial_cmp(&1.5).is_none());
            assert!(1.5.partial_cmp(&nan).is_none());
        };
    }
    compare!(Dual);
    compare!(Dual2);
}

/// Up to two directions products with known zeros are left out; with a third, idle direction none is.
#[test]
fn what_is_known_to_vanish_changes_no_derivative() {
    fn kinds<const P: usize>() -> [Dual2<P>; 7] {
        let (x, y) = (Dual2::variable(1.3, 0), Dual2::variable(0.4, 1));
        [Dual2::constant(2.5), x, y, x + y, x * 1.5, x.sqrt(), y.exp() * x]
    }
    let fields =
        |f: &dyn Fn(usize, usize) -> f64, gradient: &[f64]| [gradient[0], gradient[1], f(0, 0), f(1, 0), f(1, 1)];
    macro_rules! same {
        ($name:literal, |$a:ident, $b:ident| $f:expr) => {
            for i in 0..7 {
                for j in 0..7 {
                    let known = {
                        let ($a, $b) = (kinds::<2>()[i], kinds::<2>()[j]);
                        $f
                    };
                    let open = {
                        let ($a, $b) = (kinds::<3>()[i], kinds::<3>()[j]);
                        $f
                    };
                    assert_eq!(
                        fields(&|k, l| known.hessian(k, l), &known.gradient()),
                        fields(&|k, l| open.hessian(k, l), &open.gradient()),
                        "{} of {i} and {j}",
                        $name
                    );
                }
            }
        };
    }
    same!("sum", |a, b| a + b);
    same!("difference", |a, b| a - b);
    same!("product", |a, b| a * b);
    same!("quotient", |a, b| a / b);
    same!("product of products", |a, b| (a * b) * (b * a));
    same!("exponential", |a, b| (a * b + a).exp());
    same!("logarithm", |a, b| (a * b + a).ln());
    same!("square root", |a, b| (a * b + a).sqrt());
    same!("scaled", |a, b| 2.0 * (a / b) / 3.0 + 1.0 / a);
}
