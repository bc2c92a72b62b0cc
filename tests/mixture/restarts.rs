//! Several starts, components that collapse, and spurious maxima.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::Warning;
use maxlik::prelude::*;

use crate::data::*;
use crate::uniform::Uniform;

fn column(table: &str, name: &str) -> Vec<f64> {
    let path = format!("{}/{table}.csv", env!("CARGO_MANIFEST_DIR"));
    Table::from_csv(path).unwrap().numbers(name).unwrap()
}

/// Velocities of 82 galaxies in thousands of km/s, in ascending order.
fn galaxies() -> Vec<f64> {
    let mut velocities: Vec<f64> = column("tests/data/galaxies", "velocity").iter().map(|v| v / 1000.0).collect();
    velocities.sort_by(f64::total_cmp);
    velocities
}

/// Normal components `a`, `b`, .. with these means and standard deviations at the start.
fn normals<'a>(x: &'a [f64], starts: &[(f64, f64)]) -> Mixture<'a, f64> {
    starts.iter().zip(["a", "b", "c", "d", "e"]).fold(Mixture::new(x), |mixture, (&(mean, width), name)| {
        let parameters = [real(name).start(mean), positive(format!("sd_{name}")).start(width)];
        mixture.component(parameters, |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
    })
}

#[test]
fn ten_starts_find_the_best_maximum_of_the_galaxies_and_say_how_many_did() {
    let x = galaxies();
    // These starts lead to a lower maximum by themselves.
    let starts = [(20.0, 5.0), (22.0, 5.0), (24.0, 5.0)];
    let alone = normals(&x, &starts).fit().unwrap();
    assert!(alone.log_likelihood() < -212.0);
    let mut found = 0;
    for seed in 1..=20 {
        let fit = normals(&x, &starts).starts(10).seed(seed).fit().unwrap();
        if (fit.log_likelihood() + 203.179_228).abs() < 1e-6 {
            found += 1;
            assert!((1..10).contains(&fit.starts().reached));
            // The components are in the order of their starts.
            let [a, b, c] = ["a", "b", "c"].map(|name| fit.estimate(name).unwrap());
            assert!(a < b && b < c, "{a} {b} {c}");
        }
        let starts = fit.starts();
        assert_eq!((starts.tried, starts.reached + starts.elsewhere + starts.failed), (10, 10));
    }
    assert!(found >= 19, "{found}");
    let fit = |seed| normals(&x, &starts).starts(4).seed(seed).fit().unwrap();
    assert_eq!(fit(3).to_string(), fit(3).to_string());
    let text = fit(3).to_string();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("starts") || line.starts_with("order")).collect();
    assert_snapshot!(lines.join("\n"), @r"
    starts          4: 1 reached this maximum, 3 others, 0 none
    order           components as written; those that can change places are in the order of their starts
    ");
}

#[test]
fn components_that_change_places_are_the_same_maximum() {
    let x = column("examples/data/faithful", "waiting");
    for starts in [[(80.0, 9.0), (60.0, 9.0)], [(60.0, 9.0), (80.0, 9.0)]] {
        let fit = normals(&x, &starts).starts(8).fit().unwrap();
        assert_eq!(fit.starts().reached, 8);
        assert_eq!(fit.estimate("a").unwrap() < fit.estimate("b").unwrap(), starts[0].0 < starts[1].0);
    }
}

#[test]
fn components_change_places_with_the_reference_of_their_weights() {
    let mut random = Uniform(31);
    let row = |_| {
        let (z, u) = (2.0 * random.next() - 1.0, random.next());
        let parts = [1.0, (0.3 + 0.8 * z).exp(), (-0.2 - 0.6 * z).exp()];
        let sum: f64 = parts.iter().sum();
        let mean = if u < parts[0] / sum { 0.0 } else { 4.0 * if u < (parts[0] + parts[1]) / sum { 1.0 } else { 2.0 } };
        (mean + random.normal(), z)
    };
    let rows: Vec<(f64, f64)> = (0..300).map(row).collect();
    let design = Design::from_rows(&rows, ["(intercept)", "z"], |row| [1.0, row.1]).unwrap();
    let three = |means: [f64; 3]| {
        let named = means.into_iter().zip(["a", "b", "c"]);
        let mixture = named.fold(Mixture::new(&rows), |mixture, (mean, name)| {
            let parameters = [real(name).start(mean), positive(format!("sd_{name}"))];
            mixture.component(parameters, |[mu, sd], row: &(f64, f64)| normal::ln_pdf(row.0, mu, sd))
        });
        mixture.concomitant(&design).starts(6).fit().unwrap()
    };
    let (up, down) = (three([0.0, 4.0, 8.0]), three([8.0, 4.0, 0.0]));
    assert_relative_eq!(up.log_likelihood(), down.log_likelihood(), max_relative = 1e-12);
    assert!(up.starts().reached >= 4 && down.starts().reached >= 4);
    for (one, other) in [("a", "c"), ("b", "b"), ("c", "a")] {
        assert_relative_eq!(up.estimate(one).unwrap(), down.estimate(other).unwrap(), max_relative = 1e-8);
        let (first, second) = (up.std_error(one).unwrap(), down.std_error(other).unwrap());
        assert_relative_eq!(first, second, max_relative = 1e-7);
    }
    let slope = |fit: &MixtureFit, name: &str| fit.estimate(&format!("weight[{name}].z")).unwrap();
    assert_relative_eq!(slope(&up, "c"), -slope(&down, "c"), max_relative = 1e-7);
}

