//! The information that is missing because the components of the rows are not known.
//!
//! Notation: `u_ij` the score of component `j` for row `i` in the free coordinates, with 1 in the place of its own mixing weight;
//! `r_ij` its responsibility, `w_i` the weight of the row. `y`, `Pi` and `L` as in `gradient.rs`.
//!
//! ```text
//! I = I_c - sum_i w_i (sum_j r_ij u_ij u_ij' - u_i u_i'),   u_i = sum_j r_ij u_ij       (Louis 1982, equation 3.1)
//! ```
//! with the information `I_c` of the complete data. That is exact at every point, not at a maximum only.
//!
//! The products take all the time, so rows of any patterns are collected until there are [`BLOCK`] of them.
use maxlik_dual::instructions::{Instructions, Work, run};
use maxlik_model::{Aligned, add_square, for_parts};
use nalgebra::{DMatrix, DVector};

use super::block::Block;
use super::chart::{Chart, Tangent};
use super::components::Components;
use super::objective::MixtureObjective;
use super::pass::{BLOCK, Observed, blocks, for_some_blocks};

impl MixtureObjective<'_> {
    /// `sum_i w_i (sum_j r_ij u_ij u_ij' - u_i u_i')`; none where a component is degenerate. Threads share the rows.
    pub(super) fn missing(&self, phi: &DVector<f64>, components: &Components) -> Option<DMatrix<f64>> {
        let (chart, k, d) = (self.chart, components.k(), components.d());
        let tangents: Vec<Tangent> = (0..k).map(|j| chart.tangent(phi, j)).collect();
        let work = |blocks| {
            let mut rows = Rows::new(chart, components, &tangents, self.points.n());
            let mut sums = Sums::new(chart, components);
            for_some_blocks(self.points, components, self.ln_sides, &blocks, |pattern, observed, block| {
                if !rows.have_room_for(block) {
                    rows.add_to(&mut sums);
                }
                rows.collect(block, |row| self.points.weight(row), &pattern.observed, observed);
            })?;
            rows.add_to(&mut sums);
            Some(sums)
        };
        let merge = |all: &mut Option<Sums>, part: Option<Sums>| match (&mut *all, part) {
            (Some(all), Some(part)) => all.merge(&part),
            _ => *all = None,
        };
        let bytes = Sums::new(chart, components).bytes();
        let sums = for_parts(blocks(self.points), bytes, work, merge)?;

        let mut missing = -square(&sums.between);
        for (j, (own, tangent)) in sums.own.iter().zip(&tangents).enumerate() {
            let own = square(own);
            self.lift(j, tangent, &own.view_range(1.., 1..).into_owned(), &mut missing);
            if j == 0 {
                continue; // The reference: it has no coordinate for its weight.
            }
            let place = Chart::weight(j);
            missing[(place, place)] += own[(0, 0)];
            let mut cross = DVector::zeros(chart.dimension());
            cross.rows_mut(chart.mean(j).start, d).copy_from(&own.view((1, 0), (d, 1)));
            tangent.add_to(&own.column(0).rows_range(1 + d..).into_owned(), &mut cross);
            for (other, cross) in cross.iter().enumerate() {
                missing[(other, place)] += cross;
                missing[(place, other)] += cross;
            }
        }
        if components.has_noise() {
            missing[(Chart::weight(k), Chart::weight(k))] += sums.noise;
        }
        Some(missing)
    }
}

/// What some rows add up to; of matrices the lower triangle by rows.
struct Sums {
    /// `sum w r u u'` for each component, in `(1, mean, elementary coordinates)`.
    own: Vec<Vec<f64>>,
    /// `sum w u u'` of the mean scores, in the free coordinates.
    between: Vec<f64>,
    /// `sum w r` of the noise.
    noise: f64,
}

impl Sums {
    fn new(chart: &Chart, components: &Components) -> Self {
        let triangle = |size: usize| vec![0.0; size * (size + 1) / 2];
        let own = vec![triangle(coordinates(chart, components)); components.k()];
        Self { own, between: triangle(chart.dimension()), noise: 0.0 }
    }

    fn bytes(&self) -> usize {
        (self.own.iter().map(Vec::len).sum::<usize>() + self.between.len()) * size_of::<f64>()
    }

