//! Minus the log-likelihood of a Gaussian mixture, with the prior, on its free scale: what the optimizer minimises.
//!
//! Its Hessian is the information of the complete data less what is [`missing`](super::missing).
use maxlik_optimizer::Objective;
use nalgebra::{DMatrix, DVector};

use super::chart::{Chart, Tangent};
use super::components::Components;
use super::gradient::{ComponentSums, Term};
use super::pass::{Totals, for_each_pattern};
use super::points::Points;
use super::prior::Prior;
use super::statistics::Statistics;

/// The objective.
pub(crate) struct MixtureObjective<'a> {
    pub(crate) points: &'a Points<'a>,
    pub(crate) chart: &'a Chart,
    pub(crate) prior: Option<&'a Prior>,
    /// The logarithms of the sides of the box in which noise is uniform, `d`.
    pub(crate) ln_sides: &'a [f64],
}

impl MixtureObjective<'_> {
    /// The components at a point with the statistics of a pass there; none where that is impossible.
    pub(crate) fn pass(&self, phi: &DVector<f64>) -> Option<Statistics> {
        let components = self.chart.components(phi)?;
        Statistics::new(self.points, &components, self.ln_sides, self.chart.is_diagonal())
    }

    /// The log-likelihood with the log-density of the prior.
    pub(crate) fn value_of(&self, statistics: &Statistics) -> f64 {
        statistics.log_likelihood + self.prior.map_or(0.0, |prior| prior.ln_density(&statistics.at))
    }

    /// What the rows of a pattern, and what the pseudo-rows of the prior, say of each component: `f` is given the component and its term.
    fn for_each_term(&self, components: &Components, mut f: impl FnMut(usize, &Term)) -> Option<Totals> {
        let d = components.d();
        let totals = for_each_pattern(
            self.points,
            components,
            self.ln_sides,
            self.chart.is_diagonal(),
            |pattern, observed, moments| {
                for (j, own) in moments.iter().enumerate() {
                    f(j, &Term::of_rows(&pattern.observed, d, &observed[j], own));
                }
            },
        )?;
        if let Some(prior) = self.prior {
            for j in 0..components.k() {
                f(j, &Term::of_prior(prior, components, j));
            }
        }
        Some(totals)
    }

    /// Value and gradient of the log-likelihood with the prior, and, if asked for, the information that the observed values would have if
    /// the components of the rows were known.
    fn derivatives(
        &self,
        phi: &DVector<f64>,
        components: &Components,
        second: bool,
    ) -> Option<(f64, DVector<f64>, DMatrix<f64>)> {
        let (k, d) = (components.k(), components.d());
        let mut sums: Vec<ComponentSums> = (0..k).map(|_| ComponentSums::new(self.chart, d, second)).collect();
        let totals = self.for_each_term(components, |j, term| sums[j].add(self.chart, &components.factors[j], term))?;
        let value = totals.log_likelihood + self.prior.map_or(0.0, |prior| prior.ln_density(components));
        let mut gradient = DVector::zeros(self.chart.dimension());
        for j in 1..components.weights.len() {
            let count = if j < k { sums[j].count - self.prior.map_or(0.0, Prior::count) } else { totals.noise };
            gradient[Chart::weight(j)] = count - self.points.total * components.weights[j];
        }
        let size = if second { self.chart.dimension() } else { 0 };
        let mut information = DMatrix::zeros(size, size);
        for (j, own) in sums.into_iter().enumerate() {
            let tangent = self.chart.tangent(phi, j);
            let (mean, elementary) = own.score(self.chart, &components.factors[j]);
            gradient.rows_mut(self.chart.mean(j).start, d).copy_from(&mean);
            tangent.add_to(&elementary, &mut gradient);
            if second {
                let own = own.information(self.chart, &components.factors[j]);
                self.add_information(phi, j, &tangent, (&own, &elementary), &mut information);
            }
        }
        if second {
            self.add_weights_information(components, &mut information);
        }
        Some((value, gradient, information))
    }

    /// The information of the complete data, missing values included, expected given the observed ones, with that of the prior.
    pub(crate) fn complete_information(&self, phi: &DVector<f64>) -> Option<DMatrix<f64>> {
        let statistics = self.pass(phi)?;
        let components = &statistics.at;
        let mut information = DMatrix::zeros(self.chart.dimension(), self.chart.dimension());
        for (j, l) in components.factors.iter().enumerate() {
            let mut sums = ComponentSums::new(self.chart, components.d(), true);
            let (first, second) = (&statistics.first[j], &statistics.second[j]);
            sums.add(self.chart, l, &Term::of_complete_rows(l, statistics.counts[j], first, second));
            if let Some(prior) = self.prior {
                sums.add(self.chart, l, &Term::of_prior(prior, components, j));
            }
            let (_, elementary) = sums.score(self.chart, l);
            let own = sums.information(self.chart, l);
            self.add_information(phi, j, &self.chart.tangent(phi, j), (&own, &elementary), &mut information);
        }
        self.add_weights_information(components, &mut information);
        Some(information)
    }

    fn add_weights_information(&self, components: &Components, information: &mut DMatrix<f64>) {
        let pi = &components.weights;
        for j in 1..pi.len() {
            for m in 1..pi.len() {
                let own = if j == m { pi[j] } else { 0.0 };
                information[(Chart::weight(j), Chart::weight(m))] = self.points.total * (own - pi[j] * pi[m]);
            }
        }
    }

    /// Adds the information of component `j` in mean and elementary coordinates, with the curvature of these where its score is `g`.
    fn add_information(
        &self,
        phi: &DVector<f64>,
        j: usize,
        tangent: &Tangent,
        (own, g): (&DMatrix<f64>, &DVector<f64>),
        information: &mut DMatrix<f64>,
    ) {
        self.lift(j, tangent, own, information);
        if let Some(curvature) = self.chart.curvature(phi, j, g) {
            for (p, &row) in tangent.columns.iter().enumerate() {
                for (q, &column) in tangent.columns.iter().enumerate() {
                    information[(row, column)] -= curvature[(p, q)];
                }
            }
        }
    }

    /// Adds a matrix in mean and elementary coordinates of component `j`, taken to the free coordinates.
    pub(super) fn lift(&self, j: usize, tangent: &Tangent, own: &DMatrix<f64>, to: &mut DMatrix<f64>) {
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
            let components = self.chart.components(phi)?;
            let (value, score, information) = self.derivatives(phi, &components, true)?;
            Some((-value, -score, information - self.missing(phi, &components)?))
        };
        found().unwrap_or_else(|| (f64::INFINITY, DVector::zeros(p), DMatrix::zeros(p, p)))
    }

    fn value_gradient(&self, phi: &DVector<f64>) -> (f64, DVector<f64>) {
        let found = || {
            let (value, score, _) = self.derivatives(phi, &self.chart.components(phi)?, false)?;
            Some((-value, -score))
        };
        found().unwrap_or_else(|| (f64::INFINITY, DVector::zeros(self.dimension())))
    }

    fn value(&self, phi: &DVector<f64>) -> f64 {
        self.pass(phi).map_or(f64::INFINITY, |statistics| -self.value_of(&statistics))
    }
}
