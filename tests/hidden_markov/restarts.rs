//! Several starts of hidden Markov models, states that collapse, and what is done about it.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::Warning;
use maxlik::model::HiddenMarkovLikelihood;
use maxlik::prelude::*;

use crate::uniform::Uniform;

/// States that take turns in spells, by levels and standard deviations.
fn spells(n: usize, states: &[(f64, f64)], seed: u64) -> Vec<f64> {
    let mut random = Uniform(seed);
    let mut state = 0;
    let row = |_| {
        if random.next() < 0.08 {
            let further = (1..states.len()).filter(|&j| random.next() < 1.0 / j as f64).last();
            state = (state + further.expect("the first is sure")) % states.len();
        }
        states[state].0 + states[state].1 * random.normal()
    };
    (0..n).map(row).collect()
}

/// Normal states `a`, `b`, .. with these means and standard deviations at the start.
fn normals<'a>(y: &'a [f64], starts: &[(f64, f64)]) -> HiddenMarkov<'a, f64> {
    starts.iter().zip(["a", "b", "c", "d"]).fold(HiddenMarkov::new(y), |model, (&(mean, width), name)| {
        let parameters = [real(name).start(mean), positive(format!("sd_{name}")).start(width)];
        model.state(parameters, |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
    })
}

fn earthquakes() -> Vec<u64> {
    Table::from_csv("examples/data/earthquakes.csv").unwrap().counts("count").unwrap()
}

fn poissons<'a>(counts: &'a [u64], starts: &[f64]) -> HiddenMarkov<'a, u64> {
    starts.iter().zip(["low", "middle", "high", "highest"]).fold(HiddenMarkov::new(counts), |model, (&start, name)| {
        model.state([positive(name).start(start)], |[mean], &k| poisson::ln_pmf(k, mean))
    })
}

/// The summary without the numbers of iterations and evaluations.
fn printed(fit: &HiddenMarkovFit) -> String {
    let mask = |line: &str| {
        let counts = line.starts_with("method");
        let masked: String = line.chars().map(|c| if counts && c.is_ascii_digit() { '#' } else { c }).collect();
        masked.replace("###", "#").replace("##", "#")
    };
    fit.to_string().lines().map(mask).collect::<Vec<_>>().join("\n")
}

#[test]
fn ten_starts_find_the_best_maximum_and_say_how_many_did() {
    let counts = earthquakes();
    // By themselves these starts lead to a lower maximum.
    let starts = [15.0, 40.0, 60.0];
    assert!(poissons(&counts, &starts).fit().unwrap().log_likelihood() < -341.0);
    let mut found = 0;
    for seed in 1..=20 {
        let fit = poissons(&counts, &starts).starts(10).seed(seed).fit().unwrap();
        let tally = fit.starts();
        assert_eq!((tally.tried, tally.reached + tally.elsewhere + tally.failed), (10, 10));
        if (fit.log_likelihood() + 329.4603).abs() < 5e-5 {
            found += 1;
            let [low, middle, high] = ["low", "middle", "high"].map(|name| fit.estimate(name).unwrap());
            assert!(low < middle && middle < high, "{low} {middle} {high}");
        }
    }
    assert!(found >= 19, "{found}");
    let fit = |seed| poissons(&counts, &starts).starts(6).seed(seed).fit().unwrap();
    assert_eq!(fit(3).to_string(), fit(3).to_string());
    insta::assert_snapshot!("summary_of_several_starts", printed(&fit(3)));
}

#[test]
fn states_that_change_places_are_the_same_maximum() {
    let y = spells(400, &[(0.0, 1.0), (2.5, 0.7), (6.0, 1.4)], 9);
    let fit = |means: [f64; 3]| normals(&y, &means.map(|mean| (mean, 1.0))).starts(8).fit().unwrap();
    let (up, down) = (fit([0.0, 2.0, 6.0]), fit([6.0, 2.0, 0.0]));
    assert!(up.starts().reached >= 6 && down.starts().reached >= 6, "{:?} {:?}", up.starts(), down.starts());
    assert_relative_eq!(up.log_likelihood(), down.log_likelihood(), max_relative = 1e-12);
    for (one, other) in [("a", "c"), ("sd_b", "sd_b"), ("transition[a,b]", "transition[c,b]")] {
        assert_relative_eq!(up.estimate(one).unwrap(), down.estimate(other).unwrap(), max_relative = 1e-6); // two searches
        assert_relative_eq!(up.std_error(one).unwrap(), down.std_error(other).unwrap(), max_relative = 1e-5);
    }
    assert!(up.estimate("a").unwrap() < 0.5 && up.estimate("c").unwrap() > 5.0);
}