    /// Adds the sums of other rows.
    fn merge(&mut self, other: &Self) {
        let own = self.own.iter_mut().flatten().zip(other.own.iter().flatten());
        for (sum, other) in own.chain(self.between.iter_mut().zip(&other.between)) {
            *sum += other;
        }
        self.noise += other.noise;
    }
}

/// The number of coordinates `(1, mean, elementary)` of a component.
fn coordinates(chart: &Chart, components: &Components) -> usize {
    1 + components.d() + chart.entries.len()
}

/// The symmetric matrix with a lower triangle by rows.
fn square(triangle: &[f64]) -> DMatrix<f64> {
    // n (n + 1) / 2 entries.
    let size = (2 * triangle.len()).isqrt();
    let entry = |i: usize, j: usize| triangle[i * (i + 1) / 2 + j];
    DMatrix::from_fn(size, size, |i, j| entry(i.max(j), i.min(j)))
}

/// Rows that are added up together. All columns are as long as `w`, in whole lanes.
struct Rows<'a> {
    chart: &'a Chart,
    components: &'a Components,
    tangents: &'a [Tangent],
    /// So many are in use.
    count: usize,
    w: Aligned,
    /// A column for each component, noise last.
    r: Aligned,
    /// For each component its columns `(1, scores in mean and elementary coordinates)`.
    scores: Aligned,
    /// The mean scores: a column for each free coordinate.
    mean: Aligned,
    shares: Aligned,
}

impl<'a> Rows<'a> {
    /// No rows yet, of `n`.
    fn new(chart: &'a Chart, components: &'a Components, tangents: &'a [Tangent], n: usize) -> Self {
        let zeros = |columns: usize| Aligned::zeros(columns * BLOCK.min(n.next_multiple_of(8)));
        Self {
            chart,
            components,
            tangents,
            count: 0,
            w: zeros(1),
            r: zeros(components.weights.len()),
            scores: zeros(components.k() * coordinates(chart, components)),
            mean: zeros(chart.dimension()),
            shares: zeros(1),
        }
    }

    fn length(&self) -> usize {
        self.w.as_slice().len()
    }

    fn have_room_for(&self, block: &Block<'_>) -> bool {
        self.count + block.rows.len() <= self.length()
    }

    /// Takes in the rows of a block in which `o` is observed.
    fn collect(&mut self, block: &Block<'_>, weight: impl Fn(usize) -> f64, o: &[usize], observed: &[Observed]) {
        let (length, columns) = (self.length(), coordinates(self.chart, self.components));
        let rows = self.count..self.count + block.rows.len();
        for (to, &row) in self.w.as_mut_slice()[rows.clone()].iter_mut().zip(block.rows) {
            *to = weight(row);
        }
        for (j, r) in self.r.as_mut_slice().chunks_exact_mut(length).enumerate() {
            r[rows.clone()].copy_from_slice(block.r(j));
        }
        for (j, scores) in self.scores.as_mut_slice().chunks_exact_mut(columns * length).enumerate() {
            let to = scores.chunks_exact_mut(length).map(|column| &mut column[rows.clone()]);
            store_scores(self.chart, &self.components.factors[j], o, &observed[j].inverse, &block.z(j), to);
        }
        self.count = rows.end;
    }

    /// Adds the rows to sums, after which there are none.
    fn add_to(&mut self, sums: &mut Sums) {
        let (length, k) = (self.length(), self.components.k());
        let used = self.count.next_multiple_of(8);
        for all in [&mut self.w, &mut self.r, &mut self.scores] {
            for column in all.as_mut_slice().chunks_exact_mut(length) {
                column[self.count..used].fill(0.0);
            }
        }
        self.find_mean(used);
        add_square(self.mean.as_slice(), length, &self.w.as_slice()[..used], &mut sums.between);
        let size = coordinates(self.chart, self.components) * length;
        let (r, w) = (self.r.as_slice(), &self.w.as_slice()[..used]);
        let shares = &mut self.shares.as_mut_slice()[..used];
        for (j, own) in sums.own.iter_mut().enumerate() {
            for ((share, r), w) in shares.iter_mut().zip(&r[j * length..]).zip(w) {
                *share = r * w;
            }
            add_square(&self.scores.as_slice()[j * size..][..size], length, shares, own);
        }
        if self.components.has_noise() {
            sums.noise += r[k * length..].iter().zip(w).map(|(r, w)| r * w).sum::<f64>();
        }
        self.count = 0;
    }

