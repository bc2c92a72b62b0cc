//! The recursions over a block of rows for a number of states that the compiler knows, where the transitions have no covariates.
//!
//! Notation as in `filter.rs`. Both recursions hand a scale on beside the numbers that it belongs to, so that the next row need not wait for
//! a division:
//!
//! ```text
//! alpha_t = v_t / c_t,   v_tj = (sum_i v_(t-1)i P(i, j)) b_tj / c_(t-1)
//! beta_(t-1)i = (sum_j P(i, j) u_tj) / s_t,   u_tj = b_tj beta_tj / c_t,   s_t = sum_j alpha_tj beta_tj
//! ```
use maxlik_dual::functions::Functions;
use maxlik_dual::instructions::{Instructions, Work};
use maxlik_dual::lanes::InLanes;

use super::filter::times;
use crate::block::lanes;

/// A row of a lower density than this part of the greatest in a state is left to the recursion that knows what to do about it.
const LIKELY: f64 = 1e-140;

/// A sum of two states and more in two chains of additions: the next row waits for it.
#[inline(always)]
fn sum_of<const S: usize>(x: [f64; S]) -> f64 {
    let (mut even, mut odd) = (x[0], x[1]);
    for j in 2..S {
        *if j % 2 == 0 { &mut even } else { &mut odd } += x[j];
    }
    even + odd
}

/// A block of the forward recursion. Gives whether all rows are likely.
pub(crate) struct Forward<'b, const S: usize> {
    /// The log-densities, whole lanes.
    pub(crate) f: [&'b [f64]; S],
    pub(crate) begins: &'b [bool],
    pub(crate) missing: Option<&'b [bool]>,
    pub(crate) p: &'b [[f64; S]; S],
    pub(crate) delta: &'b [f64; S],
    /// `v` and `1 / c` of the row before.
    pub(crate) last: &'b mut ([f64; S], f64),
    pub(crate) alpha: &'b mut [[f64; S]],
    /// `b / c`, by columns.
    pub(crate) density: [&'b mut [f64]; S],
    pub(crate) room: &'b mut Room<S>,
}

/// Room for the numbers of a block, whole lanes.
pub(crate) struct Room<const S: usize> {
    /// `b`, by columns
    b: [Vec<f64>; S],
    /// `m`
    shift: Vec<f64>,
    /// `c`, and then the log-densities given the rows before.
    pub(crate) ln: Vec<f64>,
}

impl<const S: usize> Room<S> {
    pub(crate) fn new(rows: usize) -> Self {
        let zero = || vec![0.0; lanes(rows)];
        Self { b: std::array::from_fn(|_| zero()), shift: zero(), ln: vec![1.0; lanes(rows)] }
    }

    /// `m` and `b` of a block.
    #[inline(always)]
    fn load<I: Instructions>(&mut self, f: &[&[f64]; S], missing: Option<&[bool]>) {
        self.shift.copy_from_slice(f[0]);
        for f in &f[1..] {
            for (greatest, f) in self.shift.iter_mut().zip(*f) {
                *greatest = if *f > *greatest { *f } else { *greatest };
            }
        }
        for (b, f) in self.b.iter_mut().zip(f) {
            for ((b, f), greatest) in b.iter_mut().zip(*f).zip(&self.shift) {
                *b = InLanes::<I>::exp(f - greatest);
            }
        }
        for (i, _) in missing.unwrap_or_default().iter().enumerate().filter(|&(_, &missing)| missing) {
            self.shift[i] = 0.0;
            for b in &mut self.b {
                b[i] = 1.0;
            }
        }
    }

    /// From `c` to the log-densities.
    #[inline(always)]
    fn ln<I: Instructions>(&mut self) {
        for (c, shift) in self.ln.iter_mut().zip(&self.shift) {
            *c = InLanes::<I>::ln(*c) + shift;
        }
    }
}

impl<const S: usize> Work for Forward<'_, S> {
    type Output = bool;

    #[inline(always)]
    fn run<I: Instructions>(self) -> bool {
        let rows = self.begins.len();
        self.room.load::<I>(&self.f, self.missing);
        let b: [&[f64]; S] = std::array::from_fn(|j| &self.room.b[j][..rows]);
        let ln = &mut self.room.ln[..rows];
        let (mut v, mut scale) = *self.last;
        let mut likely = true;
        for i in 0..rows {
            let mut next = [0.0; S];
            if self.begins[i] {
                (next, scale) = (*self.delta, 1.0);
            } else {
                // Even and odd states apart, as in `sum_of`.
                let mut odd = [0.0; S];
                for a in 0..S {
                    let sums = if a % 2 == 0 { &mut next } else { &mut odd };
                    for j in 0..S {
                        sums[j] = if a < 2 { v[a] * self.p[a][j] } else { I::mul_add(v[a], self.p[a][j], sums[j]) };
                    }
                }
                for j in 0..S {
                    next[j] += odd[j];
                }
            }
            let b: [f64; S] = std::array::from_fn(|j| b[j][i]);
            for j in 0..S {
                v[j] = next[j] * b[j] * scale;
            }
            let c = sum_of(v);
            likely &= c >= LIKELY;
            scale = 1.0 / c;
            for j in 0..S {
                self.alpha[i][j] = v[j] * scale;
                self.density[j][i] = b[j] * scale;
            }
            ln[i] = c;
        }
        self.room.ln::<I>();
        *self.last = (v, scale);
        likely
    }
}

