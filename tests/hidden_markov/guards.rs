//! What goes wrong with hidden Markov models, and what is said about it.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::prelude::*;
use maxlik::{Status, Warning};

use crate::random::{long_series, two_normals};
use crate::uniform::Uniform;

fn poisson_states<'a>(counts: &'a [u64], starts: &[f64]) -> HiddenMarkov<'a, u64> {
    let mut model = HiddenMarkov::new(counts);
    for (name, &start) in ["low", "middle", "high", "highest"].iter().zip(starts) {
        model = model.state([positive(*name).start(start)], |[mean], &k| poisson::ln_pmf(k, mean));
    }
    model
}

#[test]
fn a_state_that_collapses_on_a_row_is_named() {
    let mut y = long_series(60);
    y[30] = 9.0;
    let model = HiddenMarkov::new(&y)
        .state([real("wide"), positive("sd_wide").start(2.0)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("narrow").start(9.0), positive("sd_narrow").start(0.1)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .on_collapse(Collapse::Error);
    let error = model.fit().unwrap_err();
    assert_snapshot!(error, @"hidden Markov model, state `narrow`: expected a density that is spread over the rows of the state, found it collapsing on row 30 - the likelihood rises without end there; start it wider with .start(..), or hold its scale with .fixed(..)");
    let FitError::CollapsedState { rows, partial, .. } = error else { panic!("the likelihood is unbounded") };
    assert_eq!(rows, [30]);
    assert!(!partial.termination().is_converged());
    // Held wide enough it is a state like any other.
    let held = HiddenMarkov::new(&y)
        .state([real("wide"), positive("sd_wide").start(2.0)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("narrow").start(9.0), positive("sd_narrow").fixed(0.5)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd));
    assert!(held.fit().is_ok());
}

#[test]
fn from_narrow_starts_there_is_a_maximum_inside_or_a_state_is_named() {
    let mut random = Uniform(6);
    let (mut inside, mut named, mut other) = (0, 0, Vec::new());
    for n in (15..55).cycle().take(80) {
        let y: Vec<f64> = (0..n).map(|t| random.normal() + if t % 12 < 5 { 3.0 } else { 0.0 }).collect();
        let sd = 10.0_f64.powf(-2.5 * random.next());
        let centre = y[n / 2] + 0.1 * sd;
        let model = HiddenMarkov::new(&y)
            .state([real("a"), positive("sd_a").start(1.5)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
            .state([real("b").start(centre), positive("sd_b").start(sd)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd));
        match model.on_collapse(Collapse::Error).fit() {
            Ok(fit) => {
                inside += 1;
                assert!(fit.termination().is_converged());
                assert!(fit.std_error("a").is_ok(), "{fit}");
            }
            Err(FitError::CollapsedState { rows, .. }) => {
                named += 1;
                assert!(rows.len() <= 2);
            }
            Err(FitError::EmptyState { .. }) => named += 1,
            Err(error) => other.push(error.to_string()),
        }
    }
    assert!(inside > 40 && other.len() <= 2, "{inside} {named} {other:#?}");
}

#[test]
fn a_state_that_occurs_in_no_row_at_the_start_finds_its_rows_or_is_named() {
    let y = long_series(60);
    let from = |start: f64| {
        HiddenMarkov::new(&y)
            .state([real("wide").start(1.0), positive("sd").start(2.0)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
            .state([real("narrow").start(start)], |[mu], &y| normal::ln_pdf(y, mu, Dual2::from(1.0)))
            .on_collapse(Collapse::Error)
            .fit()
    };
    let near = from(-1.0).unwrap().log_likelihood();
    let mut named = 0;
    for start in [-80.0, 60.0, 200.0, 900.0, 1e4, 1e6] {
        match from(start) {
            Ok(fit) => assert_relative_eq!(fit.log_likelihood(), near, max_relative = 1e-10),
            Err(FitError::EmptyState { state, .. }) if state == "narrow" => named += 1,
            Err(error) => panic!("{start}: {error}"),
        }
    }
    assert!(named > 0);
}

#[test]
fn rows_that_are_all_the_same_have_no_two_states() {
    assert_snapshot!(poisson_states(&[2; 30], &[1.0, 4.0]).fit().unwrap_err(), @"hidden Markov model: expected rows that differ, found the same log-densities in all of them - nothing tells the states apart; for one state use Model::new");
    assert!(matches!(two_normals(&[2.0; 30]).fit(), Err(FitError::EqualRows { .. })));
    // Nor have dry days a standard deviation.
    let mut rain = long_series(200);
    for rain in &mut rain[100..140] {
        *rain = 0.0;
    }
    let model = |collapse| {
        HiddenMarkov::new(&rain)
            .state([real("dry"), positive("sd_dry").start(0.05)], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
            .state([real("wet").start(1.0), positive("sd_wet")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
            .on_collapse(collapse)
    };
    assert!(model(Collapse::Restart).fit().unwrap().estimate("sd_dry").unwrap() > 0.5);
    assert_snapshot!(model(Collapse::Error).fit().unwrap_err(), @"hidden Markov model, state `dry`: expected a density that is spread over the rows of the state, found it collapsing on rows 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, .. (40 in all) - the likelihood rises without end there; start it wider with .start(..), or hold its scale with .fixed(..)");
}

#[test]
fn what_is_no_hidden_markov_model_is_said_before_it_is_fitted() {
    let y = long_series(6);
    let message = |model: HiddenMarkov<'_, f64>| model.fit().unwrap_err().to_string();
    assert_snapshot!(message(HiddenMarkov::new(&y)), @"hidden Markov model: expected at least two states, found 0 - for one state use Model::new");
    let one = HiddenMarkov::new(&y).state([real("one")], |[mu], &y| normal::ln_pdf(y, mu, Dual2::from(1.0)));
    assert_snapshot!(message(one), @"hidden Markov model: expected at least two states, found 1 - for one state use Model::new");
    assert_snapshot!(message(HiddenMarkov::new(&y).named("early")), @"hidden Markov model: expected a state before its name, found `early` first - call .named(..) after .state(..)");
    assert_snapshot!(message(two_normals(&[])), @"model: expected at least one row of data, found none - check the filter or file that the rows come from");
    assert_snapshot!(message(two_normals(&y[..1])), @"hidden Markov model: expected at most as many states as observed rows, which are 1, found 2 - leave states out");
    assert_snapshot!(message(two_normals(&y).sequences(&[3, 0, 3])), @"sequence 1, counted from 0: expected at least one row, found none - leave its length out");
    assert_snapshot!(message(two_normals(&y).sequences(&[3, 2])), @"sequences: expected lengths with a sum of 6, the number of rows, found 5 - give the length of every sequence in the order of the rows");
    assert_snapshot!(message(two_normals(&y).sequences(&[4, 4])), @"sequences: expected lengths with a sum of 6, the number of rows, found 8 - give the length of every sequence in the order of the rows");
    assert_snapshot!(message(two_normals(&y).sequences(&[])), @"sequences: expected lengths with a sum of 6, the number of rows, found 0 - give the length of every sequence in the order of the rows");
    assert_snapshot!(message(two_normals(&y).missing(|_| true)), @"hidden Markov model: expected at least one observed row, found all 6 missing - is what .missing(..) says the other way round?");
    assert_snapshot!(message(two_normals(&y).initial(Initial::Given(vec![0.5, 0.6]))), @"initial distribution: expected 2 probabilities with a sum of 1 (at the start of a search none may be 0), found [0.5, 0.6] - one for each state");
    assert_snapshot!(message(two_normals(&y).initial(Initial::Given(vec![1.0]))), @"initial distribution: expected 2 probabilities with a sum of 1 (at the start of a search none may be 0), found [1.0] - one for each state");
    assert_snapshot!(message(two_normals(&y).transition_start([[0.9, 0.1], [0.0, 1.0]])), @"transitions from `wild`: expected 2 probabilities with a sum of 1 (at the start of a search none may be 0), found [0.0, 1.0] - one for each state");
    assert_snapshot!(message(two_normals(&y).transition_start([[1.0]])), @"transition matrix at the start: expected 2 rows and columns, one for each state, found 1 x 1 - give the probabilities from each state in a row");
    let design = Design::from_rows(&y, ["(intercept)", "y"], |&y| [1.0, y]).unwrap();
    assert_snapshot!(message(two_normals(&y).transition_design(&design).initial(Initial::Stationary)), @"hidden Markov model: expected an initial distribution that is free or given where transitions have covariates, found the stationary one, which does not exist there - call .initial(Initial::Free)");
    let short = Design::from_rows(&y[1..], ["(intercept)"], |_| [1.0]).unwrap();
    assert_snapshot!(message(two_normals(&y).transition_design(&short)), @"parameter `transition[calm,wild]`: expected a design with 6 rows, one for each row of data, found 5 - build it from the same rows as the model");
    let twice = |first: &str, second: &str| {
        HiddenMarkov::new(&y)
            .state([real(first)], |[mu], &y| normal::ln_pdf(y, mu, Dual2::from(1.0)))
            .state([real(second).start(0.0)], |[mu], &y| normal::ln_pdf(y, mu, Dual2::from(1.0)))
    };
    assert_snapshot!(message(twice("mu", "mu")), @"parameters: expected different names, found `mu` twice - rename one of them");
    assert_snapshot!(message(twice("a", "b")), @"hidden Markov model, states `a` and `b`: expected different densities at the start, found the same for every row - nothing would tell them apart; give them different values with .start(..)");
    let nan = [0.5, 1.0, f64::NAN, 2.0];
    assert_snapshot!(message(two_normals(&nan)), @"row 2: expected a finite log-density with finite derivatives at the start (calm = 0, sd_calm = 1, wild = 3, sd_wild = 1, transition[calm,wild] = 0.2, transition[wild,calm] = 0.2), found NaN - is a parameter outside its domain there (choose another with .start(..)), or a value missing in the row?");
    // A sequence of one row is fine.
    assert!(two_normals(&long_series(200)).sequences(&[1, 150, 49]).fit().is_ok());
}

#[test]
fn a_fit_of_another_model_is_refused() {
    let y = long_series(200);
    let fit = two_normals(&y).fit().unwrap();
    let other = poisson_states(&[1, 2, 9, 8], &[1.0, 9.0]);
    assert_snapshot!(other.smoothed(&fit).unwrap_err(), @"fit: expected the name of a coefficient, found `low` - the names are `calm`, `sd_calm`, `wild`, `sd_wild`, `transition[calm,wild]`, `transition[wild,calm]`");
    // New rows of the same model.
    let new = [0.1, 2.7, 300.0];
    let model = two_normals(&new);
    let ln_densities = model.ln_densities(&fit).unwrap();
    assert_relative_eq!(ln_densities.sum(), model.log_likelihoods(&fit).unwrap()[0], max_relative = 1e-14);
    assert_eq!(model.viterbi(&fit).unwrap()[2], Some(1));
    assert_eq!(model.transition_matrix(&fit).unwrap(), two_normals(&y).transition_matrix(&fit).unwrap());
}

#[test]
fn a_transition_that_does_not_occur_is_at_its_limit_or_with_covariates_without_a_maximum() {
    // Three levels, always upwards and round.
    let mut random = Uniform(12);
    let mut state = 0;
    let row = |t: u32| {
        if random.next() < 0.15 {
            state = (state + 1) % 3;
        }
        ([0.0, 5.0, 10.0][state] + random.normal(), (0.31 * f64::from(t)).sin())
    };
    let rows: Vec<(f64, f64)> = (0..300).map(row).collect();
    let unit = Dual2::from(1.0);
    let model = || {
        HiddenMarkov::new(&rows)
            .state([real("low")], move |[mu], row: &(f64, f64)| normal::ln_pdf(row.0, mu, unit))
            .state([real("middle").start(4.0)], move |[mu], row| normal::ln_pdf(row.0, mu, unit))
            .state([real("high").start(8.0)], move |[mu], row| normal::ln_pdf(row.0, mu, unit))
    };
    let fit = model().fit().unwrap();
    for name in ["transition[low,high]", "transition[middle,low]", "transition[high,middle]"] {
        assert_eq!((fit.status(name), fit.estimate(name)), (Ok(Status::AtLimit), Ok(0.0)), "{fit}");
    }
    for name in ["low", "transition[low,middle]", "transition[middle,high]", "transition[high,low]"] {
        assert!(fit.std_error(name).is_ok(), "{fit}");
    }
    let design = Design::from_rows(&rows, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    let error = model().transition_design(&design).fit().unwrap_err();
    let FitError::NotConverged(partial) = error else { panic!("{error}") };
    assert!(matches!(partial.termination(), Termination::AtInfinity { .. }), "{}", partial.termination());
    for name in ["transition[low,high].(intercept)", "transition[high,middle].(intercept)"] {
        assert_eq!(partial.status(name), Ok(Status::Unbounded));
    }
    assert_eq!(partial.status("transition[low,middle].(intercept)"), Ok(Status::Estimated));
}

#[test]
fn two_states_that_take_turns_never_stay() {
    let mut random = Uniform(12);
    let unit = Dual2::from(1.0);
    // Of two states each row has one coefficient, whose other end that is.
    let rows: Vec<f64> = (0..100).map(|t| [0.0, 5.0][t % 2] + random.normal()).collect();
    let fit = HiddenMarkov::new(&rows)
        .state([real("low")], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .state([real("high").start(4.0)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .fit()
        .unwrap();
    for name in ["transition[low,high]", "transition[high,low]"] {
        assert_eq!((fit.status(name), fit.estimate(name)), (Ok(Status::AtLimit), Ok(1.0)));
    }
    assert_relative_eq!(fit.std_error("low").unwrap(), (1.0_f64 / 50.0).sqrt(), max_relative = 1e-6); // the other state is far
}

/// Three levels that are far from each other.
fn far_levels(rows: &[f64]) -> HiddenMarkov<'_, f64> {
    let unit = Dual2::from(1.0);
    HiddenMarkov::new(rows)
        .state([real("low")], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .state([real("middle").start(12.0)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
        .state([real("high").start(25.0)], move |[mu], &y| normal::ln_pdf(y, mu, unit))
}

#[test]
fn a_state_of_three_that_never_stays_is_at_the_end_of_its_row() {
    let mut random = Uniform(12);
    let levels = |stays: [f64; 3], random: &mut Uniform| -> Vec<f64> {
        let mut state = 0;
        let row = |_| {
            let stay = stays[state];
            if random.next() >= stay {
                state = (state + if random.next() < 0.6 { 1 } else { 2 }) % 3;
            }
            [0.0, 15.0, 30.0][state] + random.normal()
        };
        (0..300).map(row).collect()
    };
    let names = |a: usize| {
        let states = ["low", "middle", "high"];
        (0..3).filter(|&b| b != a).map(|b| format!("transition[{},{}]", states[a], states[b])).collect::<Vec<String>>()
    };
    for (stays, never) in [([0.0; 3], vec![0, 1, 2]), ([0.4, 0.0, 0.6], vec![1]), ([0.0, 0.5, 0.0], vec![0, 2])] {
        let rows = levels(stays, &mut random);
        let state: Vec<usize> = rows.iter().map(|&y| usize::from(y > 7.5) + usize::from(y > 22.5)).collect();
        let count = |a: usize, b: usize| state.windows(2).filter(|pair| pair == &[a, b]).count() as f64;
        let given = far_levels(&rows).initial(Initial::Given(vec![0.2, 0.5, 0.3]));
        for fit in [given.fit().unwrap().into_fit(), given.fit_with(Newton::default()).unwrap()] {
            assert!(fit.termination().is_converged());
            let found: Vec<&Warning> =
                fit.warnings().iter().filter(|warning| matches!(warning, Warning::NothingRemains { .. })).collect();
            assert_eq!(found.len(), never.len(), "{fit}");
            for &a in &never {
                assert!(found.contains(&&Warning::NothingRemains { names: names(a) }), "{fit}");
            }
            // The states are known: frequencies, and their standard errors.
            for (a, b) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
                let n: f64 = (0..3).map(|b| count(a, b)).sum();
                let (name, p) = (
                    format!("transition[{},{}]", ["low", "middle", "high"][a], ["low", "middle", "high"][b]),
                    count(a, b) / n,
                );
                assert_relative_eq!(fit.estimate(&name).unwrap(), p, max_relative = 1e-6); // hardly a doubt which state it is
                assert_relative_eq!(fit.std_error(&name).unwrap(), (p * (1.0 - p) / n).sqrt(), max_relative = 1e-5);
            }
            let matrix = given.transition_matrix(&fit).unwrap();
            assert!(never.iter().all(|&a| matrix[(a, a)].abs() < 1e-15), "{matrix}");
            assert!(given.missing_information(&fit).unwrap().rate() < 1e-6);
        }
        // A stationary beginning, too.
        let fit = far_levels(&rows).fit().unwrap();
        assert_eq!(fit.warnings().len(), never.len());
        assert_eq!(fit.dof(), 9);
    }
    let rows = levels([0.4, 0.0, 0.6], &mut random);
    let fit = far_levels(&rows).fit().unwrap();
    assert_snapshot!(fit.warnings()[0], @"the maximum is where `transition[middle,low]` + `transition[middle,high]` = 1, so that nothing remains: what they leave has probability 0, and all was fitted given that");
}

#[test]
fn sequences_that_never_begin_in_the_first_state_are_at_the_end_of_the_initial_distribution() {
    let mut random = Uniform(4);
    let mut rows = Vec::new();
    for sequence in 0..40 {
        let mut state = if sequence % 4 == 0 { 1 } else { 2 };
        for _ in 0..8 {
            rows.push([0.0, 15.0, 30.0][state] + random.normal());
            state = random.state(&[[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.3, 0.2, 0.5]][state]);
        }
    }
    let fit = far_levels(&rows).sequences(&[8; 40]).initial(Initial::Free).fit().unwrap();
    let names = ["initial[middle]", "initial[high]"].map(String::from);
    assert_relative_eq!(fit.estimate(&names[0]).unwrap(), 0.25, max_relative = 1e-6); // hardly a doubt which state it is
    assert_relative_eq!(fit.std_error(&names[1]).unwrap(), (0.25_f64 * 0.75 / 40.0).sqrt(), max_relative = 1e-5);
    assert_eq!(fit.warnings(), [Warning::NothingRemains { names: names.to_vec() }]);
}
