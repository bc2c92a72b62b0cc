//! EM on models with missing data: known answers, wrong steps, ways to fail.
mod missing_data;

use std::cell::Cell;
use std::ops::ControlFlow;

use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik_optimizer::{
    Bounds, Em, EmError, ExpectationMaximization, Newton, Objective, Report, Step, Termination, minimize,
};
use missing_data::{CensoredExponential, Linkage, PoissonMixture, StudentT};
use nalgebra::{DMatrix, DVector, dvector};

/// The maximum for the mixture of Hasselblad's deaths: weight and mean of the first component, mean of the second.
const DEATHS: [f64; 3] = [0.359_885_396_984_934_8, 1.256_095_101_224_338, 2.663_404_356_632_472_7];

/// EM alone: Newton's method only confirms.
fn alone() -> Em {
    Em::default().with_newton_from(0.0)
}

fn plain() -> Em {
    alone().with_acceleration(false)
}

fn fit_deaths(em: Em, start: [f64; 3]) -> Report {
    let mixture = PoissonMixture::deaths();
    em.minimize(&mixture, &mixture, &PoissonMixture::bounds(), &DVector::from(start.to_vec())).unwrap()
}

/// E-steps, each with its M-step, and evaluations of the objective.
fn maps_and_evaluations(report: &Report) -> usize {
    report.evaluations.values + report.evaluations.gradients + report.evaluations.hessians
}

fn assert_is_the_maximum_of_deaths(report: &Report) {
    assert!(matches!(report.termination, Termination::Converged { decrement, .. } if decrement < 1e-10));
    let [w, m_1, m_2] = DEATHS;
    let expected = if report.x[1] < report.x[2] { DEATHS } else { [1.0 - w, m_2, m_1] };
    for (found, expected) in report.x.iter().zip(expected) {
        assert_relative_eq!(*found, expected, max_relative = 1e-11);
    }
    assert_relative_eq!(report.value, 1_989.945_859_882_964_2, max_relative = 1e-14);
}

fn positive() -> Bounds {
    Bounds { lower: dvector![0.0], upper: dvector![f64::INFINITY] }
}

fn unit_interval() -> Bounds {
    Bounds { lower: dvector![0.0], upper: dvector![1.0] }
}

#[test]
fn plain_em_takes_the_iterates_of_the_textbook() {
    // Dempster, Laird & Rubin (1977), equations (1.4) and (1.5): from 1/2 to 59/97, 15977/25591, ..
    let mut theta = 0.5;
    for maps in 1..=8 {
        let x = 125.0 * theta / (2.0 + theta);
        theta = (x + 34.0) / (x + 72.0);
        let em = plain().with_max_iterations(maps).with_tolerance(0.0);
        let report = em.minimize(&Linkage, &Linkage, &unit_interval(), &dvector![0.5]).unwrap();
        assert_relative_eq!(report.x[0], theta, max_relative = 1e-15);
        match maps {
            1 => assert_relative_eq!(theta, 59.0 / 97.0, max_relative = 1e-15),
            2 => assert_relative_eq!(theta, 15_977.0 / 25_591.0, max_relative = 1e-15),
            _ => {}
        }
        assert_eq!(report.method, "EM");
    }
}

#[test]
fn the_linkage_of_dempster_laird_and_rubin_is_found_from_anywhere() {
    for start in [0.01, 0.5, 0.99] {
        let report = Em::default().minimize(&Linkage, &Linkage, &unit_interval(), &dvector![start]).unwrap();
        assert!(report.termination.is_converged());
        assert_relative_eq!(report.x[0], 0.626_821_497_870_982_4, max_relative = 1e-12);
        // The root of 197 theta^2 - 15 theta - 68.
        assert_relative_eq!(report.x[0], (15.0 + f64::sqrt(225.0 + 4.0 * 197.0 * 68.0)) / 394.0, max_relative = 1e-12);
    }
}

