//! The score of a Gaussian mixture and the information of the complete data, from the moments.
//!
//! Notation: `L` the Cholesky factor of `Sigma`, `S = Sigma[oo] = C C'` for the observed coordinates `o` of a pattern, `z = C^-1 (x - mu)[o]`;
//! embedded in `d` dimensions, with zeros where nothing is observed, `y = C^-T z` and `Pi = S^-1`. Sums over rows are weighted by
//! responsibilities: `n` of 1, `m` of `y`, `Y` of `y y'`.
//!
//! ```text
//! d f / d mu = m                                         d f / d L_ab = ((Y - n Pi) L)_ab
//! - d2 f / d mu d mu'      = n Pi                        - d2 f / d L_ab d mu_c = m_a (L'Pi)_bc + (L'm)_b Pi_ac
//! - d2 f / d L_ab d L_ce   = -n/2 t(Pi, Pi) + t(Y, Pi) - (Y - n Pi)_ac [b = e]
//! t(A, B) = (AL)_ae (BL)_cb + A_ca (L'BL)_be + (L'AL)_eb B_ac + (AL)_cb (BL)_ae
//! ```
//! by `tr A dSigma B dSigma` with `dSigma = e_a l_b' + l_b e_a'`; the last term is the curvature of `L L'`. On the diagonal the coordinates are
//! `ln L_aa`.
use nalgebra::{DMatrix, DVector};

use super::chart::Chart;
use super::components::Components;
use super::moments::Moments;
use super::pass::Observed;
use super::prior::Prior;

/// Sums over rows, or over the pseudo-rows of a prior, that see a component through the same `Pi`.
pub(crate) struct Term {
    /// `n` for `ln |S|`
    count: f64,
    /// `n` for the means
    weight: f64,
    pi: DMatrix<f64>,
    m: DVector<f64>,
    y: DMatrix<f64>,
}

impl Term {
    /// The rows of a pattern.
    pub(crate) fn of_rows(o: &[usize], d: usize, observed: &Observed, moments: &Moments) -> Self {
        let c = &observed.inverse;
        let second = c.transpose() * &moments.second * c;
        let embed = |small: &DMatrix<f64>| {
            let mut large = DMatrix::zeros(d, d);
            for (i, &a) in o.iter().enumerate() {
                for (j, &b) in o.iter().enumerate() {
                    large[(a, b)] = small[(i, j)];
                }
            }
            large
        };
        let mut m = DVector::zeros(d);
        for (&a, value) in o.iter().zip((c.transpose() * &moments.first).iter()) {
            m[a] = *value;
        }
        let pi = embed(&(c.transpose() * c));
        Self { count: moments.count, weight: moments.count, pi, m, y: embed(&second) }
    }

    /// The expected complete rows: `count` rows with a sum and a scatter about the mean of the component.
    pub(crate) fn of_complete_rows(l: &DMatrix<f64>, count: f64, first: &DVector<f64>, second: &DMatrix<f64>) -> Self {
        let inverse = l.solve_lower_triangular(&DMatrix::identity(l.nrows(), l.nrows()));
        let inverse = inverse.expect("bug: a Cholesky factor with a zero");
        let pi = inverse.transpose() * inverse;
        let (m, y) = (&pi * first, &pi * second * &pi);
        Self { count, weight: count, pi, m, y }
    }

    /// The pseudo-rows of a prior.
    pub(crate) fn of_prior(prior: &Prior, components: &Components, j: usize) -> Self {
        let p = &prior.mean - &components.means[j];
        let scatter = &p * p.transpose() * prior.shrinkage + prior.scatter();
        let rows = Self::of_complete_rows(&components.factors[j], prior.count(), &(p * prior.shrinkage), &scatter);
        Self { weight: prior.shrinkage, ..rows }
    }

    /// `Y - n Pi`
    fn residual(&self) -> DMatrix<f64> {
        &self.y - &self.pi * self.count
    }
}

