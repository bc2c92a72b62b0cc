//! Passes over blocks of rows, shared among threads so that the result is the same for any number of them.
use std::mem;
use std::ops::Range;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rayon::prelude::*;

/// A part has at least so many blocks.
const SMALLEST: usize = 8;

/// There are at most so many parts.
const MOST: usize = 64;

/// All results of parts together take at most so many bytes, unless there are eight of them. To ask the system for more, and to add the sums up,
/// takes as long as the pass.
const BYTES: usize = 1 << 21;

/// Threads are asked for help with work that would take one of them longer than this. They then save more than what it takes to wake
/// them, which is reckoned as some 20 microseconds.
const WORTH_SHARING: Duration = Duration::from_micros(100);

/// What a pass is reckoned to take at least: for a block, one nanosecond for each of its 256 rows; for each byte of a part's result, where the 16 bytes
/// of a compensated sum are one product a row, 40 of which take a nanosecond.
const SECONDS_OF_BLOCK: f64 = 256e-9;
const SECONDS_OF_BYTE: f64 = 0.4e-9;

/// Does the work on all of so many `blocks`, part by part, each part giving a result of so many `bytes`; the results are merged into
/// the first in the order of the parts. Where parts begin depends on the blocks and the bytes alone, and so does the result.
///
/// The parts are shared among the threads of rayon's current pool. Where it is not sure to be worth while, the first one is done by the
/// calling thread, and how long it took tells whether the others are shared.
pub fn for_parts<T: Send>(
    blocks: usize,
    bytes: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
    merge: impl FnMut(&mut T, T),
) -> T {
    let size = part_size(blocks, bytes);
    let range = |first: usize| first..blocks.min(first + size);
    let parts = (0..blocks.div_ceil(size).max(1)).map(|part| range(part * size));
    for_each_part(parts, is_long(blocks, bytes), work, merge)
}

/// The same for blocks that the work writes to: a part is the index of its first block, and its blocks.
pub(crate) fn for_parts_of<B: Send, T: Send>(
    blocks: &mut [B],
    bytes: usize,
    work: impl Fn(usize, &mut [B]) -> T + Sync,
    merge: impl FnMut(&mut T, T),
) -> T {
    if blocks.is_empty() {
        return work(0, blocks);
    }
    let (size, long) = (part_size(blocks.len(), bytes), is_long(blocks.len(), bytes));
    let parts = blocks.chunks_mut(size).enumerate().map(|(part, blocks)| (part * size, blocks));
    for_each_part(parts, long, |(first, blocks)| work(first, blocks), merge)
}

/// Whether so many blocks are reckoned to be worth sharing, whatever is done with them.
fn is_long(blocks: usize, bytes: usize) -> bool {
    blocks as f64 * (SECONDS_OF_BLOCK + SECONDS_OF_BYTE * bytes as f64) > WORTH_SHARING.as_secs_f64()
}

/// There is at least one part.
fn for_each_part<P: Send, T: Send>(
    mut parts: impl ExactSizeIterator<Item = P>,
    long: bool,
    work: impl Fn(P) -> T + Sync,
    mut merge: impl FnMut(&mut T, T),
) -> T {
    let mut total = None;
    let mut add = |result| match &mut total {
        None => total = Some(result),
        Some(total) => merge(total, result),
    };
    let mut share = parts.len() > 1;
    if share && !long {
        let start = Instant::now();
        add(work(parts.next().expect("bug: no part")));
        share = start.elapsed() * u32::try_from(parts.len()).unwrap_or(u32::MAX) > WORTH_SHARING;
    }
    // Asking for the number of threads starts them.
    if share && rayon::current_num_threads() > 1 {
        let slots: Vec<Mutex<Slot<P, T>>> = parts.map(|part| Mutex::new(Slot::Part(part))).collect();
        each(slots.len(), &|i| {
            let mut slot = slots[i].lock().expect("bug: another thread takes this part");
            let Slot::Part(part) = mem::replace(&mut *slot, Slot::Begun) else { panic!("bug: a part is done twice") };
            *slot = Slot::Result(work(part));
        });
        for slot in slots {
            let Ok(Slot::Result(result)) = slot.into_inner() else { panic!("bug: a part was left out") };
            add(result);
        }
    } else {
        parts.for_each(|part| add(work(part)));
    }
    total.expect("bug: no part")
}

/// A part, and what became of it.
enum Slot<P, T> {
    Part(P),
    Begun,
    Result(T),
}

/// Calls `work` with each number below `count`, on all threads. It takes a trait object because what rayon makes of a closure is long, and
/// would be compiled for every pass of every density.
fn each(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().with_max_len(1).for_each(work);
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
            for_parts(blocks, bytes, |part| long_if_first(part.start, part.collect()), Vec::extend)
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

    /// Takes so long for the first part that the others are shared.
    fn long_if_first<T>(first: usize, result: T) -> T {
        if first == 0 {
            std::thread::sleep(2 * WORTH_SHARING);
        }
        result
    }

    #[test]
    fn others_are_shared_where_the_first_part_took_long_and_only_there() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        // Two parts that wait for each other, but the first.
        let both = std::sync::Barrier::new(2);
        let work = |part: Range<usize>| {
            if part.start > 0 {
                both.wait();
            }
            long_if_first(part.start, ());
        };
        pool.install(|| for_parts(3 * SMALLEST, 16, work, |(), ()| ()));
        let alone = std::thread::current().id();
        for_parts(100, 16, |_| assert_eq!(std::thread::current().id(), alone), |(), ()| ());
    }

    #[test]
    fn long_work_is_shared_with_its_first_part() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        // Of two parts that wait for each other one is the first.
        let (both, blocks) = (std::sync::Barrier::new(2), 2 * SMALLEST);
        let work = |_: Range<usize>| {
            both.wait();
        };
        pool.install(|| for_parts(blocks, 1 << 20, work, |(), ()| ()));
        assert!(is_long(blocks, 1 << 20) && !is_long(blocks, 16) && is_long(1000, 16));
    }

    #[test]
    fn blocks_that_are_written_to_are_those_of_the_same_parts() {
        for count in [0, 1, 8, 9, 100, 513] {
            let mut blocks = vec![0; count];
            let number = |first: usize, part: &mut [usize]| {
                part.iter_mut().enumerate().for_each(|(i, block)| *block = first + i);
                long_if_first(first, [(first, part.len())].to_vec())
            };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            let parts = pool.install(|| for_parts_of(&mut blocks, 16, number, Vec::extend));
            assert_eq!(parts, for_parts(count, 16, |part| [(part.start, part.len())].to_vec(), Vec::extend));
            assert!(blocks.into_iter().eq(0..count));
        }
    }

    #[test]
    fn parts_are_few_where_their_results_are_large() {
        for (bytes, most) in [(16, 64), (1 << 15, 64), (1 << 16, 32), (1 << 30, 8)] {
            assert_eq!(4096_usize.div_ceil(part_size(4096, bytes)), most);
        }
        assert_eq!(part_size(9, 16), SMALLEST);
    }
}
