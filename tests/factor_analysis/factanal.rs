//! Uniquenesses, tests, rotations and scores against R's `factanal`.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use maxlik::{LikelihoodRatioTest, Status, Warning};
use serde_json::Value;

use crate::data::{ability, attitude, count, matrix, names, reference, vector};

fn assert_is_factanals(fit: &FactorAnalysisFit, expected: &Value) {
    // Two digits less than factanal's own stopping rule allows.
    let theirs = vector(&expected["factanal_uniquenesses"]);
    assert_relative_eq!(*fit.uniquenesses(), theirs, epsilon = 1e-6, max_relative = 0.0);
    let LikelihoodRatioTest { statistic, corrected_statistic, corrected_p_value, dof, .. } =
        fit.likelihood_ratio_test().unwrap();
    assert_relative_eq!(corrected_statistic, expected["factanal_statistic"].as_f64().unwrap(), epsilon = 1e-6);
    assert_relative_eq!(corrected_p_value, expected["p_value"].as_f64().unwrap(), max_relative = 1e-6);
    assert_eq!(dof, count(&expected["dof"]));
    // From there R solved the gradient to rounding.
    assert_relative_eq!(*fit.uniquenesses(), vector(&expected["uniquenesses"]), epsilon = 1e-10);
    let discrepancy = expected["discrepancy"].as_f64().unwrap();
    assert_relative_eq!(statistic, discrepancy * fit.n_obs() as f64, max_relative = 1e-10);
    assert_relative_eq!(*fit.loadings(), matrix(&expected["loadings"]), epsilon = 1e-9);
}

fn assert_rotations_are_rs(fit: &FactorAnalysisFit, expected: &Value) {
    let varimax = fit.rotated(Rotation::Varimax).unwrap();
    assert_relative_eq!(*varimax.loadings(), matrix(&expected["varimax"]), epsilon = 1e-7); // R stops at 1e-15 of the criterion
    let promax = fit.rotated(Rotation::Promax { power: 4.0 }).unwrap();
    assert_relative_eq!(*promax.loadings(), matrix(&expected["promax"]), epsilon = 1e-6); // as above, times the power
    let correlations = promax.factor_correlations();
    assert_relative_eq!(correlations, matrix(&expected["promax_correlations"]), epsilon = 1e-6); // as above
    for rotated in [&varimax, &promax] {
        assert_relative_eq!(rotated.covariance(), fit.covariance(), epsilon = 1e-13);
        assert_relative_eq!(rotated.communalities(), fit.communalities(), epsilon = 1e-13);
        let rotation = rotated.rotation_matrix();
        assert_relative_eq!(*rotated.loadings(), fit.loadings() * rotation, epsilon = 1e-13);
    }
    // Rotated again, it is rotated from the beginning.
    assert_relative_eq!(*promax.rotated(Rotation::Varimax).unwrap().loadings(), *varimax.loadings(), epsilon = 1e-13);
    assert_eq!(varimax.rotated(Rotation::None).unwrap().loadings(), fit.loadings());
}

#[test]
fn ability_has_the_uniquenesses_test_and_loadings_of_factanal() {
    let reference = reference();
    for (factors, expected) in [(1, "one_factor"), (2, "two_factors")] {
        let (analysis, s, n) = ability(factors);
        let fit = analysis.fit_covariance(&s, n).unwrap();
        assert_is_factanals(&fit, &reference["ability"][expected]);
        if factors > 1 {
            assert_rotations_are_rs(&fit, &reference["ability"][expected]);
        }
    }
}

#[test]
fn harman74_has_the_uniquenesses_test_and_loadings_of_factanal() {
    let reference = &reference()["harman74"];
    let r = matrix(&reference["correlation"]);
    let analysis = FactorAnalysis::new(4).names(names(&reference["names"]));
    let fit = analysis.fit_covariance(&r, count(&reference["n"])).unwrap();
    assert_is_factanals(&fit, &reference["four_factors"]);
    assert_rotations_are_rs(&fit, &reference["four_factors"]);
}

#[test]
fn scores_are_those_of_factanal() {
    let expected = &reference()["attitude"];
    let (names, x) = attitude();
    let fit = FactorAnalysis::new(2).names(names).fit(&x).unwrap();
    assert_relative_eq!(*fit.uniquenesses(), vector(&expected["uniquenesses"]), epsilon = 1e-10);
    let n = x.nrows() as f64;
    let units = ((n - 1.0) / n).sqrt();
    let promax = Rotation::Promax { power: 4.0 };
    for (rotation, suffix) in [(Rotation::None, ""), (Rotation::Varimax, "_varimax"), (promax, "_promax")] {
        let rotated = fit.rotated(rotation).unwrap();
        for (scores, name) in [(Scores::Regression, "regression"), (Scores::Bartlett, "bartlett")] {
            let ours = rotated.scores(&x, scores).unwrap() * units;
            let theirs = matrix(&expected[format!("{name}{suffix}").as_str()]);
            assert_relative_eq!(ours, theirs, epsilon = 1e-6); // rotations as R stops them
            // In the units of the data factors are the same.
            let on_covariance = rotated.on(Scale::Covariance).scores(&x, scores).unwrap() * units;
            assert_relative_eq!(on_covariance, ours, epsilon = 1e-12);
        }
    }
}

#[test]
fn the_bound_of_factanal_is_there_on_demand() {
    let expected = &reference()["attitude"]["three_factors_bounded"];
    let (names, x) = attitude();
    let fit = FactorAnalysis::new(3).names(names).lower(0.005).fit(&x).unwrap();
    assert_relative_eq!(*fit.uniquenesses(), vector(&expected["uniquenesses"]), epsilon = 1e-6); // factanal's stopping
    let test = fit.likelihood_ratio_test().unwrap();
    assert_relative_eq!(test.corrected_statistic, expected["statistic"].as_f64().unwrap(), epsilon = 1e-6);
    let on_bound = Warning::OnBound { name: "uniqueness[learning]".into(), value: 0.005 };
    assert_eq!(fit.warnings(), [on_bound]);
    assert_eq!(fit.status("uniqueness[learning]"), Ok(Status::OnBound));
    assert!(fit.to_string().lines().next().unwrap().ends_with("on a bound: uniqueness[learning]"));
    assert!(fit.std_errors().is_err());
    assert!(fit.std_error("uniqueness[advance]").unwrap() > 0.1);
}
