//! Minus the log-likelihood of a Gaussian mixture, with the prior, on its free scale: what the optimizer minimises.
//!
//! Notation: `u_ij` the score of component `j` for row `i` in the free coordinates, with 1 in the place of its own mixing weight;
//! `r_ij` its responsibility, `w_i` the weight of the row.
//!
//! ```text
//! I = I_c - sum_i w_i (sum_j r_ij u_ij u_ij' - u_i u_i'),   u_i = sum_j r_ij u_ij       (Louis 1982, equation 3.1)
//! ```
//! with the information `I_c` of the complete data. That is exact at every point, not at a maximum only.
use maxlik_optimizer::Objective;
use nalgebra::{DMatrix, DVector};

use super::chart::{Chart, Tangent};
use super::components::Components;
use super::gradient::{Term, complete_information, score};
use super::pass::{Block, Observed, Sums, for_each_block, sums};
use super::points::Points;
use super::prior::Prior;
use super::statistics::Statistics;

/// The objective.
pub(crate) struct MixtureObjective<'a> {
    pub(crate) points: &'a Points<'a>,
    pub(crate) chart: &'a Chart,
    pub(crate) prior: Option<&'a Prior>,
    /// The log-density of noise.
    pub(crate) ln_noise: f64,
}

impl MixtureObjective<'_> {
    /// The components at a point with the sums of a pass there; none where that is impossible.
    pub(crate) fn pass(&self, phi: &DVector<f64>) -> Option<(Components, Sums)> {
        let components = self.chart.components(phi)?;
        let diagonal = self.chart.is_diagonal();
        let sums = sums(self.points, &components, self.ln_noise, diagonal)?;
        Some((components, sums))
    }

    /// The log-likelihood with the log-density of the prior.
    pub(crate) fn value_of(&self, components: &Components, sums: &Sums) -> f64 {
        sums.log_likelihood + self.prior.map_or(0.0, |prior| prior.ln_density(components))
    }

    /// What sees each component through the same covariance.
    fn terms(&self, components: &Components, sums: &Sums) -> Option<Vec<Vec<Term>>> {
        let mut terms: Vec<Vec<Term>> = (0..components.k()).map(|_| Vec::new()).collect();
        for (pattern, moments) in self.points.patterns.iter().zip(&sums.moments) {
            let observed = components.observed(pattern)?;
            for (j, own) in terms.iter_mut().enumerate() {
                own.push(Term::of_rows(&pattern.observed, components.d(), &observed[j], &moments[j]));
            }
        }
        if let Some(prior) = self.prior {
            for (j, own) in terms.iter_mut().enumerate() {
                own.push(Term::of_prior(prior, components, j));
            }
        }
        Some(terms)
    }

    /// The gradient of the log-likelihood with the prior.
    fn score(&self, phi: &DVector<f64>, components: &Components, sums: &Sums, terms: &[Vec<Term>]) -> DVector<f64> {
        let mut gradient = DVector::zeros(self.chart.dimension());
        for j in 1..components.weights.len() {
            let count = match sums.moments.first() {
                Some(_) if j < components.k() => sums.moments.iter().map(|moments| moments[j].count).sum(),
                _ => sums.noise,
            };
            gradient[Chart::weight(j)] = count - self.points.total * components.weights[j];
        }
        for (j, own) in terms.iter().enumerate() {
            let (mean, elementary) = score(self.chart, &components.factors[j], own);
            gradient.rows_mut(self.chart.mean(j).start, mean.len()).copy_from(&mean);
            self.chart.tangent(phi, j).add_to(&elementary, &mut gradient);
        }
        gradient
    }

    /// The information of the complete data, missing values included, expected given the observed ones, with that of the prior.
    pub(crate) fn complete_information(&self, phi: &DVector<f64>) -> Option<DMatrix<f64>> {
        let (components, sums) = self.pass(phi)?;
        let statistics = Statistics::new(self.points, &components, &sums)?;
        let terms = (0..components.k()).map(|j| {
            let (first, second) = (&statistics.first[j], &statistics.second[j]);
            let rows = Term::of_complete_rows(&components.factors[j], statistics.counts[j], first, second);
            std::iter::once(rows).chain(self.prior.map(|prior| Term::of_prior(prior, &components, j))).collect()
        });
        Some(self.complete(phi, &components, &terms.collect::<Vec<_>>()))
    }

    fn complete(&self, phi: &DVector<f64>, components: &Components, terms: &[Vec<Term>]) -> DMatrix<f64> {
        let mut information = DMatrix::zeros(self.chart.dimension(), self.chart.dimension());
        let pi = &components.weights;
        for j in 1..pi.len() {
            for m in 1..pi.len() {
                let own = if j == m { pi[j] } else { 0.0 };
                information[(Chart::weight(j), Chart::weight(m))] = self.points.total * (own - pi[j] * pi[m]);
            }
        }
        for (j, own) in terms.iter().enumerate() {
            let l = &components.factors[j];
            let tangent = self.chart.tangent(phi, j);
            let complete = complete_information(self.chart, l, own);
            self.lift(j, &tangent, &complete, &mut information);
            let (_, elementary) = score(self.chart, l, own);
            if let Some(curvature) = self.chart.curvature(phi, j, &elementary) {
                for (p, &row) in tangent.columns.iter().enumerate() {
                    for (q, &column) in tangent.columns.iter().enumerate() {
                        information[(row, column)] -= curvature[(p, q)];
                    }
                }
            }
        }
        information
    }

    /// Adds a matrix in mean and elementary coordinates of component `j`, taken to the free coordinates.
    fn lift(&self, j: usize, tangent: &Tangent, own: &DMatrix<f64>, to: &mut DMatrix<f64>) {
        let d = self.chart.mean(j).len();
        let places: Vec<usize> = self.chart.mean(j).chain(tangent.columns.iter().copied()).collect();
        let own = match &tangent.slopes {
            None => own.clone(),
            Some(slopes) => {
                let mut map = DMatrix::zeros(own.nrows(), places.len());
                map.view_mut((0, 0), (d, d)).fill_with_identity();
                map.view_mut((d, d), slopes.shape()).copy_from(slopes);
                map.transpose() * own * map
            }
        };
        for (p, &row) in places.iter().enumerate() {
            for (q, &column) in places.iter().enumerate() {
                to[(row, column)] += own[(p, q)];
            }
        }
    }

    /// `sum_i w_i (sum_j r_ij u_ij u_ij' - u_i u_i')`: what is missing because the components of the rows are not known.
    fn missing(&self, phi: &DVector<f64>, components: &Components) -> Option<DMatrix<f64>> {
        let (chart, k) = (self.chart, components.k());
        let tangents: Vec<Tangent> = (0..k).map(|j| chart.tangent(phi, j)).collect();
        let q = components.d() + chart.entries.len();
        // Of (1, mean, elementary coordinates) of each component.
        let mut own = vec![DMatrix::<f64>::zeros(q + 1, q + 1); k];
        let mut between = DMatrix::<f64>::zeros(chart.dimension(), chart.dimension());
        let mut noise = 0.0;
        for_each_block(self.points, components, self.ln_noise, |index, observed, block| {
            let weights: Vec<f64> = block.rows.iter().map(|&row| self.points.weight(row)).collect();
            let mut u_mean = DMatrix::zeros(chart.dimension(), weights.len());
            for j in 0..k {
                let scores = scores(chart, components, j, &self.points.patterns[index].observed, &observed[j], block);
                let mut shared = scores.clone();
                for (i, mut column) in shared.column_iter_mut().enumerate() {
                    column *= block.r[(i, j)];
                }
                add_mean(chart, j, &tangents[j], &shared, &mut u_mean);
                scale_columns(&mut shared, &weights);
                own[j].gemm(1.0, &shared, &scores.transpose(), 1.0);
            }
            if components.has_noise() {
                u_mean.row_mut(Chart::weight(k)).copy_from(&block.r.column(k).transpose());
                noise += weights.iter().enumerate().map(|(i, w)| w * block.r[(i, k)]).sum::<f64>();
            }
            let mut weighted = u_mean.clone();
            scale_columns(&mut weighted, &weights);
            between.gemm(1.0, &weighted, &u_mean.transpose(), 1.0);
        })?;
        let mut missing = -between;
        for (j, (own, tangent)) in own.iter().zip(&tangents).enumerate() {
            self.lift(j, tangent, &own.view((1, 1), (q, q)).into_owned(), &mut missing);
            if j == 0 {
                continue; // The reference: it has no coordinate for its weight.
            }
            let place = Chart::weight(j);
            missing[(place, place)] += own[(0, 0)];
            let mut cross = DMatrix::zeros(chart.dimension(), 1);
            add_mean(chart, 0, &Tangent { columns: Vec::new(), slopes: None }, &DMatrix::zeros(q + 1, 1), &mut cross);
            add_mean(chart, j, tangent, &own.columns(0, 1).into_owned(), &mut cross);
            cross[(place, 0)] = 0.0;
            for row in 0..chart.dimension() {
                missing[(row, place)] += cross[(row, 0)];
                missing[(place, row)] += cross[(row, 0)];
            }
        }
        if components.has_noise() {
            missing[(Chart::weight(k), Chart::weight(k))] += noise;
        }
        Some(missing)
    }
}

