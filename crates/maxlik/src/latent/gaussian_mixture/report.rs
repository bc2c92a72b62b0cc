//! From the end of a search to the fit: the coefficients on their natural scale, with their derivatives by the free ones.
use maxlik_model::Domain;
use nalgebra::{DMatrix, DVector};

use super::Covariance;
use super::chart::{Chart, Tangent};
use super::fit::{GaussianMixtureFit, Tally};
use super::objective::MixtureObjective;
use super::pass::sum_of_blocks;
use super::search::{Ended, Search};
use crate::fit::{Reported, ReportedCoefficient};
use crate::{Fit, InferenceError, MissingInformation, Status, Warning};

/// Where more than this of the information on some direction is missing, what is left is near what rounding leaves.
const NOTHING_LEFT: f64 = 1.0 - 1e-6;

/// The fit.
pub(crate) fn fit(
    search: &Search<'_>,
    ended: Ended,
    names: Vec<String>,
    mut warnings: Vec<Warning>,
    tally: Tally,
) -> GaussianMixtureFit {
    let Ended { components, chart, mut report, counts, log_likelihood, .. } = ended;
    let objective = MixtureObjective {
        points: search.points,
        chart: &chart,
        prior: search.prior.as_ref(),
        ln_sides: &search.ln_sides,
    };
    let free = chart.dimension();
    let evaluated = !report.hessian.is_empty();
    let missing_information = if evaluated {
        let complete =
            objective.complete_information(&report.x).unwrap_or_else(|| DMatrix::repeat(free, free, f64::NAN));
        MissingInformation::new(&complete, &report.hessian)
    } else {
        Err(InferenceError::InformationNotEvaluated { coefficients: free })
    };
    let family = search.settings.covariance;
    let order = components.order();
    let (coefficients, jacobian) =
        coefficients(&components, &chart, &report.x, (family, evaluated), &search.points.center, &order, &names);
    let entropy = sum_of_blocks(search.points, &components, &search.ln_sides, |block| {
        let own = |i: usize| block.r_of_row(i).filter(|&r| r > 0.0).map(|r| -r * r.ln()).sum::<f64>();
        block.rows.iter().enumerate().map(|(i, &row)| search.points.weight(row) * own(i)).sum()
    });
    if let Ok(missing) = &missing_information
        && missing.rate() > NOTHING_LEFT
    {
        warnings.push(Warning::NearlyAllMissing { fraction: missing.rate() });
    }
    // The prior is not part of the likelihood that is reported.
    report.value = -log_likelihood;
    let n_obs = search.points.n();
    let reported = Reported {
        coefficients,
        dof: free,
        jacobian,
        on_bound: Vec::new(),
        least_information: 0.0,
        parameters: Vec::new(),
        n_obs,
        warnings,
    };
    let noise = counts[components.k()..].first().copied();
    GaussianMixtureFit {
        fit: Fit::reported(report, reported),
        counts: order.iter().map(|&j| counts[j]).chain(noise).collect(),
        components: components.ordered(&order).moved(&search.points.center),
        family,
        names,
        entropy: entropy.expect("bug: a fit with a degenerate component"),
        missing_information,
        ln_sides: search.ln_sides.clone(),
        missing: search.settings.missing,
        tally,
    }
}

/// The coefficients on their natural scale, and their derivatives.
fn coefficients(
    components: &super::components::Components,
    chart: &Chart,
    phi: &DVector<f64>,
    (family, with_slopes): (Covariance, bool),
    center: &[f64],
    order: &[usize],
    names: &[String],
) -> (Vec<ReportedCoefficient>, Option<DMatrix<f64>>) {
    let d = components.d();
    let free = chart.dimension();
    let mut rows = Rows { coefficients: Vec::new(), slopes: with_slopes.then(Vec::new) };
    // Mixing weights.
    let pi = &components.weights;
    if pi.len() > 1 {
        let noise = components.has_noise().then_some(components.k());
        for (rank, j) in order.iter().copied().chain(noise).enumerate() {
            let name = if j < components.k() { format!("weight[{}]", rank + 1) } else { "weight[noise]".into() };
            rows.push(name, pi[j], Domain::Probability, || {
                let mut slope = DVector::zeros(free);
                for m in 1..pi.len() {
                    slope[Chart::weight(m)] = pi[j] * (if j == m { 1.0 } else { 0.0 } - pi[m]);
                }
                slope
            });
        }
    }
    // Means.
    for (rank, &j) in order.iter().enumerate() {
        for a in 0..d {
            rows.push(
                format!("mean[{}].{}", rank + 1, names[a]),
                components.means[j][a] + center[a],
                Domain::Real,
                || {
                    let mut slope = DVector::zeros(free);
                    slope[chart.mean(j).start + a] = 1.0;
                    slope
                },
            );
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
            rows.push(format!("variance{index}"), sigma[(0, 0)], Domain::Positive, || slope(0, 0));
            continue;
        }
        for a in 0..d {
            rows.push(format!("variance{index}.{}", names[a]), sigma[(a, a)], Domain::Positive, || slope(a, a));
        }
        if !family.is_diagonal() {
            for a in 0..d {
                for b in a + 1..d {
                    let name = format!("covariance{index}.{}.{}", names[a], names[b]);
                    rows.push(name, sigma[(b, a)], Domain::Real, || slope(b, a));
                }
            }
        }
    }
    let jacobian = rows.slopes.map(|slopes| DMatrix::from_fn(slopes.len(), free, |i, j| slopes[i][j]));
    (rows.coefficients, jacobian)
}

struct Rows {
    coefficients: Vec<ReportedCoefficient>,
    slopes: Option<Vec<DVector<f64>>>,
}

impl Rows {
    fn push(&mut self, name: String, estimate: f64, domain: Domain, slope: impl FnOnce() -> DVector<f64>) {
        self.coefficients.push(ReportedCoefficient { name, estimate, domain, status: Status::Estimated });
        if let Some(slopes) = &mut self.slopes {
            slopes.push(slope());
        }
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
