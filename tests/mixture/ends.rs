//! Components that are impossible in some rows, have weight 0, or collapse.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::prelude::*;
use maxlik::{Status, Warning};

use crate::data::*;
use crate::uniform::Uniform;

#[test]
fn a_row_may_be_impossible_under_some_components_but_not_under_all() {
    // Under the first component rows below 2 are impossible, under the second those above 5.
    const ROWS: [f64; 4] = [1.0, 3.0, 4.5, 8.0];
    let mixture = |rows: &'static [f64]| {
        Mixture::new(rows)
            .component([positive("rate")], |[rate], &x| {
                if x < 2.0 { Dual2::from(f64::NEG_INFINITY) } else { exponential::ln_pdf(x - 2.0, rate) }
            })
            .component([positive("shape").start(2.0)], |[shape], &x| {
                if x > 5.0 {
                    Dual2::from(f64::NEG_INFINITY)
                } else {
                    (x / 5.0).ln() * (shape - 1.0) + (shape / 5.0).ln()
                }
            })
    };
    let (rate, shape, w): (f64, f64, f64) = (0.7, 1.6, 0.4);
    let first = |x: f64| if x < 2.0 { 0.0 } else { 0.6 * rate * (-rate * (x - 2.0)).exp() };
    let second = |x: f64| if x > 5.0 { 0.0 } else { w * shape / 5.0 * (x / 5.0).powf(shape - 1.0) };
    let model = mixture(&ROWS);
    let (value, score, hessian) = model.log_likelihood_score_hessian(&[rate, shape, w]);
    assert_relative_eq!(value, ROWS.iter().map(|&x| (first(x) + second(x)).ln()).sum::<f64>(), max_relative = 1e-14);
    assert!(score.iter().chain(&hessian).all(|x| x.is_finite()), "{score} {hessian}");
    let r = |x: f64| first(x) / (first(x) + second(x));
    let slope: f64 = ROWS[1..].iter().map(|&x| r(x) * (1.0 / rate - (x - 2.0))).sum();
    assert_relative_eq!(score[0], slope, max_relative = 1e-13);
    assert!(model.fit().is_ok());

    // Nothing is possible between 5 and 2.
    let none = Mixture::new(&ROWS)
        .component([positive("rate")], |[rate], &x| {
            if x < 4.0 { Dual2::from(f64::NEG_INFINITY) } else { exponential::ln_pdf(x, rate) }
        })
        .component([positive("other").start(2.0)], |[rate], &x| {
            if x > 2.0 { Dual2::from(f64::NEG_INFINITY) } else { exponential::ln_pdf(x, rate) }
        });
    assert_eq!(none.log_likelihood(&[rate, shape, w]), f64::NEG_INFINITY);
    assert_snapshot!(none.fit().unwrap_err(), @"row 1: expected a finite log-density with finite derivatives at the start (rate = 1, other = 2, weight[other] = 0.5), found -inf - the row is impossible at these values; choose others with .start(..), or check the row");
}

#[test]
fn a_component_that_does_not_occur_has_weight_zero_at_its_limit() {
    // Poisson counts of mean 1.9, and a component of mean 6 that does not occur.
    let counts: Vec<u64> = (0..6).collect();
    let days = [15.0, 29.0, 27.0, 17.0, 6.0, 1.0];
    let fit = poissons(&counts, [positive("common").start(2.5), positive("rare").fixed(6.0)]).weights(&days).fit();
    let fit = fit.unwrap();
    assert_eq!((fit.status("weight[rare]"), fit.estimate("weight[rare]")), (Ok(Status::AtLimit), Ok(0.0)));
    let mean = days.iter().zip(&counts).map(|(n, &k)| n * k as f64).sum::<f64>() / 95.0;
    assert_relative_eq!(fit.estimate("common").unwrap(), mean, max_relative = 1e-11);
    assert_relative_eq!(fit.std_error("common").unwrap(), (mean / 95.0).sqrt(), max_relative = 1e-9);
    // The other way round it is the first that does not occur.
    let fit = poissons(&counts, [positive("rare").fixed(6.0), positive("common").start(2.5)]).weights(&days).fit();
    let fit = fit.unwrap();
    assert_eq!((fit.status("weight[common]"), fit.estimate("weight[common]")), (Ok(Status::AtLimit), Ok(1.0)));
    assert_relative_eq!(fit.estimate("common").unwrap(), mean, max_relative = 1e-11);
}

