//! The pass over the rows: densities, responsibilities, and moments of the components.
//!
//! Notation: of a pattern of missingness `o` are the observed coordinates, `S_j = Sigma_j[oo] = C_j C_j'`, `z_ij = C_j^-1 (x_i - mu_j)[o]`;
//! `r_ij` the responsibility of component `j` for row `i`, `w_i` the weight of the row.
use std::f64::consts::TAU;

use maxlik_dual::ln_sum_exp;
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
    /// `z` of each component, `|o| x rows`
    pub(crate) z: &'b [DMatrix<f64>],
    /// `r`, `rows x k`, or `k + 1` with noise.
    pub(crate) r: &'b DMatrix<f64>,
    /// The log-density of each row.
    pub(crate) ln_p: &'b [f64],
}

/// The responsibility-weighted moments of `z` for one component and pattern.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// `sum w r`
    pub(crate) count: f64,
    /// `sum w r z`
    pub(crate) first: DVector<f64>,
    /// `sum w r z z'`; only its diagonal where the covariances are diagonal.
    pub(crate) second: DMatrix<f64>,
}

/// The sums of a pass.
pub(crate) struct Sums {
    pub(crate) log_likelihood: f64,
    /// By pattern, then component.
    pub(crate) moments: Vec<Vec<Moments>>,
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

/// Calls `f` with the index of the pattern and each block of its rows. `ln_noise` is the log-density of noise. None where a
/// component is degenerate.
pub(crate) fn for_each_block(
    points: &Points<'_>,
    components: &Components,
    ln_noise: f64,
    mut f: impl FnMut(usize, &[Observed], &Block<'_>),
) -> Option<()> {
    let k = components.k();
    let ln_noise = if components.has_noise() { components.weights[k].ln() + ln_noise } else { f64::NEG_INFINITY };
    for (index, pattern) in points.patterns.iter().enumerate() {
        let observed = components.observed(pattern)?;
        let o = pattern.observed.len();
        for rows in pattern.rows.chunks(BLOCK) {
            let mut ln_parts = DMatrix::zeros(rows.len(), components.weights.len());
            let mut z = Vec::with_capacity(k);
            for (j, component) in observed.iter().enumerate() {
                let centred = DMatrix::from_fn(o, rows.len(), |a, i| {
                    points.x[(rows[i], pattern.observed[a])] - component.mean[a]
                });
                let own = &component.inverse * centred;
                for i in 0..rows.len() {
                    ln_parts[(i, j)] = component.constant - 0.5 * own.column(i).norm_squared();
                }
                z.push(own);
            }
            if components.has_noise() {
                ln_parts.column_mut(k).fill(ln_noise);
            }
            let mut ln_p = vec![0.0; rows.len()];
            let mut row = vec![0.0; ln_parts.ncols()];
            for i in 0..rows.len() {
                row.iter_mut().zip(ln_parts.row(i).iter()).for_each(|(to, from)| *to = *from);
                ln_p[i] = ln_sum_exp(&row);
                for j in 0..row.len() {
                    ln_parts[(i, j)] = (row[j] - ln_p[i]).exp();
                }
            }
            f(index, &observed, &Block { rows, z: &z, r: &ln_parts, ln_p: &ln_p });
        }
    }
    Some(())
}

/// One pass: log-likelihood and moments; of the second moments only the diagonal if `diagonal`.
pub(crate) fn sums(points: &Points<'_>, components: &Components, ln_noise: f64, diagonal: bool) -> Option<Sums> {
    let zero = |pattern: &Pattern| {
        let o = pattern.observed.len();
        vec![Moments { count: 0.0, first: DVector::zeros(o), second: DMatrix::zeros(o, o) }; components.k()]
    };
    let mut moments: Vec<Vec<Moments>> = points.patterns.iter().map(zero).collect();
    let (mut log_likelihood, mut noise) = (Compensated::default(), 0.0);
    for_each_block(points, components, ln_noise, |index, _, block| {
        let weights: Vec<f64> = block.rows.iter().map(|&row| points.weight(row)).collect();
        for (w, ln_p) in weights.iter().zip(block.ln_p) {
            log_likelihood.add(w * ln_p);
        }
        for (j, own) in moments[index].iter_mut().enumerate() {
            let shares = DVector::from_fn(weights.len(), |i, _| weights[i] * block.r[(i, j)]);
            own.add(&block.z[j], &shares, diagonal);
        }
        if components.has_noise() {
            noise += weights.iter().enumerate().map(|(i, w)| w * block.r[(i, components.k())]).sum::<f64>();
        }
    })?;
    Some(Sums { log_likelihood: log_likelihood.value(), moments, noise })
}

impl Moments {
    fn add(&mut self, z: &DMatrix<f64>, shares: &DVector<f64>, diagonal: bool) {
        self.count += shares.sum();
        let mut scaled = z.clone();
        for (mut column, share) in scaled.column_iter_mut().zip(shares) {
            column *= *share;
        }
        self.first += scaled.column_sum();
        if diagonal {
            for a in 0..z.nrows() {
                self.second[(a, a)] += scaled.row(a).dot(&z.row(a));
            }
        } else {
            self.second.gemm(1.0, &scaled, &z.transpose(), 1.0);
        }
    }
}
