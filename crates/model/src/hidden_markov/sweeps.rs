//! The recursions for a number of states that the compiler knows, where the transitions have no covariates: two sweeps over the rows that
//! meet in the middle.
//!
//! Notation as in `filter.rs`, but for the scales: each sweep has its own, and neither waits for the other.
//!
//! ```text
//! forward    before_tj = sum_i after_(t-1)i P(i, j)     or C delta_j where a sequence begins     after_tj = s_t b_tj before_tj
//! backward   before_tj = sum_i P(j, i) after_(t+1)i     or C where one ends                      after_tj = s_t b_tj before_tj
//! ```
//! `C` is the sum of `after` in the row that the sweep comes from, `s_t = 2^-k_t` a power of two: exact, and found without a division. It is found
//! one row before, `k_(t+1) = floor(log2 C) - k_t`, for else the row would have to wait for it. Then `C` is the product of the last two `c`, to a
//! factor below 4. The product of all `c` is the last `C` of the forward sweep divided by the product of all `s`.
//!
//! First each sweep goes over its half of the rows and leaves `after` behind. Then it goes over the half of the other:
//!
//! ```text
//! gamma_tj = before_tj after_tj / sum_i before_ti after_ti       before of this sweep, after of the other
//! q_t(i, j) = after_(t-1)i after_tj / the same sum               of both, the sum of the row that has just been reached
//! ```
//! The sweeps may run on two threads. On one they go row by row in turn: while one waits for its last row the other works.
use std::array;
use std::f64::consts::LN_2;
use std::ops::Range;

use maxlik_dual::instructions::{Instructions, Work, run};

use crate::design::BLOCK;
use crate::sum::Compensated;

/// Where a sum is less than this, or not a number, all rows are left to the recursion that knows what to do about it. What has underflowed is
/// less than 1e-168 of such a sum.
const SAFE: f64 = 1e-140;

/// A second thread is asked for its help with so many rows: they take one thread more than a hundred microseconds.
const WORTH_SHARING: usize = 20_000;

/// A sum of two states and more in two chains of additions: the next row waits for it.
#[inline(always)]
fn sum_of<const S: usize>(x: [f64; S]) -> f64 {
    let (mut even, mut odd) = (x[0], x[1]);
    for j in 2..S {
        *if j % 2 == 0 { &mut even } else { &mut odd } += x[j];
    }
    even + odd
}

/// `out_j = sum_a x_a m(a, j)`, even and odd terms apart as in [`sum_of`].
#[inline(always)]
fn product<I: Instructions, const S: usize>(x: &[f64; S], m: &[[f64; S]; S]) -> [f64; S] {
    let (mut even, mut odd) = ([0.0; S], [0.0; S]);
    for a in 0..S {
        let sums = if a % 2 == 0 { &mut even } else { &mut odd };
        for j in 0..S {
            sums[j] = if a < 2 { x[a] * m[a][j] } else { I::mul_add(x[a], m[a][j], sums[j]) };
        }
    }
    array::from_fn(|j| even[j] + odd[j])
}

/// Digits of a fraction to base 2, and the exponent that 1 is stored with.
const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
const BIAS: i64 = 1023;

/// The exponent to base 2 of a positive number.
#[inline(always)]
fn exponent(x: f64) -> i64 {
    (x.to_bits() >> FRACTION).cast_signed() - BIAS
}

/// `2^exponent`
#[inline(always)]
fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits((BIAS + exponent).cast_unsigned() << FRACTION)
}

/// Where a sweep stands, and what it has found in the half of the other.
pub(crate) struct Sweep<const S: usize, const FORWARD: bool> {
    /// `P`, or its transpose.
    matrix: [[f64; S]; S],
    /// `delta`, or ones.
    fresh: [f64; S],
    after: [f64; S],
    /// The next `k`, and the sum of all so far.
    k: i64,
    sum_of_k: i64,
    /// Whether all sums were likely.
    likely: bool,
    /// The sums of `q`, or its transpose: of a block, and of the blocks before.
    block: [[f64; S]; S],
    ratios: [[Compensated; S]; S],
}

