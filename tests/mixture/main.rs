//! Mixtures of densities written as closures, against the same likelihoods written as one closure.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::Status;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

/// Deaths of women over 80 per day, The Times 1910-1912; Hasselblad (1969). Days with 0 to 9 deaths.
const DAYS: [f64; 10] = [162., 267., 271., 185., 111., 61., 27., 8., 3., 1.];
const DEATHS: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

fn poissons(deaths: &[u64], parameters: [Parameter; 2]) -> Mixture<'_, u64> {
    let [first, second] = parameters;
    Mixture::new(deaths)
        .component([first], |[mean], &k| poisson::ln_pmf(k, mean))
        .component([second], |[mean], &k| poisson::ln_pmf(k, mean))
}

#[test]
fn death_notices_take_few_evaluations() {
    let mixture = poissons(&DEATHS, [positive("winter").start(2.5), positive("summer").start(1.0)]).weights(&DAYS);
    let fit = mixture.fit().unwrap();
    assert_eq!(fit.names(), ["winter", "summer", "weight[summer]"]);
    for (name, estimate, std_error) in [
        ("weight[summer]", 0.359_885_396_984_934_8, 0.194_684_298_687_775_76),
        ("summer", 1.256_095_101_224_338, 0.350_029_711_396_917_4),
        ("winter", 2.663_404_356_632_472_7, 0.250_478_270_308_696_94),
    ] {
        assert_relative_eq!(fit.estimate(name).unwrap(), estimate, max_relative = 1e-11);
        assert_relative_eq!(fit.std_error(name).unwrap(), std_error, max_relative = 1e-9);
    }
    assert_relative_eq!(fit.log_likelihood(), -1_989.945_859_882_964_2, max_relative = 1e-14);
    assert_eq!(fit.method(), "EM with SQUAREM");
    let evaluations = fit.evaluations();
    let found = evaluations.values + evaluations.gradients + evaluations.hessians;
    assert!(found <= 40, "{evaluations:?}");
}

/// A response, a covariate, and one more for one of the components.
type Point = (f64, f64, f64);

/// Uniform numbers in (0, 1), the same on every machine: a linear congruential generator (Knuth's MMIX).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Box & Muller (1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.next().ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }
}

/// Three tenths of the points follow the second line.
fn two_lines(n: usize) -> Vec<Point> {
    let mut random = Uniform(20);
    let point = |_| {
        let (x, z) = (4.0 * random.next() - 2.0, random.normal());
        let second = random.next() < 0.3;
        let mu = if second { 3.0 - 1.5 * x + 0.7 * z } else { -1.0 + 0.8 * x };
        (mu + if second { 0.9 } else { 0.5 } * random.normal(), x, z)
    };
    (0..n).map(point).collect()
}

struct Designs(Design, Design);

fn designs(points: &[Point]) -> Designs {
    let first = Design::from_rows(points, ["(intercept)", "x"], |p| [1.0, p.1]).unwrap();
    let second = Design::from_rows(points, ["(intercept)", "x", "z"], |p| [1.0, p.1, p.2]).unwrap();
    Designs(first, second.offset(points.iter().map(|p| 0.1 * p.1)).unwrap())
}

fn regressions<'a>(points: &'a [Point], Designs(first, second): &Designs) -> Mixture<'a, Point> {
    Mixture::new(points)
        .component([linear("a", first), positive("sd_a").start(1.0)], |[mu, sd], p| normal::ln_pdf(p.0, mu, sd))
        .component([linear("b", second).start([2.0, 0.0, 0.0]), positive("sd_b").start(1.3)], |[mu, sd], p| {
            normal::ln_pdf(p.0, mu, sd)
        })
}

/// The same likelihood as one closure; coefficients in the same order.
fn in_one<'a>(points: &'a [Point], Designs(first, second): &Designs) -> impl MaximumLikelihood + use<'a> {
    let parameters = [
        linear("a", first),
        positive("sd_a").start(1.0),
        linear("b", second).start([2.0, 0.0, 0.0]),
        positive("sd_b").start(1.3),
        probability("weight[b]"),
    ];
    Model::new(points, parameters, |[a, sd_a, b, sd_b, w], p: &Point| {
        ln_sum_exp(&[(1.0 - w).ln() + normal::ln_pdf(p.0, a, sd_a), w.ln() + normal::ln_pdf(p.0, b, sd_b)])
    })
}

