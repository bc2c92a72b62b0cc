//! Censored and truncated observations of any distribution.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use maxlik_model::distribution::censored::{self, Observation};
use maxlik_model::distribution::{laplace, normal, student_t, truncated, weibull};

/// Rows of numbers: wrapper, distribution, arguments, parameters, value. `reference/make_densities.py` (mpmath) made them.
const REFERENCE: &str = include_str!("reference/censored.csv");

fn censored_normal<T: Real>(observation: &Observation, mu: T, sigma: T) -> T {
    censored::ln_density(
        observation,
        |x| normal::ln_pdf(x, mu, sigma),
        |x| normal::ln_cdf(x, mu, sigma),
        |x| normal::ln_sf(x, mu, sigma),
    )
}

fn truncated_normal<T: Real>(x: f64, [lower, upper]: [f64; 2], mu: T, sigma: T) -> T {
    truncated::ln_pdf(
        x,
        lower,
        upper,
        |x| normal::ln_pdf(x, mu, sigma),
        |x| normal::ln_cdf(x, mu, sigma),
        |x| normal::ln_sf(x, mu, sigma),
    )
}

fn weibull_ln_cdf<T: Real>(x: f64, shape: T, scale: T) -> T {
    weibull::ln_sf(x, shape, scale).ln_1m_exp()
}

fn censored_weibull<T: Real>(observation: &Observation, shape: T, scale: T) -> T {
    censored::ln_density(
        observation,
        |x| weibull::ln_pdf(x, shape, scale),
        |x| weibull_ln_cdf(x, shape, scale),
        |x| weibull::ln_sf(x, shape, scale),
    )
}

fn truncated_weibull<T: Real>(x: f64, [lower, upper]: [f64; 2], shape: T, scale: T) -> T {
    truncated::ln_pdf(
        x,
        lower,
        upper,
        |x| weibull::ln_pdf(x, shape, scale),
        |x| weibull_ln_cdf(x, shape, scale),
        |x| weibull::ln_sf(x, shape, scale),
    )
}

#[test]
fn values_agree_with_mpmath() {
    let numbers = |field: &str| -> Vec<f64> { field.split(';').map(|x| x.parse().unwrap()).collect() };
    let (mut failures, mut rows) = (Vec::new(), 0);
    for row in REFERENCE.lines().filter(|row| !row.starts_with('#')).skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let (a, p) = (numbers(fields[2]), numbers(fields[3]));
        let expected: f64 = fields[4].parse().unwrap();
        let is_normal = fields[1] == "normal";
        let found = if fields[0] == "truncated" {
            let density = if is_normal { truncated_normal } else { truncated_weibull };
            density(a[0], [a[1], a[2]], p[0], p[1])
        } else {
            let observation = match fields[0] {
                "left_censored" => Observation::Below(a[0]),
                "right_censored" => Observation::Above(a[0]),
                "interval_censored" => Observation::Between(a[0], a[1]),
                other => panic!("no wrapper {other}"),
            };
            let density = if is_normal { censored_normal } else { censored_weibull };
            density(&observation, p[0], p[1])
        };
        rows += 1;
        let error = (found - expected).abs();
        if error.is_nan() || error > 1e-13 * expected.abs() {
            failures.push(format!("{row}: found {found:e}, relative error {:.1e}", error / expected.abs()));
        }
    }
    assert!(failures.is_empty(), "{} of {rows}\n{}", failures.len(), failures.join("\n"));
    assert!(rows > 40, "{rows} rows");
}

