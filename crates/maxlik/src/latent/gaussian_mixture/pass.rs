//! The pass over the rows: densities, responsibilities, and moments of the components.
//!
//! Notation: of a pattern of missingness `o` are the observed coordinates, `S_j = Sigma_j[oo] = C_j C_j'`, `z_ij = C_j^-1 (x_i - mu_j)[o]`;
//! `r_ij` the responsibility of component `j` for row `i`, `w_i` the weight of the row.
use std::f64::consts::TAU;
use std::ops::Range;
use std::sync::Mutex;

use maxlik_dual::instructions::run;
use maxlik_model::{Compensated, for_parts, sum};
use nalgebra::{Cholesky, DMatrix, DVector};

use super::block::{Block, Room};
use super::components::Components;
use super::e_step::Normal;
use super::moments::{MomentSums, Moments};
use super::points::{Pattern, Points};

/// So many rows are taken together.
pub(crate) const BLOCK: usize = 256;

/// What a pass needs of a component for the rows of a pattern.
pub(crate) struct Observed {
    mean: DVector<f64>,
    /// `C^-1`, lower triangular
    pub(crate) inverse: DMatrix<f64>,
    /// The same, its lower triangle by rows, or its diagonal alone if there is nothing else.
    packed: Vec<f64>,
    /// `ln pi - ln |C| - |o| / 2 ln 2 pi`
    constant: f64,
}

/// What a pass adds up besides the moments.
pub(crate) struct Totals {
    pub(crate) log_likelihood: f64,
    /// `sum w r` of the noise.
    pub(crate) noise: f64,
}

impl Components {
    /// The components as the rows of a pattern see them; none where one of them is degenerate there.
    pub(crate) fn observed(&self, pattern: &Pattern) -> Option<Vec<Observed>> {
        let o = &pattern.observed;
        let each = (0..self.k()).map(|j| {
            let c = if o.len() == self.d() {
                self.factors[j].clone()
            } else {
                Cholesky::new(self.covariance(j).select_rows(o).select_columns(o))?.unpack()
            };
            let ln_c: f64 = c.diagonal().iter().map(|c| c.ln()).sum();
            let inverse = c.solve_lower_triangular(&DMatrix::identity(o.len(), o.len()))?;
            let constant = self.weights[j].ln() - ln_c - 0.5 * o.len() as f64 * TAU.ln();
            Some(Observed { mean: self.means[j].select_rows(o), packed: packed(&inverse), inverse, constant })
        });
        each.collect()
    }
}

/// The lower triangle by rows, or the diagonal alone if there is nothing else.
fn packed(lower: &DMatrix<f64>) -> Vec<f64> {
    let below = (0..lower.nrows()).flat_map(|a| (0..a).map(move |b| (a, b)));
    if below.clone().all(|place| lower[place] == 0.0) {
        return lower.diagonal().iter().copied().collect();
    }
    (0..lower.nrows()).flat_map(|a| (0..=a).map(move |b| (a, b))).map(|place| lower[place]).collect()
}

impl Observed {
    fn normal(&self) -> Normal<'_> {
        Normal { mean: self.mean.as_slice(), inverse: &self.packed, constant: self.constant }
    }
}

/// A pass over the rows of a pattern.
struct PatternPass<'a> {
    points: &'a Points<'a>,
    pattern: &'a Pattern,
    components: &'a Components,
    observed: Vec<Observed>,
    /// The log-density of the noise, mixing weight included.
    noise: Option<f64>,
}

impl<'a> PatternPass<'a> {
    /// None where a component is degenerate.
    fn new(points: &'a Points<'a>, pattern: &'a Pattern, components: &'a Components, ln_sides: &[f64]) -> Option<Self> {
        let noise = components.has_noise().then(|| {
            // Of a row that lacks values the density of those that are there.
            let ln_volume: f64 = pattern.observed.iter().map(|&a| ln_sides[a]).sum();
            components.weights[components.k()].ln() - ln_volume
        });
        Some(Self { points, pattern, components, observed: components.observed(pattern)?, noise })
    }

    fn blocks(&self) -> usize {
        self.pattern.rows.len().div_ceil(BLOCK)
    }

    fn room(&self) -> Room {
        let rows = BLOCK.min(self.pattern.rows.len());
        Room::new(rows, self.pattern.observed.len(), self.components.weights.len())
    }