#[test]
fn the_mixture_of_hasselblad_needs_few_maps() {
    // The maximum within 40 maps and evaluations from where a user would start; 2586 maps of plain EM are still 1e-6 away.
    for (start, most) in [
        ([0.5, 1.0, 2.5], 40),
        ([0.3, 1.0, 2.5], 40),
        ([0.5, 1.0, 3.0], 40),
        ([0.5, 2.0, 2.3], 40),
        ([0.9, 0.1, 6.0], 40),
        ([0.01, 0.5, 8.0], 40),
        ([0.2, 9.0, 0.5], 75),
    ] {
        let report = fit_deaths(Em::default(), start);
        assert_is_the_maximum_of_deaths(&report);
        let found = maps_and_evaluations(&report);
        assert!(found <= most, "{start:?}: {found} maps and evaluations");
        assert_eq!(report.method, "EM with SQUAREM");
    }
}

#[test]
fn squarem_alone_takes_a_twentieth_of_the_maps_of_plain_em() {
    for start in [[0.5, 1.0, 2.5], [0.9, 0.1, 6.0], [0.2, 9.0, 0.5]] {
        let [accelerated, plain] = [alone(), plain()].map(|em| {
            let report = fit_deaths(em, start);
            assert_is_the_maximum_of_deaths(&report);
            maps_and_evaluations(&report)
        });
        assert!(20 * accelerated < plain, "{start:?}: {accelerated} and {plain}");
    }
}

#[test]
fn components_that_start_alike_are_told_apart_by_the_way_off_the_saddle() {
    for em in [Em::default(), alone()] {
        assert_is_the_maximum_of_deaths(&fit_deaths(em, [0.5, 2.1, 2.1]));
    }
}

#[test]
fn the_log_likelihood_never_falls() {
    let mut random = Random(20_260_101);
    for _ in 0..200 {
        let start = [random.next(), 10.0 * random.next(), 10.0 * random.next()];
        for em in [Em::default(), alone().with_max_iterations(200), plain().with_max_iterations(200)] {
            let report = fit_deaths(em, start);
            let mut best = f64::INFINITY;
            for line in &report.trace {
                assert!(line.value <= best + 1e-12 * best.abs(), "{start:?}, {em:?}: {} after {best}", line.value);
                best = best.min(line.value);
            }
            assert!(report.value <= best + 1e-12 * best.abs());
        }
    }
}

/// Numbers in (0, 1): the linear congruential generator of Knuth.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

#[test]
fn a_model_in_other_units_takes_the_same_steps() {
    for em in [Em::default(), alone()] {
        let one = fit_deaths(em, [0.5, 1.0, 3.0]);
        let other = PoissonMixture { units: 1024.0, ..PoissonMixture::deaths() };
        let start = dvector![0.5, 1024.0, 3072.0];
        let report = em.minimize(&other, &other, &PoissonMixture::bounds(), &start).unwrap();
        assert_eq!(report.evaluations, one.evaluations);
        assert_relative_eq!(report.x, one.x.component_mul(&dvector![1.0, 1024.0, 1024.0]), max_relative = 1e-11);
    }
}

fn lifetimes() -> CensoredExponential {
    CensoredExponential { failed: vec![12.0, 3.5, 40.1, 7.7], censored: vec![50.0; 16] }
}

#[test]
fn censored_lifetimes_have_the_mean_of_the_formula() {
    let lifetimes = lifetimes();
    for em in [Em::default(), alone(), plain()] {
        for start in [1.0, 215.0, 4e4] {
            let report = em.minimize(&lifetimes, &lifetimes, &positive(), &dvector![start]).unwrap();
            assert!(report.termination.is_converged(), "{}", report.termination);
            assert_relative_eq!(report.x[0], lifetimes.maximum(), max_relative = 1e-11);
        }
    }
}

