//! Reference values: `../reference/make_densities.py` (mpmath) made `../reference/densities.csv`, `make_densities.R` (R 4.2.2) made
//! `densities_r.csv`.
use std::collections::HashMap;

use crate::case::Case;
use crate::cases;

/// Relative error allowed.
const TOLERANCE: f64 = 1e-13;

/// Rows that double precision or the table do not allow to reach: function, row and the error allowed, with the reason.
///
/// A probability of 1e-200 on the other side of `x` is about `exp(-z^2 / 2)` or `exp(-exp(-z))`, which magnifies the rounding
/// of `z = (x - mu) / sigma` by the probability's logarithm, some 500, and more.
const EXCEPTIONS: [(&str, f64); 12] = [
    // 1 - e^x with x = -348 and -634, whose last bit is that of e^x times |x|.
    ("poisson,ln_cdf,1500,700,", 2e-13),
    ("negative_binomial,ln_cdf,2000,4;1.5,", 2e-13),
    // A wrapper sees logarithms only, here -27.6 and -27.6, of which -0.02 is left.
    ("hurdle_poisson,ln_pmf,1,0.02;1e-12,", 2e-13),
    ("log_normal,ln_cdf,1e25,0.3;1.7,", 2e-13),
    ("log_normal,ln_sf,1e-25,0.3;1.7,", 2e-13),
    ("student_t,ln_cdf,100,2;3;1e10,", 2e-13),
    ("student_t,ln_sf,-90,2;3;1e10,", 2e-13),
    ("gumbel,ln_sf,-10,0.3;1.7,", 3e-13),
    // -e^y with y between -570 and -690, likewise.
    ("inverse_gamma,ln_sf,1e-3,2.5;0.7,", 2e-13),
    ("weibull,ln_cdf,9,2.5;0.7,", 2e-13),
    ("chi_squared,ln_sf,1e-8,60,", 2e-13),
    ("f,ln_sf,1e-100,5;8,", 2e-13),
];

/// Distributions whose observation is a vector, or whose number of parameters varies: their rows are tested in `vectors.rs` and
/// `../multivariate.rs`.
const VECTORS: [&str; 4] = ["categorical", "multinomial", "dirichlet", "multivariate_normal"];

/// A row's value as the library has it; `None` for a distribution that is not in the tables of cases.
fn found(cases: &[Case], distribution: &str, function: &str, x: &str, parameters: &[f64]) -> Option<f64> {
    let case = cases.iter().find(|case| case.name == distribution)?;
    let x = || x.parse().expect("one number");
    Some(match function {
        "ln_pdf" | "ln_pmf" => (case.ln_density)(x(), parameters),
        "ln_cdf" => (case.tails?)(x(), parameters).0,
        "ln_sf" => (case.tails?)(x(), parameters).1,
        "mean" => (case.known)(parameters).mean,
        "variance" => (case.known)(parameters).variance,
        other => panic!("no function {other}"),
    })
}

/// The relative error that a row may have.
fn allowed(row: &str) -> f64 {
    EXCEPTIONS.iter().find(|(start, _)| row.starts_with(start)).map_or(TOLERANCE, |&(_, error)| error)
}

#[test]
fn values_agree_with_mpmath() {
    let cases = cases::all();
    let mut failures = Vec::new();
    let mut missing = Vec::new();
    let mut count = 0;
    for row in include_str!("../reference/densities.csv").lines().filter(|row| !row.starts_with('#')).skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        if VECTORS.contains(&fields[0]) {
            continue;
        }
        let parameters: Vec<f64> = fields[3].split(';').map(|p| p.parse().unwrap()).collect();
        let expected: f64 = fields[4].parse().unwrap();
        let Some(found) = found(&cases, fields[0], fields[1], fields[2], &parameters) else {
            missing.push(format!("{} {}", fields[0], fields[1]));
            continue;
        };
        count += 1;
        let same = found == expected || found.is_nan() && expected.is_nan();
        let error = (found - expected).abs() / expected.abs();
        if !same && (error.is_nan() || error > allowed(row)) {
            failures.push(format!("{row}: found {found:e}, relative error {error:.1e}"));
        }
    }
    missing.dedup();
    assert!(missing.is_empty(), "not in the tables: {missing:?}");
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, 2293, "rows that were tested");
}

#[test]
fn values_agree_with_r_up_to_its_own_errors() {
    let cases = cases::all();
    let exact: HashMap<String, f64> = include_str!("../reference/densities.csv")
        .lines()
        .skip(1)
        .filter_map(|row| row.rsplit_once(',').and_then(|(key, value)| Some((key.to_string(), value.parse().ok()?))))
        .collect();
    let mut failures = Vec::new();
    let (mut count, mut inexact) = (0, 0);
    // Distributions that base R has; the others are put together there from functions that may lose digits.
    for row in include_str!("../reference/densities_r.csv").lines().filter_map(|row| row.strip_suffix(",base")) {
        let (key, value) = row.rsplit_once(',').expect("columns");
        let fields: Vec<&str> = key.split(',').collect();
        if VECTORS.contains(&fields[0]) {
            continue;
        }
        let parameters: Vec<f64> = fields[3].split(';').map(|p| p.parse().unwrap()).collect();
        let r: f64 = value.parse().unwrap();
        let found = found(&cases, fields[0], fields[1], fields[2], &parameters).expect("a case");
        let error_of_r = (r - exact[key]).abs() / exact[key].abs();
        count += 1;
        if error_of_r.is_nan() || error_of_r > TOLERANCE {
            inexact += 1;
            continue;
        }
        let error = (found - r).abs() / r.abs();
        if found != r && (error.is_nan() || error > allowed(row) + error_of_r) {
            failures.push(format!("{row}: found {found:e}, relative error {error:.1e}"));
        }
    }
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
    assert_eq!((count, inexact), (1431, 20), "rows, and those where R itself is off by more than the tolerance");
}
