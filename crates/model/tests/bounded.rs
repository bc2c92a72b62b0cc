//! Proportions, angles and amounts at the edges: what the properties that all distributions share do not reach.
use std::f64::consts::{FRAC_PI_2, PI, TAU};

use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use maxlik_model::distribution::beta::{self, Beta};
use maxlik_model::distribution::kumaraswamy::{self, Kumaraswamy};
use maxlik_model::distribution::tweedie::{self, Tweedie};
use maxlik_model::distribution::von_mises::{self, VonMises};
use maxlik_model::distribution::{gamma, log_logistic, weibull};
use rand::SeedableRng;
use rand::distr::Distribution;
use rand::rngs::StdRng;

#[test]
fn beta_and_kumaraswamy_have_the_limits_of_the_formula_at_zero_and_one() {
    let infinite = f64::INFINITY;
    for ln_pdf in [beta::ln_pdf::<f64>, kumaraswamy::ln_pdf::<f64>] as [fn(f64, f64, f64) -> f64; 2] {
        for (shape, at_edge) in [(1.5, -infinite), (0.7, infinite), (1.0, 3.5_f64.ln())] {
            assert_eq!(ln_pdf(0.0, shape, 3.5), at_edge);
            assert_eq!(ln_pdf(1.0, 3.5, shape), at_edge);
        }
        assert_eq!(ln_pdf(-0.1, 0.7, 0.7), -infinite);
        assert_eq!(ln_pdf(1.1, 0.7, 0.7), -infinite);
    }
}

#[test]
fn beta_is_smooth_where_its_formula_changes() {
    // One parameter on either side of 16: by the other formula, ln B as a difference of three logarithms.
    let direct = |x: f64, alpha: Dual2<2>, beta: Dual2<2>| {
        (alpha - 1.0) * x.ln() + (beta - 1.0) * (-x).ln_1p() + (alpha + beta).ln_gamma()
            - alpha.ln_gamma()
            - beta.ln_gamma()
    };
    for (x, parameters) in [(0.3, [15.9, 2.5]), (0.3, [16.1, 2.5]), (0.6, [17.0, 16.5]), (0.2, [0.4, 30.0])] {
        let [alpha, beta] = Dual2::variables(parameters);
        let (found, expected) = (beta::ln_pdf(x, alpha, beta), direct(x, alpha, beta));
        assert_relative_eq!(found.value(), expected.value(), max_relative = 1e-12);
        for i in 0..2 {
            assert_relative_eq!(found.gradient()[i], expected.gradient()[i], max_relative = 1e-12);
            for j in 0..2 {
                assert_relative_eq!(found.hessian(i, j), expected.hessian(i, j), max_relative = 1e-12);
            }
        }
    }
}

#[test]
fn the_moments_of_kumaraswamy_do_not_cancel() {
    // mpmath at 700 digits: b B(1 + 1/a, b) and b B(1 + 2/a, b) less its square.
    let expected = [
        ([1e6, 2.5], [0.999_998_319_629_763_6, 1.314_569_596_904_463_7e-12]),
        ([400.0, 1e-6], [0.999_999_995_895_163_8, 1.492_478_736_798_022e-11]),
        ([0.3, 1e-6], [0.999_998_076_249_229_7, 1.300_037_012_988_128_8e-6]),
        ([3.5, 1e8], [0.004_660_217_709_846_646, 2.174_935_267_102_948_2e-6]),
        ([0.05, 0.02], [0.930_867_138_590_342_9, 0.051_769_079_182_303_23]),
        ([30.0, 0.4], [0.983_282_650_304_428_3, 0.000_618_189_157_323_674_3]),
        ([0.4, 60.0], [0.000_110_929_254_808_363_14, 1.087_617_173_169_944_5e-7]),
        ([1.5, 0.004], [0.996_975_288_344_9, 0.001_279_786_191_195_058]),
    ];
    for ([a, b], [mean, variance]) in expected {
        let known = Kumaraswamy::new(a, b).unwrap();
        assert_relative_eq!(known.mean(), mean, max_relative = 1e-13);
        assert_relative_eq!(known.variance(), variance, max_relative = 1e-12);
    }
}