#[test]
fn the_estimated_decrement_is_the_exact_one_once_the_slowest_direction_shows() {
    let after = |maps: usize| plain().with_max_iterations(maps).with_tolerance(0.0);
    let ratio = |report: &Report| report.trace.last().unwrap().decrement / report.decrement.value;
    // One variable: at once, but for the change of the rate along the way.
    let lifetimes = lifetimes();
    let report = after(20).minimize(&lifetimes, &lifetimes, &positive(), &dvector![100.0]).unwrap();
    assert_relative_eq!(ratio(&report), 1.0, max_relative = 0.02);
    // Three variables: the rate 0.996 shows after a hundred maps.
    let report = fit_deaths(after(1000), [0.5, 1.0, 3.0]);
    assert!((1e-6..1e-3).contains(&report.decrement.value), "{:?}", report.decrement);
    assert_relative_eq!(ratio(&report), 1.0, max_relative = 0.05);
}

#[test]
fn student_t_by_em_is_student_t_by_newton() {
    let t = StudentT { x: vec![1.2, 3.4, -0.7, 2.2, 18.0, 1.9, 0.4, 2.6, -9.0, 1.1], nu: 3.0 };
    let bounds = Bounds { lower: dvector![f64::NEG_INFINITY, 0.0], upper: dvector![f64::INFINITY, f64::INFINITY] };
    let newton = minimize(&Newton::default(), &t, &bounds, &dvector![1.0, 4.0]).unwrap();
    for em in [Em::default(), alone(), plain()] {
        for start in [dvector![1.0, 4.0], dvector![-10.0, 40.0], dvector![1.4, 0.3]] {
            let report = em.minimize(&t, &t, &bounds, &start).unwrap();
            assert!(report.termination.is_converged());
            assert_relative_eq!(report.x, newton.x, max_relative = 1e-11);
        }
    }
}

/// Days on which the component of mean 5 does not occur: `(1 - w) Poisson(2) + w Poisson(5)` is most likely with `w = 0`.
struct Superfluous;

const DAYS: [f64; 6] = [14.0, 27.0, 28.0, 17.0, 8.0, 2.0];

fn odds(k: usize) -> f64 {
    2.5_f64.powf(k as f64) * (-3.0_f64).exp()
}

impl Objective for Superfluous {
    fn dimension(&self) -> usize {
        1
    }

    /// Up to a constant: `-sum n_k ln(1 + w (odds_k - 1))`.
    fn value_gradient_hessian(&self, w: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let mut sums = [0.0; 3];
        for (k, n) in DAYS.iter().enumerate() {
            let gain = odds(k) - 1.0;
            let part = gain / (1.0 + w[0] * gain);
            sums[0] -= n * (w[0] * gain).ln_1p();
            sums[1] -= n * part;
            sums[2] += n * part * part;
        }
        (sums[0], dvector![sums[1]], DMatrix::from_element(1, 1, sums[2]))
    }
}

impl ExpectationMaximization for Superfluous {
    /// Expected days of the second component.
    type Statistics = f64;

    fn e_step(&self, w: &DVector<f64>) -> (f64, f64) {
        let expected = DAYS.iter().enumerate().map(|(k, n)| n * w[0] * odds(k) / (1.0 + w[0] * (odds(k) - 1.0)));
        (-self.value(w), expected.sum())
    }

    fn m_step(&self, &days: &f64) -> DVector<f64> {
        dvector![days / DAYS.iter().sum::<f64>()]
    }

    fn q_gradient(&self, w: &DVector<f64>, &days: &f64) -> DVector<f64> {
        let others = DAYS.iter().sum::<f64>() - days;
        dvector![if days == 0.0 { 0.0 } else { days / w[0] } - others / (1.0 - w[0])]
    }
}

#[test]
fn a_weight_goes_to_its_bound_zero() {
    for em in [Em::default(), alone(), plain()] {
        let report = em.minimize(&Superfluous, &Superfluous, &unit_interval(), &dvector![0.4]).unwrap();
        assert!(report.termination.is_converged(), "{}", report.termination);
        assert_eq!(report.x[0], 0.0);
        assert!(report.gradient[0] > 1.0, "the likelihood falls from the bound");
    }
}

