//! Long series, standard errors, methods and published results.
use approx::assert_relative_eq;
use maxlik::Status;
use maxlik::model::HiddenMarkovLikelihood;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::random::{long_series, two_normals};
use crate::uniform::Uniform;

const TRUTH: [f64; 6] = [0.0, 1.0, 2.5, 1.6, 0.05, 0.1];

#[test]
fn a_million_rows_lose_no_digits() {
    let n = 1_000_000;
    let mut y = long_series(n);
    // A row that is far from both states: its densities are below the range of numbers.
    y[500_000] = 300.0;
    let model = two_normals(&y);
    let value = model.log_likelihood(&TRUTH);
    // In logarithms, brought back to 0 in each row, the sum compensated (Neumaier).
    let ln_p = [[0.95_f64, 0.05], [0.1, 0.9]].map(|row| row.map(f64::ln));
    let mut ln_alpha = [(2.0_f64 / 3.0).ln(), (1.0_f64 / 3.0).ln()];
    let (mut sum, mut correction) = (0.0_f64, 0.0);
    for (t, &y) in y.iter().enumerate() {
        let predicted = |j: usize| {
            if t == 0 { ln_alpha[j] } else { ln_sum_exp(&[ln_alpha[0] + ln_p[0][j], ln_alpha[1] + ln_p[1][j]]) }
        };
        let f = [normal::ln_pdf(y, 0.0, 1.0), normal::ln_pdf(y, 2.5, 1.6)];
        let joint = [predicted(0) + f[0], predicted(1) + f[1]];
        let c = ln_sum_exp(&joint);
        ln_alpha = joint.map(|joint| joint - c);
        let next = sum + c;
        correction += if sum.abs() >= c.abs() { (sum - next) + c } else { (c - next) + sum };
        sum = next;
    }
    assert!(value < -1.7e6, "{value}");
    assert_relative_eq!(value, sum + correction, max_relative = 1e-14);
    // The probabilities of the states have a sum of 1 everywhere.
    let fit = two_normals(&y[..1000]).fit().unwrap();
    let smoothed = model.smoothed(&fit).unwrap();
    for row in [0, 1, 499_999, 500_000, 500_001, n - 1] {
        assert_relative_eq!(smoothed.row(row).sum(), 1.0, max_relative = 1e-14);
    }
}

#[test]
fn the_hessian_of_a_long_series_keeps_its_digits_far_from_the_maximum() {
    // Far away the score is of the order of n: where its square is subtracted the digits are gone.
    let y = long_series(20_000);
    let model = two_normals(&y);
    let theta = [-1.0, 2.0, 4.0, 0.7, 0.3, 0.02];
    let (_, score, hessian) = model.log_likelihood_score_hessian(&theta);
    let moved = |k: usize, h: f64| {
        let mut theta = theta;
        theta[k] += h;
        model.log_likelihood_score(&theta).1
    };
    assert!(score.amax() > 1e4);
    for k in 0..6 {
        let h = 1e-3 * theta[k].abs();
        // Seven points: the error is of the order of h^6.
        let column = (moved(k, h) - moved(k, -h)) * (3.0 / (4.0 * h))
            - (moved(k, 2.0 * h) - moved(k, -2.0 * h)) * (3.0 / (20.0 * h))
            + (moved(k, 3.0 * h) - moved(k, -3.0 * h)) * (1.0 / (60.0 * h));
        assert_relative_eq!(
            hessian.column(k).into_owned(),
            column,
            max_relative = 1e-8,
            epsilon = 1e-9 * hessian.amax()
        );
    }
}