impl<const S: usize, const FORWARD: bool> Sweep<S, FORWARD> {
    pub(crate) fn new(p: &[[f64; S]; S], delta: &[f64; S]) -> Self {
        let transposed = array::from_fn(|i| array::from_fn(|j| p[j][i]));
        Self {
            matrix: if FORWARD { *p } else { transposed },
            fresh: if FORWARD { *delta } else { [1.0; S] },
            // A sum of 1.
            after: array::from_fn(|j| if j == 0 { 1.0 } else { 0.0 }),
            k: 0,
            sum_of_k: 0,
            likely: true,
            block: [[0.0; S]; S],
            ratios: [[Compensated::default(); S]; S],
        }
    }

    /// The logarithm of the product of all `c`; none where a sum was not likely.
    pub(crate) fn ln(&self) -> Option<f64> {
        let c = sum_of(self.after);
        (self.likely && c >= SAFE).then(|| c.ln() + self.sum_of_k as f64 * LN_2)
    }

    /// Whether all sums were likely so far.
    pub(crate) fn is_likely(&self) -> bool {
        self.likely
    }

    fn end_block(&mut self) {
        for (sum, block) in self.ratios.as_flattened_mut().iter_mut().zip(self.block.as_flattened_mut()) {
            sum.add(std::mem::take(block));
        }
    }

    /// The sum of `q(i, j)`.
    pub(crate) fn ratio(&self, i: usize, j: usize) -> f64 {
        if FORWARD { self.ratios[i][j].value() } else { self.ratios[j][i].value() }
    }

    /// Goes on by a row, and returns its `before`.
    #[inline(always)]
    fn step<I: Instructions>(&mut self, is_fresh: bool, b: &[f64; S]) -> [f64; S] {
        let c = sum_of(self.after);
        self.likely &= c >= SAFE;
        let scale = power_of_two(-self.k);
        self.sum_of_k += self.k;
        self.k = exponent(c) - self.k;
        let before =
            if is_fresh { self.fresh.map(|fresh| fresh * c) } else { product::<I, S>(&self.after, &self.matrix) };
        self.after = array::from_fn(|j| before[j] * (b[j] * scale));
        before
    }

    /// Row `i` of some: in this sweep's half, or in that of the other.
    #[inline(always)]
    fn row<I: Instructions, const MEET: bool>(&mut self, rows: &mut Rows<'_, S>, i: usize) {
        let is_fresh = if FORWARD { rows.begins[i] } else { rows.ends[i] };
        let b = array::from_fn(|j| rows.b[j][i]);
        let last = self.after;
        let before = self.step::<I>(is_fresh, &b);
        if !MEET {
            rows.after[i] = self.after;
            return;
        }
        let other = rows.after[i];
        let shares: [f64; S] = array::from_fn(|j| before[j] * other[j]);
        let sum = sum_of(shares);
        self.likely &= sum >= SAFE;
        let scale = 1.0 / sum;
        for j in 0..S {
            rows.b[j][i] = shares[j] * scale;
        }
        if !is_fresh {
            for a in 0..S {
                let share = last[a] * scale;
                for j in 0..S {
                    self.block[a][j] = I::mul_add(share, other[j], self.block[a][j]);
                }
            }
        }
        if !FORWARD {
            rows.after[i] = self.after;
        }
    }
}

/// Rows that follow each other.
pub(crate) struct Rows<'b, const S: usize> {
    /// Whether each is the first, or the last, of its sequence.
    pub(crate) begins: &'b [bool],
    pub(crate) ends: &'b [bool],
    /// `b`, in whose place comes `gamma`, by columns.
    pub(crate) b: [&'b mut [f64]; S],
    /// That of the sweep whose half this is; in the end that of the backward sweep.
    pub(crate) after: &'b mut [[f64; S]],
}

