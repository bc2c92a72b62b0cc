//! Repeating a fit: time and memory.
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::memory::Watch;
use crate::outcome::Outcome;
use crate::processor;

/// Repeated at least so many times after the first call, and until [`ENOUGH`] has gone by.
const REPETITIONS: usize = 5;
const ENOUGH: Duration = Duration::from_secs(1);
const MOST: usize = 2000;

/// No repetition begins when so much has been spent on a fit.
const BUDGET: Duration = Duration::from_secs(60);

/// How long something took, and what came of it.
pub(crate) struct Measured {
    /// The number of rows.
    pub(crate) rows: usize,
    /// Seconds that the designs took to build; none without a design.
    pub(crate) design: Option<f64>,
    /// Seconds of the first call.
    pub(crate) first: f64,
    /// Seconds of the others, in order of size.
    pub(crate) seconds: Vec<f64>,
    /// Seconds on the processor, the mean of the others; none where there is no such count.
    pub(crate) processor: Option<f64>,
    /// MiB beyond what was resident before the first call.
    pub(crate) peak: Option<f64>,
    pub(crate) outcome: Outcome,
    /// What this workload alone has to tell.
    pub(crate) extra: Map<String, Value>,
}

impl Measured {
    pub(crate) fn median(&self) -> f64 {
        self.seconds[self.seconds.len() / 2]
    }

    /// With the seconds that the designs took.
    pub(crate) fn with_design(self, seconds: f64) -> Self {
        Self { design: Some(seconds), ..self }
    }
}

/// Times `fit` on so many rows; `outcome` looks at what it has returned, outside the time.
pub(crate) fn measure<F>(rows: usize, mut fit: impl FnMut() -> F, outcome: impl Fn(&F) -> Outcome) -> Measured {
    let mut timed = || {
        let start = Instant::now();
        let fitted = black_box(fit());
        (start.elapsed().as_secs_f64(), fitted)
    };
    let watch = Watch::start();
    let (first, fitted) = timed();
    let peak = watch.peak();
    let outcome = outcome(&fitted);
    let (start, before) = (Instant::now(), processor::seconds());
    let mut seconds = Vec::new();
    while seconds.len() < REPETITIONS || (start.elapsed() < ENOUGH && seconds.len() < MOST) {
        seconds.push(timed().0);
        if start.elapsed() > BUDGET {
            break;
        }
    }
    let spent = processor::seconds().zip(before).map(|(after, before)| after - before);
    let processor = spent.map(|spent| spent / seconds.len() as f64);
    seconds.sort_by(f64::total_cmp);
    Measured { rows, design: None, first, seconds, processor, peak, outcome, extra: Map::new() }
}
