//! Whether a fit agrees with what other software finds.
//!
//! ```text
//! |l - l_ref| <= 1e-11 |l_ref|        |b_j - b_j,ref| <= 1e-8 max(1, |b_j,ref|)
//! ```
//!
//! Not every result is precise enough to compare with. Of those for one data set the one that is named here comes from Newton's method with
//! exact derivatives, or from equations that are solved directly, and another program that goes another way confirms it to 1e-8 in the
//! coefficients and 1e-14 in the log-likelihood. Those with a lower log-likelihood stopped early. Of those with a higher one only TMB's are
//! higher by more than rounding (5e-11 of themselves, W3 and W6): its log-likelihood at its own coefficients is another one in extended precision
//! (`benches/reference/extended_precision.py`). For factor analysis no program stops late enough: `benches/reference/factor_analysis.py` does.
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use serde_json::Value;

use crate::data::DataSet;
use crate::gaussian_mixture;
use crate::measure::Measured;

const LOG_LIKELIHOOD: f64 = 1e-11;
const COEFFICIENTS: f64 = 1e-8;

/// Where the result is that a workload is compared with.
enum Reference {
    /// In the folder of other software's results.
    Theirs(&'static str),
    /// In `benches/reference`.
    Ours(&'static str),
    /// There is none, for this reason.
    None(&'static str),
}

use Reference::{Ours, Theirs};

fn reference(name: &str) -> Reference {
    match name {
        "w1_linear" => Theirs("w1_linear.numpy_normal.json"),
        "w2_1e6x20" => Theirs("w2_1e6x20.jax_newton.json"),
        "w2_1e5x100" => Theirs("w2_1e5x100.jax_newton.json"),
        "w2_1e4x5" => Theirs("w2_1e4x5.jax_newton.json"),
        "w2_100x3" => Theirs("w2_100x3.jax_newton.json"),
        "w3_negbin" => Theirs("w3_negbin.jax_newton.json"),
        "w4_weibull" | "w4_weibull_closure" => Theirs("w4_weibull.jax_newton.json"),
        "w5_zip" => Theirs("w5_zip.jax_newton.json"),
        "w6_student" | "w6_student_closure" => Theirs("w6_student.jax_newton.json"),
        "w7_1e5x10k8" => Theirs("w7_1e5x10k8.numpy_em.json"),
        "w8_hmm" => Theirs("w8_hmm.jax_scan.json"),
        "w8_hmm_maximum" => Reference::None("other software stops after twenty iterations"),
        "w9_factor" | "w9_factor_five_starts" => Ours("w9_factor.profile_newton.json"),
        "w11_derivatives" => Ours("w11_derivatives.jax.json"),
        other => panic!("`{other}` is no workload"),
    }
}

/// What came of a comparison.
pub(crate) enum Check {
    /// The largest differences, in the units of the tolerances.
    Compared {
        reference: String,
        log_likelihood: f64,
        coefficients: f64,
    },
    Skipped(String),
}

impl Check {
    /// Compares a workload with its reference.
    ///
    /// # Panics
    /// If the reference is of another size.
    pub(crate) fn of(name: &str, data: &DataSet, measured: &Measured) -> Self {
        if !data.is_from_files {
            return Self::Skipped("data drawn here".into());
        }
        let path = match reference(name) {
            Theirs(file) => theirs().join(file),
            Ours(file) => Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reference").join(file),
            Reference::None(reason) => return Self::Skipped(reason.into()),
        };
        let Ok(text) = fs::read(&path) else {
            return Self::Skipped(format!("no file {}", path.display()));
        };
        let reference: Value = serde_json::from_slice(&text).expect("a reference in JSON");
        let mut expected: Vec<f64> = serde_json::from_value(reference["coef"].clone()).expect("coefficients");
        if name == "w7_1e5x10k8" {
            expected = gaussian_mixture::in_order(&expected, 8, 10);
        }
        let found = &measured.outcome.coefficients;
        assert_eq!(found.len(), expected.len(), "{name}: coefficients");
        let difference = |(found, expected): (&f64, &f64)| (found - expected).abs() / expected.abs().max(1.0);
        let best = reference["loglik"].as_f64().expect("a log-likelihood");
        Self::Compared {
            reference: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            log_likelihood: (measured.outcome.log_likelihood - best) / best.abs(),
            // A coefficient that is NaN differs, too.
            coefficients: found.iter().zip(&expected).map(difference).fold(0.0, |a, b| if b <= a { a } else { b }),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        match self {
            Self::Compared { log_likelihood, coefficients, .. } => {
                let agrees = log_likelihood.abs() <= LOG_LIKELIHOOD && *coefficients <= COEFFICIENTS;
                !agrees
            }
            Self::Skipped(_) => false,
        }
    }
}

fn theirs() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench/reference");
    env::var_os("MAXLIK_BENCH_REFERENCE").map_or_else(beside, PathBuf::from)
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compared { reference, log_likelihood, coefficients } => {
                let verdict = if self.has_failed() { "FAILED" } else { "agrees" };
                write!(
                    f,
                    "{verdict} with {reference}: log-likelihood {log_likelihood:+.1e} of {LOG_LIKELIHOOD:.0e}, coefficients {coefficients:.1e} of {COEFFICIENTS:.0e}"
                )
            }
            Self::Skipped(reason) => write!(f, "not checked: {reason}"),
        }
    }
}