/// A wide component, and a narrow one on the third row.
fn on_a_point(x: &[f64]) -> Mixture<'_, f64> {
    normals(x, &[(0.0, 2.0), (2.5, 0.01)])
}

#[test]
fn what_is_done_about_a_collapse_is_said() {
    let mut random = Uniform(12);
    let mut x: Vec<f64> = (0..60).map(|i| random.normal() + if i % 3 == 0 { 5.0 } else { 0.0 }).collect();
    x[2] = 2.5;
    let good = normals(&x, &[(0.0, 1.0), (5.0, 1.0)]).fit().unwrap();
    // Error.
    let Err(FitError::CollapsedComponent { component, rows, .. }) = on_a_point(&x).on_collapse(Collapse::Error).fit()
    else {
        panic!("it collapses on row 2")
    };
    assert_eq!((&*component, &*rows), ("b", &[2][..]));
    // Restart.
    let fit = on_a_point(&x).fit().unwrap();
    assert_relative_eq!(fit.coefficients(), good.coefficients(), max_relative = 1e-8);
    assert_eq!(fit.starts().tried, 11);
    assert!(fit.starts().reached >= 5 && fit.starts().failed >= 1, "{:?}", fit.starts());
    assert!(fit.warnings().is_empty());
    // Drop: one normal is left.
    let mixture = on_a_point(&x).on_collapse(Collapse::Drop);
    let fit = mixture.fit().unwrap();
    let mean = x.iter().sum::<f64>() / 60.0;
    assert_eq!(fit.names(), ["a", "sd_a"]);
    assert_relative_eq!(fit.estimate("a").unwrap(), mean, max_relative = 1e-12);
    assert_eq!(fit.warnings(), [Warning::Dropped { component, rows }]);
    assert_snapshot!(fit.warnings()[0], @"component `b` collapsed on row 2 and was left out");
    assert_eq!(mixture.mixing_weights(&fit).unwrap().as_slice(), [1.0, 0.0]);
    assert_eq!(mixture.labels(&fit).unwrap(), [Some(0); 60]);
}

#[test]
fn a_prior_bounds_the_likelihood_and_says_so() {
    let mut random = Uniform(12);
    let mut x: Vec<f64> = (0..60).map(|i| random.normal() + if i % 3 == 0 { 5.0 } else { 0.0 }).collect();
    x[2] = 2.5;
    let mixture = on_a_point(&x).on_collapse(Collapse::Penalise).pseudo_rows(0.6);
    let fit = mixture.fit().unwrap();
    assert!(matches!(fit.warnings(), [Warning::Prior { pseudo_rows: 0.6 }]));
    // The same posterior as one closure, each row with its hundredth of the prior.
    let parameters = [real("a"), positive("sd_a"), real("b"), positive("sd_b"), probability("weight[b]")];
    let posterior = Model::new(&x, parameters, |[a, sd_a, b, sd_b, w], &x| {
        let (f, g) = (normal::ln_pdf(x, a, sd_a), normal::ln_pdf(x, b, sd_b));
        ln_sum_exp(&[(1.0 - w).ln() + f, w.ln() + g]) + (f + g) * 0.01
    });
    let one = posterior.fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(fit.coefficients(), one.coefficients(), max_relative = 1e-10);
    assert_relative_eq!(fit.std_errors().unwrap(), one.std_errors().unwrap(), max_relative = 1e-9);
    // The log-likelihood is that of the data alone.
    assert_relative_eq!(mixture.ln_densities(&fit).unwrap().sum(), fit.log_likelihood(), max_relative = 1e-13);
    assert!(fit.log_likelihood() > one.log_likelihood() + 1.0);
    assert_relative_eq!(fit.aic(), 10.0 - 2.0 * fit.log_likelihood(), max_relative = 1e-14);
    let missing = mixture.missing_information(&fit).unwrap();
    assert!((0.0..1.0).contains(&missing.rate()));
    insta::assert_snapshot!("summary_of_a_maximum_a_posteriori", printed(&fit));
    // Beside it a component that is held, under which some rows are impossible.
    let held = on_a_point(&x).on_collapse(Collapse::Penalise).component([real("rest").fixed(3.0)], |[end], &x| {
        if x < 3.0 { Dual2::from(f64::NEG_INFINITY) } else { (x - end) * -1.0 }
    });
    assert!(matches!(held.fit().unwrap().warnings(), [.., Warning::Prior { .. }]));
    // By default as much as two rows divided by their number.
    let fit = on_a_point(&x).on_collapse(Collapse::Penalise).fit().unwrap();
    let Warning::Prior { pseudo_rows } = fit.warnings()[0] else { panic!("{fit}") };
    assert_relative_eq!(pseudo_rows, 2.0 / 60.0);
}