/// `(1, scores in mean and elementary coordinates)` of component `j`, one column per row of the block.
fn scores(
    chart: &Chart,
    components: &Components,
    j: usize,
    o: &[usize],
    observed: &Observed,
    block: &Block<'_>,
) -> DMatrix<f64> {
    let (d, l) = (components.d(), &components.factors[j]);
    let y_o = (&block.z[j] * &observed.inverse).transpose();
    let mut y = DMatrix::zeros(d, block.rows.len());
    let mut pi = DMatrix::zeros(d, d);
    let pi_o = observed.inverse.transpose() * &observed.inverse;
    for (i, &a) in o.iter().enumerate() {
        y.row_mut(a).copy_from(&y_o.row(i));
        for (m, &b) in o.iter().enumerate() {
            pi[(a, b)] = pi_o[(i, m)];
        }
    }
    let (l_y, pi_l) = (l.transpose() * &y, pi * l);
    let mut scores = DMatrix::zeros(1 + d + chart.entries.len(), block.rows.len());
    for i in 0..block.rows.len() {
        let mut column = scores.column_mut(i);
        column[0] = 1.0;
        column.rows_mut(1, d).copy_from(&y.column(i));
        for (e, &(a, b)) in chart.entries.iter().enumerate() {
            let scale = if a == b { l[(a, a)] } else { 1.0 };
            column[1 + d + e] = scale * (y[(a, i)] * l_y[(b, i)] - pi_l[(a, b)]);
        }
    }
    scores
}

