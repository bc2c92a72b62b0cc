//! `check_derivatives` finds wrong derivatives and lets right ones pass.
mod common;

use common::{functions, inner, points};
use maxlik_dual::{Dual2, Entry, Real, check_derivatives, check_derivatives_slice};

/// Asserts that the closure's derivatives count as right at the point.
fn assert_right<const P: usize>(f: impl Fn([Dual2<P>; P]) -> Dual2<P>, point: [f64; P]) {
    let check = check_derivatives(f, point);
    assert!(check.is_consistent(), "at {point:?}: {check}\n{check:?}");
}

#[test]
fn every_function_of_the_table_passes() {
    for (row, (name, [inside, _], _)) in functions::<f64>().into_iter().enumerate() {
        for point in inside.iter().flat_map(|&u| points(u)) {
            println!("{name} at {point:?}");
            assert_right(
                |[x, y]| {
                    let (u, v) = inner(x, y);
                    functions()[row].2(u, v)
                },
                point,
            );
        }
    }
}

#[test]
fn right_derivatives_pass_at_badly_scaled_points() {
    let sizes = [1e-12, 1e-8, 1e-4, 0.3, 1.0, 25.0, 1e4, 1e8, 1e12];
    for (a, b) in sizes.iter().flat_map(|&a| sizes.map(|b| (a, b))) {
        assert_right(|[x, y]| x * x * y + y, [a, b]);
        assert_right(|[x, y]| x.ln() * y.ln(), [a, b]);
        assert_right(|[x, y]| (x / y).sqrt() + x, [a, b]);
        assert_right(|[x, y]| x.ln_gamma() - y.ln_gamma(), [a, b]);
        assert_right(|[x, y]| (x / a - 0.5).exp() * (y / b).sin(), [a, b]);
        assert_right(|[x, y]| x.softplus() + (y / (x + y)).ln(), [a, b]);
        assert_right(|[x, y]| (-x * x / (a * a)).exp() + (y - x).sigmoid(), [a, b]);
        assert_right(|[x, y]| (x.sin() + 2.0).ln() + y.cos(), [-a, b]);
        // Normal density of an observation at a / 2 with mean x and standard deviation y.
        assert_right(|[x, y]| ((-x + 0.5 * a) / y).powi(2) * -0.5 - y.ln(), [a, b]);
    }
    for x in [0.0, -0.0, 1e-300, 1e-20] {
        assert_right(|[x, y]| (x * y).exp() + x * x * y, [x, 2.5]);
        assert_right(|[x, y]| x.softplus() * y, [x, 0.0]);
    }
}

#[test]
fn arguments_that_a_function_does_not_depend_on_pass() {
    assert_right(|[x, _]| x.exp(), [0.3, 1e8]);
    assert_right(|[_, _]| 2.5.into(), [0.3, 0.7]);
    assert_right(|[]| 2.5.into(), []);
}

#[test]
fn a_value_taken_out_of_a_number_is_found() {
    for scale in [1e-8, 0.3, 1.0, 1e8] {
        let check = check_derivatives(|[x, y]| x.ln() * 2.0 + (y.value() * 0.7 / scale).exp(), [1.5, scale]);
        assert!(!check.is_consistent() && check.entry == Entry::Gradient(1), "{check}");
        // The first derivative is right, the second is not.
        let check = check_derivatives(|[x, y]| x * y + (x - x.value()) * x.value() / scale, [scale, 1.5]);
        assert!(!check.is_consistent(), "{check}");
    }
}

