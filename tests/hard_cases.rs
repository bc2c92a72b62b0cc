//! Starts far away, saddles, plateaus, ridges, open ends: never a silent wrong answer.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use maxlik::{Status, Warning};

fn assert_converged(fit: &Fit) {
    assert!(matches!(fit.termination(), Termination::Converged { decrement, .. } if *decrement < 1e-12), "{fit}");
}

fn not_converged(result: Result<Fit, FitError>) -> Box<Fit> {
    match result {
        Err(FitError::NotConverged(fit)) => fit,
        other => panic!("expected no convergence, found {other:?}"),
    }
}

#[test]
fn normal_data_of_any_size_from_the_default_start() {
    for unit in [1e-8, 1e-3, 1.0, 1e4, 1e9] {
        let x = [10.0, 11.0, 9.0, 10.5, 9.25].map(|x| x * unit);
        let fit = Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma))
            .fit()
            .unwrap();
        assert_converged(&fit);
        assert_relative_eq!(fit.estimate("mu").unwrap(), 9.95 * unit, max_relative = 1e-12);
        assert_relative_eq!(fit.estimate("sigma").unwrap(), 0.56_f64.sqrt() * unit, max_relative = 1e-11);
    }
}

#[test]
fn positive_data_of_any_size_from_the_default_start() {
    let x = [17.9, 23.4, 31.0, 8.2, 40.0, 12.7];
    let one =
        Model::new(&x, [positive("shape"), positive("scale")], |[k, s], &x| weibull::ln_pdf(x, k, s)).fit().unwrap();
    for unit in [1e-8, 1e3, 1e9] {
        let x = x.map(|x| x * unit);
        let fit = Model::new(&x, [positive("shape"), positive("scale")], |[k, s], &x| weibull::ln_pdf(x, k, s))
            .fit()
            .unwrap();
        assert_converged(&fit);
        assert_relative_eq!(fit.estimate("shape").unwrap(), one.estimate("shape").unwrap(), max_relative = 1e-11);
        assert_relative_eq!(
            fit.estimate("scale").unwrap(),
            one.estimate("scale").unwrap() * unit,
            max_relative = 1e-11
        );
        let fit =
            Model::new(&x, [positive("shape"), positive("rate")], |[k, r], &x| gamma::ln_pdf(x, k, r)).fit().unwrap();
        assert_converged(&fit);
        // The score equation of the rate: mean = shape / rate.
        let mean = x.iter().sum::<f64>() / 6.0;
        assert_relative_eq!(fit.estimate("shape").unwrap() / fit.estimate("rate").unwrap(), mean, max_relative = 1e-11);
    }
}

#[test]
fn a_covariate_in_other_units_changes_nothing_but_its_coefficient() {
    let rows = [(61.0, 2.0), (72.5, 3.1), (58.2, 1.2), (90.0, 4.9), (66.0, 2.2), (81.0, 4.0), (70.0, 3.9)];
    let fit = |unit: f64| {
        let design = Design::from_rows(&rows, ["(intercept)", "x"], |row| [1.0, row.0 * unit]).unwrap();
        let parameters = [linear("mu", design), positive("sigma")];
        Model::new(&rows, parameters, |[mu, sigma], row| normal::ln_pdf(row.1, mu, sigma)).fit().unwrap()
    };
    let one = fit(1.0);
    for unit in [1e-6, 1e6] {
        let other = fit(unit);
        assert_converged(&other);
        assert_relative_eq!(
            other.estimate("mu.x").unwrap() * unit,
            one.estimate("mu.x").unwrap(),
            max_relative = 1e-10
        );
        assert_relative_eq!(
            other.std_error("mu.x").unwrap() * unit,
            one.std_error("mu.x").unwrap(),
            max_relative = 1e-10
        );
        assert_eq!(other.trace().len(), one.trace().len());
    }
}

#[test]
fn a_saddle_at_the_start_is_left() {
    // Maxima at a = +-sqrt(1/2), b = 0.
    let fit = Model::joint([real("a"), real("b")], |[a, b]| a * a - b * b - a * a * a * a).fit().unwrap();
    assert_converged(&fit);
    assert_relative_eq!(fit.estimate("a").unwrap().abs(), 0.5_f64.sqrt(), max_relative = 1e-12);
}