#[test]
fn score_and_hessian_with_a_prior_are_those_of_one_closure() {
    let points = two_lines(601);
    let weights: Vec<f64> = (0..601).map(|i| f64::from(i % 4)).collect();
    let design = Design::from_rows(&points, ["(intercept)", "x"], |p| [1.0, p.1]).unwrap();
    let mixture = maxlik::model::MixtureLikelihood::new(&points)
        .weights(&weights)
        .component([linear("a", &design), positive("sd_a")], |[mu, sd], p: &Point| normal::ln_pdf(p.0, mu, sd))
        .component([linear("b", &design), positive("sd_b")], |[mu, sd], p| normal::ln_pdf(p.0, mu, sd))
        .concomitant(&design)
        .with_pseudo_rows(1.3);
    let parameters = [linear("a", &design), real("sd_a"), linear("b", &design), real("sd_b"), linear("w", &design)];
    let part = 1.3 / weights.iter().sum::<f64>();
    let one = Model::new(&points, parameters, |[a, sd_a, b, sd_b, w], p: &Point| {
        let (f, g) = (normal::ln_pdf(p.0, a, sd_a), normal::ln_pdf(p.0, b, sd_b));
        ln_sum_exp(&[f, w + g]) - ln_sum_exp(&[w * 0.0, w]) + (f + g) * part
    })
    .weights(&weights);
    assert_same_derivatives(&mixture, &one, &[-0.7, 0.9, 0.6, 2.8, -1.2, 1.3, -0.4, 0.5]);
}

#[test]
fn a_spurious_maximum_is_named_and_passed_over() {
    let x = galaxies();
    // Two galaxies by themselves.
    let starts = [(9.7, 0.5), (19.8, 1.0), (16.1, 0.05), (23.0, 1.0), (33.0, 1.0)];
    let spurious = normals(&x, &starts).on_collapse(Collapse::Error).fit().unwrap();
    assert_relative_eq!(spurious.log_likelihood(), -190.071_150_451_603_9, max_relative = 1e-12);
    assert_relative_eq!(spurious.estimate("sd_c").unwrap().powi(2), 1.8e-3, max_relative = 0.05);
    assert_eq!(spurious.warnings(), [Warning::Spurious { component: "c".into(), rows: vec![7, 8] }]);
    assert_snapshot!(spurious.warnings()[0], @"component `c` is narrow on rows 7, 8 alone: likely an artefact of a likelihood without bound, not a group");
    // By default a regular maximum is sought.
    let fit = normals(&x, &starts).fit().unwrap();
    assert_relative_eq!(fit.log_likelihood(), -195.969_658, max_relative = 1e-8);
    let [Warning::PassedOver { rows, .. }] = fit.warnings() else { panic!("{fit}") };
    assert_eq!(rows, &[7, 8]);
    assert_snapshot!(fit.warnings()[0], @"a higher maximum, log-likelihood -190.071150, was passed over as spurious: component `c` is narrow on rows 7, 8 alone there");
    // Two rows that are not so close are no group either; two of one kind of count are.
    let pair = [(9.7, 0.5), (19.8, 1.0), (26.9, 0.2), (23.0, 1.0), (33.0, 1.0)];
    let fit = normals(&x, &pair).on_collapse(Collapse::Error).fit().unwrap();
    assert!(matches!(fit.warnings(), [Warning::Spurious { component, .. }] if component == "c"), "{fit}");
    let counts = [2, 4, 3, 1, 0, 5, 3, 2, 31, 2, 3, 28];
    let fit = poissons(&counts, [positive("low").start(3.0), positive("high").start(20.0)]).fit().unwrap();
    assert!(fit.warnings().is_empty());
}

#[test]
fn rows_of_weight_zero_are_nowhere_in_the_starts() {
    let x = column("examples/data/faithful", "waiting");
    let mut with_others = x.clone();
    with_others.extend((0..200).map(|i| 1e3 + f64::from(i)));
    let weights: Vec<f64> = (0..472).map(|i| if i < 272 { 1.0 } else { 0.0 }).collect();
    let starts = [(60.0, 9.0), (80.0, 9.0)];
    let fit = normals(&with_others, &starts).weights(&weights).starts(5).fit().unwrap();
    assert_eq!(fit.starts().reached, 5);
    assert_relative_eq!(
        fit.log_likelihood(),
        normals(&x, &starts).fit().unwrap().log_likelihood(),
        max_relative = 1e-12
    );
}