#[test]
fn the_start_of_kumaraswamy_has_the_quartiles_of_the_observations() {
    for parameters in [[2.5, 1.3], [0.2, 40.0], [60.0, 0.3]] {
        let [a, b] = parameters;
        let mut draws: Vec<f64> =
            Kumaraswamy::new(a, b).unwrap().sample_iter(StdRng::seed_from_u64(43)).take(401).collect();
        draws.sort_by(f64::total_cmp);
        let [a, b] = Kumaraswamy::method_of_quantiles(&draws).unwrap().parameters();
        assert_relative_eq!(kumaraswamy::ln_cdf(draws[100], a, b).exp(), 0.25, max_relative = 1e-10);
        assert_relative_eq!(kumaraswamy::ln_sf(draws[300], a, b).exp(), 0.25, max_relative = 1e-10);
    }
    let equal = Kumaraswamy::method_of_quantiles(&[0.3, 0.3]).unwrap_err();
    insta::assert_snapshot!(equal, @"Kumaraswamy: the observations ask for `a` = inf, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
}

#[test]
fn angles_count_modulo_whole_turns() {
    for turns in [-2.0, 1.0, 3.0] {
        let (near, far) = (von_mises::ln_pdf(0.9, 0.3, 4.5), von_mises::ln_pdf(0.9 + turns * TAU, 0.3, 4.5));
        assert_relative_eq!(near, far, max_relative = 1e-14);
    }
    assert_relative_eq!(von_mises::ln_pdf(17.3, 0.3, 0.0), -TAU.ln(), max_relative = 1e-15);
    assert_relative_eq!(VonMises::new(0.3, 0.0).unwrap().circular_variance(), 1.0);
}

#[test]
fn the_derivatives_of_von_mises_agree_where_its_series_change() {
    // d/d kappa = cos(x - mu) - A, and A' = 1 - A / kappa - A^2.
    for kappa in [0.01, 3.5, 19.999_999, 20.0, 450.0, 1e7] {
        let [k] = Dual2::variables([kappa]);
        let f = von_mises::ln_pdf(0.3, Dual2::from(0.3), k);
        let complement = f.gradient()[0]; // 1 - A
        let a = 1.0 - complement;
        // 1 - A / kappa - A^2 = (1 - A) (1 + A) - A / kappa
        let slope = complement * (1.0 + a) - a / kappa;
        // The difference of two numbers near 1 / kappa that leaves 1 / (2 kappa^2).
        assert_relative_eq!(-f.hessian(0, 0), slope, max_relative = 1e-14 * (1.0 + kappa), epsilon = 1e-15);
    }
    let (below, above) = (20.0_f64.next_down(), 20.0);
    let at = |kappa: f64| von_mises::ln_pdf(2.0, Dual2::from(0.3), Dual2::variables([kappa])[0]);
    let (below, above) = (at(below), at(above));
    assert_relative_eq!(below.value(), above.value(), max_relative = 1e-14);
    assert_relative_eq!(below.gradient()[0], above.gradient()[0], max_relative = 1e-13);
    assert_relative_eq!(below.hessian(0, 0), above.hessian(0, 0), max_relative = 1e-11);
}

#[test]
fn a_direction_across_the_cut_of_the_circle_is_found() {
    let draws: Vec<f64> = VonMises::new(3.0, 400.0).unwrap().sample_iter(StdRng::seed_from_u64(47)).take(500).collect();
    let wrapped: Vec<f64> = draws.iter().map(|x| if *x > PI { x - TAU } else { *x }).collect();
    assert!(wrapped.iter().any(|x| *x < 0.0));
    let (straight, wrapped) =
        (VonMises::maximum_likelihood(&draws).unwrap(), VonMises::maximum_likelihood(&wrapped).unwrap());
    assert_relative_eq!(straight.mean(), wrapped.mean(), max_relative = 1e-13);
    assert_relative_eq!(straight.parameters()[1], wrapped.parameters()[1], max_relative = 1e-12);
    insta::assert_snapshot!(VonMises::maximum_likelihood(&[1.3, 1.3, 1.3]).unwrap_err(), @"von Mises: the observations ask for `kappa` = inf, expected a value in [0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(VonMises::new(0.3, -2.5).unwrap_err(), @"von Mises, parameter `kappa`: expected a value in [0, inf), found -2.5");
}

#[test]
fn concentrations_of_any_size_are_found() {
    // Two directions at mu +- delta have the mean resultant length cos(delta).
    for delta in [1e-8_f64, 1e-3, 0.4, 1.2, FRAC_PI_2 - 1e-3, FRAC_PI_2 - 1e-7] {
        let [mu, kappa] = VonMises::maximum_likelihood(&[0.4 - delta, 0.4 + delta]).unwrap().parameters();
        assert_relative_eq!(mu, 0.4, max_relative = 1e-7);
        let variance = VonMises::new(mu, kappa).unwrap().circular_variance();
        assert_relative_eq!(variance, 2.0 * (0.5 * delta).sin().powi(2), max_relative = 1e-7);
    }
}

#[test]
fn samples_at_extreme_parameters_are_observations() {
    let mut rng = StdRng::seed_from_u64(53);
    let sizes = [1e-300, 1e-12, 0.02, 3.5, 1e5, 1e12, 1e300];
    for a in sizes {
        for b in sizes {
            for _ in 0..20 {
                let x: f64 = Beta::new(a, b).unwrap().sample(&mut rng);
                assert!((0.0..=1.0).contains(&x), "beta {a:e} {b:e}: {x}");
                let x: f64 = Kumaraswamy::new(a, b).unwrap().sample(&mut rng);
                assert!((0.0..=1.0).contains(&x), "Kumaraswamy {a:e} {b:e}: {x}");
                let x: f64 = VonMises::new(0.4, a).unwrap().sample(&mut rng);
                assert!((0.4 - PI..=0.4 + PI).contains(&x), "von Mises {a:e}: {x}");
                for power in [1.000_001, 1.4, 1.999_999] {
                    let y: f64 = Tweedie::new(a, b, power).unwrap().sample(&mut rng);
                    assert!(y >= 0.0, "Tweedie {a:e} {b:e} {power}: {y}");
                }
            }
        }
    }
    for kappa in [4e307, f64::MAX] {
        let x: f64 = VonMises::new(0.4, kappa).unwrap().sample(&mut rng);
        assert_eq!(x, 0.4);
    }
    // The circular standard deviation is about 1 / sqrt(kappa).
    let narrow = VonMises::new(0.0, 1e12).unwrap();
    let draws = (0..4000).map(|_| narrow.sample(&mut rng)).map(|x: f64| x * x * 1e12).sum::<f64>() / 4000.0;
    assert!((draws - 1.0).abs() < 0.12, "{draws}");
}

#[test]
fn tweedie_has_a_probability_at_zero_and_tells_its_powers() {
    let known = Tweedie::new(0.3, 1.7, 1.2).unwrap();
    let draws: Vec<f64> = known.sample_iter(StdRng::seed_from_u64(59)).take(10_000).collect();
    let zeros = draws.iter().filter(|y| **y == 0.0).count() as f64 / 1e4;
    let p = known.zero_probability();
    assert!((zeros - p).abs() < 5.0 * (p * (1.0 - p) / 1e4).sqrt());
    assert_relative_eq!(tweedie::ln_pdf(0.0, 0.3, 1.7, 1.2).exp(), p);
    assert_eq!(tweedie::ln_pdf(-0.2, 0.3, 1.7, 1.2), f64::NEG_INFINITY);
    insta::assert_snapshot!(Tweedie::new(0.3, 1.7, 2.0).unwrap_err(), @"Tweedie, parameter `power`: expected a value in [1.0000000000000002, 1.9999999999999998], found 2");
    insta::assert_snapshot!(Tweedie::method_of_moments(&[0.0, 0.0], 1.5).unwrap_err(), @"Tweedie: the observations ask for `mean` = 0, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
    insta::assert_snapshot!(Tweedie::method_of_moments(&[0.0, -0.4], 1.5).unwrap_err(), @"Tweedie, observation 1: expected a value in [0, inf), found -0.4 - drop it or choose another distribution");
    insta::assert_snapshot!(Beta::method_of_moments(&[0.3, 1.0]).unwrap_err(), @"beta, observation 1: expected a value in (0, 1), found 1 - drop it or choose another distribution");
}

#[test]
fn tweedie_is_a_number_with_bounded_work_for_all_parameters() {
    let sizes = [1e-300, 1e-20, 1e-3, 0.7, 19.0, 1e5, 1e20, 1e300];
    let powers = [1.0_f64.next_up(), 1.0 + 1e-9, 1.02, 1.5, 1.98, 2.0 - 1e-9, 2.0_f64.next_down()];
    for y in sizes {
        for mean in sizes {
            for dispersion in sizes {
                for power in powers {
                    for y in [y, mean, mean * (1.0 + 1e-9)] {
                        let f = tweedie::ln_pdf(y, mean, dispersion, power);
                        assert!(!f.is_nan(), "{y:e} {mean:e} {dispersion:e} {power}");
                        // The saddle point's -ln(2 pi dispersion y^power) / 2 is at most 1035.
                        assert!(f < 1100.0, "{y:e} {mean:e} {dispersion:e} {power}: {f}");
                    }
                }
            }
        }
    }
}

#[test]
fn at_an_edge_that_only_a_shape_of_one_allows_the_derivative_by_the_shape_is_minus_infinity() {
    let [shape, other] = Dual2::variables([1.0, 2.5]);
    let edges = [
        ("gamma", gamma::ln_pdf(0.0, shape, other), 0.4),
        ("Weibull", weibull::ln_pdf(0.0, shape, other), -0.4),
        ("log-logistic", log_logistic::ln_pdf(0.0, other, shape), -0.4),
        ("beta, 0", beta::ln_pdf(0.0, shape, other), 0.4),
        ("beta, 1", beta::ln_pdf(1.0, other, shape), 0.4),
        ("Kumaraswamy, 0", kumaraswamy::ln_pdf(0.0, shape, other), 0.4),
        ("Kumaraswamy, 1", kumaraswamy::ln_pdf(1.0, other, shape), 0.4),
    ];
    for (name, l, by_other) in edges {
        assert_eq!(l.value(), f64::signum(by_other) * 2.5_f64.ln(), "{name}");
        assert_eq!(l.gradient(), [f64::NEG_INFINITY, by_other], "{name}");
    }
}
