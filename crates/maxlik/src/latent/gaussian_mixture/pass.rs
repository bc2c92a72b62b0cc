//! The pass over the rows: densities, responsibilities, and moments of the components.
//!
//! Notation: of a pattern of missingness `o` are the observed coordinates, `S_j = Sigma_j[oo] = C_j C_j'`, `z_ij = C_j^-1 (x_i - mu_j)[o]`;
//! `r_ij` the responsibility of component `j` for row `i`, `w_i` the weight of the row.
use std::f64::consts::TAU;

use maxlik_dual::instructions::run;
use maxlik_model::Compensated;
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

/// Calls `f` with each pattern and block of its rows. Noise is uniform in a box with the logarithms of its sides `ln_sides`, `d`. None where
/// a component is degenerate.
pub(crate) fn for_each_block(
    points: &Points<'_>,
    components: &Components,
    ln_sides: &[f64],
    mut f: impl FnMut(&Pattern, &[Observed], &Block<'_>),
) -> Option<()> {
    for pattern in &points.patterns {
        pattern_blocks(points, pattern, components, ln_sides, |observed, block| f(pattern, observed, block))?;
    }
    Some(())
}

fn pattern_blocks(
    points: &Points<'_>,
    pattern: &Pattern,
    components: &Components,
    ln_sides: &[f64],
    mut f: impl FnMut(&[Observed], &Block<'_>),
) -> Option<()> {
    let observed = components.observed(pattern)?;
    let noise = components.has_noise().then(|| {
        // Of a row that lacks values the density of those that are there.
        let ln_volume: f64 = pattern.observed.iter().map(|&a| ln_sides[a]).sum();
        components.weights[components.k()].ln() - ln_volume
    });
    let mut room = Room::new(BLOCK.min(pattern.rows.len()), pattern.observed.len(), components.weights.len());
    for rows in pattern.rows.chunks(BLOCK) {
        room.load(points, pattern, rows);
        for (j, component) in observed.iter().enumerate() {
            run(room.densities(j, component.normal()));
        }
        if let Some(ln_density) = noise {
            room.fill(components.k(), ln_density);
        }
        run(room.share_out());
        f(&observed, &room.block(rows));
    }
    Some(())
}

/// One pass, which hands over the moments of all components for each pattern; of the second moments only the diagonal if `diagonal`.
pub(crate) fn for_each_pattern(
    points: &Points<'_>,
    components: &Components,
    ln_sides: &[f64],
    diagonal: bool,
    mut f: impl FnMut(&Pattern, &[Observed], &[Moments]),
) -> Option<Totals> {
    let (mut log_likelihood, mut noise) = (Compensated::default(), 0.0);
    for pattern in &points.patterns {
        let mut sums = vec![MomentSums::new(pattern.observed.len(), diagonal); components.k()];
        let mut shares = Vec::new();
        pattern_blocks(points, pattern, components, ln_sides, |_, block| {
            for (i, &row) in block.rows.iter().enumerate() {
                log_likelihood.add(points.weight(row) * block.ln_p()[i]);
            }
            for (j, own) in sums.iter_mut().enumerate() {
                block.shares(j, points, &mut shares);
                own.add(block.r(j).iter().sum(), block.columns(j), &shares);
            }
            if components.has_noise() {
                let r = block.r(components.k());
                noise += block.rows.iter().zip(r).map(|(&row, r)| points.weight(row) * r).sum::<f64>();
            }
        })?;
        let moments: Vec<Moments> = sums.iter().map(MomentSums::finish).collect();
        f(pattern, &components.observed(pattern)?, &moments);
    }
    Some(Totals { log_likelihood: log_likelihood.value(), noise })
}