/// Richardson's extrapolation of central second differences of the log-likelihood, to the order of `h^6`.
fn numerical_hessian(l: &dyn Fn(&[f64]) -> f64, theta: &[f64], step: &[f64]) -> DMatrix<f64> {
    let m = theta.len();
    let at = |i: usize, a: f64, j: usize, b: f64| {
        let mut theta = theta.to_vec();
        theta[i] += a * step[i];
        theta[j] += b * step[j];
        l(&theta)
    };
    let second = |i: usize, j: usize, h: f64| {
        let difference = if i == j {
            at(i, h, j, 0.0) - 2.0 * l(theta) + at(i, -h, j, 0.0)
        } else {
            0.25 * (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h))
        };
        difference / (h * h * step[i] * step[j])
    };
    DMatrix::from_fn(m, m, |i, j| {
        let d = [1.0, 0.5, 0.25].map(|h| second(i, j, h));
        let once = [(4.0 * d[1] - d[0]) / 3.0, (4.0 * d[2] - d[1]) / 3.0];
        (16.0 * once[1] - once[0]) / 15.0
    })
}

#[test]
fn standard_errors_are_those_of_a_numerical_hessian() {
    let y = long_series(2000);
    let x: Vec<(f64, f64)> = y.iter().enumerate().map(|(t, &y)| (y, (0.05 * t as f64).sin())).collect();
    let design = Design::from_rows(&x, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    let with_covariates = HiddenMarkov::new(&x)
        .state([real("calm"), positive("sd_calm")], |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
        .state([real("wild").start(3.0), positive("sd_wild")], |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
        .transition_design(&design)
        .initial(Initial::Given(vec![0.5, 0.5]));
    let models: [(&dyn Likelihood, HiddenMarkovFit); 2] =
        [(&two_normals(&y), two_normals(&y).fit().unwrap()), (&with_covariates, with_covariates.fit().unwrap())];
    for (model, fit) in models {
        let std_errors = fit.std_errors().unwrap();
        let step: Vec<f64> = std_errors.iter().map(|se| 0.5 * se).collect();
        let theta = fit.coefficients().as_slice();
        let information = -numerical_hessian(&|theta| model.log_likelihood(theta), theta, &step);
        let numerical = information.try_inverse().unwrap().diagonal().map(f64::sqrt);
        assert_relative_eq!(std_errors, numerical, max_relative = 1e-6); // that of the differences
    }
}

#[test]
fn standard_errors_are_the_spread_of_the_estimates() {
    let replicates = 200;
    let mut random = Uniform(123);
    let (mut sums, mut squares, mut variances) = ([0.0; 6], [0.0; 6], [0.0; 6]);
    for _ in 0..replicates {
        let mut state = random.state(&[2.0 / 3.0, 1.0 / 3.0]);
        let row = |_| {
            state = random.state(&[[0.95, 0.05], [0.1, 0.9]][state]);
            [0.0, 2.5][state] + [1.0, 1.6][state] * random.normal()
        };
        let y: Vec<f64> = (0..1000).map(row).collect();
        let fit = two_normals(&y).fit().unwrap();
        let std_errors = fit.std_errors().unwrap();
        for k in 0..6 {
            let error = fit.coefficients()[k] - TRUTH[k];
            sums[k] += error;
            squares[k] += error * error;
            variances[k] += std_errors[k].powi(2);
        }
    }
    let n = f64::from(replicates);
    for k in 0..6 {
        let spread = (squares[k] - sums[k] * sums[k] / n) / (n - 1.0);
        // The standard deviation of 200 numbers is known to 5 %, its square to 10 %: three of these.
        assert!((spread / (variances[k] / n) - 1.0).abs() < 0.3, "{k}: {spread} beside {}", variances[k] / n);
        assert!((sums[k] / n).abs() < 4.0 * (spread / n).sqrt() + 0.2 * spread.sqrt(), "{k}: bias {}", sums[k] / n);
    }
}

#[test]
fn baum_welch_newton_and_lbfgs_find_the_same_maximum() {
    let y = long_series(800);
    let model = two_normals(&y);
    let fit = model.fit().unwrap();
    for line in fit.trace().windows(2) {
        let rise = 1e-12 * line[0].value.abs();
        assert!(line[1].value <= line[0].value + rise, "{} to {}", line[0].value, line[1].value);
    }
    let newton = model.fit_with(Newton::default()).unwrap();
    assert_relative_eq!(newton.coefficients(), fit.coefficients(), max_relative = 1e-9, epsilon = 1e-9);
    let lbfgs = model.fit_with(Lbfgs::default()).unwrap();
    assert_relative_eq!(lbfgs.coefficients(), fit.coefficients(), max_relative = 1e-5, epsilon = 1e-5); // its tolerance
    assert!(fit.evaluations().hessians <= 6, "{:?}", fit.evaluations());
    let optima = model.fit_multistart(Newton::default(), &Multistart::default().with_starts(5)).unwrap();
    assert_relative_eq!(optima.best().log_likelihood(), fit.log_likelihood(), max_relative = 1e-10);
    // The two ways that each state may be called.
    let swapped = HiddenMarkov::new(&y)
        .state([real("wild").start(3.0), positive("sd_wild")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("calm"), positive("sd_calm")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd));
    let other = swapped.fit().unwrap();
    for name in fit.names() {
        assert_relative_eq!(
            other.estimate(name).unwrap(),
            fit.estimate(name).unwrap(),
            max_relative = 1e-9,
            epsilon = 1e-9
        );
    }
    let (here, there) = (model.smoothed(&fit).unwrap(), swapped.smoothed(&other).unwrap());
    assert_relative_eq!(here.column(0).into_owned(), there.column(1).into_owned(), epsilon = 1e-9);
}

#[test]
fn covariates_in_the_transitions_are_recovered() {
    let mut random = Uniform(9);
    let (mut state, mut rows) = (0, Vec::new());
    for _ in 0..4000 {
        let x = random.normal();
        let leave = [1.0 / (1.0 + (2.0 - 1.2 * x).exp()), 1.0 / (1.0 + (1.0 + 0.7 * x).exp())][state];
        if random.next() < leave {
            state = 1 - state;
        }
        rows.push(([0.0, 3.0][state] + random.normal(), x));
    }
    let design = Design::from_rows(&rows, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    let model = HiddenMarkov::new(&rows)
        .state([real("off")], |[mu], row: &(f64, f64)| normal::ln_pdf(row.0, mu, Dual2::from(1.0)))
        .state([real("on").start(2.0)], |[mu], row| normal::ln_pdf(row.0, mu, Dual2::from(1.0)))
        .transition_design(&design);
    let fit = model.fit().unwrap();
    for (name, truth) in [
        ("off", 0.0),
        ("on", 3.0),
        ("transition[off,on].(intercept)", -2.0),
        ("transition[off,on].x", 1.2),
        ("transition[on,off].(intercept)", -1.0),
        ("transition[on,off].x", -0.7),
    ] {
        let (estimate, std_error) = (fit.estimate(name).unwrap(), fit.std_error(name).unwrap());
        assert!((estimate - truth).abs() < 3.0 * std_error, "{name}: {estimate} +- {std_error}, truth {truth}");
    }
    // One sequence begins in one state.
    assert_eq!(fit.status("initial[on]"), Ok(Status::AtLimit));
    let newton = model.fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(newton.log_likelihood(), fit.log_likelihood(), max_relative = 1e-12);
    let p = model.transition_matrix_into(17, &fit).unwrap();
    let eta = |name: &str| {
        fit.estimate(&format!("{name}.(intercept)")).unwrap() + fit.estimate(&format!("{name}.x")).unwrap() * rows[17].1
    };
    assert_relative_eq!(p[(0, 1)], 1.0 / (1.0 + (-eta("transition[off,on]")).exp()), max_relative = 1e-13);
    assert_relative_eq!(p[(1, 0)] + p[(1, 1)], 1.0, max_relative = 1e-14);
}

/// Major earthquakes per year, 1900 to 2006; Zucchini et al. (2016).
fn earthquakes() -> Vec<u64> {
    Table::from_csv("examples/data/earthquakes.csv").unwrap().counts("count").unwrap()
}

fn quake_states<'a>(counts: &'a [u64], starts: &[f64]) -> HiddenMarkov<'a, u64> {
    let mut model = HiddenMarkov::new(counts);
    for (name, &start) in ["low", "middle", "high", "highest"].iter().zip(starts) {
        model = model.state([positive(*name).start(start)], |[mean], &k| poisson::ln_pmf(k, mean));
    }
    model
}

#[test]
fn earthquakes_have_the_published_results() {
    let counts = earthquakes();
    // Stationary chains, fitted by direct maximisation in the book.
    let two = quake_states(&counts, &[15.0, 25.0]).fit().unwrap();
    assert_relative_eq!(two.log_likelihood(), -342.3183, epsilon = 5e-5);
    assert_relative_eq!(two.estimate("low").unwrap(), 15.472, epsilon = 5e-4);
    assert_relative_eq!(two.estimate("middle").unwrap(), 26.125, epsilon = 5e-4);
    let model = quake_states(&counts, &[10.0, 20.0, 30.0]);
    let three = model.fit().unwrap();
    assert_relative_eq!(three.log_likelihood(), -329.4603, epsilon = 5e-5);
    for (name, mean) in [("low", 13.146), ("middle", 19.721), ("high", 29.714)] {
        assert_relative_eq!(three.estimate(name).unwrap(), mean, epsilon = 5e-4);
    }
    assert_eq!(three.status("transition[high,low]"), Ok(Status::AtLimit));
    let p = model.transition_matrix(&three).unwrap();
    for row in p.row_iter() {
        assert_relative_eq!(row.sum(), 1.0, max_relative = 1e-14);
    }
    let delta = model.stationary_distribution(&three).unwrap();
    assert_relative_eq!(delta[0], 0.4436, epsilon = 5e-5);
    assert_relative_eq!(model.initial_probabilities(&three).unwrap(), delta);

    // A free beginning, fitted by EM in the book: one sequence says no more than in which state it began.
    for starts in [&[15.0, 25.0][..], &[25.0, 15.0]] {
        let free = quake_states(&counts, starts).initial(Initial::Free).fit().unwrap();
        assert_relative_eq!(free.log_likelihood(), -341.8787, epsilon = 5e-5);
        assert_eq!(free.status("initial[middle]"), Ok(Status::AtLimit));
        assert_eq!(free.estimate("initial[middle]"), Ok(if starts[0] < 20.0 { 0.0 } else { 1.0 }));
    }
    // The likeliest state first, second and third.
    for starts in [[10.0, 20.0, 30.0], [20.0, 10.0, 30.0], [30.0, 20.0, 10.0]] {
        let free = quake_states(&counts, &starts).initial(Initial::Free).fit().unwrap();
        assert_relative_eq!(free.log_likelihood(), -328.5275, epsilon = 5e-5);
        let sum = free.estimate("initial[middle]").unwrap() + free.estimate("initial[high]").unwrap();
        assert_eq!(sum, if starts[0] == 10.0 { 0.0 } else { 1.0 });
        assert!(free.std_error("low").is_ok(), "{free}");
    }
}

#[test]
fn sequences_that_all_begin_in_one_state_have_a_sure_beginning() {
    let mut random = Uniform(4);
    let mut y = Vec::new();
    for _ in 0..20 {
        let mut state = 2;
        for t in 0..30 {
            if t > 0 {
                state = random.state(&[[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]][state]);
            }
            y.push([-5.0, 0.0, 5.0][state] + random.normal());
        }
    }
    let unit = Dual2::from(1.0);
    for order in [[-4.0, 1.0, 4.0], [4.0, 1.0, -4.0], [1.0, 4.0, -4.0]] {
        let [a, b, c] = order;
        let model = HiddenMarkov::new(&y)
            .state([real("a").start(a)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
            .state([real("b").start(b)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
            .state([real("c").start(c)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
            .initial(Initial::Free)
            .sequences(&[30; 20]);
        let fit = model.fit().unwrap();
        assert!(fit.std_error("transition[a,b]").is_ok(), "{fit}");
        let delta = model.initial_probabilities(&fit).unwrap();
        assert_eq!(delta.argmax(), (order.iter().position(|&mu| mu == 4.0).unwrap(), 1.0), "{fit}");
    }
}

#[test]
fn the_fractions_of_missing_information_are_the_rates_of_baum_welch() {
    let y = long_series(600);
    let model = two_normals(&y).initial(Initial::Given(vec![0.5, 0.5]));
    let steps = HiddenMarkovLikelihood::new(&y)
        .state([real("calm"), positive("sd_calm")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("wild"), positive("sd_wild")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .initial(Initial::Given(vec![0.5, 0.5]));
    let fit = model.fit().unwrap();
    let missing = model.missing_information(&fit).unwrap();
    assert_eq!(missing.fractions().len(), 6);
    // Baum-Welch by the textbook's formulas; its error shrinks by the map's derivatives at the maximum.
    let map = |theta: &DVector<f64>| {
        let (_, expected) = steps.expected(theta.as_slice());
        let (gamma, n) = (&expected.gamma, &expected.transitions);
        let mut next = theta.clone();
        for j in 0..2 {
            let mean = gamma.column(j).iter().zip(&y).map(|(g, y)| g * y).sum::<f64>() / gamma.column(j).sum();
            let squares: f64 = gamma.column(j).iter().zip(&y).map(|(g, y)| g * (y - mean).powi(2)).sum();
            next[2 * j] = mean;
            next[2 * j + 1] = (squares / gamma.column(j).sum()).sqrt();
        }
        next[4] = n[(0, 1)] / n.row(0).sum();
        next[5] = n[(1, 0)] / n.row(1).sum();
        next
    };
    let moved = |k: usize, h: f64| {
        let mut theta = fit.coefficients().clone();
        theta[k] += h;
        map(&theta)
    };
    // Five points: the error is of the order of h^4.
    let h = 1e-3;
    let slope = |k: usize| {
        (moved(k, h) - moved(k, -h)) * (2.0 / (3.0 * h)) - (moved(k, 2.0 * h) - moved(k, -2.0 * h)) * (1.0 / (12.0 * h))
    };
    let jacobian = DMatrix::from_columns(&(0..6).map(slope).collect::<Vec<_>>());
    let mut rates: Vec<f64> = jacobian.complex_eigenvalues().iter().map(|rate| rate.re).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    assert_relative_eq!(missing.fractions(), &rates[..], epsilon = 1e-8);
    assert_eq!(missing.rate(), missing.fractions()[0]);
}

#[test]
fn a_row_may_be_far_likelier_in_a_state_where_the_chain_cannot_be() {
    // The densities of the first row are e^-5000 and 1, and it is the first state for sure; the same where a sequence begins again.
    let y = [100.0, 0.5, 99.0, 100.0];
    let unit = Dual2::from(1.0);
    let model = HiddenMarkovLikelihood::new(&y)
        .state([real("near")], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .state([real("far").start(100.0)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .initial(Initial::Given(vec![1.0, 0.0]))
        .sequences(&[3, 1]);
    let theta = [0.0, 100.0, 0.2, 0.3];
    let f = |y: f64, mu: f64| normal::ln_pdf(y, mu, 1.0);
    let expected = 2.0 * f(100.0, 0.0) + 0.8_f64.ln() + f(0.5, 0.0) + 0.2_f64.ln() + f(99.0, 100.0);
    let (value, score, hessian) = model.log_likelihood_score_hessian(&theta);
    assert_relative_eq!(value, expected, max_relative = 1e-14);
    assert_relative_eq!(score[0], 100.0 + 100.0 + 0.5, max_relative = 1e-12);
    assert_relative_eq!(score[1], -1.0, max_relative = 1e-12);
    assert_relative_eq!(score[2], 1.0 / 0.2 - 1.0 / 0.8, max_relative = 1e-12);
    assert_relative_eq!(hessian[(0, 0)], -3.0, max_relative = 1e-12);
    assert_relative_eq!(hessian[(2, 2)], -1.0 / 0.04 - 1.0 / 0.64, max_relative = 1e-12);
    assert_eq!(model.viterbi(&theta), [Some(0), Some(0), Some(1), Some(0)]);
}
