//! The densities of a block of rows in each state, eight rows side by side.
//!
//! Notation as in `filter.rs`.
use maxlik_dual::functions::Functions;
use maxlik_dual::instructions::{Instructions, Work};
use maxlik_dual::lanes::InLanes;

use crate::cross_product::LANES;

/// Stores `b`. Gives the sum of `m`.
pub(crate) struct Densities<'b, const S: usize> {
    /// The log-densities, whole lanes.
    pub(crate) f: [&'b [f64]; S],
    pub(crate) missing: Option<&'b [bool]>,
    /// By columns.
    pub(crate) b: [&'b mut [f64]; S],
    /// Room for `m`, whole lanes.
    pub(crate) shift: &'b mut [f64],
}

impl<const S: usize> Work for Densities<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn run<I: Instructions>(mut self) -> f64 {
        let rows = self.b[0].len();
        self.shift.copy_from_slice(self.f[0]);
        for f in &self.f[1..] {
            for (greatest, f) in self.shift.iter_mut().zip(*f) {
                *greatest = if *f > *greatest { *f } else { *greatest };
            }
        }
        for (b, f) in self.b.iter_mut().zip(&self.f) {
            for ((b, f), greatest) in b.iter_mut().zip(*f).zip(&*self.shift) {
                *b = InLanes::<I>::exp(f - greatest);
            }
        }
        for (i, _) in self.missing.unwrap_or_default().iter().enumerate().filter(|&(_, &missing)| missing) {
            self.shift[i] = 0.0;
            for b in &mut self.b {
                b[i] = 1.0;
            }
        }
        self.shift[rows..].fill(0.0);
        let mut sums = [0.0; LANES];
        for shift in self.shift.as_chunks::<LANES>().0 {
            for (sum, shift) in sums.iter_mut().zip(shift) {
                *sum += shift;
            }
        }
        sums.iter().sum()
    }
}
