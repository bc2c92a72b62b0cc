//! The table against `reference.json`, which `make_reference.py` made from its own formulas.
use nalgebra::DVector;
use serde_json::Value;

use crate::problems::{Problem, problems};

/// A local minimum to 20 digits.
pub(crate) struct ReferenceMinimum {
    /// The value.
    pub(crate) f: f64,
    /// The minimiser, `n`; none at infinity.
    pub(crate) x: Option<DVector<f64>>,
    /// Whether the paper lists it.
    pub(crate) listed: bool,
}

/// One line of `reference.json`.
pub(crate) struct Reference {
    at_start: f64,
    pub(crate) minima: Vec<ReferenceMinimum>,
}

/// All problems with what is known of them.
pub(crate) fn problems_with_references() -> Vec<(Problem, Reference)> {
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let array = |value: &Value| value.as_array().unwrap().clone();
    let minimum = |value: &Value| ReferenceMinimum {
        f: number(&value["f"]),
        x: value["x"].as_array().map(|x| DVector::from_iterator(x.len(), x.iter().map(number))),
        listed: value["listed"].as_bool().unwrap(),
    };
    let all: Value = serde_json::from_str(include_str!("reference.json")).unwrap();
    let rows = array(&all["problems"]);
    let problems = problems();
    assert_eq!(problems.len(), rows.len());
    let pair = |(problem, row): (Problem, &Value)| {
        let [of_problem, n, m] = ["number", "n", "m"].map(|key| row[key].as_u64().unwrap());
        assert_eq!([problem.number, problem.n, problem.m].map(|k| k as u64), [of_problem, n, m]);
        let minima = array(&row["minima"]).iter().map(minimum).collect();
        (problem, Reference { at_start: number(&row["start"]), minima })
    };
    problems.into_iter().zip(&rows).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use maxlik::optimizer::Objective;

    use super::*;

    #[test]
    fn all_thirty_five_problems_are_there() {
        let mut numbers: Vec<usize> = problems().iter().map(|problem| problem.number).collect();
        numbers.dedup();
        assert_eq!(numbers, (1..=35).collect::<Vec<_>>());
    }

    #[test]
    fn values_at_the_standard_starts_agree() {
        for (problem, reference) in problems_with_references() {
            let start = DVector::from_vec(problem.start.clone());
            assert_relative_eq!(problem.value(&start), reference.at_start, max_relative = 1e-12);
            assert_relative_eq!(problem.value_gradient_hessian(&start).0, reference.at_start, max_relative = 1e-12);
        }
    }

    #[test]
    fn published_minima_are_those_of_the_reference_to_the_digits_printed() {
        for (problem, reference) in problems_with_references() {
            let listed: Vec<_> = reference.minima.iter().filter(|minimum| minimum.listed).collect();
            assert_eq!(problem.minima.len(), listed.len(), "{}", problem.name);
            for (published, exact) in problem.minima.iter().zip(listed) {
                // Six digits, cut off or rounded: one unit of the sixth.
                let unit = if published.f == 0.0 { 0.0 } else { 10_f64.powf(published.f.log10().floor() - 5.0) };
                assert!((published.f - exact.f).abs() <= unit, "{}: {} {}", problem.name, published.f, exact.f);
                match (&published.x, &exact.x) {
                    // Four digits, cut off.
                    (Some(x), Some(exact)) => assert_relative_eq!(x[..], exact.as_slice()[..], max_relative = 1e-3),
                    (Some(x), None) => assert!(x.iter().any(|x| x.is_infinite())),
                    (None, _) => {}
                }
            }
        }
    }

    #[test]
    fn values_at_minimisers_agree_gradients_vanish_and_curvature_is_not_negative() {
        for (problem, reference) in problems_with_references() {
            for minimum in reference.minima {
                let Some(x) = minimum.x else { continue };
                let (f, gradient, hessian) = problem.value_gradient_hessian(&x);
                // Meyer and Watson (n = 12) lose four digits in residuals that are small differences.
                assert_relative_eq!(f, minimum.f, max_relative = 1e-11, epsilon = 1e-28);
                // Rounding of x moves the gradient by |H| |x| times 1e-16; that of the residuals by a little more where they are
                // differences (26), and where a coordinate is zero (9).
                let rounding = hessian.abs() * x.abs() * 2e-14;
                for (g, rounding) in gradient.iter().zip(&rounding) {
                    assert!(g.abs() <= rounding + 1e-16, "{}: gradient {g:e} > {rounding:e}", problem.name);
                }
                let curvatures = hessian.symmetric_eigenvalues();
                assert!(curvatures.min() >= -1e-15 * curvatures.max(), "{}: {curvatures}", problem.name);
            }
        }
    }
}
