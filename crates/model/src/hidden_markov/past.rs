//! The score of the past given the state it led to, and its covariances with the present one.
//!
//! Notation as in `hessian.rs`.
use nalgebra::DMatrix;

use super::chain::InitialPoint;
use super::expected::RowStates;
use super::filter::Recursion;
use super::stationary::pairs;
use crate::block::Buffers;
use crate::sum::Compensated;

/// The recursion for `G`, and the sums `C_t + C_t' - E s_t E s_t'`.
pub(crate) struct Past {
    /// The number of coefficients.
    m: usize,
    /// `G_(t-1)`, `S x m` by rows.
    g: Vec<f64>,
    /// `V_t`, `S x m` by rows.
    v: Vec<f64>,
    /// `E s_t`
    expected: Vec<f64>,
    /// `E G_(t-1) + E s_t / 2`: with the half taken away on both sides the product of the expectations is, too.
    centre: Vec<f64>,
    initial: InitialPoint,
    block: Vec<f64>,
    sums: Vec<Compensated>,
}

impl Past {
    pub(crate) fn new<Row: Sync>(recursion: &Recursion<'_, Row>, theta: &[f64]) -> Self {
        let (m, states) = (theta.len(), recursion.states());
        Self {
            m,
            g: vec![0.0; states * m],
            v: vec![0.0; states * m],
            expected: vec![0.0; m],
            centre: vec![0.0; m],
            initial: recursion.chain.initial(theta),
            block: vec![0.0; m * m],
            sums: vec![Compensated::default(); m * m],
        }
    }

    /// Goes on by a row, whose densities are those of `parts`.
    pub(crate) fn advance<Row: Sync>(
        &mut self,
        recursion: &Recursion<'_, Row>,
        row: &RowStates<'_>,
        index: usize,
        parts: &[Buffers],
    ) {
        if row.begins {
            self.begin();
        } else {
            self.predict(row);
            self.add_transitions(recursion, row, index);
        }
        self.expect(recursion, row, index, parts);
        self.covary(recursion, row, index, parts);
        self.update(recursion, row, index, parts);
    }

    /// `V` where a sequence begins: there is no past.
    fn begin(&mut self) {
        self.v.fill(0.0);
        let InitialPoint { delta, first, slopes, .. } = &self.initial;
        for (j, v) in self.v.chunks_exact_mut(self.m).enumerate().filter(|&(j, _)| delta[j] != 0.0) {
            for (k, v) in v[*first..].iter_mut().take(slopes.ncols()).enumerate() {
                *v = slopes[(j, k)] / delta[j];
            }
        }
    }

    /// `V`, as far as it comes from `G`.
    fn predict(&mut self, row: &RowStates<'_>) {
        let states = row.weight.len();
        self.v.fill(0.0);
        for (j, v) in self.v.chunks_exact_mut(self.m).enumerate().filter(|&(j, _)| row.predicted[j] != 0.0) {
            for (i, g) in self.g.chunks_exact(self.m).enumerate() {
                add(row.before[i] * row.p[i * states + j] / row.predicted[j], g, v);
            }
        }
    }

    /// `V`, as far as it comes from the transition.
    fn add_transitions<Row: Sync>(&mut self, recursion: &Recursion<'_, Row>, row: &RowStates<'_>, index: usize) {
        let (chain, states) = (&recursion.chain, row.weight.len());
        for (j, v) in self.v.chunks_exact_mut(self.m).enumerate().filter(|&(j, _)| row.predicted[j] != 0.0) {
            let Some(design) = chain.design else {
                for other in (0..states).filter(|&other| other != j) {
                    v[chain.coefficient(other, j)] += row.before[other] / row.predicted[j];
                    v[chain.coefficient(j, other)] -= row.before[j] / row.predicted[j];
                }
                continue;
            };
            for (a, b) in pairs(states) {
                let share = row.before[a] * row.p[a * states + j] / row.predicted[j];
                let slope = share * (f64::from(u8::from(j == b)) - row.p[a * states + b]);
                let v = &mut v[chain.coefficient(a, b)..];
                design.for_each_of_row(index, row.i, |c, x| v[c] += slope * x);
            }
        }
    }

    /// `E s_t` and the centre.
    fn expect<Row: Sync>(
        &mut self,
        recursion: &Recursion<'_, Row>,
        row: &RowStates<'_>,
        index: usize,
        parts: &[Buffers],
    ) {
        let states = row.weight.len();
        let expected = &mut self.expected;
        expected.fill(0.0);
        self.centre.fill(0.0);
        for_each_transition(recursion, row, index, &self.initial, |_, k, slope| expected[k] += slope);
        for_each_density(recursion, row, index, parts, |j, k, slope| expected[k] += row.gamma[j] * slope);
        if !row.begins {
            for (i, g) in self.g.chunks_exact(self.m).enumerate() {
                add((0..states).map(|j| row.xi(i, j)).sum(), g, &mut self.centre);
            }
        }
        add(0.5, &self.expected, &mut self.centre);
    }