#[test]
fn one_of_three_components_may_be_at_its_limit() {
    let x = three_groups();
    let mixture =
        three_normals(&x).component([real("nobody").fixed(40.0)], |[mu], &x| normal::ln_pdf(x, mu, Dual2::from(1.0)));
    let fit = mixture.fit().unwrap();
    assert_eq!((fit.status("weight[nobody]"), fit.estimate("weight[nobody]")), (Ok(Status::AtLimit), Ok(0.0)));
    let without = three_normals(&x).fit().unwrap();
    for name in without.names() {
        assert_relative_eq!(fit.estimate(name).unwrap(), without.estimate(name).unwrap(), epsilon = 1e-9);
        let (a, b) = (fit.std_error(name).unwrap(), without.std_error(name).unwrap());
        assert_relative_eq!(a, b, max_relative = 1e-8);
    }
}

#[test]
fn a_component_that_collapses_on_a_point_is_named() {
    let x = [0.4, -1.1, 2.5, 3.2, 1.9, -0.3];
    let mixture = Mixture::new(&x)
        .component([real("wide"), positive("sd_wide").start(2.0)], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("narrow").start(2.5), positive("sd_narrow").start(0.03)], |[mu, sd], &x| {
            normal::ln_pdf(x, mu, sd)
        })
        .on_collapse(Collapse::Error);
    let error = mixture.fit().unwrap_err();
    assert_snapshot!(error, @"mixture, component `narrow`: expected a component that is spread over its rows, found it collapsing on row 2 - the likelihood rises without end there; start it wider with .start(..), or hold its scale with .fixed(..)");
    let FitError::CollapsedComponent { rows, partial, .. } = error else { panic!("the likelihood is unbounded") };
    assert_eq!(rows, [2]);
    assert!(matches!(partial.termination(), Termination::AtInfinity { .. }), "{}", partial.termination());
    assert_eq!(partial.status("sd_narrow"), Ok(Status::Unbounded));
    // By Newton's method alone it is no maximum either.
    let Err(FitError::NotConverged(partial)) = mixture.fit_with(Newton::default()) else { panic!("unbounded") };
    assert!(matches!(partial.termination(), Termination::AtInfinity { .. }), "{}", partial.termination());
}