impl<const S: usize> Rows<'_, S> {
    pub(crate) fn len(&self) -> usize {
        self.after.len()
    }

    /// Those before row `i`, and the others.
    fn split_at(self, i: usize) -> [Self; 2] {
        let (begins, ends) = (self.begins.split_at(i), self.ends.split_at(i));
        let mut b = self.b.map(|b| b.split_at_mut(i));
        let later = b.each_mut().map(|(_, later)| std::mem::take(later));
        let after = self.after.split_at_mut(i);
        [
            Rows { begins: begins.0, ends: ends.0, b: b.map(|(earlier, _)| earlier), after: after.0 },
            Rows { begins: begins.1, ends: ends.1, b: later, after: after.1 },
        ]
    }

    /// Some of them.
    pub(crate) fn part(&mut self, rows: Range<usize>) -> Rows<'_, S> {
        Rows {
            begins: &self.begins[rows.clone()],
            ends: &self.ends[rows.clone()],
            b: self.b.each_mut().map(|b| &mut b[rows.clone()]),
            after: &mut self.after[rows],
        }
    }
}

/// A sweep over some rows, those of its own half or, if `MEET`, of the other's.
struct Alone<'b, const S: usize, const FORWARD: bool, const MEET: bool> {
    sweep: &'b mut Sweep<S, FORWARD>,
    rows: Rows<'b, S>,
}

impl<const S: usize, const FORWARD: bool, const MEET: bool> Work for Alone<'_, S, FORWARD, MEET> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(mut self) {
        let n = self.rows.len();
        let mut rows = self.rows.part(0..n);
        for i in 0..n {
            self.sweep.row::<I, MEET>(&mut rows, if FORWARD { i } else { n - 1 - i });
        }
        self.sweep.end_block();
    }
}

/// Both sweeps in turn.
struct InTurn<'b, const S: usize, const MEET: bool>(Alone<'b, S, true, MEET>, Alone<'b, S, false, MEET>);

impl<const S: usize, const MEET: bool> Work for InTurn<'_, S, MEET> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        let Self(mut forward, mut backward) = self;
        let (n, m) = (forward.rows.len(), backward.rows.len());
        let (mut ahead, mut back) = (forward.rows.part(0..n), backward.rows.part(0..m));
        for i in 0..n.max(m) {
            if i < n {
                forward.sweep.row::<I, MEET>(&mut ahead, i);
            }
            if i < m {
                backward.sweep.row::<I, MEET>(&mut back, m - 1 - i);
            }
        }
        forward.sweep.end_block();
        backward.sweep.end_block();
    }
}

/// The forward sweep over some rows, and the backward sweep over others.
fn over<const S: usize, const MEET: bool>(
    (forward, mut ahead): (&mut Sweep<S, true>, Rows<'_, S>),
    (backward, mut back): (&mut Sweep<S, false>, Rows<'_, S>),
) {
    let (n, m) = (ahead.len(), back.len());
    let starts = |n: usize| (0..n).step_by(BLOCK);
    let block = |start: usize| start.min(n)..n.min(start + BLOCK);
    let block_back = |start: usize| m - m.min(start + BLOCK)..m - start.min(m);
    if n + m >= WORTH_SHARING && rayon::current_num_threads() > 1 {
        let go = || starts(n).for_each(|i| run(Alone::<S, true, MEET> { sweep: forward, rows: ahead.part(block(i)) }));
        let go_back =
            || starts(m).for_each(|i| run(Alone::<S, false, MEET> { sweep: backward, rows: back.part(block_back(i)) }));
        rayon::join(go, go_back);
        return;
    }
    for i in starts(n.max(m)) {
        run(InTurn::<S, MEET>(
            Alone { sweep: forward, rows: ahead.part(block(i)) },
            Alone { sweep: backward, rows: back.part(block_back(i)) },
        ));
    }
}

/// Both sweeps over all rows.
pub(crate) fn sweep<const S: usize>(
    forward: &mut Sweep<S, true>,
    backward: &mut Sweep<S, false>,
    mut rows: Rows<'_, S>,
) {
    let (n, half) = (rows.len(), rows.len() / 2);
    let [mut first, second] = rows.part(0..n).split_at(half);
    over::<S, false>((forward, first.part(0..half)), (backward, second));
    let [mut first, second] = rows.part(0..n).split_at(half);
    // The transition between the halves is counted by the forward sweep.
    let met = half.saturating_sub(1);
    run(Alone::<S, false, true> { sweep: backward, rows: first.part(met..half) });
    backward.ratios = [[Compensated::default(); S]; S];
    over::<S, true>((forward, second), (backward, first.part(0..met)));
}