    /// Adds `C_t - E s_t E s_t' / 2`, by rows; the past of a transition is that of the state it comes from.
    fn covary<Row: Sync>(
        &mut self,
        recursion: &Recursion<'_, Row>,
        row: &RowStates<'_>,
        index: usize,
        parts: &[Buffers],
    ) {
        let Self { m, g, v, centre, initial, block, .. } = self;
        let m = *m;
        for_each_transition(recursion, row, index, initial, |from, k, slope| {
            let to = &mut block[k * m..][..m];
            if let Some(a) = from {
                add(slope, &g[a * m..][..m], to);
            }
            add(-slope, centre, to);
        });
        for_each_density(recursion, row, index, parts, |j, k, slope| {
            let (slope, to) = (row.gamma[j] * slope, &mut block[k * m..][..m]);
            for ((to, v), centre) in to.iter_mut().zip(&v[j * m..][..m]).zip(&*centre) {
                *to += slope * (v - centre);
            }
        });
    }

    /// From `V_t` to `G_t`.
    fn update<Row: Sync>(
        &mut self,
        recursion: &Recursion<'_, Row>,
        row: &RowStates<'_>,
        index: usize,
        parts: &[Buffers],
    ) {
        let Self { m, v, expected: mean, .. } = self;
        for_each_density(recursion, row, index, parts, |j, k, slope| v[j * *m + k] += slope);
        mean.fill(0.0);
        for (alpha, v) in row.alpha.iter().zip(v.chunks_exact(*m)) {
            add(*alpha, v, mean);
        }
        for v in v.chunks_exact_mut(*m) {
            add(-1.0, mean, v);
        }
        std::mem::swap(&mut self.g, &mut self.v);
    }

    pub(crate) fn end_block(&mut self) {
        for (sum, block) in self.sums.iter_mut().zip(&mut self.block) {
            sum.add(std::mem::take(block));
        }
    }

    /// `sum_t C_t + C_t' - E s_t E s_t'`
    pub(crate) fn finish(self) -> DMatrix<f64> {
        let half = DMatrix::from_fn(self.m, self.m, |k, l| self.sums[k * self.m + l].value());
        &half + half.transpose()
    }
}

/// Calls `f` with each coefficient of the transition into the row, or of the initial distribution: the state that the transition comes
/// from, the coefficient, and the expectation of its part of the score where it comes from there.
#[inline(always)]
fn for_each_transition<Row: Sync>(
    recursion: &Recursion<'_, Row>,
    row: &RowStates<'_>,
    index: usize,
    initial: &InitialPoint,
    mut f: impl FnMut(Option<usize>, usize, f64),
) {
    let (chain, states) = (&recursion.chain, row.weight.len());
    if row.begins {
        for (k, slopes) in initial.slopes.column_iter().enumerate() {
            f(None, initial.first + k, slopes.iter().zip(row.weight).map(|(slope, weight)| slope * weight).sum());
        }
        return;
    }
    let Some(design) = chain.design else {
        for (a, b) in pairs(states) {
            f(Some(a), chain.coefficient(a, b), row.q(a, b) - row.q(a, a));
        }
        return;
    };
    for a in 0..states {
        let sum: f64 = (0..states).map(|j| row.xi(a, j)).sum();
        for b in (0..states).filter(|&b| b != a) {
            let slope = row.xi(a, b) - row.p[a * states + b] * sum;
            design.for_each_of_row(index, row.i, |c, x| f(Some(a), chain.coefficient(a, b) + c, slope * x));
        }
    }
}

/// Calls `f` with each state that the row may be in, each coefficient of its density, and the slope of the log-density. A missing row has
/// none.
#[inline(always)]
fn for_each_density<Row: Sync>(
    recursion: &Recursion<'_, Row>,
    row: &RowStates<'_>,
    index: usize,
    parts: &[Buffers],
    mut f: impl FnMut(usize, usize, f64),
) {
    if recursion.emissions.is_missing(row.row) {
        return;
    }
    for (j, part) in parts.iter().enumerate().filter(|&(j, _)| row.alpha[j] != 0.0) {
        recursion.emissions.arguments(j).for_each_of_row(index, row.i, |argument, k, x| {
            f(j, k, x * part.gradient(argument)[row.i]);
        });
    }
}

/// `to += factor from`
#[inline(always)]
fn add(factor: f64, from: &[f64], to: &mut [f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}