#[test]
fn a_minimum_of_the_likelihood_at_the_start_is_left() {
    // Two far observations of a Cauchy: the middle is the worst place between them.
    let fit = Model::new(&[-10.0, 10.0], [real("mu")], |[mu], &x| -((x - mu) * (x - mu) + 1.0).ln()).fit().unwrap();
    assert_converged(&fit);
    assert_relative_eq!(fit.estimate("mu").unwrap().abs(), 99.0_f64.sqrt(), max_relative = 1e-12);
}

#[test]
fn a_plateau_is_not_called_a_maximum() {
    let bump = |start: f64| Model::joint([real("a").start(start)], |[a]| (-a * a).exp()).fit();
    let fit = not_converged(bump(30.0)); // exp(-900) is zero, and so are its derivatives
    assert_eq!(*fit.termination(), Termination::Flat);
    let fit = bump(5.0).unwrap();
    assert_converged(&fit);
    assert!(fit.estimate("a").unwrap().abs() < 1e-10);
}

#[test]
fn a_region_without_log_density_is_stepped_around() {
    let fit = Model::joint([real("a").start(0.5)], |[a]| 3.0 * a.ln() - 0.001 * a).fit().unwrap();
    assert_converged(&fit);
    assert_relative_eq!(fit.estimate("a").unwrap(), 3000.0, max_relative = 1e-12);
}

#[test]
fn what_rises_for_ever_has_no_maximum() {
    let fit = not_converged(Model::joint([real("a")], |[a]| a * 2.0).fit());
    assert!(matches!(fit.termination(), Termination::AtInfinity { .. }));
    assert_eq!(fit.status("a").unwrap(), Status::Unbounded);

    // All observations equal: the likelihood is unbounded as sigma goes to 0.
    let x = [3.5; 6];
    let fit = not_converged(
        Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma)).fit(),
    );
    assert!(fit.warnings().iter().any(
        |w| matches!(w, Warning::NoMaximum { direction, .. } if direction.len() == 1 && direction[0].0 == "sigma")
    ));
}

#[test]
fn the_maximum_at_an_open_end_is_recognised_as_a_limit() {
    // All heads: p = 1.
    let fit = Model::new(&[true; 10], [probability("p")], |[p], &heads| bernoulli::ln_pmf(heads, p)).fit().unwrap();
    assert_eq!((fit.estimate("p").unwrap(), fit.log_likelihood()), (1.0, 0.0));
    assert_eq!(fit.status("p").unwrap(), Status::AtLimit);

    // No events: mean 0.
    let fit = Model::new(&[0_u64; 5], [positive("mean")], |[mean], &k| poisson::ln_pmf(k, mean)).fit().unwrap();
    assert_eq!((fit.estimate("mean").unwrap(), fit.log_likelihood()), (0.0, 0.0));

    // Less variance than a Poisson: the negative binomial's size is infinite, and the mean is fitted given that.
    let k = [2_u64, 3, 2, 3, 2, 3, 2, 3, 2, 2];
    let fit = Model::new(&k, [positive("mean"), positive("size")], |[mean, size], &k| {
        negative_binomial::ln_pmf(k, mean, size)
    })
    .fit()
    .unwrap();
    assert_eq!(fit.estimate("size").unwrap(), f64::INFINITY);
    assert_relative_eq!(fit.estimate("mean").unwrap(), 2.4, max_relative = 1e-12);
    assert_relative_eq!(fit.std_error("mean").unwrap(), 0.24_f64.sqrt(), max_relative = 1e-12);
    assert!(matches!(fit.std_error("size"), Err(InferenceError::AtLimit { .. })));
    assert_eq!(fit.dof(), 2);

    // No zeros: the zero inflation is 0.
    let k = [1_u64, 3, 2, 4, 2];
    let fit = Model::new(&k, [positive("mean"), probability("extra")], |[mean, extra], &k| {
        if k == 0 { (extra + (1.0 - extra) * (-mean).exp()).ln() } else { (-extra).ln_1p() + poisson::ln_pmf(k, mean) }
    })
    .fit()
    .unwrap();
    assert_eq!(fit.estimate("extra").unwrap(), 0.0);
    assert_relative_eq!(fit.estimate("mean").unwrap(), 2.4, max_relative = 1e-12);
}

