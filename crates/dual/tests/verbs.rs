//! `gradient`, `hessian`, `jacobian` and `third_derivatives`, for arrays and for slices, against closed forms.
use std::cell::Cell;

use approx::assert_relative_eq;
use maxlik_dual::{
    CHUNK, LengthChanged, Real, gradient, gradient_slice, hessian, hessian_slice, jacobian, jacobian_slice,
    third_derivatives, third_derivatives_slice,
};

/// `(a - x)^2 + b (y - x^2)^2` with `a = 1.3`, `b = 80`.
fn rosenbrock<T: Real>(x: T, y: T) -> T {
    (-x + 1.3).powi(2) + (y - x * x).powi(2) * 80.0
}

#[test]
fn rosenbrock_has_its_textbook_derivatives() {
    let [x, y]: [f64; 2] = [-0.7, 1.9];
    let (value, slope, curvature) = hessian(|[x, y]| rosenbrock(x, y), [x, y]);
    assert_relative_eq!(value, (1.3 - x).powi(2) + 80.0 * (y - x * x).powi(2), max_relative = 1e-15);
    assert_relative_eq!(slope[0], -2.0 * (1.3 - x) - 320.0 * x * (y - x * x), max_relative = 1e-14);
    assert_relative_eq!(slope[1], 160.0 * (y - x * x), max_relative = 1e-14);
    assert_relative_eq!(curvature[0][0], 2.0 - 320.0 * (y - 3.0 * x * x), max_relative = 1e-14);
    assert_relative_eq!(curvature[1][0], -320.0 * x, max_relative = 1e-14);
    assert_relative_eq!(curvature[1][1], 160.0, max_relative = 1e-14);
    assert_eq!(curvature[0][1], curvature[1][0]);
    assert_eq!(gradient(|[x, y]| rosenbrock(x, y), [x, y]), (value, slope));
}

/// Row `r` of a design of 50 rows and `p` columns, and its outcome.
fn row(r: usize, p: usize) -> (Vec<f64>, f64) {
    (
        (0..p).map(|j| ((r * 7 + j * 13 + r * j) % 11) as f64 * 0.1 - 0.45).collect(),
        f64::from(u8::from(r.is_multiple_of(3))),
    )
}

/// `sum_r y_r eta_r - ln(1 + exp(eta_r))` with `eta = X b`.
fn log_likelihood<T: Real>(b: &[T]) -> T {
    let terms = (0..50).map(|r| {
        let (x, y) = row(r, b.len());
        let eta: T = b.iter().zip(x).map(|(&b, x)| b * x).sum();
        eta * y - eta.softplus()
    });
    terms.sum()
}

#[test]
fn a_logistic_log_likelihood_of_20_coefficients_has_score_and_information_of_the_textbook() {
    let b: Vec<f64> = (0..20).map(|j| 0.3 - 0.04 * f64::from(j)).collect();
    let (value, score, second) = hessian_slice(log_likelihood, &b);
    assert_relative_eq!(value, log_likelihood(&b), max_relative = 1e-15);
    let (mut expected_score, mut expected_second) = (vec![0.0; 20], vec![[0.0; 20]; 20]);
    for r in 0..50 {
        let (x, y) = row(r, 20);
        let eta: f64 = b.iter().zip(&x).map(|(b, x)| b * x).sum();
        let p = 1.0 / (1.0 + (-eta).exp());
        for i in 0..20 {
            expected_score[i] += (y - p) * x[i];
            for j in 0..20 {
                expected_second[i][j] -= p * (1.0 - p) * x[i] * x[j];
            }
        }
    }
    for i in 0..20 {
        assert_relative_eq!(score[i], expected_score[i], max_relative = 1e-12, epsilon = 1e-13);
        for j in 0..20 {
            assert_relative_eq!(second[(i, j)], expected_second[i][j], max_relative = 1e-12, epsilon = 1e-13);
            assert_eq!(second[(i, j)].to_bits(), second[(j, i)].to_bits());
        }
    }
    assert_eq!(gradient_slice(log_likelihood, &b).1, score);
}