fn assert_same_derivatives(mixture: &impl Likelihood, one: &impl Likelihood, theta: &[f64]) {
    let (value, score, hessian) = mixture.log_likelihood_score_hessian(theta);
    let (expected_value, expected_score, expected_hessian) = one.log_likelihood_score_hessian(theta);
    assert_relative_eq!(value, expected_value, max_relative = 1e-13);
    assert_relative_eq!(score, expected_score, max_relative = 1e-11, epsilon = 1e-11 * expected_score.amax());
    assert_relative_eq!(hessian, expected_hessian, max_relative = 1e-11, epsilon = 1e-11 * expected_hessian.amax());
    assert_eq!(mixture.log_likelihood(theta), value);
    assert_eq!(mixture.log_likelihood_score(theta), (value, score));
}

#[test]
fn score_and_hessian_are_those_of_one_closure() {
    // More rows than a block has, and no whole number of blocks.
    let points = two_lines(601);
    let designs = designs(&points);
    let theta = [0.3, 0.5, 0.8, 1.7, -0.6, 0.2, 1.4, 0.35];
    assert_same_derivatives(&regressions(&points, &designs), &in_one(&points, &designs), &theta);
    // Rows that are all but sure.
    let sure = [-1.0, 0.8, 0.01, 3.0, -1.5, 0.7, 0.02, 0.3];
    assert_same_derivatives(&regressions(&points, &designs), &in_one(&points, &designs), &sure);
}

#[test]
fn score_and_hessian_of_three_different_components_are_those_of_one_closure() {
    let times: Vec<f64> = (1..300).map(|i| 0.02 * f64::from(i)).collect();
    let weights: Vec<f64> = (1..300).map(|i| f64::from(i % 7) / 3.0).collect();
    let mixture = Mixture::new(&times)
        .weights(&weights)
        .component([positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate))
        .component([positive("shape"), positive("scale")], |[shape, scale], &t| weibull::ln_pdf(t, shape, scale))
        .component([real("mu"), positive("sigma")], |[mu, sigma], &t| normal::ln_pdf(t, mu, sigma))
        .named("normal");
    let parameters = ["rate", "shape", "scale", "mu", "sigma", "weight[shape]", "weight[normal]"].map(real);
    let one = Model::new(&times, parameters, |[rate, shape, scale, mu, sigma, v, w], &t| {
        ln_sum_exp(&[
            (1.0 - v - w).ln() + exponential::ln_pdf(t, rate),
            v.ln() + weibull::ln_pdf(t, shape, scale),
            w.ln() + normal::ln_pdf(t, mu, sigma),
        ])
    })
    .weights(&weights);
    let theta = [0.7, 1.9, 2.3, 3.1, 0.8, 0.25, 0.4];
    assert_same_derivatives(&mixture, &one, &theta);
    let names: Vec<String> = mixture.parameters().iter().flat_map(Parameter::coefficient_names).collect();
    assert_eq!(names, ["rate", "shape", "scale", "mu", "sigma", "weight[shape]", "weight[normal]"]);
    // Some of the rows, one of them twice.
    let (value, score) = mixture.log_likelihood_score_of(&[280, 3, 17, 280], &theta);
    let (expected_value, expected_score) = one.log_likelihood_score_of(&[280, 3, 17, 280], &theta);
    assert_relative_eq!(value, expected_value, max_relative = 1e-13);
    assert_relative_eq!(score, expected_score, max_relative = 1e-12);
}

