//! What is no mixture, and fits of other mixtures.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::data::*;

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

fn message<Row: Sync>(mixture: &Mixture<'_, Row>) -> String {
    mixture.fit().unwrap_err().to_string()
}

#[test]
fn settings_weights_and_designs_are_validated() {
    let mixture = || poissons(&DEATHS, [positive("one").start(2.0), positive("two")]);
    assert_snapshot!(message(&mixture().starts(0)), @"mixture: expected `starts` to be at least 1, found 0 - choose another in .starts(..)");
    assert_snapshot!(message(&mixture().pseudo_rows(f64::NAN)), @"mixture: expected `pseudo_rows` to be a finite number above 0, found NaN - choose another in .pseudo_rows(..)");
    let negative = [1.0, 1.0, 1.0, -2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    assert_snapshot!(message(&mixture().weights(&negative)), @"weights, row 3: expected a finite number of at least 0, found -2 - weight 0 leaves a row out");
    assert_snapshot!(message(&mixture().weights(&[0.0; 10])), @"weights: expected at least one above 0, found none - no row of data counts");
    let nine = Design::from_rows(&DEATHS[1..], ["(intercept)"], |_| [1.0]).unwrap();
    assert_snapshot!(message(&mixture().concomitant(&nine)), @"parameter `weight[two]`: expected a design with 10 rows, one for each row of data, found 9 - build it from the same rows as the model");
    let twice = Design::from_rows(&DEATHS, ["(intercept)", "twice"], |_| [1.0, 2.0]).unwrap();
    assert_snapshot!(message(&mixture().concomitant(&twice)), @"design of `weight[two]`: expected linearly independent columns, found `twice` = 2 `(intercept)` to rounding - drop one of these columns, or centre them if it is a matter of units");
    let regressions = Mixture::new(&DEATHS)
        .component([linear("eta", nine)], |[eta], &k| poisson::ln_pmf(k, eta.exp()))
        .component([positive("mean")], |[mean], &k| poisson::ln_pmf(k, mean));
    assert_snapshot!(message(&regressions), @"parameter `eta`: expected a design with 10 rows, one for each row of data, found 9 - build it from the same rows as the model");
}

fn two_normals(x: &[f64], starts: [(f64, f64); 2]) -> Mixture<'_, f64> {
    let [(a, sd_a), (b, sd_b)] = starts;
    Mixture::new(x)
        .component([real("a").start(a), positive("sd_a").start(sd_a)], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .component([real("b").start(b), positive("sd_b").start(sd_b)], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
}

#[test]
fn a_row_that_is_missing_is_named() {
    let x = [0.3, 1.7, f64::NAN, 0.4];
    assert_snapshot!(message(&two_normals(&x, [(0.0, 1.0), (1.0, 1.0)])), @"row 2: expected a finite log-density with finite derivatives at the start (a = 0, sd_a = 1, b = 1, sd_b = 1, weight[b] = 0.5), found NaN - is a parameter outside its domain there (choose another with .start(..)), or a value missing in the row?");
    let x = [0.3, 1.7, f64::INFINITY, 0.4];
    assert_snapshot!(message(&two_normals(&x, [(0.0, 1.0), (1.0, 1.0)])), @"row 2: expected a finite log-density with finite derivatives at the start (a = 0, sd_a = 1, b = 1, sd_b = 1, weight[b] = 0.5), found -inf - the row is impossible at these values; choose others with .start(..), or check the row");
}

#[test]
fn fewer_different_rows_than_components_are_counted() {
    // All rows equal.
    for collapse in [Collapse::Restart, Collapse::Drop, Collapse::Penalise, Collapse::Error] {
        let error = two_normals(&[2.5; 30], [(0.0, 1.0), (3.0, 2.0)]).on_collapse(collapse).fit().unwrap_err();
        assert!(matches!(error, FitError::FewDifferentRows { components: 2, different: 1, .. }), "{error}");
    }
    assert_snapshot!(message(&two_normals(&[2.5; 30], [(0.0, 1.0), (3.0, 2.0)])), @"mixture: expected at most as many components as different rows, which are 1, found 2 - the densities tell no more rows apart; leave components out");
    // Two different rows for three components; rows of weight 0 do not count.
    let x = [1.0, 4.0, 1.0, 1.0, 4.0, 2.0];
    let three = two_normals(&x, [(0.0, 1.0), (5.0, 2.0)])
        .component([real("c").start(2.0), positive("sd_c")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
        .weights(&[1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
    assert_snapshot!(message(&three), @"mixture: expected at most as many components as different rows, which are 2, found 3 - the densities tell no more rows apart; leave components out");
}

#[test]
fn a_likelihood_that_does_not_determine_its_components_is_no_fit() {
    // Two different counts know two means and no more.
    let counts = [0, 3, 3, 0, 0, 3, 3, 3];
    let three = poissons(&counts, [positive("a").start(0.5), positive("b").start(3.0)])
        .component([positive("c").start(6.0)], |[mean], &k| poisson::ln_pmf(k, mean));
    let error = three.fit().unwrap_err();
    assert!(matches!(error, FitError::FewDifferentRows { components: 3, different: 2, .. }), "{error}");
}

#[test]
fn rows_that_are_equal_collapse_together() {
    let mut x = vec![2.5; 12];
    x.extend([0.1, 1.3, 3.9, 4.4, 5.2, 6.1, -0.7]);
    let mixture = two_normals(&x, [(2.0, 3.0), (2.5, 0.01)]).on_collapse(Collapse::Error);
    assert_snapshot!(message(&mixture), @"mixture, component `b`: expected a component that is spread over its rows, found it collapsing on rows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, .. (12 in all) - the likelihood rises without end there; start it wider with .start(..), or hold its scale with .fixed(..)");
}

#[test]
fn a_component_that_fits_no_row_is_named_or_left_out() {
    let x = three_groups();
    // Nothing is possible under the second component below 100.
    let mixture = |collapse| {
        Mixture::new(&x)
            .component([real("near").start(1.0), positive("sd")], |[mu, sd], &x| normal::ln_pdf(x, mu, sd))
            .component([positive("far")], |[rate], &x| {
                if x < 100.0 { Dual2::from(f64::NEG_INFINITY) } else { exponential::ln_pdf(x - 100.0, rate) }
            })
            .on_collapse(collapse)
    };
    for collapse in [Collapse::Error, Collapse::Restart] {
        let error = mixture(collapse).fit().unwrap_err();
        assert!(matches!(&error, FitError::EmptyComponent { component, .. } if component == "far"), "{error}");
    }
    assert_snapshot!(message(&mixture(Collapse::Error)), @"mixture, component `far`: expected a component that fits some of the rows, found one whose density is 0 in all of them where the search ended - start it elsewhere with .start(..), or leave it out");
    // A prior of all rows makes all of them impossible.
    assert_snapshot!(message(&mixture(Collapse::Penalise)), @"row 0: expected a finite log-density with finite derivatives at the start (near = 1, sd = 1, far = 1, weight[far] = 0.5), found -inf - the row is impossible at these values; choose others with .start(..), or check the row");
    let dropped = mixture(Collapse::Drop).fit().unwrap();
    assert_snapshot!(dropped.warnings()[0], @"component `far` fitted no row and was left out");
    assert_eq!(dropped.names(), ["near", "sd"]);
}