#[test]
fn from_narrow_starts_there_is_a_maximum_inside_or_a_component_is_named() {
    let mut random = Uniform(5);
    let (mut inside, mut collapsed, mut empty) = (0, 0, 0);
    for n in (8..38_u8).cycle().take(90) {
        let x: Vec<f64> = (0..n).map(|_| random.normal() + if random.next() < 0.4 { 3.0 } else { 0.0 }).collect();
        let centre = x[usize::from(n / 2)];
        let sd = 10.0_f64.powf(-2.5 * random.next());
        let mixture = Mixture::new(&x)
            .component([real("a"), positive("sd_a").start(1.5)], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
            .component([real("b").start(centre + 0.1 * sd), positive("sd_b").start(sd)], |[mu, sd], &x| {
                normal::ln_pdf(x, mu, sd)
            })
            .on_collapse(Collapse::Error);
        match mixture.fit() {
            Ok(fit) => {
                inside += 1;
                assert!(fit.termination().is_converged());
                assert!(fit.std_errors().is_ok(), "{fit}");
            }
            Err(FitError::CollapsedComponent { component, rows, .. }) => {
                collapsed += 1;
                assert!(rows.len() <= 2 && ["a", "b"].contains(&&*component));
            }
            Err(FitError::EmptyComponent { .. }) => empty += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(inside > 50 && collapsed > 5 && empty < 5, "{inside} {collapsed} {empty}");
}

#[test]
fn a_first_component_of_weight_zero_is_left_out() {
    let x = three_groups();
    let low_and_rest = |mixture: Mixture<'static, f64>| {
        mixture
            .component([real("low").start(-1.0), positive("sd_low")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
            .component([real("rest").start(5.0), positive("sd_rest")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
    };
    let x: &'static [f64] = x.leak();
    let without = low_and_rest(Mixture::new(x)).fit().unwrap();
    // Its density is 0 in every row, to rounding; or just too low.
    for nobody in [60.0, 12.0] {
        let mixture = low_and_rest(
            Mixture::new(x)
                .component([real("nobody").fixed(nobody)], |[mu], &x| normal::ln_pdf(x, mu, Dual2::from(1.0))),
        );
        let fit = mixture.fit().unwrap();
        assert_eq!(fit.names(), without.names());
        assert_relative_eq!(fit.coefficients(), without.coefficients(), max_relative = 1e-10);
        assert_relative_eq!(fit.std_errors().unwrap(), without.std_errors().unwrap(), max_relative = 1e-9);
        assert_eq!(fit.warnings(), [Warning::WeightZero { component: "nobody".into() }]);
        let weights = mixture.mixing_weights(&fit).unwrap();
        assert_eq!(weights[(0, 0)], 0.0);
        assert_eq!(weights[(0, 2)], fit.estimate("weight[rest]").unwrap());
        assert_relative_eq!(weights.sum(), 1.0, max_relative = 1e-15);
        let responsibilities = mixture.responsibilities(&fit).unwrap();
        assert!(responsibilities.column(0).iter().all(|&r| r == 0.0));
        assert_relative_eq!(responsibilities.sum(), 800.0, max_relative = 1e-13);
    }
}

#[test]
fn a_component_that_fits_no_row_at_the_start_finds_its_rows() {
    let mixture = poissons(&DEATHS, [positive("near").start(2.0), positive("far").start(1e6)]).weights(&DAYS);
    let fit = mixture.fit().unwrap();
    assert_relative_eq!(fit.log_likelihood(), -1_989.945_859_882_964_2, max_relative = 1e-12);
    assert_relative_eq!(fit.estimate("far").unwrap(), 1.256_095_101_224_338, max_relative = 1e-9);
}

#[test]
fn a_component_held_where_it_fits_no_row_has_weight_zero() {
    let mixture = poissons(&DEATHS, [positive("near").start(2.0), positive("far").fixed(1e6)]).weights(&DAYS);
    let fit = mixture.fit().unwrap();
    assert_eq!(fit.status("weight[far]"), Ok(Status::AtLimit));
    let mean = DEATHS.iter().zip(DAYS).map(|(&k, w)| k as f64 * w).sum::<f64>() / DAYS.iter().sum::<f64>();
    assert_relative_eq!(fit.estimate("near").unwrap(), mean, max_relative = 1e-10);
}

/// Searches on counts of one kind run to where components are empty, or equal: an error or a fit, never a panic.
#[test]
fn too_many_components_end_in_an_answer() {
    let counts: Vec<u64> = (0..6).collect();
    let days = [2., 6., 10., 8., 4., 2.];
    let mut answers = 0;
    for (b, c) in [(3.0, 8.0), (2.5, 4.0), (3.0, 30.0), (1.5, 2.0)] {
        let mixture = Mixture::new(&counts)
            .weights(&days)
            .component([positive("a").start(1.0)], |[m], &x| poisson::ln_pmf(x, m))
            .component([positive("b").start(b)], |[m], &x| poisson::ln_pmf(x, m))
            .component([positive("c").start(c)], |[m], &x| poisson::ln_pmf(x, m));
        if let Ok(fit) = mixture.fit() {
            // One Poisson of the mean 76 / 32 is all there is.
            assert!(fit.log_likelihood() >= -53.8130 && fit.log_likelihood() < -53.0);
            answers += 1;
        }
    }
    assert!(answers > 0);
}
