//! Whole fits on the data sets that other software is timed on, one JSON line each.
//!
//! ```sh
//! cargo bench --bench workloads                        # all
//! cargo bench --bench workloads -- w2_1e6x20 w4        # those whose names begin so
//! ```
//!
//! `MAXLIK_BENCH_DATA` is the folder of data sets (one folder each: `header.json` and little-endian `f64` files); without it data
//! of the same shapes are drawn here. `MAXLIK_BENCH_REFERENCE` is the folder of other software's results, by default
//! `../shared/bench/reference`: a fit of data from files that does not agree with them makes the program fail.
//!
//! Timed is the fit with its covariance matrix. Data, `Design` and model are in memory before, as the matrix with its column of ones is
//! for a program in Python; how long the designs took is told apart (`design_s`).
mod check;
mod data;
mod factor_analysis;
mod gaussian_mixture;
mod hidden_markov;
mod linear_regression;
mod logistic;
mod measure;
mod memory;
mod negative_binomial;
mod outcome;
mod processor;
mod regression;
mod report;
mod simulate;
mod student_t;
#[path = "../timing/mod.rs"]
mod timing;
mod weibull;
mod zero_inflated;

use std::process::ExitCode;

use self::check::Check;
use self::data::DataSet;
use self::measure::Measured;

/// What is run: a name, the number of the workload and the data set it belongs to.
struct Workload {
    name: &'static str,
    number: &'static str,
    data: &'static str,
    run: fn(&DataSet) -> Measured,
}

const fn workload(
    name: &'static str,
    number: &'static str,
    data: &'static str,
    run: fn(&DataSet) -> Measured,
) -> Workload {
    Workload { name, number, data, run }
}

const WORKLOADS: [Workload; 17] = [
    workload("w1_linear", "W1", "w1_linear", linear_regression::fit),
    workload("w2_1e6x20", "W2", "w2_1e6x20", logistic::fit),
    workload("w2_1e5x100", "W2", "w2_1e5x100", logistic::fit),
    workload("w2_1e4x5", "W2", "w2_1e4x5", logistic::fit),
    workload("w2_100x3", "W2", "w2_100x3", logistic::fit),
    workload("w3_negbin", "W3", "w3_negbin", negative_binomial::fit),
    workload("w4_weibull", "W4", "w4_weibull", weibull::fit),
    workload("w4_weibull_closure", "W4", "w4_weibull", weibull::fit_closure),
    workload("w5_zip", "W5", "w5_zip", zero_inflated::fit),
    workload("w6_student", "W6", "w6_student", student_t::fit),
    workload("w6_student_closure", "W6", "w6_student", student_t::fit_closure),
    workload("w7_1e5x10k8", "W7", "w7_1e5x10k8", gaussian_mixture::fifty_iterations),
    workload("w8_hmm", "W8", "w8_hmm", hidden_markov::twenty_iterations),
    workload("w8_hmm_maximum", "W8", "w8_hmm", hidden_markov::fit),
    workload("w9_factor", "W9", "w9_factor", factor_analysis::fit),
    workload("w9_factor_five_starts", "W9", "w9_factor", factor_analysis::fit_from_five_starts),
    workload("w11_derivatives", "W11", "w3_negbin", negative_binomial::price_of_derivatives),
];

fn main() -> ExitCode {
    // Cargo passes `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let begins_so = |name: &str, prefix: &String| {
        name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|prefix| begins_so(name, prefix));
    let mut failures = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| is_wanted(workload.name)) {
        let data = DataSet::load(workload.data);
        let measured = (workload.run)(&data);
        let check = Check::of(workload.name, &data, &measured);
        println!("{}", report::line(workload.name, workload.number, &data, &measured, &check));
        eprintln!("{}: {check}", workload.name);
        if check.has_failed() {
            failures.push(workload.name);
        }
    }
    if failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("not as the references: {}", failures.join(", "));
    ExitCode::FAILURE
}