/// Simpson's rule.
fn simpson([lower, upper]: [f64; 2], intervals: usize, f: impl Fn(f64) -> f64) -> f64 {
    let h = (upper - lower) / intervals as f64;
    let weight = |i: usize| {
        if i == 0 || i == intervals {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    // The points of the last step are taken from the end, so that the last one is the bound itself.
    let point = |i: usize| if 2 * i < intervals { lower + i as f64 * h } else { upper - (intervals - i) as f64 * h };
    (0..=intervals).map(|i| weight(i) * f(point(i))).sum::<f64>() * h / 3.0
}

#[test]
fn truncated_densities_integrate_to_one_and_their_score_to_zero() {
    for bounds in
        [[30.0, 31.0], [-31.0, -30.0], [-1.0, 2.5], [0.2, 0.20001], [-38.0, 1.0], [4.0, 12.0], [1e3, 1e3 + 1e-2]]
    {
        let [mu, sigma] = Dual2::variables([0.1, 1.2]);
        let expectation = |f: &dyn Fn(Dual2<2>) -> f64| {
            simpson(bounds, 20_000, |x| {
                // The lower bound itself is outside.
                let density = truncated_normal(x.max(bounds[0].next_up()), bounds, mu, sigma);
                density.value().exp() * f(density)
            })
        };
        assert_relative_eq!(expectation(&|_| 1.0), 1.0, epsilon = 1e-11);
        for i in 0..2 {
            let variance = expectation(&|f| f.gradient()[i] * f.gradient()[i]);
            let information = -expectation(&|f| f.hessian(i, i));
            let score = expectation(&|f| f.gradient()[i]);
            assert_relative_eq!(score / variance.sqrt(), 0.0, epsilon = 1e-9);
            // In a narrow interval there is little information, left over from terms of order 1.
            assert_relative_eq!(information, variance, max_relative = 1e-9, epsilon = 1e-16);
        }
    }
}

#[test]
fn narrow_intervals_have_density_times_width_as_their_probability() {
    // P = 2 h f(x) (1 + O(h^2)), where the difference of distribution functions has lost all digits.
    let [mu, sigma] = Dual2::variables([0.3, 1.7]);
    for x in [-20.0, -1.4, 0.3, 2.5, 35.0] {
        for h in [1e-7, 1e-10, 1e-14_f64] {
            let (lower, upper) = (x - h, x + h);
            let interval = censored_normal(&Observation::Between(lower, upper), mu, sigma);
            let density = normal::ln_pdf(0.5 * lower + 0.5 * upper, mu, sigma);
            assert_relative_eq!(interval.value(), density.value() + (upper - lower).ln(), max_relative = 1e-12);
            for i in 0..2 {
                assert_relative_eq!(
                    interval.gradient()[i],
                    density.gradient()[i],
                    max_relative = 1e-12,
                    epsilon = 1e-12
                );
                for j in 0..2 {
                    let (a, b) = (interval.hessian(i, j), density.hessian(i, j));
                    assert_relative_eq!(a, b, max_relative = 1e-11, epsilon = 1e-11);
                }
            }
        }
    }
}

#[test]
fn the_density_in_an_interval_far_narrower_than_the_distribution_is_uniform() {
    for sigma in [1e3, 1e8, 1e15, 1e200] {
        for mu in [0.3, -0.1 * sigma] {
            let density = truncated_normal(0.4, [0.0, 2.0], mu, sigma);
            assert_relative_eq!(density, -2_f64.ln(), epsilon = 1e-13_f64.max(2.0 / sigma));
        }
    }
}

#[test]
fn a_corner_inside_an_interval_is_not_smoothed_over() {
    let (mu, scale) = (0.3, 1.7);
    for h in [1e-2, 1e-4, 1e-6, 1e-9] {
        // P(|X - mu| <= h) = 1 - e^(-h / scale); two equal tails are subtracted, the corner is worth h / 2 scale.
        let interval = censored::ln_density(
            &Observation::Between(mu - h, mu + h),
            |x| laplace::ln_pdf(x, mu, scale),
            |x| laplace::ln_cdf(x, mu, scale),
            |x| laplace::ln_sf(x, mu, scale),
        );
        let width = 0.5 * ((mu + h) - (mu - h));
        let expected = (-(-width / scale).exp_m1()).ln();
        assert_relative_eq!(interval, expected, epsilon = 4e-15 / h.min(1e-3));
    }
}

#[test]
fn infinite_limits_leave_one_tail_or_none() {
    const INFINITE: f64 = f64::INFINITY;
    let (mu, sigma, nu) = (0.3, 1.7, 3.5);
    let t = |observation| {
        censored::ln_density(
            &observation,
            |x| student_t::ln_pdf(x, mu, sigma, nu),
            |x| student_t::ln_cdf(x, mu, sigma, nu),
            |x| student_t::ln_sf(x, mu, sigma, nu),
        )
    };
    assert_eq!(t(Observation::Exact(2.5)), student_t::ln_pdf(2.5, mu, sigma, nu));
    assert_eq!(t(Observation::Between(-INFINITE, 2.5)), student_t::ln_cdf(2.5, mu, sigma, nu));
    assert_eq!(t(Observation::Between(2.5, INFINITE)), student_t::ln_sf(2.5, mu, sigma, nu));
    for certain in
        [Observation::Below(INFINITE), Observation::Above(-INFINITE), Observation::Between(-INFINITE, INFINITE)]
    {
        let [mu, sigma] = Dual2::variables([0.3, 1.7]);
        let density = censored_normal(&certain, mu, sigma);
        assert_eq!((density.value(), density.gradient()), (0.0, [0.0; 2]));
    }
    let whole = truncated_normal(2.5, [-INFINITE, INFINITE], mu, sigma);
    assert_eq!(whole, normal::ln_pdf(2.5, mu, sigma));
    let half = truncated_normal(2.5, [mu, INFINITE], mu, sigma);
    assert_relative_eq!(half, normal::ln_pdf(2.5, mu, sigma) + 2_f64.ln(), max_relative = 1e-15);
}

#[test]
fn empty_intervals_and_nan_are_mistakes_not_impossibilities() {
    const NAN: f64 = f64::NAN;
    for (lower, upper) in [(2.5, 2.5), (3.0, 2.5), (NAN, 2.5), (2.5, NAN), (f64::INFINITY, f64::INFINITY)] {
        assert!(censored_normal(&Observation::Between(lower, upper), 0.3, 1.7).is_nan());
        assert!(truncated_normal(2.5, [lower, upper], 0.3, 1.7).is_nan());
    }
    for observation in [Observation::Below(NAN), Observation::Above(NAN), Observation::Above(f64::INFINITY)] {
        assert!(censored_normal(&observation, 0.3, 1.7).is_nan());
    }
    for sigma in [NAN, -1.7, 0.0] {
        assert!(censored_normal(&Observation::Between(-0.5, 2.5), 0.3, sigma).is_nan());
        assert!(truncated_normal(0.5, [-0.5, 2.5], 0.3, sigma).is_nan());
    }
}

#[test]
fn outside_the_interval_a_truncated_density_is_minus_infinity() {
    for x in [-7.0, -0.5, 2.6, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(truncated_normal(x, [-0.5, 2.5], 0.3, 1.7), f64::NEG_INFINITY);
        assert_eq!(truncated_weibull(x, [-0.5, 2.5], 1.3, 1.7), f64::NEG_INFINITY);
    }
    // The distribution's own support counts as well.
    assert_eq!(truncated_weibull(-0.2, [-0.5, 2.5], 1.3, 1.7), f64::NEG_INFINITY);
    assert_eq!(censored_weibull(&Observation::Between(-2.0, -1.0), 1.3, 1.7), f64::NEG_INFINITY);
    assert!(truncated_weibull(-1.5, [-2.0, -1.0], 1.3, 1.7).is_nan());
}

#[test]
fn no_parameters_make_a_probability_nan_or_larger_than_one() {
    let sizes = [1e-300, 1e-100, 1e-8, 0.3, 2.5, 1e8, 1e100, 1e300];
    let limits: Vec<f64> = sizes.iter().flat_map(|&x| [x, -x]).chain([0.0]).collect();
    for &mu in &limits {
        for &sigma in &sizes {
            for &lower in &limits {
                for &upper in limits.iter().filter(|&&upper| lower < upper) {
                    let f = censored_normal(&Observation::Between(lower, upper), mu, sigma);
                    assert!(f <= 1e-14, "{f} for {lower:e} to {upper:e} at {mu:e} {sigma:e}");
                    let g = truncated_normal(upper, [lower, upper], mu, sigma);
                    assert!(
                        g < f64::INFINITY || f == f64::NEG_INFINITY,
                        "{g} for {lower:e} to {upper:e} at {mu:e} {sigma:e}"
                    );
                }
            }
        }
    }
}