/// A block of the backward recursion. Gives the sums of `q`.
pub(crate) struct Backward<'b, const S: usize> {
    pub(crate) begins: &'b [bool],
    pub(crate) p: &'b [[f64; S]; S],
    /// Of the row before the block, if there is one, and of those of the block.
    pub(crate) before: Option<&'b [f64; S]>,
    pub(crate) alpha: &'b [[f64; S]],
    /// `beta` of the last row.
    pub(crate) beta: &'b mut [f64; S],
    /// `b / c`, in whose place comes `gamma`, by columns.
    pub(crate) density: [&'b mut [f64]; S],
    /// The sum of `weight` over the first rows of sequences.
    pub(crate) weight: &'b mut [f64; S],
}

impl<const S: usize> Work for Backward<'_, S> {
    type Output = [[f64; S]; S];

    #[inline(always)]
    fn run<I: Instructions>(self) -> [[f64; S]; S] {
        let mut q = [[0.0; S]; S];
        let mut beta = *self.beta;
        for i in (0..self.begins.len()).rev() {
            let (mut u, mut smoothed) = ([0.0; S], [0.0; S]);
            for j in 0..S {
                smoothed[j] = times(self.alpha[i][j], beta[j]);
                u[j] = times(self.density[j][i], beta[j]);
            }
            let scale = 1.0 / sum_of(smoothed);
            for j in 0..S {
                self.density[j][i] = smoothed[j] * scale;
            }
            if self.begins[i] {
                for j in 0..S {
                    self.weight[j] += u[j] * scale;
                }
                beta = [1.0; S];
                continue;
            }
            let before =
                if i > 0 { &self.alpha[i - 1] } else { self.before.expect("bug: the first row begins no sequence") };
            for a in 0..S {
                let share = before[a] * scale;
                for j in 0..S {
                    q[a][j] = I::mul_add(share, u[j], q[a][j]);
                }
                let (mut even, mut odd) = (self.p[a][0] * u[0], self.p[a][1] * u[1]);
                for j in 2..S {
                    let sum = if j % 2 == 0 { &mut even } else { &mut odd };
                    *sum = I::mul_add(self.p[a][j], u[j], *sum);
                }
                beta[a] = (even + odd) * scale;
            }
        }
        *self.beta = beta;
        q
    }
}