#[test]
fn third_derivatives_are_those_worked_out_by_hand() {
    let [x, y, z]: [f64; 3] = [1.3, 0.7, -0.4];
    // f = x^2 y^3 w with w = exp(x z), w_x = z w, w_z = x w
    let w = (x * z).exp();
    let (value, slope, curvature, third) =
        third_derivatives(|[x, y, z]| x.powi(2) * y.powi(3) * (x * z).exp(), [x, y, z]);
    let xx = 2.0 + 4.0 * x * z + x * x * z * z; // of x^2 w, over w
    let y3 = y.powi(3);
    let close = |found: f64, expected: f64| assert_relative_eq!(found, expected, max_relative = 2e-14);
    close(value, x * x * y3 * w);
    close(slope[0], (2.0 * x + x * x * z) * y3 * w);
    close(slope[1], 3.0 * x * x * y * y * w);
    close(slope[2], x.powi(3) * y3 * w);
    close(curvature[0][0], xx * y3 * w);
    close(curvature[1][2], 3.0 * x.powi(3) * y * y * w);
    close(third[0][0][0], (6.0 * z + 6.0 * x * z * z + x * x * z.powi(3)) * y3 * w);
    close(third[0][0][1], xx * 3.0 * y * y * w);
    close(third[0][0][2], (6.0 * x + 6.0 * x * x * z + x.powi(3) * z * z) * y3 * w);
    close(third[0][1][1], (2.0 * x + x * x * z) * 6.0 * y * w);
    close(third[0][1][2], (3.0 * x * x + x.powi(3) * z) * 3.0 * y * y * w);
    close(third[0][2][2], (4.0 * x.powi(3) + x.powi(4) * z) * y3 * w);
    close(third[1][1][1], 6.0 * x * x * w);
    close(third[1][1][2], 6.0 * x.powi(3) * y * w);
    close(third[1][2][2], 3.0 * x.powi(4) * y * y * w);
    close(third[2][2][2], x.powi(5) * y3 * w);
    for (i, j, k) in (0..27).map(|n| (n / 9, n / 3 % 3, n % 3)) {
        let mut sorted = [i, j, k];
        sorted.sort_unstable();
        assert_eq!(third[i][j][k], third[sorted[0]][sorted[1]][sorted[2]]);
    }
}

/// Six arguments, so that slices need two chunks: products, quotients, an exponential and a logarithm across the border.
fn mixture<T: Real>(x: &[T]) -> T {
    (x[0] * x[5]).exp() * x[1] + (x[2] * x[2] + x[4]).ln() / x[3] + x[1] * x[3] * x[5] - 1.0 / 3.0
}

#[test]
fn arrays_and_slices_agree() {
    let point = [0.3, 1.7, 0.9, 2.5, 0.6, -0.8];
    let (value, slope, curvature, third) = third_derivatives(|x| mixture(&x), point);
    let (slice_value, slice_slope, slice_curvature, slice_third) = third_derivatives_slice(mixture, &point);
    assert_eq!(value, slice_value);
    let (second_value, second_slope, second_curvature) = hessian(|x| mixture(&x), point);
    let (slice_second_value, slice_second_slope, slice_second_curvature) = hessian_slice(mixture, &point);
    assert_eq!((value, value), (second_value, slice_second_value));
    let (first_value, first_slope) = gradient(|x| mixture(&x), point);
    let (slice_first_value, slice_first_slope) = gradient_slice(mixture, &point);
    assert_eq!((value, value), (first_value, slice_first_value));
    let close = |a: f64, b: f64| assert_relative_eq!(a, b, max_relative = 2e-15, epsilon = 1e-15);
    for i in 0..6 {
        assert_eq!(first_slope[i], slice_first_slope[i]);
        for found in [slope[i], slice_slope[i], second_slope[i], slice_second_slope[i]] {
            close(found, first_slope[i]);
        }
        for j in 0..6 {
            for found in [curvature[i][j], slice_curvature[(i, j)], slice_second_curvature[(i, j)]] {
                close(found, second_curvature[i][j]);
            }
            assert_eq!(slice_curvature[(i, j)], slice_curvature[(j, i)]);
            for k in 0..6 {
                close(slice_third[k][(i, j)], third[i][j][k]);
                assert_eq!(slice_third[k][(i, j)], slice_third[i][(k, j)]);
                assert_eq!(slice_third[k][(i, j)], slice_third[k][(j, i)]);
            }
        }
    }
}

#[test]
fn a_jacobian_has_a_row_for_each_value() {
    let point = [0.3, 1.7, 0.9, 2.5, 0.6];
    let (values, rows) = jacobian(|x| [x[0] * x[4], x[1].ln() - x[2], x[3] * x[3] * x[4]], point);
    assert_eq!(values, [0.3 * 0.6, 1.7_f64.ln() - 0.9, 2.5 * 2.5 * 0.6]);
    assert_eq!(rows[0], [0.6, 0.0, 0.0, 0.0, 0.3]);
    assert_eq!(rows[1], [0.0, 1.0 / 1.7, -1.0, 0.0, 0.0]);
    assert_eq!(rows[2], [0.0, 0.0, 0.0, 3.0, 6.25]);
    let (slice_values, matrix) =
        jacobian_slice(|x| vec![x[0] * x[4], x[1].ln() - x[2], x[3] * x[3] * x[4]], &point).unwrap();
    assert_eq!((slice_values.as_slice(), matrix.shape()), (values.as_slice(), (3, 5)));
    for (m, i) in (0..15).map(|n| (n / 5, n % 5)) {
        assert_eq!(matrix[(m, i)], rows[m][i]);
    }
}

