//! The rule table against mpmath (60 digits; `reference/make_special.py` made `reference/special.csv`).
use maxlik_dual::rules::{self, Derivatives};
use maxlik_dual::{Real, special};
use num_dual::Dual3_64;

const TABLE: &str = include_str!("reference/special.csv");

/// Errors allowed, relative: 4 ulp in the value, and in the derivatives 1e-14 for elementary and 1e-12 for special functions.
const VALUE: f64 = 4.0 * f64::EPSILON;
const ELEMENTARY: f64 = 1e-14;
const SPECIAL: f64 = 1e-12;

/// Functions of the table that the crate does not have as rules with three derivatives.
const ABSENT: [&str; 7] = ["digamma", "trigamma", "erf", "erfc", "ln_normal_cdf", "ln_bessel_i0", "ln_beta"];

/// Value and derivatives by the argument `wrt`, as many as there are.
fn rule(name: &str, arguments: &[f64], wrt: usize) -> Vec<f64> {
    let x = arguments[0];
    let rule: Derivatives = match name {
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
        "powf" => rules::powf(x, arguments[1], 3),
        "ln_add_exp" => {
            let [a, b] = [0, 1].map(|i| {
                let seed = if i == wrt { 1.0 } else { 0.0 };
                Dual3_64::new(arguments[i], seed, 0.0, 0.0)
            });
            let f = a.ln_add_exp(b);
            [f.re, f.v1, f.v2, f.v3]
        }
        "ln_gamma_p" | "ln_gamma_q" => {
            let [a, x] = [0, 1].map(|i| Dual3_64::new(arguments[i], if i == wrt { 1.0 } else { 0.0 }, 0.0, 0.0));
            let f = if name == "ln_gamma_p" { a.ln_gamma_p(x) } else { a.ln_gamma_q(x) };
            [f.re, f.v1, f.v2, f.v3]
        }
        // The value alone: it serves p-values and intervals.
        "normal_cdf" => return vec![special::normal_cdf(x)],
        other => panic!("no rule for {other}"),
    };
    rule.into()
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
        let computed = rule(name, &arguments, fields[2].parse().unwrap());
        for order in 0..computed.len() {
            let expected = flush(fields[3 + order].parse().unwrap());
            let found = flush(computed[order]);
            let allowed = match (order, name) {
                (0, _) => VALUE,
                (_, "ln_gamma" | "ln_gamma_p" | "ln_gamma_q") => SPECIAL,
                _ => ELEMENTARY,
            };
            let close = found == expected || (found - expected).abs() <= allowed * expected.abs();
            if !close {
                let error = (found / expected - 1.0).abs();
                failures.push(format!("{line}\n  order {order}: {found:e}, relative error {error:.1e}"));
            }
        }
    }
    assert_eq!(rows, 162, "rows of the table that were tested");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