#[test]
fn a_mixture_of_regressions_is_recovered_and_agrees_with_newton_on_one_closure() {
    let points = two_lines(1500);
    let designs = designs(&points);
    let mixture = regressions(&points, &designs);
    let fit = mixture.fit().unwrap();
    let newton = in_one(&points, &designs).fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(fit.coefficients(), newton.coefficients(), max_relative = 1e-10);
    assert_relative_eq!(fit.std_errors().unwrap(), newton.std_errors().unwrap(), max_relative = 1e-10);
    assert_relative_eq!(fit.log_likelihood(), newton.log_likelihood(), max_relative = 1e-13);

    let truth = [-1.0, 0.8, 0.5, 3.0, -1.6, 0.7, 0.9, 0.3];
    for (name, truth) in fit.names().iter().zip(truth) {
        let (estimate, std_error) = (fit.estimate(name).unwrap(), fit.std_error(name).unwrap());
        assert!((estimate - truth).abs() < 3.0 * std_error, "{name}: {estimate} +- {std_error}, truth {truth}");
    }
    // Newton's method alone, from a start nearby.
    let direct = mixture.fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(direct.coefficients(), fit.coefficients(), max_relative = 1e-10);

    let responsibilities = mixture.responsibilities(&fit).unwrap();
    assert_eq!(responsibilities.shape(), (1500, 2));
    for row in responsibilities.row_iter() {
        assert_relative_eq!(row.sum(), 1.0, max_relative = 1e-14);
    }
    assert_relative_eq!(mixture.ln_densities(&fit).unwrap().sum(), fit.log_likelihood(), max_relative = 1e-12);
    let labels = mixture.labels(&fit).unwrap();
    let second = labels.iter().filter(|&&label| label == Some(1)).count() as f64;
    assert!((second / 1500.0 - 0.3).abs() < 0.05, "{second}");
}

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

/// Three groups of weights 0.5, 0.3 and 0.2.
fn three_groups() -> Vec<f64> {
    let mut random = Uniform(3);
    let point = |_| {
        let (u, z) = (random.next(), random.normal());
        if u < 0.5 {
            0.8 * z
        } else if u < 0.8 {
            4.0 + 0.6 * z
        } else {
            7.0 + z
        }
    };
    (0..800).map(point).collect()
}

