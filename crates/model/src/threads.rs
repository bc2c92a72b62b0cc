//! Passes over blocks of rows, shared among threads so that the result is the same for any number of them.
use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;

/// A part has at least so many blocks.
const SMALLEST: usize = 8;

/// There are at most so many parts.
const MOST: usize = 64;

/// All results of parts together take at most so many bytes, unless there are eight of them.
const BYTES: usize = 1 << 25;

/// Threads are asked for help with work that would take one of them longer than this. They then save more than what it takes to wake
/// them, which is reckoned as some 20 microseconds.
const WORTH_SHARING: Duration = Duration::from_micros(100);

/// Does the work on all of so many `blocks`, part by part, each part giving a result of so many `bytes`; the results are merged into
/// the first in the order of the parts. Where parts begin depends on the blocks and the bytes alone, and so does the result.
///
/// The first part is done by the calling thread; how long it took tells whether the others are shared among the threads of rayon's
/// current pool.
pub(crate) fn for_parts<T: Send>(
    blocks: usize,
    bytes: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
    mut merge: impl FnMut(&mut T, T),
) -> T {
    let size = part_size(blocks, bytes);
    let parts = blocks.div_ceil(size).max(1);
    let part = |i: usize| work(i * size..blocks.min((i + 1) * size));
    if parts == 1 {
        return part(0);
    }
    let start = Instant::now();
    let mut total = part(0);
    if worth_sharing(start, parts) {
        let others: Vec<T> = (1..parts).into_par_iter().with_max_len(1).map(part).collect();
        for other in others {
            merge(&mut total, other);
        }
    } else {
        for i in 1..parts {
            merge(&mut total, part(i));
        }
    }
    total
}

/// Calls `work` with each piece of so many entries and its index. How long the first one takes tells whether the others are shared among
/// the threads of rayon's current pool.
pub(crate) fn for_pieces(entries: &mut [f64], size: usize, work: impl Fn(usize, &mut [f64]) + Sync) {
    let size = size.max(1);
    let pieces = entries.len().div_ceil(size);
    let (first, others) = entries.split_at_mut(size.min(entries.len()));
    let start = Instant::now();
    work(0, first);
    if worth_sharing(start, pieces) {
        others.par_chunks_mut(size).enumerate().for_each(|(i, piece)| work(i + 1, piece));
    } else {
        others.chunks_mut(size).enumerate().for_each(|(i, piece)| work(i + 1, piece));
    }
}

/// Whether threads are asked for help, where the first of so many parts began at `start` and has just ended.
fn worth_sharing(start: Instant, parts: usize) -> bool {
    let others = u32::try_from(parts.saturating_sub(1)).unwrap_or(u32::MAX);
    start.elapsed() * others > WORTH_SHARING && rayon::current_num_threads() > 1
}

/// The number of blocks in a part.
fn part_size(blocks: usize, bytes: usize) -> usize {
    let most = (BYTES / bytes.max(1)).clamp(8, MOST);
    blocks.div_ceil(most).max(SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_blocks_in_order_whatever_the_threads() {
        let covered = |blocks: usize, bytes: usize| {
            let work = |part: Range<usize>| part.collect::<Vec<usize>>();
            for_parts(blocks, bytes, work, Vec::extend)
        };
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for blocks in [0, 1, 8, 9, 100, 512, 513, 4000] {
                for bytes in [0, 16, 1 << 20, 1 << 30] {
                    let all: Vec<usize> = (0..blocks).collect();
                    assert_eq!(pool.install(|| covered(blocks, bytes)), all);
                }
            }
        }
    }

    #[test]
    fn parts_are_few_where_their_results_are_large() {
        for (bytes, most) in [(16, 64), (1 << 19, 64), (1 << 20, 32), (1 << 30, 8)] {
            assert_eq!(4096_usize.div_ceil(part_size(4096, bytes)), most);
        }
        assert_eq!(part_size(9, 16), SMALLEST);
    }
}