#[test]
fn a_function_that_changes_its_length_between_calls_is_an_error() {
    let calls = Cell::new(0);
    let found = jacobian_slice(
        |x| {
            calls.set(calls.get() + 1);
            x[..3 + calls.get()].to_vec()
        },
        &[0.5; 6],
    );
    let error: LengthChanged = found.unwrap_err();
    assert_eq!((error.argument, error.expected, error.found), (4, 4, 5));
    let expected = "jacobian, from argument 4 on: expected 4 values as in the first call, found 5; \
                    a function must return equally many whenever it is called";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn no_argument_and_one_argument_are_lengths_like_any_other() {
    assert_eq!(gradient(|[]| 2.5.into(), []), (2.5, []));
    assert_eq!(hessian(|[]| 2.5.into(), []), (2.5, [], []));
    assert_eq!(third_derivatives(|[]| 2.5.into(), []), (2.5, [], [], []));
    let (value, slope) = gradient_slice(|x| x.iter().map(|&v| v.exp()).sum(), &[]);
    assert_eq!((value, slope.len()), (0.0, 0));
    let (value, slope, curvature) = hessian_slice(|_| 2.5.into(), &[]);
    assert_eq!((value, slope.len(), curvature.shape()), (2.5, 0, (0, 0)));
    let (value, _, curvature, third) = third_derivatives_slice(|_| 2.5.into(), &[]);
    assert_eq!((value, curvature.shape(), third.len()), (2.5, (0, 0), 0));
    let (values, matrix) = jacobian_slice(|_| vec![2.5.into(); 3], &[]).unwrap();
    assert_eq!((values.as_slice(), matrix.shape()), ([2.5; 3].as_slice(), (3, 0)));

    let (value, slope, curvature, third) = third_derivatives_slice(|x| x[0].powi(4), &[1.5]);
    assert_eq!((value, slope[0], curvature[(0, 0)], third[0][(0, 0)]), (5.0625, 13.5, 27.0, 36.0));
    assert_eq!(third_derivatives(|[x]| x.powi(4), [1.5]), (5.0625, [13.5], [[27.0]], [[[36.0]]]));
}

/// `f = ln s` with `s = sum exp(c_i x_i)`: `f_i = c_i p_i`, `f_ij = c_i c_j p_i (d_ij - p_j)` with `p = exp(c_i x_i) / s`.
#[test]
fn five_hundred_arguments_are_no_difficulty() {
    let c: Vec<f64> = (0..500).map(|i| 0.5 + 0.01 * f64::from(i % 70)).collect();
    let x: Vec<f64> = (0..500).map(|i| 0.3 - 0.002 * f64::from(i)).collect();
    let sum: f64 = c.iter().zip(&x).map(|(c, x)| (c * x).exp()).sum();
    let p: Vec<f64> = c.iter().zip(&x).map(|(c, x)| (c * x).exp() / sum).collect();

    let (value, slope) =
        gradient_slice(|x| x.iter().zip(&c).map(|(&x, c)| (x * c).exp()).sum::<maxlik_dual::Dual<CHUNK>>().ln(), &x);
    let (value_again, slope_again, curvature) = hessian_slice(
        |x| x.iter().zip(&c).map(|(&x, c)| (x * c).exp()).reduce(|sum, term| sum + term).unwrap().ln(),
        &x,
    );
    assert_relative_eq!(value, sum.ln(), max_relative = 1e-13);
    assert_relative_eq!(value_again, sum.ln(), max_relative = 1e-13);
    for i in 0..500 {
        assert_relative_eq!(slope[i], c[i] * p[i], max_relative = 1e-12);
        assert_relative_eq!(slope_again[i], c[i] * p[i], max_relative = 1e-12);
        for j in 0..500 {
            let expected = c[i] * c[j] * p[i] * (f64::from(u8::from(i == j)) - p[j]);
            assert_relative_eq!(curvature[(i, j)], expected, max_relative = 1e-12);
        }
    }
}

#[test]
fn a_function_is_called_once_for_each_set_of_chunks() {
    let calls = Cell::new(0);
    let count = || calls.set(calls.get() + 1);
    for p in [0, 1, CHUNK, CHUNK + 1, 20, 60] {
        let m = p.div_ceil(CHUNK).max(1);
        let point = vec![0.5; p];
        gradient_slice(
            |_| {
                count();
                0.0.into()
            },
            &point,
        );
        assert_eq!(calls.take(), m, "gradient of {p}");
        hessian_slice(
            |_| {
                count();
                0.0.into()
            },
            &point,
        );
        assert_eq!(calls.take(), m * (m + 1) / 2, "Hessian of {p}");
        third_derivatives_slice(
            |_| {
                count();
                0.0.into()
            },
            &point,
        );
        assert_eq!(calls.take(), m * (m + 1) * (m + 2) / 6, "third derivatives of {p}");
    }
}
