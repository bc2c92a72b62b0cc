//! The pass over the rows: densities, responsibilities, and moments of the components.
//!
//! Notation: of a pattern of missingness `o` are the observed coordinates, `S_j = Sigma_j[oo] = C_j C_j'`, `z_ij = C_j^-1 (x_i - mu_j)[o]`;
//! `r_ij` the responsibility of component `j` for row `i`, `w_i` the weight of the row.
use std::f64::consts::TAU;

use maxlik_model::Compensated;
use nalgebra::{Cholesky, DMatrix, DVector};

use super::components::Components;
use super::points::{Pattern, Points};

/// So many rows are taken together.
pub(crate) const BLOCK: usize = 256;

/// What a pass needs of a component for the rows of a pattern.
pub(crate) struct Observed {
    mean: DVector<f64>,
    /// `C^-1`, lower triangular
    pub(crate) inverse: DMatrix<f64>,
    /// `ln pi - ln |C| - |o| / 2 ln 2 pi`
    constant: f64,
}

/// A block of rows of one pattern.
pub(crate) struct Block<'b> {
    pub(crate) rows: &'b [usize],
    /// `z` of each component, `rows x |o|`
    pub(crate) z: &'b [DMatrix<f64>],
    /// `r`, `rows x k`, or `k + 1` with noise; NaN in a row that is impossible under all components.
    pub(crate) r: &'b DMatrix<f64>,
    /// The log-density of each row.
    pub(crate) ln_p: &'b [f64],
}

/// The responsibility-weighted moments of `z` for one component and pattern.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// `sum r`
    pub(crate) rows: f64,
    /// `sum w r`
    pub(crate) count: f64,
    /// `sum w r z`
    pub(crate) first: DVector<f64>,
    /// `sum w r z z'`; only its diagonal where the covariances are diagonal.
    pub(crate) second: DMatrix<f64>,
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
            Some(Observed { mean: self.means[j].select_rows(o), inverse, constant })
        });
        each.collect()
    }
}

impl Observed {
    /// Stores `z` and the log-densities, mixing weight included, of centred rows (`rows x |o|`).
    fn ln_density(&self, centred: &DMatrix<f64>, z: &mut DMatrix<f64>, ln_density: &mut [f64]) {
        let (n, columns) = centred.shape();
        let centred = centred.as_slice();
        ln_density.fill(self.constant);
        for a in 0..columns {
            let own = &mut z.as_mut_slice()[a * n..][..n];
            // The inverse is lower triangular.
            own.fill(0.0);
            for b in 0..=a {
                let factor = self.inverse[(a, b)];
                for (own, x) in own.iter_mut().zip(&centred[b * n..][..n]) {
                    *own += factor * x;
                }
            }
            for (ln_density, z) in ln_density.iter_mut().zip(&*own) {
                *ln_density -= 0.5 * z * z;
            }
        }
    }
}

/// From the logarithms of the components' parts in each row to the shares; returns the logarithm of their sum.
fn share_out(parts: &mut DMatrix<f64>) -> Vec<f64> {
    let n = parts.nrows();
    let mut greatest = vec![f64::NEG_INFINITY; n];
    for column in parts.column_iter() {
        for (greatest, part) in greatest.iter_mut().zip(column.iter()) {
            *greatest = greatest.max(*part);
        }
    }
    let mut sums = vec![0.0; n];
    for mut column in parts.column_iter_mut() {
        for ((part, greatest), sum) in column.iter_mut().zip(&greatest).zip(&mut sums) {
            *part = (*part - greatest).exp();
            *sum += *part;
        }
    }
    for mut column in parts.column_iter_mut() {
        for (part, sum) in column.iter_mut().zip(&sums) {
            *part /= sum;
        }
    }
    let total =
        |(greatest, sum): (&f64, &f64)| if *greatest == f64::NEG_INFINITY { *greatest } else { greatest + sum.ln() };
    greatest.iter().zip(&sums).map(total).collect()
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
        pattern_blocks(points, pattern, components, ln_sides, &mut f)?;
    }
    Some(())
}