    /// Calls `f` with each of some blocks.
    fn for_each_block(&self, blocks: Range<usize>, room: &mut Room, mut f: impl FnMut(&Block<'_>)) {
        for rows in self.pattern.rows.chunks(BLOCK).skip(blocks.start).take(blocks.len()) {
            room.load(self.points, self.pattern, rows);
            for (j, component) in self.observed.iter().enumerate() {
                run(room.densities(j, component.normal()));
            }
            if let Some(ln_density) = self.noise {
                room.fill(self.components.k(), ln_density);
            }
            run(room.share_out());
            f(&room.block(rows));
        }
    }

    /// Does the work on all blocks, part by part, as [`for_parts`] does.
    fn for_parts<T: Send>(
        &self,
        bytes: usize,
        work: impl Fn(Range<usize>, &mut Room) -> T + Sync,
        merge: impl FnMut(&mut T, T),
    ) -> T {
        // Room is large: that of a part is used again for another one.
        let rooms = Mutex::new(Vec::new());
        let kept = || rooms.lock().expect("bug: a panic with the lock held");
        let work = |blocks| {
            let room = kept().pop();
            let mut room = room.unwrap_or_else(|| self.room());
            let result = work(blocks, &mut room);
            kept().push(room);
            result
        };
        for_parts(self.blocks(), bytes, work, merge)
    }

    /// What some blocks add up to; of the second moments only the diagonal if `diagonal`.
    fn sums(&self, blocks: Range<usize>, room: &mut Room, diagonal: bool) -> Sums {
        let k = self.components.k();
        let mut moments = vec![MomentSums::new(self.pattern.observed.len(), diagonal); k];
        let (mut log_likelihood, mut noise) = (Compensated::default(), 0.0);
        let mut shares = room.for_shares();
        self.for_each_block(blocks, room, |block| {
            for (i, &row) in block.rows.iter().enumerate() {
                log_likelihood.add(self.points.weight(row) * block.ln_p()[i]);
            }
            for (j, own) in moments.iter_mut().enumerate() {
                block.shares(j, self.points, &mut shares);
                own.add(sum(block.r(j)), block.columns(j), shares.eights());
            }
            if self.noise.is_some() {
                noise += block.rows.iter().zip(block.r(k)).map(|(&row, r)| self.points.weight(row) * r).sum::<f64>();
            }
        });
        Sums { log_likelihood, noise, moments: moments.iter().map(MomentSums::finish).collect() }
    }
}

/// What some rows add up to.
struct Sums {
    log_likelihood: Compensated,
    noise: f64,
    moments: Vec<Moments>,
}

impl Sums {
    fn merge(&mut self, other: &Self) {
        self.log_likelihood.merge(other.log_likelihood);
        self.noise += other.noise;
        for (own, other) in self.moments.iter_mut().zip(&other.moments) {
            own.merge(other);
        }
    }
}

/// The moments of the rows of a pattern about the center of all rows.
pub(crate) fn moments_about_center(points: &Points<'_>, pattern: &Pattern) -> Moments {
    let (o, n) = (pattern.observed.len(), pattern.rows.len());
    let work = |blocks: Range<usize>| {
        let (mut room, mut sums) = (Room::new(BLOCK.min(n), o, 1), MomentSums::new(o, false));
        let mut shares = room.for_shares();
        for rows in pattern.rows.chunks(BLOCK).skip(blocks.start).take(blocks.len()) {
            room.load(points, pattern, rows);
            room.keep_all_alike();
            let block = room.block(rows);
            block.shares(0, points, &mut shares);
            sums.add(rows.len() as f64, block.columns(0), shares.eights());
        }
        sums.finish()
    };
    for_parts(n.div_ceil(BLOCK), MomentSums::bytes(o), work, |all, part| all.merge(&part))
}

/// Calls `f` with each pattern and block of its rows. Noise is uniform in a box with the logarithms of its sides `ln_sides`, `d`. None where
/// a component is degenerate.
pub(crate) fn for_each_block(
    points: &Points<'_>,
    components: &Components,
    ln_sides: &[f64],
    f: impl FnMut(&Pattern, &[Observed], &Block<'_>),
) -> Option<()> {
    for_some_blocks(points, components, ln_sides, &(0..blocks(points)), f)
}

/// The sum over all blocks of what `f` makes of each; threads share the blocks. None where a component is degenerate.
pub(crate) fn sum_of_blocks(
    points: &Points<'_>,
    components: &Components,
    ln_sides: &[f64],
    f: impl Fn(&Block<'_>) -> f64 + Sync,
) -> Option<f64> {
    let mut total = Compensated::default();
    for pattern in &points.patterns {
        let pass = PatternPass::new(points, pattern, components, ln_sides)?;
        let work = |blocks, room: &mut Room| {
            let mut sum = Compensated::default();
            pass.for_each_block(blocks, room, |block| sum.add(f(block)));
            sum
        };
        total.merge(pass.for_parts(size_of::<Compensated>(), work, Compensated::merge));
    }
    Some(total.value())
}

/// One pass, which hands over the moments of all components for each pattern; of the second moments only the diagonal if `diagonal`.
/// Threads share the rows of a pattern.
pub(crate) fn for_each_pattern(
    points: &Points<'_>,
    components: &Components,
    ln_sides: &[f64],
    diagonal: bool,
    mut f: impl FnMut(&Pattern, &[Observed], &[Moments]),
) -> Option<Totals> {
    let (mut log_likelihood, mut noise) = (Compensated::default(), 0.0);
    for pattern in &points.patterns {
        let pass = PatternPass::new(points, pattern, components, ln_sides)?;
        let bytes = components.k() * MomentSums::bytes(pattern.observed.len());
        let work = |blocks, room: &mut Room| pass.sums(blocks, room, diagonal);
        let sums = pass.for_parts(bytes, work, |all, part| all.merge(&part));
        log_likelihood.merge(sums.log_likelihood);
        noise += sums.noise;
        f(pattern, &pass.observed, &sums.moments);
    }
    Some(Totals { log_likelihood: log_likelihood.value(), noise })
}

/// The number of blocks of all patterns.
pub(crate) fn blocks(points: &Points<'_>) -> usize {
    points.patterns.iter().map(|pattern| pattern.rows.len().div_ceil(BLOCK)).sum()
}

/// As [`for_each_block`] for some of the blocks of all patterns.
pub(crate) fn for_some_blocks(
    points: &Points<'_>,
    components: &Components,
    ln_sides: &[f64],
    blocks: &Range<usize>,
    mut f: impl FnMut(&Pattern, &[Observed], &Block<'_>),
) -> Option<()> {
    let mut first = 0;
    for pattern in &points.patterns {
        let count = pattern.rows.len().div_ceil(BLOCK);
        let own = |block: usize| block.saturating_sub(first).min(count);
        let own = own(blocks.start)..own(blocks.end);
        first += count;
        if !own.is_empty() {
            let pass = PatternPass::new(points, pattern, components, ln_sides)?;
            pass.for_each_block(own, &mut pass.room(), |block| f(pattern, &pass.observed, block));
        }
    }
    Some(())
}
