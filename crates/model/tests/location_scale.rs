//! Derivatives of distributions on the real line: tails against densities, and limits.
use approx::assert_relative_eq;
use maxlik_dual::Dual2;
use maxlik_model::distribution::{cauchy, gumbel, laplace, log_normal, logistic, normal, student_t, uniform};

/// Density, distribution function and survival function on the log scale, of numbers `[x, parameters ..]`.
type Functions<const P: usize> = [fn([Dual2<P>; P]) -> Dual2<P>; 3];

/// With `F = exp(ln_cdf)`: `dF/dx = f` and `d^2F/(dx dp) = df/dp`, the latter relative to the terms of which it is the
/// difference; the same with the other sign for the survival function.
fn check<const P: usize>(name: &str, [ln_pdf, ln_cdf, ln_sf]: Functions<P>, points: &[[f64; P]], allowed: f64) {
    let mut checked = 0;
    for &point in points {
        let variables = Dual2::variables(point);
        let ln_f = ln_pdf(variables);
        for (sign, ln_tail) in [(1.0, ln_cdf(variables)), (-1.0, ln_sf(variables))] {
            // On the log scale: (ln F)' = f / F and (ln F)'' = (f / F) ((ln f)' - (ln F)').
            let ratio = sign * (ln_f.value() - ln_tail.value()).exp();
            // What the rounding of the two logarithms does to their difference; far below its mode a Gumbel density's logarithm
            // is so large that no digit is left.
            let rounding = 4.0 * f64::EPSILON * ln_f.value().abs().max(ln_tail.value().abs());
            if ratio.abs() < 1e-290 || rounding > 1e-6 {
                continue;
            }
            checked += 1;
            let slope = ln_tail.gradient()[0];
            assert!(
                (slope / ratio - 1.0).abs() < 1e-12 + rounding,
                "{name} {point:?} {sign}: slope {slope:e}, expected {ratio:e}"
            );
            for j in 0..P {
                let (a, b) = (ln_f.gradient()[j], ln_tail.gradient()[j]);
                let (found, expected) = (ln_tail.hessian(0, j) / ratio, a - b);
                let error = (found - expected).abs() / (a.abs() + b.abs() + found.abs() + f64::MIN_POSITIVE);
                assert!(
                    error < allowed + rounding,
                    "{name} {point:?} {sign}: mixed derivative {j} {found:e}, expected {expected:e}"
                );
            }
        }
    }
    assert!(checked > points.len(), "{name}: {checked} tails checked at {} points", points.len());
}

/// NaN for an argument that is NaN and for a scale or shape (everything after the location) that is not above 0.
fn check_domain<const P: usize>(name: &str, functions: Functions<P>, point: [f64; P]) {
    for i in 0..P {
        for wrong in [f64::NAN, 0.0, -1.5].into_iter().take(if i < 2 { 1 } else { 3 }) {
            for x in [point[0], point[0] - 50.0, point[0] + 50.0] {
                let mut arguments = point;
                arguments[0] = x;
                arguments[i] = wrong;
                let values = functions.map(|f| f(Dual2::variables(arguments)).value());
                assert!(values.iter().all(|value| value.is_nan()), "{name} {arguments:?}: {values:?}");
            }
        }
    }
}

/// Points `mu + z sigma`, parameters following.
fn around(mu: f64, sigma: f64) -> Vec<[f64; 3]> {
    [-1e3, -40.0, -6.0, -1.5, -0.02, 0.3, 1.1, 2.5, 8.0, 30.0, 600.0].map(|z| [mu + z * sigma, mu, sigma]).to_vec()
}

macro_rules! functions {
    ($module:ident, $($p:ident)+) => {
        [|[$($p),+]| $module::ln_pdf($($p),+), |[$($p),+]| $module::ln_cdf($($p),+), |[$($p),+]| $module::ln_sf($($p),+)]
    };
}

#[test]
fn densities_and_tails_are_nan_outside_their_domains() {
    let point = [1.3, 0.7, 2.3];
    check_domain("normal", functions!(normal, x m s), point);
    check_domain("log-normal", functions!(log_normal, x m s), point);
    check_domain("laplace", functions!(laplace, x m s), point);
    check_domain("logistic", functions!(logistic, x m s), point);
    check_domain("gumbel", functions!(gumbel, x m s), point);
    check_domain("cauchy", functions!(cauchy, x m s), point);
    check_domain("student t", functions!(student_t, x m s n), [1.3, 0.7, 2.3, 3.5]);
    for (lower, upper) in [(2.5, 2.5), (2.5, -1.5), (f64::NAN, 2.5), (-1.5, f64::NAN)] {
        for x in [-7.0, 2.5, 7.0] {
            assert!(uniform::ln_pdf(x, lower, upper).is_nan());
            assert!(uniform::ln_cdf(x, lower, upper).is_nan());
            assert!(uniform::ln_sf(x, lower, upper).is_nan());
        }
    }
}