fn pattern_blocks(
    points: &Points<'_>,
    pattern: &Pattern,
    components: &Components,
    ln_sides: &[f64],
    mut f: impl FnMut(&Pattern, &[Observed], &Block<'_>),
) -> Option<()> {
    let (k, o) = (components.k(), pattern.observed.len());
    let observed = components.observed(pattern)?;
    let room = |rows: usize| (DMatrix::zeros(rows, o), vec![DMatrix::zeros(rows, o); k]);
    let (mut centred, mut z) = room(BLOCK.min(pattern.rows.len()));
    for rows in pattern.rows.chunks(BLOCK) {
        if centred.nrows() != rows.len() {
            (centred, z) = room(rows.len());
        }
        let mut r = DMatrix::zeros(rows.len(), components.weights.len());
        for (j, (component, z)) in observed.iter().zip(&mut z).enumerate() {
            for (a, &column) in pattern.observed.iter().enumerate() {
                let x = points.x.column(column);
                let x = x.as_slice();
                for (to, &row) in centred.column_mut(a).iter_mut().zip(rows) {
                    *to = x[row] - points.center[column] - component.mean[a];
                }
            }
            component.ln_density(&centred, z, r.column_mut(j).as_mut_slice());
        }
        if components.has_noise() {
            // Of a row that lacks values the density of those that are there.
            let ln_volume: f64 = pattern.observed.iter().map(|&a| ln_sides[a]).sum();
            r.column_mut(k).fill(components.weights[k].ln() - ln_volume);
        }
        let ln_p = share_out(&mut r);
        f(pattern, &observed, &Block { rows, z: &z, r: &r, ln_p: &ln_p });
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
        let o = pattern.observed.len();
        let zero = Moments { rows: 0.0, count: 0.0, first: DVector::zeros(o), second: DMatrix::zeros(o, o) };
        let mut moments = vec![zero; components.k()];
        pattern_blocks(points, pattern, components, ln_sides, |_, _, block| {
            let weights: Vec<f64> = block.rows.iter().map(|&row| points.weight(row)).collect();
            for (w, ln_p) in weights.iter().zip(block.ln_p) {
                log_likelihood.add(w * ln_p);
            }
            for (j, own) in moments.iter_mut().enumerate() {
                let shares = DVector::from_fn(weights.len(), |i, _| weights[i] * block.r[(i, j)]);
                own.rows += block.r.column(j).sum();
                own.add(&block.z[j], &shares, diagonal);
            }
            if components.has_noise() {
                noise += weights.iter().enumerate().map(|(i, w)| w * block.r[(i, components.k())]).sum::<f64>();
            }
        })?;
        for own in &mut moments {
            own.second.fill_upper_triangle_with_lower_triangle();
        }
        f(pattern, &components.observed(pattern)?, &moments);
    }
    Some(Totals { log_likelihood: log_likelihood.value(), noise })
}

impl Moments {
    fn add(&mut self, z: &DMatrix<f64>, shares: &DVector<f64>, diagonal: bool) {
        let (n, shares) = (z.nrows(), shares.as_slice());
        let column = |a: usize| &z.as_slice()[a * n..][..n];
        let mut scaled = vec![0.0; n];
        self.count += shares.iter().sum::<f64>();
        for a in 0..z.ncols() {
            for ((scaled, z), share) in scaled.iter_mut().zip(column(a)).zip(shares) {
                *scaled = z * share;
            }
            self.first[a] += dot(column(a), shares);
            for b in if diagonal { a } else { 0 }..=a {
                self.second[(a, b)] += dot(&scaled, column(b));
            }
        }
    }
}

/// Eight sums side by side: additions do not wait for each other.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (x_lanes, y_lanes) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = x_lanes.remainder().iter().zip(y_lanes.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x_lanes.zip(y_lanes) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    rest + sums.iter().sum::<f64>()
}