#[test]
fn a_start_deep_in_the_tail_of_a_limit_is_not_called_converged() {
    for start in [1.0 - 1e-9, 1.0 - 1e-13, 1.0 - 2e-16] {
        let fit = Model::new(&[true; 10], [probability("p").start(start)], |[p], &heads| bernoulli::ln_pmf(heads, p));
        assert_eq!(fit.fit().unwrap().estimate("p").unwrap(), 1.0, "from {start}");
    }
}

#[test]
fn a_start_at_the_maximum_converges_there() {
    let flips = [true, true, false, true];
    let fit = Model::new(&flips, [probability("p").start(0.75)], |[p], &h| bernoulli::ln_pmf(h, p)).fit().unwrap();
    assert_converged(&fit);
    assert_relative_eq!(fit.estimate("p").unwrap(), 0.75, max_relative = 1e-15);
    let fit = Model::joint([real("a")], |[a]| -a * a).fit().unwrap();
    assert_converged(&fit);
    assert_eq!(fit.estimate("a").unwrap(), 0.0);
}

#[test]
fn a_maximum_on_a_bound_leaves_the_others_their_standard_errors() {
    // The mean would be 1.5, but must be at least 2.
    let x = [1.0, 2.0, 1.5, 0.5, 2.5];
    let fit = Model::new(&x, [at_least("mu", 2.0), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma))
        .fit()
        .unwrap();
    assert_converged(&fit);
    assert_eq!((fit.estimate("mu").unwrap(), fit.status("mu").unwrap()), (2.0, Status::OnBound));
    let sigma = (x.iter().map(|x| (x - 2.0_f64).powi(2)).sum::<f64>() / 5.0).sqrt();
    assert_relative_eq!(fit.estimate("sigma").unwrap(), sigma, max_relative = 1e-12);
    assert_relative_eq!(fit.std_error("sigma").unwrap(), sigma / 10.0_f64.sqrt(), max_relative = 1e-12);
    assert!(fit.score()[0] < 0.0, "the score points out of the domain");
    // Inside its bounds the same parameter is an ordinary one.
    let fit =
        Model::new(&x, [between("mu", 1.0, 2.0), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma))
            .fit()
            .unwrap();
    assert_relative_eq!(fit.estimate("mu").unwrap(), 1.5, max_relative = 1e-12);
    assert!(fit.std_errors().is_ok());
}

#[test]
fn fixed_parameters_are_held_and_not_counted() {
    let x = [2.1, 0.4, 3.7, 1.8];
    let fit =
        Model::new(&x, [real("mu").fixed(1.5), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma))
            .fit()
            .unwrap();
    assert_eq!((fit.dof(), fit.names(), fit.estimate("mu").unwrap()), (1, &["sigma".to_string()][..], 1.5));
    let sigma = (x.iter().map(|x| (x - 1.5_f64).powi(2)).sum::<f64>() / 4.0).sqrt();
    assert_relative_eq!(fit.estimate("sigma").unwrap(), sigma, max_relative = 1e-12);
    assert_relative_eq!(fit.std_error("sigma").unwrap(), sigma / 8.0_f64.sqrt(), max_relative = 1e-12);
}