#[test]
fn a_certain_event_has_no_slope() {
    // Far below the mode of a Gumbel distribution e^-z and its derivatives overflow.
    for x in [-30.0, -2e3, -1e8] {
        let [mu, scale] = Dual2::variables([0.7, 0.4]);
        let sf = gumbel::ln_sf(x, mu, scale);
        assert_eq!((sf.value(), sf.gradient(), sf.hessian(1, 1)), (0.0, [0.0; 2], 0.0));
    }
}

#[test]
fn the_slope_of_a_tail_is_the_density() {
    let points = around(0.7, 2.3);
    check("normal", functions!(normal, x m s), &points, 1e-11);
    check("laplace", functions!(laplace, x m s), &points, 1e-11);
    check("logistic", functions!(logistic, x m s), &points, 1e-11);
    check("gumbel", functions!(gumbel, x m s), &points, 1e-11);
    check("cauchy", functions!(cauchy, x m s), &points, 1e-11);
    check("cauchy", functions!(cauchy, x m s), &[[0.7, 0.7, 2.3], [1e12, 0.7, 2.3], [-1e60, 0.7, 2.3]], 1e-11);
    let positive: Vec<[f64; 3]> =
        around(0.7, 2.3).iter().filter(|p| p[0].abs() < 300.0).map(|&[x, m, s]| [x.exp(), m, s]).collect();
    check("log-normal", functions!(log_normal, x m s), &positive, 1e-11);
    check("uniform", functions!(uniform, x a b), &[[-1.4, -1.5, 2.5], [0.5, -1.5, 2.5], [2.4999, -1.5, 2.5]], 1e-11);
    // The derivative in nu is of order 1 / nu^2, the difference of two of order 1 / nu.
    for nu in [0.01, 0.6, 1.0, 3.5, 17.0, 40.0, 300.0, 1e5, 1e9] {
        let allowed = 1e-11 + 1e-14 * nu;
        let points: Vec<[f64; 4]> = around(0.7, 2.3).iter().map(|&[x, m, s]| [x, m, s, nu]).collect();
        check("student t", functions!(student_t, x m s n), &points, allowed);
        check("student t", functions!(student_t, x m s n), &[[0.7, 0.7, 2.3, nu], [0.701, 0.7, 2.3, nu]], allowed);
    }
}

#[test]
fn towards_the_normal_a_t_density_keeps_the_digits_of_its_derivatives() {
    // ln t - ln normal = (z^4 - 2 z^2 - 1) / (4 nu) + O(nu^-2)
    let (z, n) = (1.7_f64, 1e13);
    let [nu] = Dual2::variables([n]);
    let density = student_t::ln_pdf(z, Dual2::from(0.0), Dual2::from(1.0), nu);
    let coefficient = (z.powi(4) - 2.0 * z.powi(2) - 1.0) / 4.0;
    assert_relative_eq!(density.value(), normal::ln_pdf(z, 0.0, 1.0), max_relative = 1e-12);
    assert_relative_eq!(density.gradient()[0], -coefficient / n.powi(2), max_relative = 1e-12);
    assert_relative_eq!(density.hessian(0, 0), 2.0 * coefficient / n.powi(3), max_relative = 1e-12);
    let infinite = student_t::ln_pdf(1.3, 0.7, 0.4, f64::INFINITY);
    assert_relative_eq!(infinite, normal::ln_pdf(1.3, 0.7, 0.4), max_relative = 1e-15);
}

#[test]
fn a_t_density_is_smooth_where_its_formulas_meet() {
    // Value and derivatives on both sides of nu = 32, z^2 = nu / 4 and z^2 = 1e100 nu.
    let sides = |x: [f64; 2], nu: [f64; 2]| {
        let at = |i: usize| {
            let [x, sigma, nu] = Dual2::variables([x[i], 1.3, nu[i]]);
            let f = student_t::ln_pdf(x, Dual2::from(0.0), sigma, nu);
            let second = [0, 1, 2].map(|i| [0, 1, 2].map(|j| f.hessian(i, j)));
            (f.value(), f.gradient(), second)
        };
        let (below, above) = (at(0), at(1));
        assert_relative_eq!(below.0, above.0, max_relative = 1e-12);
        for i in 0..3 {
            assert_relative_eq!(below.1[i], above.1[i], max_relative = 1e-10);
            for j in 0..3 {
                assert_relative_eq!(below.2[i][j], above.2[i][j], max_relative = 1e-9);
            }
        }
    };
    let (less, more) = (1.0 - 1e-15, 1.0 + 1e-15);
    sides([2.1; 2], [32.0 * less, 32.0]);
    for nu in [0.7, 5.0, 50.0, 2e4] {
        for u in [0.25_f64, 1e100] {
            let x = 1.3 * (u * nu).sqrt();
            sides([x * less, x * more], [nu; 2]);
        }
    }
}
