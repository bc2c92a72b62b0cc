//! A workload as a line of JSON, with the keys that the scripts of other software print.
use serde_json::{Value, json};

use crate::check::Check;
use crate::data::DataSet;
use crate::measure::Measured;

/// The number of threads that a fit may use: what rayon's pool goes by.
fn threads() -> usize {
    let wanted = std::env::var("RAYON_NUM_THREADS").ok().and_then(|threads| threads.parse().ok()).filter(|&n| n > 0);
    wanted.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The line.
pub(crate) fn line(name: &str, number: &str, data: &DataSet, measured: &Measured, check: &Check) -> Value {
    let Measured { rows, design, first, seconds, processor, peak, outcome, extra } = measured;
    let evaluations = outcome.evaluations;
    let all = evaluations.values + evaluations.gradients + evaluations.hessians;
    let median = measured.median();
    let mut line = json!({
        "workload": number,
        "data": name,
        "source": if data.is_from_files { "files" } else { "simulated" },
        "peer": "maxlik",
        "threads": threads(),
        "median_s": median,
        "min_s": seconds[0],
        "max_s": seconds[seconds.len() - 1],
        "processor_s": processor,
        "reps": seconds.len(),
        "first_s": first,
        "design_s": design,
        "iters": outcome.iterations,
        "evaluations": {
            "values": evaluations.values, "gradients": evaluations.gradients, "hessians": evaluations.hessians
        },
        "loglik": outcome.log_likelihood,
        "peak_mib": peak,
        "ns_per_row_evaluation": 1e9 * median / (rows * all) as f64,
        "check": check.to_string(),
    });
    if !extra.is_empty() {
        line["extra"] = Value::Object(extra.clone());
    }
    line
}