#[test]
fn a_wrong_derivative_handed_to_chain_is_found_in_its_place() {
    let cosine = |x: f64| [x.cos(), -x.sin(), -x.cos(), x.sin()];
    for (x, y) in [(0.7, 1.9), (1e-3, 0.4), (40.0, 2.0)] {
        assert_right(|[x, y]| x.chain(cosine(x.value())) * y, [x, y]);
        let wrong_first = |x: f64| [x.cos(), x.sin(), -x.cos(), x.sin()];
        let check = check_derivatives(|[x, y]| x.chain(wrong_first(x.value())) + y * y, [x, y]);
        assert!(!check.is_consistent() && matches!(check.entry, Entry::Gradient(0) | Entry::Hessian(0, 0)), "{check}");
        let wrong_second = |x: f64| [x.cos(), -x.sin(), x.cos(), x.sin()];
        let check = check_derivatives(|[y, x]| x.chain(wrong_second(x.value())) + y * y, [y, x]);
        assert!(!check.is_consistent() && check.entry == Entry::Hessian(1, 1), "{check}");
        let slightly = |x: f64| [x.cos(), -x.sin() * 1.00001, -x.cos(), x.sin()];
        let check = check_derivatives(|[x, y]| x.chain(slightly(x.value())) + y * y, [x, y]);
        assert!(!check.is_consistent(), "{check}");
    }
}

#[test]
fn a_branch_at_the_point_is_found() {
    let check = check_derivatives(|[x, y]| if x > 0.3 { x * 2.0 } else { x * 3.0 - 0.3 } + y, [0.3, 1.0]);
    assert!(!check.is_consistent() && check.entry == Entry::Gradient(0), "{check}");
    assert!(!check_derivatives(|[x]| x.abs(), [0.0]).is_consistent());
}

#[test]
fn what_is_not_finite_is_named() {
    let check = check_derivatives(|[x, y]| x.ln() + y, [-1.5, 2.0]);
    assert_eq!(check.to_string(), "value is NaN, expected a finite number; try a point inside the domain");
    assert!(!check.is_consistent());
    let check = check_derivatives(|[x, y]| x + y.sqrt(), [1.5, 0.0]);
    assert_eq!(check.to_string(), "gradient[1] is inf, expected a finite number; try a point inside the domain");
    let check = check_derivatives(|[x, y]| x + y.powf(1.5), [1.5, 0.0]);
    assert_eq!(check.to_string(), "hessian[1][1] is inf, expected a finite number; try a point inside the domain");
    let check = check_derivatives(|[x, y]| x + y.powf(2.5), [1.5, 0.0]);
    let expected = "gradient[1] is 0.0, but the values beside the point are not finite; try a point inside the domain";
    assert_eq!(check.to_string(), expected);
    assert!(!check.is_consistent());
}

#[test]
fn the_report_says_what_to_look_for() {
    let check = check_derivatives(|[x, y]| x * x * y.value(), [1.5, 2.0]);
    assert_eq!((check.exact, check.error), (0.0, 1.0));
    let text = check.to_string();
    assert!(text.starts_with("gradient[1] is 0.0, the finite difference 2."), "{text}");
    assert!(text.ends_with(
        "\nlook for: a value taken out by .value(), a wrong derivative handed to chain, a branch at this point"
    ));
    let text = check_derivatives(|[x, y]| x * x * y, [1.5, 2.0]).to_string();
    assert!(text.starts_with("derivatives agree with finite differences; worst "), "{text}");
}

#[test]
fn slices_are_checked_like_arrays() {
    let point = [0.3, 1.7, 0.9, 2.5, 0.6, -0.8];
    let check = check_derivatives_slice(|x| (x[0] * x[5]).exp() * x[1] + (x[2] * x[2] + x[4]).ln() / x[3], &point);
    assert!(check.is_consistent(), "{check}");
    let check = check_derivatives_slice(|x| (x[0] * x[5].value()).exp() * x[1] + x[4].ln() / x[3], &point);
    assert!(!check.is_consistent() && check.entry == Entry::Gradient(5), "{check}");
}

#[test]
fn a_kink_beside_the_point_does_no_harm() {
    for x in [0.9, 0.99, 0.9999, 1.0001, 1.5, 3.0] {
        assert_right(|[x, y]| x.max(1.0) * y + y.exp(), [x, 0.4]);
        assert_right(|[x, y]| (x - 1.0).abs() * x * y, [x, 0.4]);
    }
}

#[test]
fn a_difference_that_can_tell_nothing_is_no_agreement() {
    let check = check_derivatives(|[x]| if x.value() > 1.0 { x } else { x * 2.0 }, [1.0]);
    assert!(!check.is_consistent());
    assert!(check.to_string().contains("cannot tell"), "{check}");
}
