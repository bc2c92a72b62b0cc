//! Time on the processor, which does not grow when the machine is busy with something else.
use std::fs;

/// Linux counts in hundredths of a second for programs, whatever the kernel's own clock.
const TICK: f64 = 0.01;

/// Seconds that all threads of this process have had so far; none where there is no such count.
pub(crate) fn seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may contain anything; after it user and system time are number 11 and 12.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    ticks.sum::<Result<f64, _>>().ok().map(|ticks| TICK * ticks)
}