/// The mixture of Hasselblad's deaths with something wrong.
struct Faulty<F> {
    mixture: PoissonMixture,
    fault: F,
}

/// What the steps return, to be spoilt.
enum Returned<'a> {
    EStep(&'a DVector<f64>, &'a mut f64, &'a mut [f64; 4]),
    MStep(&'a mut DVector<f64>),
    QGradient(&'a mut DVector<f64>),
}

impl<F: Fn(Returned<'_>)> ExpectationMaximization for Faulty<F> {
    type Statistics = [f64; 4];

    fn e_step(&self, theta: &DVector<f64>) -> (f64, [f64; 4]) {
        let (mut log_likelihood, mut statistics) = self.mixture.e_step(theta);
        (self.fault)(Returned::EStep(theta, &mut log_likelihood, &mut statistics));
        (log_likelihood, statistics)
    }

    fn m_step(&self, statistics: &[f64; 4]) -> DVector<f64> {
        let mut theta = self.mixture.m_step(statistics);
        (self.fault)(Returned::MStep(&mut theta));
        theta
    }

    fn q_gradient(&self, theta: &DVector<f64>, statistics: &[f64; 4]) -> DVector<f64> {
        let mut gradient = self.mixture.q_gradient(theta, statistics);
        (self.fault)(Returned::QGradient(&mut gradient));
        gradient
    }
}

fn run(em: Em, fault: impl Fn(Returned<'_>)) -> Result<Report, EmError> {
    let steps = Faulty { mixture: PoissonMixture::deaths(), fault };
    em.minimize(&steps, &steps.mixture, &PoissonMixture::bounds(), &dvector![0.5, 1.0, 2.5])
}

fn refused(fault: impl Fn(Returned<'_>)) -> EmError {
    run(Em::default(), fault).unwrap_err()
}

#[test]
fn steps_without_fault_pass() {
    assert_is_the_maximum_of_deaths(&run(Em::default(), |_| {}).unwrap());
}

#[test]
fn a_wrong_step_is_named() {
    assert_snapshot!(refused(|step| if let Returned::EStep(_, l, _) = step { *l += 2.5 }), @"E-step: expected the log-likelihood -2029.802019784 of the objective, found -2027.302019784 - are the constants of the density there, the weights, all rows?");
    assert_snapshot!(refused(|step| if let Returned::EStep(_, _, t) = step { t[1] *= 1.01 }), @"E-step: expected statistics whose Q has the slope of the log-likelihood, 1.110313e2 in variable 1, found 1.168706e2 - are they the expectations given the observed data at this point? (if the slopes differ by a factor: is it missing in the gradient of Q?)");
    assert_snapshot!(refused(|step| if let Returned::MStep(theta) = step { theta[2] *= 1.01 }), @"M-step: expected a point where the slope of Q vanishes, found a slope of -6.169262e0 in variable 2 (before the step 8.893020e1) - if it only improves Q on purpose, say .with_exact_m_step(false)");
    assert_snapshot!(refused(|step| if let Returned::QGradient(q) = step { q[0] += 0.5 }), @"gradient of Q: expected the slope of the log-likelihood, -3.003819e2 in variable 0, found -2.998819e2, and it does not vanish after the M-step - is it the derivative of what the M-step maximises?");
    assert_snapshot!(refused(|step| if let Returned::QGradient(q) = step { q[1] = f64::NAN }), @"gradient of Q: expected the slope of the log-likelihood, 1.110313e2 in variable 1, found NaN, and it does not vanish after the M-step - is it the derivative of what the M-step maximises?");
    assert_snapshot!(refused(|step| if let Returned::MStep(theta) = step { theta[0] = 1.5 }), @"M-step: expected a finite number within [0, 1] for variable 0, found 1.5");
    assert_snapshot!(refused(|step| if let Returned::MStep(theta) = step { *theta = dvector![0.5] }), @"M-step: expected a number for each of the objective's 3 variables, found 1");
    assert_snapshot!(refused(|step| if let Returned::QGradient(q) = step { *q = dvector![0.5] }), @"gradient of Q: expected a number for each of the objective's 3 variables, found 1");
}

#[test]
fn a_small_fault_is_found_where_the_score_vanishes() {
    let mixture = PoissonMixture::deaths();
    let check = |fault: fn(Returned<'_>)| {
        let steps = Faulty { mixture: PoissonMixture::deaths(), fault };
        Em::default().check(&steps, &mixture, &PoissonMixture::bounds(), &DVector::from(DEATHS.to_vec()))
    };
    assert_eq!(check(|_| {}), Ok(()));
    let wrong = check(|step| {
        if let Returned::EStep(_, _, t) = step {
            t[1] *= 1.0 + 1e-4;
        }
    });
    assert!(matches!(wrong, Err(EmError::EStep { variable: 1, .. })), "{wrong:?}");
    let wrong = check(|step| {
        if let Returned::MStep(theta) = step {
            theta[2] += 1e-4;
        }
    });
    assert!(matches!(wrong, Err(EmError::MStep { variable: 2, .. })), "{wrong:?}");
}

#[test]
fn a_step_that_is_wrong_only_away_from_the_start_is_found_in_the_end() {
    let away = |theta: &DVector<f64>| (theta[0] - 0.5).abs() > 1e-3;
    let e_step = |step: Returned<'_>| {
        if let Returned::EStep(theta, _, t) = step
            && away(theta)
        {
            t[1] *= 3.0;
        }
    };
    let log_likelihood = |step: Returned<'_>| {
        if let Returned::EStep(theta, l, _) = step
            && away(theta)
        {
            *l -= 50.0;
        }
    };
    for em in [Em::default(), alone(), plain()] {
        let found = run(em, e_step).unwrap_err();
        assert!(matches!(found, EmError::EStep { .. } | EmError::QGradient { .. }), "{found}");
        let found = run(em, log_likelihood).unwrap_err();
        assert!(matches!(found, EmError::LogLikelihood { .. }), "{found}");
    }
}

#[test]
fn a_map_that_falls_is_an_error() {
    let lifetimes = lifetimes();
    let steps = Falling(&lifetimes);
    let fell = plain().minimize(&steps, &lifetimes, &positive(), &dvector![100.0]).unwrap_err();
    assert_snapshot!(fell, @"E-step and M-step: expected a log-likelihood of at least -25.907341724 after them, found -35.106206887 - are they right at every point, or only at the start?");
}

/// The M-step overshoots as soon as the mean is above 150, but its slope is said to vanish there.
struct Falling<'a>(&'a CensoredExponential);

impl ExpectationMaximization for Falling<'_> {
    type Statistics = f64;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, f64) {
        self.0.e_step(theta)
    }

    fn m_step(&self, total: &f64) -> DVector<f64> {
        let theta = self.0.m_step(total);
        if theta[0] > 150.0 { theta * 40.0 } else { theta }
    }

    fn q_gradient(&self, theta: &DVector<f64>, total: &f64) -> DVector<f64> {
        if theta[0] > 5e3 { dvector![0.0] } else { self.0.q_gradient(theta, total) }
    }
}

