//! From the end of a search to the fit: the coefficients on their natural scale, with their derivatives by the free ones.
use maxlik_model::Domain;
use nalgebra::{DMatrix, DVector};

use super::Covariance;
use super::chart::{Chart, Tangent};
use super::fit::{GaussianMixtureFit, Tally};
use super::objective::MixtureObjective;
use super::pass::for_each_block;
use super::search::{Ended, Search};
use crate::fit::{Reported, ReportedCoefficient};
use crate::{Fit, Status, Warning};

/// The fit.
pub(crate) fn fit(
    search: &Search<'_>,
    ended: Ended,
    names: Vec<String>,
    warnings: Vec<Warning>,
    tally: Tally,
) -> GaussianMixtureFit {
    let Ended { components, chart, mut report, counts, log_likelihood, .. } = ended;
    let objective = MixtureObjective {
        points: search.points,
        chart: &chart,
        prior: search.prior.as_ref(),
        ln_noise: search.ln_noise,
    };
    let free = report.hessian.nrows();
    let complete = objective.complete_information(&report.x).unwrap_or_else(|| DMatrix::repeat(free, free, f64::NAN));
    let family = search.settings.covariance;
    let order = components.order();
    let (coefficients, jacobian) = coefficients(&components, &chart, &report.x, family, &order, &names);
    let mut entropy = 0.0;
    for_each_block(search.points, &components, search.ln_noise, |_, _, block| {
        for (i, &row) in block.rows.iter().enumerate() {
            let own = block.r.row(i).iter().filter(|&&r| r > 0.0).map(|r| r * r.ln()).sum::<f64>();
            entropy -= search.points.weight(row) * own;
        }
    });
    // The prior is not part of the likelihood that is reported.
    report.value = -log_likelihood;
    let observed = report.hessian.clone();
    let reported = Reported { coefficients, jacobian, parameters: Vec::new(), n_obs: search.points.n(), warnings };
    let noise = counts[components.k()..].first().copied();
    GaussianMixtureFit {
        fit: Fit::reported(report, reported),
        counts: order.iter().map(|&j| counts[j]).chain(noise).collect(),
        components: components.ordered(&order),
        order,
        family,
        names,
        entropy,
        complete,
        observed,
        ln_noise: search.ln_noise,
        missing: search.settings.missing,
        tally,
    }
}

/// The coefficients on their natural scale, and their derivatives.
fn coefficients(
    components: &super::components::Components,
    chart: &Chart,
    phi: &DVector<f64>,
    family: Covariance,
    order: &[usize],
    names: &[String],
) -> (Vec<ReportedCoefficient>, DMatrix<f64>) {
    let d = components.d();
    let mut rows = Rows { coefficients: Vec::new(), slopes: Vec::new() };
    let zero = || DVector::<f64>::zeros(chart.dimension());
    // Mixing weights.
    let pi = &components.weights;
    if pi.len() > 1 {
        let noise = components.has_noise().then_some(components.k());
        for (rank, j) in order.iter().copied().chain(noise).enumerate() {
            let name = if j < components.k() { format!("weight[{}]", rank + 1) } else { "weight[noise]".into() };
            let mut slope = zero();
            for m in 1..pi.len() {
                slope[Chart::weight(m)] = pi[j] * (if j == m { 1.0 } else { 0.0 } - pi[m]);
            }
            rows.push(name, pi[j], Domain::Probability, slope);
        }
    }
    // Means.
    for (rank, &j) in order.iter().enumerate() {
        for a in 0..d {
            let mut slope = zero();
            slope[chart.mean(j).start + a] = 1.0;
            rows.push(format!("mean[{}].{}", rank + 1, names[a]), components.means[j][a], Domain::Real, slope);
        }
    }
    // Variances and covariances.
    let different = if family.is_tied() { &order[..1] } else { order };
    for (rank, &j) in different.iter().enumerate() {
        let index = if family.is_tied() { String::new() } else { format!("[{}]", rank + 1) };
        let (l, tangent) = (&components.factors[j], chart.tangent(phi, j));
        let sigma = components.covariance(j);
        let slope = |a: usize, b: usize| covariance_slope(chart, l, &tangent, (a, b));
        if matches!(family, Covariance::Spherical | Covariance::TiedSpherical) {
            rows.push(format!("variance{index}"), sigma[(0, 0)], Domain::Positive, slope(0, 0));
            continue;
        }
        for a in 0..d {
            rows.push(format!("variance{index}.{}", names[a]), sigma[(a, a)], Domain::Positive, slope(a, a));
        }
        if !family.is_diagonal() {
            for a in 0..d {
                for b in a + 1..d {
                    let name = format!("covariance{index}.{}.{}", names[a], names[b]);
                    rows.push(name, sigma[(b, a)], Domain::Real, slope(b, a));
                }
            }
        }
    }
    let jacobian = DMatrix::from_fn(rows.slopes.len(), chart.dimension(), |i, j| rows.slopes[i][j]);
    (rows.coefficients, jacobian)
}

struct Rows {
    coefficients: Vec<ReportedCoefficient>,
    slopes: Vec<DVector<f64>>,
}

impl Rows {
    fn push(&mut self, name: String, estimate: f64, domain: Domain, slope: DVector<f64>) {
        self.coefficients.push(ReportedCoefficient { name, estimate, domain, status: Status::Estimated });
        self.slopes.push(slope);
    }
}

/// The derivatives of `Sigma_ab` by the free coordinates: `dSigma = dL L' + L dL'`.
fn covariance_slope(chart: &Chart, l: &DMatrix<f64>, tangent: &Tangent, (a, b): (usize, usize)) -> DVector<f64> {
    let entry = |&(row, column): &(usize, usize)| {
        let by_l = if row == a { l[(b, column)] } else { 0.0 } + if row == b { l[(a, column)] } else { 0.0 };
        if row == column { by_l * l[(row, row)] } else { by_l }
    };
    let elementary = DVector::from_iterator(chart.entries.len(), chart.entries.iter().map(entry));
    let mut slope = DVector::zeros(chart.dimension());
    tangent.add_to(&elementary, &mut slope);
    slope
}