#[test]
fn states_change_places_with_covariates_and_beginnings() {
    // Sequences whose states depend on a covariate.
    let mut random = Uniform(40);
    let (mut rows, mut state) = (Vec::new(), 0);
    for row in 0..600 {
        let z = 2.0 * random.next() - 1.0;
        let to_one = 1.0 / (1.0 + (2.0 - 1.5 * z).exp());
        state = if row % 20 == 0 {
            usize::from(random.next() < 0.3)
        } else if random.next() < to_one {
            1 - state
        } else {
            state
        };
        rows.push((4.0 * state as f64 + random.normal(), z));
    }
    let design = Design::from_rows(&rows, ["(intercept)", "z"], |row| [1.0, row.1]).unwrap();
    let fit = |means: [f64; 2]| {
        let model = means.iter().zip(["a", "b"]).fold(HiddenMarkov::new(&rows), |model, (&mean, name)| {
            let parameters = [real(name).start(mean), positive(format!("sd_{name}"))];
            model.state(parameters, |[mu, sd], row: &(f64, f64)| normal::ln_pdf(row.0, mu, sd))
        });
        model.transition_design(&design).sequences(&[20; 30]).starts(6).fit().unwrap()
    };
    let (up, down) = (fit([0.0, 4.0]), fit([4.0, 0.0]));
    assert_eq!((up.starts().reached, down.starts().reached), (6, 6));
    let same = [
        ("a", "b"),
        ("transition[a,b].z", "transition[b,a].z"),
        ("transition[b,a].(intercept)", "transition[a,b].(intercept)"),
    ];
    for (one, other) in same {
        assert_relative_eq!(up.estimate(one).unwrap(), down.estimate(other).unwrap(), max_relative = 1e-6); // two searches
    }
    assert_relative_eq!(
        up.estimate("initial[b]").unwrap(),
        1.0 - down.estimate("initial[b]").unwrap(),
        max_relative = 1e-6
    );
}

/// A wide state, and a narrow one on row 30.
fn on_a_point(y: &[f64]) -> HiddenMarkov<'_, f64> {
    normals(y, &[(1.0, 2.0), (y[30], 0.001)])
}

