//! The summary, as it prints.
use insta::assert_snapshot;
use maxlik::prelude::*;

use crate::data::{faithful, galaxies, iris};

/// The summary without the counts of iterations and evaluations, which may differ by some where rounding does.
fn printed(text: &str) -> String {
    let mask = |line: &str| {
        let counts = line.starts_with("method");
        line.chars().map(|c| if counts && c.is_ascii_digit() { '#' } else { c }).collect::<String>()
    };
    text.lines().map(mask).collect::<Vec<_>>().join("\n").replace("##", "#")
}

#[test]
fn of_two_components() {
    let fit = GaussianMixture::new(2).names(["eruptions", "waiting"]).fit(&faithful()).unwrap();
    assert_snapshot!(printed(&fit.to_string()));
}

#[test]
fn of_many_coefficients() {
    let fit = GaussianMixture::new(4).covariance(Covariance::EqualShape).fit(&iris()).unwrap();
    assert_snapshot!(printed(&fit.to_string()));
}

#[test]
fn of_a_selection() {
    let selection = GaussianMixture::new(1).select(&galaxies(), 1..=3, &[Covariance::Full], Criterion::Bic).unwrap();
    assert_snapshot!(printed(&selection.to_string()));
}