/// Adds `(1, mean, elementary coordinates)` of component `j` to columns of free coordinates.
fn add_mean(chart: &Chart, j: usize, tangent: &Tangent, from: &DMatrix<f64>, to: &mut DMatrix<f64>) {
    let d = chart.mean(j).len();
    if j > 0 {
        let mut row = to.row_mut(Chart::weight(j));
        row += from.row(0);
    }
    let mut means = to.rows_mut(chart.mean(j).start, d);
    means += from.rows(1, d);
    let elementary = from.rows_range(1 + d..);
    let lifted = match &tangent.slopes {
        None => elementary.into_owned(),
        Some(slopes) => slopes.transpose() * elementary,
    };
    for (p, &place) in tangent.columns.iter().enumerate() {
        let mut row = to.row_mut(place);
        row += lifted.row(p);
    }
}

fn scale_columns(matrix: &mut DMatrix<f64>, by: &[f64]) {
    for (mut column, by) in matrix.column_iter_mut().zip(by) {
        column *= *by;
    }
}

impl Tangent {
    /// Adds the derivatives by the free coordinates, from those by the elementary ones.
    pub(crate) fn add_to(&self, elementary: &DVector<f64>, gradient: &mut DVector<f64>) {
        let own = match &self.slopes {
            None => elementary.clone(),
            Some(slopes) => slopes.transpose() * elementary,
        };
        for (&column, own) in self.columns.iter().zip(&own) {
            gradient[column] += own;
        }
    }
}

impl Objective for MixtureObjective<'_> {
    fn dimension(&self) -> usize {
        self.chart.dimension()
    }

    fn value_gradient_hessian(&self, phi: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let p = self.dimension();
        let found = || {
            let (components, sums) = self.pass(phi)?;
            let terms = self.terms(&components, &sums)?;
            let information = self.complete(phi, &components, &terms) - self.missing(phi, &components)?;
            Some((-self.value_of(&components, &sums), -self.score(phi, &components, &sums, &terms), information))
        };
        found().unwrap_or_else(|| (f64::INFINITY, DVector::zeros(p), DMatrix::zeros(p, p)))
    }

    fn value_gradient(&self, phi: &DVector<f64>) -> (f64, DVector<f64>) {
        let found = || {
            let (components, sums) = self.pass(phi)?;
            let terms = self.terms(&components, &sums)?;
            Some((-self.value_of(&components, &sums), -self.score(phi, &components, &sums, &terms)))
        };
        found().unwrap_or_else(|| (f64::INFINITY, DVector::zeros(self.dimension())))
    }

    fn value(&self, phi: &DVector<f64>) -> f64 {
        self.pass(phi).map_or(f64::INFINITY, |(components, sums)| -self.value_of(&components, &sums))
    }
}