/// The sums of a component over its terms.
pub(crate) struct ComponentSums {
    /// `n` for `ln |S|`
    pub(crate) count: f64,
    m: DVector<f64>,
    /// `Y - n Pi`
    residual: DMatrix<f64>,
    /// In mean and `L`, if asked for.
    information: Option<DMatrix<f64>>,
}

impl ComponentSums {
    pub(crate) fn new(chart: &Chart, d: usize, second: bool) -> Self {
        let size = d + chart.entries.len();
        let information = second.then(|| DMatrix::zeros(size, size));
        Self { count: 0.0, m: DVector::zeros(d), residual: DMatrix::zeros(d, d), information }
    }

    pub(crate) fn add(&mut self, chart: &Chart, l: &DMatrix<f64>, term: &Term) {
        self.count += term.count;
        self.m += &term.m;
        self.residual += term.residual();
        if let Some(information) = &mut self.information {
            add_term(information, &chart.entries, l, term);
        }
    }

    /// The score in the mean (`d`) and the elementary coordinates.
    pub(crate) fn score(&self, chart: &Chart, l: &DMatrix<f64>) -> (DVector<f64>, DVector<f64>) {
        let slopes = &self.residual * l;
        let scaled = |&(a, b): &(usize, usize)| slopes[(a, b)] * if a == b { l[(a, a)] } else { 1.0 };
        (self.m.clone(), DVector::from_iterator(chart.entries.len(), chart.entries.iter().map(scaled)))
    }

    /// The information in the mean and the elementary coordinates, in this order.
    pub(crate) fn information(self, chart: &Chart, l: &DMatrix<f64>) -> DMatrix<f64> {
        let (_, score) = self.score(chart, l);
        let mut information = self.information.expect("bug: an information that was not summed");
        // From L_aa to ln L_aa.
        for a in 0..l.nrows() {
            let place = l.nrows() + a;
            information.row_mut(place).scale_mut(l[(a, a)]);
            information.column_mut(place).scale_mut(l[(a, a)]);
            information[(place, place)] -= score[a];
        }
        information
    }
}

fn add_term(information: &mut DMatrix<f64>, entries: &[(usize, usize)], l: &DMatrix<f64>, term: &Term) {
    let d = l.nrows();
    let (pi, y) = (&term.pi, &term.y);
    let (pi_l, y_l) = (pi * l, y * l);
    let (l_pi_l, l_y_l) = (l.transpose() * &pi_l, l.transpose() * &y_l);
    let l_m = l.transpose() * &term.m;
    let residual = term.residual();
    for a in 0..d {
        for b in 0..d {
            information[(a, b)] += term.weight * pi[(a, b)];
        }
    }
    let trace =
        |a_l: &DMatrix<f64>, a: &DMatrix<f64>, l_a_l: &DMatrix<f64>, (i, j): (usize, usize), (c, e): (usize, usize)| {
            a_l[(i, e)] * pi_l[(c, j)]
                + a[(c, i)] * l_pi_l[(j, e)]
                + l_a_l[(e, j)] * pi[(i, c)]
                + a_l[(c, j)] * pi_l[(i, e)]
        };
    for (p, &(a, b)) in entries.iter().enumerate() {
        for c in 0..d {
            let cross = term.m[a] * pi_l[(c, b)] + l_m[b] * pi[(a, c)];
            information[(d + p, c)] += cross;
            information[(c, d + p)] += cross;
        }
        for (q, &(c, e)) in entries[..=p].iter().enumerate() {
            let mut second =
                trace(&y_l, y, &l_y_l, (a, b), (c, e)) - 0.5 * term.count * trace(&pi_l, pi, &l_pi_l, (a, b), (c, e));
            if b == e {
                second -= residual[(a, c)];
            }
            information[(d + p, d + q)] += second;
            if p != q {
                information[(d + q, d + p)] += second;
            }
        }
    }
}
