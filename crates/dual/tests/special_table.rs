//! The rule table against mpmath: `reference/special.csv` (60 digits, made by `make_special.py`) and `reference/functions.csv`
//! (500 digits, made by `make_functions.py`).
use maxlik_dual::Real;
use maxlik_dual::rules::{self, Derivatives, Derivatives2};
use num_dual::Dual3_64;

const TABLES: [&str; 2] = [include_str!("reference/special.csv"), include_str!("reference/functions.csv")];

/// Errors allowed, relative: 4 ulp in the value, and in the derivatives 1e-14 for elementary and 1e-12 for special functions.
const VALUE: f64 = 4.0 * f64::EPSILON;
const ELEMENTARY: f64 = 1e-14;
const SPECIAL: f64 = 1e-12;

const SPECIAL_FUNCTIONS: [&str; 14] = [
    "ln_gamma",
    "digamma",
    "trigamma",
    "erf",
    "erfc",
    "normal_cdf",
    "ln_normal_cdf",
    "normal_quantile",
    "ln_bessel_i0",
    "ln_bessel_i1",
    "ln_beta",
    "ln_binomial",
    "ln_gamma_p",
    "ln_gamma_q",
];

/// Value and derivatives by the argument `wrt`.
fn rule(name: &str, arguments: &[f64], wrt: usize) -> Derivatives {
    let x = arguments[0];
    macro_rules! one {
        ($($name:ident)*) => { match name { $(stringify!($name) => return rules::$name(x, 3),)* _ => {} } };
    }
    macro_rules! two {
        ($($name:ident)*) => { match name { $(stringify!($name) => return along(rules::$name(x, arguments[1], 3), wrt),)* _ => {} } };
    }
    one!(exp exp2 exp_m1 ln ln_1p log2 log10 sqrt cbrt recip sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh);
    one!(softplus sigmoid ln_sigmoid logit ln_1m_exp ln_gamma digamma trigamma erf erfc normal_cdf ln_normal_cdf);
    one!(normal_quantile ln_bessel_i0 ln_bessel_i1);
    two!(xlogy atan2 hypot ln_beta ln_binomial);
    match name {
        "powf" if wrt == 0 => rules::powf(x, arguments[1], 3),
        "powf" => along(rules::pow(x, arguments[1], 3), wrt),
        "ln_add_exp" | "ln_sub_exp" => {
            let [a, b] = [0, 1].map(|i| {
                let seed = if i == wrt { 1.0 } else { 0.0 };
                Dual3_64::new(arguments[i], seed, 0.0, 0.0)
            });
            let f = if name == "ln_add_exp" { a.ln_add_exp(b) } else { a.ln_sub_exp(b) };
            [f.re, f.v1, f.v2, f.v3]
        }
        "ln_gamma_p" | "ln_gamma_q" => {
            let [a, x] = [0, 1].map(|i| Dual3_64::new(arguments[i], if i == wrt { 1.0 } else { 0.0 }, 0.0, 0.0));
            let f = if name == "ln_gamma_p" { a.ln_gamma_p(x) } else { a.ln_gamma_q(x) };
            [f.re, f.v1, f.v2, f.v3]
        }
        other => panic!("no rule for {other}"),
    }
}

/// The derivatives of a function of two numbers along one of them.
fn along([f, x, y, xx, _, yy, xxx, _, _, yyy]: Derivatives2, wrt: usize) -> Derivatives {
    if wrt == 0 { [f, x, xx, xxx] } else { [f, y, yy, yyy] }
}

/// What counts as zero: results that vanish below the normal range.
fn flush(x: f64) -> f64 {
    if x.abs() < 1e-308 { 0.0 } else { x }
}

#[test]
fn every_rule_agrees_with_mpmath() {
    let mut failures = Vec::new();
    let mut rows = [0; 2];
    let mut worst: Vec<(&str, [f64; 4])> = Vec::new();
    for (table, line) in
        TABLES.iter().enumerate().flat_map(|(i, table)| table.lines().skip(1).map(move |line| (i, line)))
    {
        let fields: Vec<&str> = line.split(',').collect();
        let name = fields[0];
        rows[table] += 1;
        let arguments: Vec<f64> = fields[1].split(';').map(|a| a.parse().unwrap()).collect();
        let wrt = fields[2].parse().unwrap();
        let computed = rule(name, &arguments, wrt);
        for order in 0..4 {
            let expected = flush(fields[3 + order].parse().unwrap());
            let found = flush(computed[order]);
            let allowed = match order {
                0 => VALUE,
                _ if SPECIAL_FUNCTIONS.contains(&name) => SPECIAL,
                _ => ELEMENTARY,
            };
            let error = if found == expected { 0.0 } else { (found / expected - 1.0).abs() };
            if error.is_nan() || error > allowed {
                failures.push(format!("{line}\n  order {order}: {found:e}, error {error:.1e}"));
            }
            match worst.iter_mut().find(|(other, _)| *other == name) {
                Some((_, errors)) => errors[order] = errors[order].max(error),
                None => worst.push((name, [error, 0.0, 0.0, 0.0])),
            }
        }
    }
    for (name, errors) in worst {
        println!("{name}: largest errors {}", errors.map(|e| format!("{e:.1e}")).join(", "));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(rows, [226, 333], "rows of the tables that were tested");
}
