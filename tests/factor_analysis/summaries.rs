//! The printed summary, as it prints.
use maxlik::prelude::*;

use crate::data::{ability, attitude, with_gaps};

/// The summary without the counts of iterations and evaluations, which may differ by one where rounding does.
fn printed(fit: &FactorAnalysisFit) -> String {
    let mask = |line: &str| {
        let counts = line.starts_with("method");
        line.chars().map(|c| if counts && c.is_ascii_digit() { '#' } else { c }).collect::<String>().replace("##", "#")
    };
    fit.to_string().lines().map(mask).collect::<Vec<_>>().join("\n")
}

#[test]
fn summaries() {
    let (analysis, s, n) = ability(2);
    let fit = analysis.fit_covariance(&s, n).unwrap();
    insta::assert_snapshot!("factor_analysis_of_a_covariance_matrix", printed(&fit));
    let promax = fit.rotated(Rotation::Promax { power: 4.0 }).unwrap().on(Scale::Covariance);
    insta::assert_snapshot!("factor_analysis_rotated_in_the_units_of_the_data", printed(&promax));
    let (names, x) = attitude();
    let heywood = FactorAnalysis::new(3).names(names).fit(&x).unwrap();
    insta::assert_snapshot!("factor_analysis_with_a_heywood_case", printed(&heywood));
    let missing = FactorAnalysis::new(1).missing(true).fit(&with_gaps(120)).unwrap();
    insta::assert_snapshot!("factor_analysis_with_missing_values", printed(&missing));
}