fn three_normals(x: &[f64]) -> Mixture<'_, f64> {
    Mixture::new(x)
        .component([real("low").start(-1.0), positive("sd_low")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("middle").start(3.0), positive("sd_middle")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("high").start(9.0), positive("sd_high")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
}

#[test]
fn three_components_have_joint_weights_and_the_fit_of_one_closure() {
    let x = three_groups();
    let fit = three_normals(&x).fit().unwrap();
    let one = Model::new(
        &x,
        [
            real("low"),
            positive("sd_low"),
            real("middle"),
            positive("sd_middle"),
            real("high"),
            positive("sd_high"),
            real("weight[middle]"),
            real("weight[high]"),
        ],
        |[a, sd_a, b, sd_b, c, sd_c, v, w], &x| {
            ln_sum_exp(&[
                (1.0 - v - w).ln() + normal::ln_pdf(x, a, sd_a),
                v.ln() + normal::ln_pdf(x, b, sd_b),
                w.ln() + normal::ln_pdf(x, c, sd_c),
            ])
        },
    );
    let newton = one.fit_from(&fit, Newton::default()).unwrap();
    assert_eq!(fit.names(), newton.names());
    assert_relative_eq!(fit.coefficients(), newton.coefficients(), max_relative = 1e-10, epsilon = 1e-10);
    assert_relative_eq!(fit.std_errors().unwrap(), newton.std_errors().unwrap(), max_relative = 1e-10);
    assert_relative_eq!(fit.vcov().unwrap(), newton.vcov().unwrap(), max_relative = 1e-8, epsilon = 1e-14);
    // The information on the natural scale goes there and back through the free one.
    let scale = newton.observed_information().amax();
    assert_relative_eq!(fit.observed_information(), newton.observed_information(), epsilon = 1e-12 * scale);
    for (name, truth) in [("middle", 4.0), ("sd_low", 0.8), ("weight[middle]", 0.3), ("weight[high]", 0.2)] {
        let (estimate, std_error) = (fit.estimate(name).unwrap(), fit.std_error(name).unwrap());
        assert!((estimate - truth).abs() < 3.0 * std_error, "{name}: {estimate} +- {std_error}, truth {truth}");
    }
    // Newton's method and L-BFGS on the joint free scale, from a distance.
    let again = three_normals(&x).fit_with(Lbfgs::default()).unwrap();
    assert_relative_eq!(again.coefficients(), fit.coefficients(), max_relative = 1e-6, epsilon = 1e-6); // its tolerance
    let (lower, upper) = fit.confint_of("weight[high]", 0.95).unwrap();
    assert!(0.0 < lower && lower < 0.2 && 0.2 < upper && upper < 1.0, "{lower} {upper}");
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
        });
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
            });
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
fn a_first_component_that_does_not_occur_has_no_standard_errors_beside_it() {
    let x = three_groups();
    // Its density is 0 in every row, to rounding.
    let mixture = Mixture::new(&x)
        .component([real("nobody").fixed(60.0)], |[mu], &x| normal::ln_pdf(x, mu, Dual2::from(1.0)))
        .component([real("low").start(-1.0), positive("sd_low")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("rest").start(5.0), positive("sd_rest")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd));
    // The end of the joint scale where the first weight is 0 is none of a single coefficient: it is reached, but not as a limit.
    let fit = match mixture.fit() {
        Ok(fit) => fit,
        Err(FitError::NotConverged(partial)) => *partial,
        Err(other) => panic!("{other}"),
    };
    let without = Mixture::new(&x)
        .component([real("low").start(-1.0), positive("sd_low")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("rest").start(5.0), positive("sd_rest")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .fit()
        .unwrap();
    assert_relative_eq!(fit.log_likelihood(), without.log_likelihood(), max_relative = 1e-12);
    let sum = fit.estimate("weight[low]").unwrap() + fit.estimate("weight[rest]").unwrap();
    assert_relative_eq!(sum, 1.0, max_relative = 1e-12);
    assert!(matches!(fit.std_errors(), Err(InferenceError::SingularInformation { .. })));
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

#[test]
fn what_is_no_mixture_is_said_before_it_is_fitted() {
    let message = |mixture: Mixture<'_, u64>| mixture.fit().unwrap_err().to_string();
    let one = || positive("one").start(2.0);
    assert_snapshot!(message(Mixture::new(&DEATHS)), @"mixture: expected at least two components, found 0 - for one component use Model::new");
    let single = Mixture::new(&DEATHS).component([one()], |[mean], &k| poisson::ln_pmf(k, mean));
    assert_snapshot!(message(single), @"mixture: expected at least two components, found 1 - for one component use Model::new");
    assert_snapshot!(message(poissons(&DEATHS[..1], [one(), positive("two")])), @"mixture: expected at most as many components as rows of weight above 0, which are 1, found 2 - leave components out");
    assert_snapshot!(message(poissons(&DEATHS, [one(), one()])), @"parameters: expected different names, found `one` twice - rename one of them");
    assert_snapshot!(message(poissons(&DEATHS, [one(), positive("two").start(2.0)])), @"mixture, components `one` and `two`: expected different densities at the start, found the same for every row - nothing would tell them apart; give them different values with .start(..)");
    assert_snapshot!(message(poissons(&DEATHS, [one(), positive("two")]).weights(&DAYS[1..])), @"weights: expected 10 values, one for each row of data, found 9 - build it from the same rows as the model");
    assert_snapshot!(message(Mixture::new(&DEATHS).named("early")), @"mixture: expected a component before its name, found `early` first - call .named(..) after .component(..)");
    assert_snapshot!(message(poissons(&[], [one(), positive("two")])), @"model: expected at least one row of data, found none - check the filter or file that the rows come from");
}

#[test]
fn a_fit_of_another_mixture_is_refused() {
    let fit = poissons(&DEATHS, [positive("a").start(2.5), positive("b")]).weights(&DAYS).fit().unwrap();
    let other = poissons(&DEATHS, [positive("a").start(2.5), positive("c")]);
    let refused: Result<DMatrix<f64>, _> = other.responsibilities(&fit);
    assert_snapshot!(refused.unwrap_err(), @"fit: expected the name of a coefficient, found `c` - the names are `a`, `b`, `weight[b]`");
    let densities: DVector<f64> = poissons(&DEATHS, [positive("a"), positive("b")]).ln_densities(&fit).unwrap();
    let weighted: f64 = densities.iter().zip(DAYS).map(|(l, w)| w * l).sum();
    assert_relative_eq!(weighted, fit.log_likelihood(), max_relative = 1e-14);
}