#[test]
fn an_m_step_that_only_improves_q_is_generalised_em() {
    let last = Cell::new([0.0; 3]);
    let halfway = |step: Returned<'_>| match step {
        Returned::EStep(theta, ..) => last.set([theta[0], theta[1], theta[2]]),
        Returned::MStep(theta) => *theta = (&*theta + DVector::from(last.get().to_vec())) * 0.5,
        Returned::QGradient(_) => {}
    };
    assert!(matches!(run(Em::default(), halfway), Err(EmError::MStep { .. })));
    for em in [Em::default(), alone()] {
        assert_is_the_maximum_of_deaths(&run(em.with_exact_m_step(false), halfway).unwrap());
    }
}

#[test]
fn an_extrapolation_to_an_impossible_point_is_shortened() {
    // The check, the start, its map, an extrapolation and its map; a map and an extrapolation, which is then tried nearer.
    let visited = Cell::new(Vec::new());
    let report = run(alone(), |step| {
        if let Returned::EStep(theta, l, _) = step {
            let mut points = visited.take();
            points.push(theta.clone());
            if points.len() == 7 {
                *l = f64::NAN;
            }
            visited.set(points);
        }
    })
    .unwrap();
    let points = visited.take();
    let distance = |i: usize| (&points[i] - &points[4]).norm();
    let [map, impossible, nearer] = [5, 6, 7].map(distance);
    assert!(map < nearer && nearer < impossible, "{map}, {nearer}, {impossible}");
    assert_is_the_maximum_of_deaths(&report);
}