    /// From the scores of the components to their means, in so many rows.
    fn find_mean(&mut self, used: usize) {
        let (length, chart, k, d) = (self.length(), self.chart, self.components.k(), self.components.d());
        let size = coordinates(chart, self.components) * length;
        let mean = self.mean.as_mut_slice();
        mean.fill(0.0);
        for (j, tangent) in self.tangents.iter().enumerate() {
            let r = &self.r.as_slice()[j * length..][..used];
            let scores = &self.scores.as_slice()[j * size..][..size];
            let mut add = |factor: f64, from: usize, to: usize| {
                let (x, to) = (&scores[from * length..][..used], &mut mean[to * length..][..used]);
                run(AddProduct { factor, r, x, to });
            };
            if j > 0 {
                add(1.0, 0, Chart::weight(j));
            }
            for (a, place) in chart.mean(j).enumerate() {
                add(1.0, 1 + a, place);
            }
            for (p, &place) in tangent.columns.iter().enumerate() {
                match &tangent.slopes {
                    None => add(1.0, 1 + d + p, place),
                    Some(slopes) => {
                        for (e, &slope) in slopes.column(p).iter().enumerate().filter(|(_, slope)| **slope != 0.0) {
                            add(slope, 1 + d + e, place);
                        }
                    }
                }
            }
        }
        if self.components.has_noise() {
            let r = &self.r.as_slice()[k * length..][..used];
            mean[Chart::weight(k) * length..][..used].copy_from_slice(r);
        }
    }
}

/// Stores `(1, scores in mean and elementary coordinates)` of a component with the factor `l`, a column for each: of rows with `z` where `o`
/// is observed, `inverse` being `C^-1` there.
fn store_scores<'a>(
    chart: &Chart,
    l: &DMatrix<f64>,
    o: &[usize],
    inverse: &DMatrix<f64>,
    z: &DMatrix<f64>,
    mut columns: impl Iterator<Item = &'a mut [f64]>,
) {
    let d = l.nrows();
    let (y_o, pi_o) = (z * inverse, inverse.transpose() * inverse);
    let (mut y, mut pi) = (DMatrix::zeros(z.nrows(), d), DMatrix::zeros(d, d));
    for (i, &a) in o.iter().enumerate() {
        y.column_mut(a).copy_from(&y_o.column(i));
        for (m, &b) in o.iter().enumerate() {
            pi[(a, b)] = pi_o[(i, m)];
        }
    }
    let (y_l, pi_l) = (&y * l, pi * l);
    let mut next = || columns.next().expect("bug: fewer columns than coordinates");
    next().fill(1.0);
    for y in y.column_iter() {
        next().copy_from_slice(y.as_slice());
    }
    for &(a, b) in &chart.entries {
        let scale = if a == b { l[(a, a)] } else { 1.0 };
        let (y, y_l) = (y.column(a), y_l.column(b));
        run(Residual { scale, y: y.as_slice(), y_l: y_l.as_slice(), pi_l: pi_l[(a, b)], to: next() });
    }
}

/// `to = scale (y y_l - pi_l)`
struct Residual<'w> {
    scale: f64,
    y: &'w [f64],
    y_l: &'w [f64],
    pi_l: f64,
    to: &'w mut [f64],
}

impl Work for Residual<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        for ((to, y), y_l) in self.to.iter_mut().zip(self.y).zip(self.y_l) {
            *to = self.scale * (y * y_l - self.pi_l);
        }
    }
}

/// `to += factor r x`
struct AddProduct<'w> {
    factor: f64,
    r: &'w [f64],
    x: &'w [f64],
    to: &'w mut [f64],
}

impl Work for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        for ((to, r), x) in self.to.iter_mut().zip(self.r).zip(self.x) {
            *to += self.factor * (r * x);
        }
    }
}
