//! The rule table against mpmath (60 digits; `reference/make_special.py` made `reference/special.csv`).
use maxlik_dual::rules::{self, Derivatives};

const TABLE: &str = include_str!("reference/special.csv");

/// Errors allowed, relative: 4 ulp in the value, and in the derivatives 1e-14 for elementary and 1e-12 for special functions.
const VALUE: f64 = 4.0 * f64::EPSILON;
const ELEMENTARY: f64 = 1e-14;
const SPECIAL: f64 = 1e-12;

/// Functions of the table that the crate does not have yet.
const ABSENT: [&str; 11] = [
    "digamma",
    "trigamma",
    "erf",
    "erfc",
    "normal_cdf",
    "ln_normal_cdf",
    "ln_bessel_i0",
    "ln_beta",
    "ln_gamma_p",
    "ln_gamma_q",
    "ln_add_exp",
];

fn rule(name: &str, x: f64, exponent: f64) -> Derivatives {
    match name {
        "ln_gamma" => rules::ln_gamma(x, 3),
        "softplus" => rules::softplus(x, 3),
        "sigmoid" => rules::sigmoid(x, 3),
        "ln_sigmoid" => rules::ln_sigmoid(x, 3),
        "logit" => rules::logit(x, 3),
        "ln_1m_exp" => rules::ln_1m_exp(x, 3),
        "exp_m1" => rules::exp_m1(x, 3),
        "ln_1p" => rules::ln_1p(x, 3),
        "tanh" => rules::tanh(x, 3),
        "sqrt" => rules::sqrt(x, 3),
        "ln" => rules::ln(x, 3),
        "exp" => rules::exp(x, 3),
        "powf" => rules::powf(x, exponent, 3),
        other => panic!("no rule for {other}"),
    }
}

/// What counts as zero: results that vanish below the normal range.
fn flush(x: f64) -> f64 {
    if x.abs() < 1e-308 { 0.0 } else { x }
}

#[test]
fn every_rule_agrees_with_mpmath() {
    let mut failures = Vec::new();
    let mut rows = 0;
    for line in TABLE.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let name = fields[0];
        if ABSENT.contains(&name) {
            continue;
        }
        rows += 1;
        let arguments: Vec<f64> = fields[1].split(';').map(|a| a.parse().unwrap()).collect();
        let computed = rule(name, arguments[0], arguments.get(1).copied().unwrap_or(f64::NAN));
        for order in 0..4 {
            let expected = flush(fields[3 + order].parse().unwrap());
            let found = flush(computed[order]);
            let allowed = match (order, name) {
                (0, _) => VALUE,
                (_, "ln_gamma") => SPECIAL,
                _ => ELEMENTARY,
            };
            let close = found == expected || (found - expected).abs() <= allowed * expected.abs();
            if !close {
                let error = (found / expected - 1.0).abs();
                failures.push(format!("{line}\n  order {order}: {found:e}, relative error {error:.1e}"));
            }
        }
    }
    assert_eq!(rows, 125, "rows of the table that were tested");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