#[test]
fn what_is_done_about_a_collapse_is_said() {
    let y = spells(120, &[(0.0, 1.0), (4.0, 1.0)], 5);
    let good = normals(&y, &[(0.0, 1.0), (4.0, 1.0)]).fit().unwrap();
    assert_eq!(good.starts().tried, 1);
    // Error.
    let Err(FitError::CollapsedState { state, rows, .. }) = on_a_point(&y).on_collapse(Collapse::Error).fit() else {
        panic!("it collapses on row 30")
    };
    assert_eq!((&*state, &*rows), ("b", &[30][..]));
    // Restart.
    let fit = on_a_point(&y).fit().unwrap();
    assert_relative_eq!(fit.log_likelihood(), good.log_likelihood(), max_relative = 1e-12);
    assert_eq!(fit.starts().tried, 11);
    assert!(fit.starts().reached >= 8 && fit.starts().failed >= 1, "{:?}", fit.starts());
    assert!(fit.warnings().is_empty());
    // Drop: one normal is left, and no chain.
    let model = on_a_point(&y).on_collapse(Collapse::Drop);
    let fit = model.fit().unwrap();
    let mean = y.iter().sum::<f64>() / 120.0;
    assert_eq!(fit.names(), ["a", "sd_a"]);
    assert_relative_eq!(fit.estimate("a").unwrap(), mean, max_relative = 1e-12);
    assert_eq!(fit.warnings(), [Warning::DroppedState { state, rows }]);
    assert_snapshot!(fit.warnings()[0], @"state `b` collapsed on row 30 and was left out");
    assert_eq!(model.viterbi(&fit).unwrap(), [Some(0); 120]);
    assert_eq!(model.smoothed(&fit).unwrap().row(7).transpose().as_slice(), [1.0, 0.0]);
    assert_eq!(model.transition_matrix(&fit).unwrap().as_slice(), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(model.stationary_distribution(&fit).unwrap().as_slice(), [1.0, 0.0]);
    assert_eq!(model.path_entropy(&fit).unwrap(), 0.0);
    assert_eq!(fit.icl(), fit.bic());
    assert_eq!(model.effective_rows(&fit).unwrap().as_slice(), [120.0, 0.0]);
}

#[test]
fn of_three_states_the_one_that_collapses_is_left_out_wherever_it_stands() {
    let y = spells(120, &[(0.0, 1.0), (4.0, 1.0)], 5);
    let two = normals(&y, &[(0.0, 1.0), (4.0, 1.0)]).initial(Initial::Free).fit().unwrap();
    for place in 0..3 {
        let mut starts = vec![(0.0, 1.0), (4.0, 1.0)];
        starts.insert(place, (y[30], 0.002));
        let model = normals(&y, &starts).initial(Initial::Free).on_collapse(Collapse::Drop);
        let fit = model.fit().unwrap();
        assert_relative_eq!(fit.log_likelihood(), two.log_likelihood(), max_relative = 1e-12);
        let left = ["a", "b", "c"][place];
        assert!(matches!(fit.warnings(), [.., Warning::DroppedState { state, .. }] if state == left), "{fit}");
        assert!(model.viterbi(&fit).unwrap().iter().all(|&state| state != Some(place)));
        assert!(fit.starts().tried == 1 && fit.to_string().contains("long run"));
    }
}

#[test]
fn a_prior_bounds_the_likelihood_and_says_so() {
    let y = spells(120, &[(0.0, 1.0), (4.0, 1.0)], 5);
    let model = on_a_point(&y).on_collapse(Collapse::Penalise).pseudo_rows(0.1);
    let fit = model.fit().unwrap();
    assert!(matches!(fit.warnings(), [Warning::Prior { pseudo_rows: 0.1 }]));
    assert!(fit.termination().is_converged());
    // It is the maximum of the posterior, with its information.
    let posterior = HiddenMarkovLikelihood::new(&y)
        .state([real("a"), positive("sd_a")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("b"), positive("sd_b")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .with_pseudo_rows(0.1);
    let one = posterior.fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(fit.coefficients(), one.coefficients(), max_relative = 1e-8);
    assert_relative_eq!(fit.std_errors().unwrap(), one.std_errors().unwrap(), max_relative = 1e-7);
    // The log-likelihood is that of the data alone.
    assert_relative_eq!(model.ln_densities(&fit).unwrap().sum(), fit.log_likelihood(), max_relative = 1e-13);
    assert!(fit.log_likelihood() > one.log_likelihood());
    assert!((0.0..1.0).contains(&model.missing_information(&fit).unwrap().rate()));
    insta::assert_snapshot!("summary_of_a_maximum_a_posteriori", printed(&fit));
    // By default as much as two rows divided by their number.
    let fit = on_a_point(&y).on_collapse(Collapse::Penalise).fit().unwrap();
    let Warning::Prior { pseudo_rows } = fit.warnings()[0] else { panic!("{fit}") };
    assert_relative_eq!(pseudo_rows, 2.0 / 120.0);
}

#[test]
fn a_spurious_maximum_is_named_and_passed_over() {
    let mut y = spells(120, &[(0.0, 1.0), (4.0, 1.0)], 5);
    // Two neighbours by chance.
    (y[40], y[41]) = (1.9, 1.9004);
    let starts = [(0.0, 1.0), (4.0, 1.0), (1.9, 0.001)];
    let spurious = normals(&y, &starts).on_collapse(Collapse::Error).fit().unwrap();
    assert!(
        matches!(spurious.warnings(), [.., Warning::SpuriousState { state, rows }] if state == "c" && rows == &[40, 41]),
        "{spurious}"
    );
    let fit = normals(&y, &starts).fit().unwrap();
    let Some(Warning::PassedOverState { state, rows, log_likelihood }) = fit.warnings().last() else { panic!("{fit}") };
    assert_eq!((&**state, &**rows), ("c", &[40, 41][..]));
    assert!(*log_likelihood > fit.log_likelihood());
    assert_snapshot!(Warning::SpuriousState { state: "c".into(), rows: vec![40, 41] }, @"state `c` is narrow on rows 40, 41 alone: likely an artefact of a likelihood without bound, not a group");
}

#[test]
fn settings_are_validated() {
    let y = spells(40, &[(0.0, 1.0), (4.0, 1.0)], 5);
    let model = || normals(&y, &[(0.0, 1.0), (4.0, 1.0)]);
    assert_snapshot!(model().starts(0).fit().unwrap_err(), @"hidden Markov model: expected `starts` to be at least 1, found 0 - choose another in .starts(..)");
    assert_snapshot!(model().pseudo_rows(-1.0).fit().unwrap_err(), @"hidden Markov model: expected `pseudo_rows` to be a finite number above 0, found -1 - choose another in .pseudo_rows(..)");
}
