//! Seconds of a pass over sizes of one kind, and how they grow.
use std::fmt;
use std::hint::black_box;

use maxlik::prelude::Likelihood;

use crate::timing;

/// What is done with a model at its coefficients.
pub(crate) type Pass<'f> = &'f mut dyn FnMut(&dyn Likelihood, &[f64]);

/// The three passes.
pub(crate) const KINDS: [&str; 3] = ["value", "+ score", "+ information"];

/// The seconds of the passes over a range of sizes.
pub(crate) struct Series {
    pub(crate) size: &'static str,
    pub(crate) model: &'static str,
    /// Size, and the seconds of each kind of pass.
    pub(crate) points: Vec<(f64, [f64; 3])>,
}

impl Series {
    /// Times the passes of `model` at each size.
    pub(crate) fn measure(
        size: &'static str,
        model: &'static str,
        sizes: &[usize],
        make: impl Fn(usize, Pass<'_>),
    ) -> Self {
        let mut points = Vec::new();
        for &size in sizes {
            make(size, &mut |likelihood, theta| points.push((size as f64, seconds(likelihood, theta))));
        }
        Self { size, model, points }
    }

    /// The slope of the least-squares line of ln seconds on ln size, for one kind of pass.
    pub(crate) fn slope(&self, kind: usize) -> f64 {
        slope(self.points.iter().map(|(size, seconds)| (size.ln(), seconds[kind].ln())))
    }

    /// The slope between the last two sizes.
    fn last_slope(&self, kind: usize) -> f64 {
        slope(self.points.iter().rev().take(2).map(|(size, seconds)| (size.ln(), seconds[kind].ln())))
    }
}

/// `sum (x - mean) (y - mean) / sum (x - mean)^2`
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = points.clone().count() as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    points.clone().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / points.map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

/// Seconds of the three passes, repeated so often that the clock is no part of them; the fastest of the rounds, for what else runs on the
/// machine only adds.
fn seconds(likelihood: &dyn Likelihood, theta: &[f64]) -> [f64; 3] {
    let [once] = timing::medians(
        1,
        [&mut || {
            black_box(likelihood.log_likelihood_score_hessian(black_box(theta)));
            1
        }],
    );
    // Two milliseconds a round, less than a turn of another program; a duration of at most seconds in microseconds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let times = (2e-3 / once).ceil() as usize;
    let repeated = |pass: &dyn Fn(&[f64]) -> f64| {
        for _ in 0..times {
            black_box(pass(black_box(theta)));
        }
        times
    };
    timing::in_order(
        41,
        [
            &mut || repeated(&|theta| likelihood.log_likelihood(theta)),
            &mut || repeated(&|theta| likelihood.log_likelihood_score(theta).0),
            &mut || repeated(&|theta| likelihood.log_likelihood_score_hessian(theta).0),
        ],
    )
    .map(|rounds| rounds[0])
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {} ({}) | value, ms | + score, ms | + information, ms | ratios to the value |",
            self.size, self.model
        )?;
        writeln!(f, "|---|---|---|---|---|")?;
        for (size, seconds) in &self.points {
            let [value, score, information] = seconds.map(|seconds| 1e3 * seconds);
            writeln!(
                f,
                "| {size} | {value:.4} | {score:.4} | {information:.4} | {:.2}, {:.2} |",
                score / value,
                information / value
            )?;
        }
        let slopes = |of: &dyn Fn(usize) -> f64| [0, 1, 2].map(|kind| format!("{:.2}", of(kind))).join(" | ");
        writeln!(f, "| slope | {} | |", slopes(&|kind| self.slope(kind)))?;
        writeln!(f, "| slope at the end | {} | |", slopes(&|kind| self.last_slope(kind)))
    }
}
