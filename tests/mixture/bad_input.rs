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