/// Whole numbers from 0 below `below` (`SplitMix64`).
fn whole(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

#[test]
fn counts_with_too_little_variance_have_infinite_size_whatever_their_number_and_mean() {
    for base in [10, 100, 1000, 100_000] {
        for n in [20, 200, 2000] {
            let mut state = base + n;
            let counts: Vec<u64> = (0..n).map(|_| base + whole(&mut state, 5)).collect();
            let parameters = [positive("mean"), positive("size")];
            let fit =
                Model::new(&counts, parameters, |[mean, size], &k| negative_binomial::ln_pmf(k, mean, size)).fit();
            let fit = fit.unwrap_or_else(|error| panic!("base {base}, n {n}: {error}"));
            assert_eq!(fit.estimate("size").unwrap(), f64::INFINITY, "base {base}, n {n}\n{fit}");
            let mean = counts.iter().sum::<u64>() as f64 / n as f64;
            assert_relative_eq!(fit.estimate("mean").unwrap(), mean, max_relative = 1e-12);
        }
    }
}

#[test]
fn random_logistic_regressions_converge_or_are_separated() {
    let mut state = 5;
    let mut normal = move || (0..12).map(|_| whole(&mut state, 1 << 20) as f64 / f64::from(1 << 20)).sum::<f64>() - 6.0;
    let mut separated = 0;
    for _ in 0..200 {
        let rows: Vec<([f64; 2], bool)> = (0..12)
            .map(|_| {
                let x = [normal(), normal()];
                (x, x[0] - 0.5 * x[1] + 1.5 * normal() > 0.3)
            })
            .collect();
        let design = Design::from_rows(&rows, ["(intercept)", "a", "b"], |row| [1.0, row.0[0], row.0[1]]).unwrap();
        // Separated outcomes are those that some plane puts on their sides without exception.
        let on_the_wrong_side =
            |b: [f64; 3]| rows.iter().filter(|(x, y)| (b[0] + b[1] * x[0] + b[2] * x[1] > 0.0) != *y).count();
        let plane = |fit: &Fit| ["eta.(intercept)", "eta.a", "eta.b"].map(|name| fit.estimate(name).unwrap());
        match Model::new(&rows, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta)).fit() {
            Ok(fit) => {
                assert_converged(&fit);
                assert!(on_the_wrong_side(plane(&fit)) > 0, "separated, and called converged\n{fit}");
            }
            Err(FitError::NotConverged(fit)) => {
                assert!(matches!(fit.termination(), Termination::AtInfinity { .. }), "{fit}");
                assert_eq!(on_the_wrong_side(plane(&fit)), 0, "not separated, and refused\n{fit}");
                separated += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!((5..100).contains(&separated), "{separated} of 200 were separated");
}

#[test]
fn all_lifetimes_censored_is_no_fit() {
    for times in [[2.0, 3.0, 4.0], [0.2, 0.3, 0.4], [20.0, 30.0, 40.0]] {
        let model = Model::new(&times, [positive("shape"), positive("scale")], |[k, s], &x| weibull::ln_sf(x, k, s));
        let fit = not_converged(model.fit());
        assert!(fit.std_errors().is_err());
    }
}

#[test]
fn a_perfect_line_has_no_maximum_and_sigma_is_named() {
    let rows = [1.0, 2.0, 3.5, 4.0, 7.0].map(|x| (x, 1.0 + 2.0 * x));
    let design = Design::from_rows(&rows, ["(intercept)", "x"], |row| [1.0, row.0]).unwrap();
    let model =
        Model::new(&rows, [linear("mu", design), positive("sigma")], |[mu, s], row| normal::ln_pdf(row.1, mu, s));
    let fit = not_converged(model.fit());
    let named = |w: &Warning| matches!(w, Warning::NoMaximum { direction, .. } if direction[0].0 == "sigma");
    assert!(fit.warnings().iter().any(named), "{fit}");
}

#[test]
fn an_ill_conditioned_design_is_not_said_to_have_no_maximum() {
    let y = [1.1, 2.3, 2.9, 4.2, 5.1, 5.8, 7.3, 8.1, 9.2, 9.7];
    let rows: Vec<(f64, f64)> = y.iter().enumerate().map(|(i, &y)| (2001.0 + i as f64, y)).collect();
    let cubic = |centre: f64| {
        let columns = ["(intercept)", "x", "x2", "x3"];
        let design = Design::from_rows(&rows, columns, |row| {
            let x = row.0 - centre;
            [1.0, x, x * x, x * x * x]
        })
        .unwrap();
        let parameters = [linear("mu", design), positive("sigma")];
        Model::new(&rows, parameters, |[mu, sigma], row| normal::ln_pdf(row.1, mu, sigma)).fit()
    };
    // R 4.2.2, lm on poly(x, 3): logLik 3.700913
    let fit = cubic(2005.5).unwrap();
    assert_relative_eq!(fit.log_likelihood(), 3.700_913, max_relative = 1e-6);
    match cubic(0.0) {
        Ok(fit) => assert_relative_eq!(fit.log_likelihood(), 3.700_913, max_relative = 1e-6),
        Err(error) => assert!(!error.to_string().contains("rises without end"), "{error}"),
    }
}

#[test]
fn a_shape_that_runs_to_infinity_on_a_curved_way_has_no_maximum() {
    // The supremum is a half-normal distribution from the smallest observation on: shape to infinity as location approaches it.
    let x = [0.01, 0.02, 0.1, 0.3, 0.5, 0.9, 1.4, 2.5];
    let parameters = [real("location"), positive("scale"), real("shape").start(1.0)];
    let model = Model::new(&x, parameters, |[l, s, k], &y| skew_normal::ln_pdf(y, l, s, k));
    for result in [model.fit(), model.fit_with(Lbfgs::default())] {
        let fit = not_converged(result);
        let named = |w: &Warning| matches!(w, Warning::NoMaximum { direction, .. } if direction[0].0 == "shape");
        assert!(fit.warnings().iter().any(named), "{fit}");
    }
}

#[test]
fn a_maximum_at_the_edge_of_the_support_is_not_said_to_lie_at_infinity() {
    let x = [0.9, 1.1, 0.72, 1.9, 3.4, 0.8];
    let parameters = [positive("minimum").start(1e-3), positive("shape")];
    let fit = not_converged(Model::new(&x, parameters, |[m, a], &x| pareto::ln_pdf(x, m, a)).fit());
    let message = fit.termination().to_string();
    assert!(message.contains("no step improves further"), "{message}");
    assert_relative_eq!(fit.estimate("minimum").unwrap(), 0.72, max_relative = 1e-6);
}

/// Logistic growth `a / (1 + exp(b - c t))`, from far away: `a e^k, b + k` is a curved valley to infinity whose floor hardly falls.
#[test]
fn a_curved_valley_is_followed_to_the_maximum() {
    let y = [2.1, 3.6, 7.9, 15.6, 31.4, 50.5, 67.9, 83.9, 90.8, 97.7, 97.4, 101.9];
    let rows: Vec<[f64; 2]> = y.iter().enumerate().map(|(t, &y)| [t as f64, y]).collect();
    for [a, b, c, sigma] in [[129.0, -3.0, 0.12, 88.0], [1e10, 22.1, 0.171, 15.5]] {
        let parameters = [real("a").start(a), real("b").start(b), real("c").start(c), positive("sigma").start(sigma)];
        let model = Model::new(&rows, parameters, |[a, b, c, sigma], [t, y]| {
            normal::ln_pdf(*y, a / (1.0 + (b - c * *t).exp()), sigma)
        });
        assert_relative_eq!(model.fit().unwrap().log_likelihood(), -17.2349, max_relative = 1e-5);
        let model = model.response(Support::real(), |row| row[1], |row, y| row[1] = y);
        assert_relative_eq!(model.fit().unwrap().log_likelihood(), -17.2349, max_relative = 1e-5);
    }
}

/// `b1 (1 - exp(-b2 t))` with a rate so large that it no longer matters: the data of Box, Hunter & Hunter (1978).
#[test]
fn a_plateau_where_a_parameter_no_longer_matters_is_left() {
    let rows = [[1.0, 109.0], [2.0, 149.0], [3.0, 149.0], [5.0, 191.0], [7.0, 213.0], [10.0, 224.0]];
    for rate in [5.0, 20.0, 100.0, 1000.0] {
        let parameters = [real("b1").start(1.0), real("b2").start(rate), positive("sigma").start(176.3)];
        let model = Model::new(&rows, parameters, |[b1, b2, sigma], [t, y]| {
            normal::ln_pdf(*y, b1 * (1.0 - (-b2 * *t).exp()), sigma)
        })
        .with_expected_information(|[b1, b2, sigma], [t, _]| {
            normal::expected_information(b1 * (1.0 - (-b2 * *t).exp()), sigma)
        });
        for result in [model.fit(), model.fit_with(FisherScoring::default())] {
            let fit = result.unwrap();
            assert_relative_eq!(fit.estimate("b2").unwrap(), 0.547_237_485_42, max_relative = 1e-9);
        }
    }
}
