//! Timing by interleaved repetition: every candidate runs in every round, so that a drift of the machine hits all alike.
use std::time::Instant;

/// Median seconds of one call of each candidate over `rounds` rounds, after one round that is not counted.
/// A candidate returns how often it did its work, and gets back the seconds per piece of work.
pub(crate) fn medians<const N: usize>(rounds: usize, candidates: [&mut dyn FnMut() -> usize; N]) -> [f64; N] {
    in_order(rounds, candidates).map(|all| all[all.len() / 2])
}

/// The seconds of each candidate in all rounds, the shortest first.
pub(crate) fn in_order<const N: usize>(rounds: usize, mut candidates: [&mut dyn FnMut() -> usize; N]) -> [Vec<f64>; N] {
    let mut seconds = [const { Vec::new() }; N];
    for round in 0..=rounds {
        for (candidate, seconds) in candidates.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            let pieces = candidate();
            let elapsed = start.elapsed().as_secs_f64();
            if round > 0 {
                seconds.push(elapsed / pieces as f64);
            }
        }
    }
    seconds.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all
    })
}
