//! The E-step and the M-step of a Gaussian mixture, for the library's EM driver.
use std::cell::Cell;

use maxlik_optimizer::ExpectationMaximization;
use nalgebra::{DMatrix, DVector};

use super::Covariance;
use super::components::{Components, Degenerate};
use super::objective::MixtureObjective;
use super::statistics::Statistics;

/// The steps in the free coordinates.
pub(crate) struct Steps<'s, 'a> {
    pub(crate) objective: &'s MixtureObjective<'a>,
    pub(crate) family: Covariance,
    /// The component that was degenerate in the last M-step that failed, and where its E-step was made.
    pub(crate) degenerate: Cell<Option<(Degenerate, Components)>>,
}

impl<'s, 'a> Steps<'s, 'a> {
    pub(crate) fn new(objective: &'s MixtureObjective<'a>, family: Covariance) -> Self {
        Self { objective, family, degenerate: Cell::new(None) }
    }
}

impl ExpectationMaximization for Steps<'_, '_> {
    /// None at an impossible point.
    type Statistics = Option<Statistics>;

    fn e_step(&self, phi: &DVector<f64>) -> (f64, Option<Statistics>) {
        match self.objective.pass(phi) {
            Some(statistics) => (self.objective.value_of(&statistics), Some(statistics)),
            None => (f64::NEG_INFINITY, None),
        }
    }

    fn m_step(&self, statistics: &Option<Statistics>) -> DVector<f64> {
        let nowhere = || DVector::repeat(self.objective.chart.dimension(), f64::NAN);
        let Some(statistics) = statistics else { return nowhere() };
        match statistics.maximise(self.family, self.objective.prior, &self.objective.points.spread) {
            Ok(components) => self.objective.chart.to_free(&components),
            Err(degenerate) => {
                self.degenerate.set(Some((degenerate, statistics.at.clone())));
                nowhere()
            }
        }
    }

    fn q_gradient(&self, phi: &DVector<f64>, statistics: &Option<Statistics>) -> DVector<f64> {
        let chart = self.objective.chart;
        let found = statistics.as_ref().zip(chart.components(phi));
        let Some((statistics, components)) = found else { return DVector::repeat(phi.len(), f64::NAN) };
        let mut gradient = DVector::zeros(phi.len());
        let total: f64 = statistics.counts.iter().sum();
        for j in 1..components.weights.len() {
            gradient[super::chart::Chart::weight(j)] = statistics.counts[j] - total * components.weights[j];
        }
        for j in 0..components.k() {
            let (mean, elementary) = self.component_gradient(statistics, &components, j);
            gradient.rows_mut(chart.mean(j).start, mean.len()).copy_from(&mean);
            chart.tangent(phi, j).add_to(&elementary, &mut gradient);
        }
        gradient
    }
}

impl Steps<'_, '_> {
    /// The gradient of `Q` in mean and elementary coordinates: in `z = L^-1 (x - mu)` with sums `m` and `M`, it is `L^-T m`, and
    /// `L^-T (M - n I)` in `L`.
    fn component_gradient(&self, from: &Statistics, to: &Components, j: usize) -> (DVector<f64>, DVector<f64>) {
        let (l, mut count) = (&to.factors[j], from.counts[j]);
        let shift = &to.means[j] - &from.at.means[j];
        let mut first = &from.first[j] - &shift * from.counts[j];
        let cross = &from.first[j] * shift.transpose();
        let mut second = &from.second[j] - &cross - cross.transpose() + &shift * shift.transpose() * from.counts[j];
        if let Some(prior) = self.objective.prior {
            let p = &prior.mean - &to.means[j];
            second += &p * p.transpose() * prior.shrinkage + prior.scatter();
            first += p * prior.shrinkage;
            count += prior.count();
        }
        let solve = |v: &DMatrix<f64>| l.solve_lower_triangular(v).expect("bug: a Cholesky factor with a zero");
        let transposed = |v: &DMatrix<f64>| l.tr_solve_lower_triangular(v).expect("bug: a Cholesky factor with a zero");
        let standardized = solve(&solve(&second).transpose());
        let d = first.len();
        let slopes = transposed(&(standardized - DMatrix::identity(d, d) * count));
        let mean = transposed(&solve(&DMatrix::from_column_slice(d, 1, first.as_slice())));
        let scaled = |&(a, b): &(usize, usize)| slopes[(a, b)] * if a == b { l[(a, a)] } else { 1.0 };
        let entries = &self.objective.chart.entries;
        (mean.column(0).into_owned(), DVector::from_iterator(entries.len(), entries.iter().map(scaled)))
    }
}
