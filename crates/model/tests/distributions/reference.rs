//! Reference values: `../reference/make_densities.py` (mpmath) made `../reference/densities.csv`.
use crate::case::Case;
use crate::cases;

/// Relative error allowed.
const TOLERANCE: f64 = 1e-13;

/// Rows that double precision or the table do not allow to reach: function, row and the error allowed, with the reason.
const EXCEPTIONS: [(&str, f64); 0] = [];

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

#[test]
fn values_agree_with_mpmath() {
    let cases = cases::all();
    let mut failures = Vec::new();
    let mut missing = Vec::new();
    let mut count = 0;
    for row in include_str!("../reference/densities.csv").lines().filter(|row| !row.starts_with('#')).skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let parameters: Vec<f64> = fields[3].split(';').map(|p| p.parse().unwrap()).collect();
        let expected: f64 = fields[4].parse().unwrap();
        let Some(found) = found(&cases, fields[0], fields[1], fields[2], &parameters) else {
            missing.push(format!("{} {}", fields[0], fields[1]));
            continue;
        };
        count += 1;
        let allowed =
            EXCEPTIONS.iter().find(|(start, _)| row.starts_with(start)).map_or(TOLERANCE, |&(_, error)| error);
        let same = found == expected || found.is_nan() && expected.is_nan();
        let error = (found - expected).abs() / expected.abs();
        if !same && (error.is_nan() || error > allowed) {
            failures.push(format!("{row}: found {found:e}, relative error {error:.1e}"));
        }
    }
    missing.dedup();
    println!("{count} rows");
    assert!(missing.is_empty(), "not in the tables: {missing:?}");
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
}