#[test]
fn an_e_step_that_is_not_a_number_is_named_where_the_objective_is_one() {
    let at_start = refused(|step| {
        if let Returned::EStep(_, l, _) = step {
            *l = f64::NAN;
        }
    });
    assert_snapshot!(at_start, @"E-step: expected the log-likelihood -2029.802019784 of the objective, found NaN - are the constants of the density there, the weights, all rows?");
    let later = |step: Returned<'_>| {
        if let Returned::EStep(theta, l, _) = step
            && theta[0] != 0.5
        {
            *l = f64::NAN;
        }
    };
    assert!(matches!(run(Em::default(), later), Err(EmError::LogLikelihood { found, .. }) if found.is_nan()));
}

#[test]
fn a_start_where_the_objective_is_not_finite_is_said_by_the_loop() {
    let lifetimes = lifetimes();
    let report = Em::default().minimize(&lifetimes, &lifetimes, &positive(), &dvector![0.0]).unwrap();
    assert_eq!(report.termination, Termination::NonFiniteStart);
}

#[test]
fn an_invalid_problem_is_refused_before_any_step() {
    let never = |_: Returned<'_>| panic!("a step was taken");
    let steps = Faulty { mixture: PoissonMixture::deaths(), fault: never };
    let error = Em::default().minimize(&steps, &steps.mixture, &Bounds::none(3), &dvector![0.5]).unwrap_err();
    let negative = Em::default().with_newton_from(-2.0);
    let setting = negative.minimize(&Linkage, &Linkage, &unit_interval(), &dvector![0.5]).unwrap_err();
    assert_snapshot!(setting, @"newton_from: expected a number of at least 0, found -2");
    assert_snapshot!(error, @"start: expected a number for each of the objective's 3 variables, found 1");
}

#[test]
fn who_watches_may_end_the_search() {
    let mixture = PoissonMixture::deaths();
    let mut lines = Vec::new();
    let report = plain()
        .minimize_watched(&mixture, &mixture, &PoissonMixture::bounds(), &dvector![0.5, 1.0, 2.5], &mut |line| {
            lines.push(*line);
            if lines.len() < 7 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .unwrap();
    assert!(matches!(report.termination, Termination::Interrupted { .. }));
    assert!(lines.iter().all(|line| matches!(line.step, Some(Step::Accepted { .. }))));
    assert_eq!((lines.len(), report.trace.len()), (7, 7));
}

#[test]
fn every_e_step_is_counted() {
    let calls = Cell::new(0);
    let count = |step: Returned<'_>| {
        if let Returned::EStep(..) = step {
            calls.set(calls.get() + 1);
        }
    };
    let report = run(alone(), count).unwrap();
    assert_eq!(report.evaluations.values, calls.get());
    // One for the check at the start.
    assert_eq!(report.evaluations.gradients, 1);
}
