//! What holds for every distribution.
use maxlik_model::Domain;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::case::{Case, Support, counts};
use crate::cases;
use crate::quadrature::{integrate, sum};

/// The median and half the interquartile range of 401 draws: where the mass is.
fn centre_and_width(case: &Case, parameters: &[f64]) -> (f64, f64) {
    let known = (case.known)(parameters);
    let mut rng = StdRng::seed_from_u64(11);
    let mut draws: Vec<f64> = (0..401).map(|_| (known.sample)(&mut rng)).collect();
    if matches!(case.support, Support::ZeroOrPositive) {
        draws.retain(|&x| x > 0.0);
    }
    draws.sort_by(f64::total_cmp);
    let quartile = |i: usize| draws[i * (draws.len() - 1) / 4];
    (quartile(2), 0.5 * (quartile(3) - quartile(1)).max(1e-300))
}

/// The integral over an interval, split at a corner inside.
fn integral(
    case: &Case,
    parameters: &[f64],
    (lower, upper): (f64, f64),
    (centre, width): (f64, f64),
    f: impl Fn(f64) -> Vec<f64>,
) -> Vec<f64> {
    match case.corner.map(|corner| corner(parameters)) {
        Some(corner) if lower < corner && corner < upper => {
            let left = integrate((lower, corner), (corner - width, width), &f);
            let right = integrate((corner, upper), (corner + width, width), &f);
            left.iter().zip(right).map(|(a, b)| a + b).collect()
        }
        _ => integrate((lower, upper), (centre, width), f),
    }
}

/// The expectations of a vector of functions of one observation.
fn expectation(case: &Case, parameters: &[f64], f: impl Fn(f64) -> Vec<f64>) -> Vec<f64> {
    let weighted = |x: f64| {
        let density = (case.ln_density)(x, parameters).exp();
        // Where the density vanishes the functions may be infinite.
        let mut terms = f(x);
        terms.insert(0, 1.0);
        terms.into_iter().map(|term| if density == 0.0 { 0.0 } else { density * term }).collect()
    };
    let (centre, width) = centre_and_width(case, parameters);
    match case.support.interval(parameters) {
        None => sum(centre, weighted),
        Some(interval) => {
            let mut sums = integral(case, parameters, interval, (centre, width), weighted);
            if matches!(case.support, Support::ZeroOrPositive) {
                // The logarithm of a probability there.
                sums.iter_mut().zip(weighted(0.0)).for_each(|(sum, term)| *sum += term);
            }
            sums
        }
    }
}

/// Calls `check` for every distribution at each of its sets of parameters, and fails with all complaints together.
fn for_all(check: impl Fn(&Case, &[f64]) -> Vec<String>) {
    let mut failures = Vec::new();
    for case in cases::all() {
        for parameters in &case.parameters {
            let complaints = check(&case, parameters);
            failures.extend(complaints.into_iter().map(|text| format!("{} {parameters:?}: {text}", case.name)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn total_probability_is_one() {
    for_all(|case, parameters| {
        let total = expectation(case, parameters, |_| Vec::new())[0];
        if (total - 1.0).abs() <= 1e-10 { vec![] } else { vec![format!("total {total}")] }
    });
}

#[test]
fn the_expected_score_is_zero_and_its_variance_the_information() {
    for_all(|case, parameters| {
        let p = parameters.len();
        let terms = expectation(case, parameters, |x| {
            let (_, score, hessian) = (case.derivatives)(x, parameters);
            let mut terms = score.clone();
            for i in 0..p {
                for j in 0..p {
                    terms.extend([score[i] * score[j], hessian[i][j]]);
                }
            }
            terms
        });
        let variance = |i: usize, j: usize| terms[1 + p + 2 * (i * p + j)];
        let hessian = |i: usize, j: usize| terms[1 + p + 2 * (i * p + j) + 1];
        let regular: Vec<usize> = (0..p).filter(|i| !case.irregular.contains(i)).collect();
        let mut failures = Vec::new();
        for &i in &regular {
            let score = terms[1 + i] / variance(i, i).sqrt();
            if score.is_nan() || score.abs() > 1e-8 {
                failures.push(format!("expected score {i}: {score:e} of its standard deviation"));
            }
            for &j in &regular {
                let gap = (variance(i, j) + hessian(i, j)) / (variance(i, i) * variance(j, j)).sqrt();
                if gap.is_nan() || gap.abs() > 1e-8 {
                    failures.push(format!("score variance and information {i} {j} differ by {gap:e}"));
                }
            }
        }
        failures
    });
}

#[test]
fn moments_are_those_of_the_density() {
    for_all(|case, parameters| {
        let known = (case.known)(parameters);
        let mut failures = Vec::new();
        if matches!(case.support, Support::Circle(_)) {
            // The mean is a direction, the variance one minus the length of the mean unit vector.
            let moments = expectation(case, parameters, |x| {
                vec![(x - known.mean).sin(), (x - known.mean).cos(), 1.0 - (x - known.mean).cos()]
            });
            if moments[1].abs() > 1e-10 * moments[2].abs() || moments[2] < 0.0 {
                failures.push(format!("direction {} from the mean", moments[1].atan2(moments[2])));
            }
            if (moments[3] / known.variance - 1.0).abs() > 1e-9 {
                failures.push(format!("circular variance {}, expected {}", moments[3], known.variance));
            }
            return failures;
        }
        if known.mean.is_finite() {
            let mean = expectation(case, parameters, |x| vec![x])[1];
            if (mean / known.mean - 1.0).abs() > 1e-10 && (mean - known.mean).abs() > 1e-10 {
                failures.push(format!("mean {mean}, expected {}", known.mean));
            }
        }
        if known.variance.is_finite() {
            let variance = expectation(case, parameters, |x| vec![(x - known.mean) * (x - known.mean)])[1];
            let error = variance / known.variance - 1.0;
            if error.is_nan() || error.abs() > 1e-9 {
                failures.push(format!("variance {variance}, expected {}", known.variance));
            }
        }
        failures
    });
}

#[test]
fn samples_follow_the_density() {
    // Pearson's chi-squared statistic over 20 cells of the sampled range; each cell's probability by quadrature or summation.
    for_all(|case, parameters| {
        let known = (case.known)(parameters);
        let mut rng = StdRng::seed_from_u64(3);
        let n = 4000;
        let mut draws: Vec<f64> = (0..n).map(|_| (known.sample)(&mut rng)).collect();
        draws.sort_by(f64::total_cmp);
        if draws.iter().any(|x| !x.is_finite()) {
            return vec!["a draw is not finite".into()];
        }
        let mut edges: Vec<f64> = (1..20).map(|i| draws[i * n / 20]).collect();
        edges.dedup();
        let cell = |x: f64| edges.iter().take_while(|&&edge| x > edge).count();
        let probabilities = cell_probabilities(case, parameters, &edges);
        let mut observed = vec![0.0; edges.len() + 1];
        for &x in &draws {
            observed[cell(x)] += 1.0;
        }
        // Cells between sample quantiles hold as many draws each, and it is their probabilities that vary, by as much as counts in
        // fixed cells do: the statistic is about chi-squared all the same.
        let statistic: f64 = observed
            .iter()
            .zip(&probabilities)
            // A last cell that nearly nothing falls in says nothing; one that much falls in unexpectedly says all.
            .filter(|(o, p)| **o > 5.0 || **p * n as f64 > 1.0)
            .map(|(o, p)| (o - n as f64 * p).powi(2) / (n as f64 * p))
            .sum();
        // The 0.9999 quantile of chi-squared with 19 degrees of freedom is 50.8.
        if statistic < 50.8 { vec![] } else { vec![format!("chi-squared {statistic}")] }
    });
}

/// The probabilities of the cells between edges, upper edges included.
fn cell_probabilities(case: &Case, parameters: &[f64], edges: &[f64]) -> Vec<f64> {
    match case.support.interval(parameters) {
        None => {
            let cells = edges.len() + 1;
            let terms = expectation(case, parameters, |k| {
                let cell = edges.iter().take_while(|&&edge| k > edge).count();
                (0..cells).map(|c| f64::from(u8::from(c == cell))).collect()
            });
            terms[1..].to_vec()
        }
        Some((lower, upper)) => {
            let (_, width) = centre_and_width(case, parameters);
            let mut bounds = vec![lower];
            bounds.extend(edges);
            bounds.push(upper);
            let density = |x: f64| vec![(case.ln_density)(x, parameters).exp()];
            let first = if matches!(case.support, Support::ZeroOrPositive) { density(0.0)[0] } else { 0.0 };
            bounds
                .windows(2)
                .enumerate()
                .map(|(i, w)| {
                    let below = if i == 0 { first } else { 0.0 };
                    if w[0] == w[1] {
                        return below;
                    }
                    let centre = match (w[0].is_finite(), w[1].is_finite()) {
                        (true, true) => 0.5 * (w[0] + w[1]),
                        (true, false) => w[0] + width,
                        (false, _) => w[1] - width,
                    };
                    below + integral(case, parameters, (w[0], w[1]), (centre, width), density)[0]
                })
                .collect()
        }
    }
}

#[test]
fn estimates_in_closed_form_are_maxima_or_have_the_moments() {
    for_all(|case, parameters| {
        let known = (case.known)(parameters);
        let mut rng = StdRng::seed_from_u64(5);
        let draws: Vec<f64> = (0..300).map(|_| (known.sample)(&mut rng)).collect();
        let mut failures = Vec::new();
        if let Some(estimate) = case.maximum_likelihood {
            let estimate = estimate(&draws);
            let mut scores = vec![0.0; estimate.len()];
            let mut sizes = vec![0.0; estimate.len()];
            for &x in &draws {
                for (i, s) in (case.derivatives)(x, &estimate).1.into_iter().enumerate() {
                    scores[i] += s;
                    sizes[i] += s.abs();
                }
            }
            for i in (0..estimate.len()).filter(|i| !case.irregular.contains(i)) {
                if scores[i].is_nan() || scores[i].abs() > 1e-9 * sizes[i] {
                    failures.push(format!("score {i} is {:e} at the maximum {estimate:?}", scores[i]));
                }
            }
        }
        if let Some(estimate) = case.method_of_moments {
            let fitted = (case.known)(&estimate(&draws));
            let mean = draws.iter().sum::<f64>() / 300.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 300.0;
            for (what, found, expected) in [("mean", fitted.mean, mean), ("variance", fitted.variance, variance)] {
                if (found - expected).abs() > 1e-9 * (expected.abs() + variance.sqrt()) {
                    failures.push(format!("{what} {found} of the estimate, {expected} of the observations"));
                }
            }
        }
        failures
    });
}

/// A number whose logarithm is uniform between those of 1e-300 and 1e300.
fn any_size(rng: &mut StdRng) -> f64 {
    10_f64.powf(rng.random_range(-300.0..300.0))
}

/// A parameter anywhere in its domain.
fn any_parameter(domain: Domain, rng: &mut StdRng) -> f64 {
    let sign = if rng.random() { 1.0 } else { -1.0 };
    // Every other parameter is of moderate size, so that moderate ones meet extreme ones.
    let size = if rng.random() { any_size(rng) } else { 10_f64.powf(rng.random_range(-2.0..2.0)) };
    match domain {
        Domain::Real => sign * size,
        Domain::Positive => size,
        Domain::Probability | Domain::Simplex => {
            let p = size.min(1.0 / size).min(0.5);
            if sign > 0.0 { p } else { (1.0 - p).min(1.0 - f64::EPSILON / 2.0) }
        }
        Domain::Between { lower, upper } => match (lower.is_finite(), upper.is_finite()) {
            (true, true) => (lower + (upper - lower) * rng.random::<f64>()).clamp(lower, upper),
            (true, false) => lower + size,
            (false, true) => upper - size,
            (false, false) => sign * size,
        },
    }
}

#[test]
fn no_density_is_nan_or_infinite_in_its_parameter_domain() {
    let mut failures = Vec::new();
    for case in cases::all() {
        let mut rng = StdRng::seed_from_u64(17);
        let mut count = 0;
        for _ in 0..20_000 {
            let parameters: Vec<f64> = case.domains.iter().map(|&domain| any_parameter(domain, &mut rng)).collect();
            let size = if rng.random() { any_size(&mut rng) } else { 10_f64.powf(rng.random_range(-2.0..2.0)) };
            let x = match case.support {
                Support::Counts => [0.0, 1.0, size.min(1e15).floor(), 1e15][rng.random_range(0..4)],
                _ => [0.0, size, -size, parameters[0], parameters[0] * (1.0 + 1e-3 * size.min(1.0))]
                    [rng.random_range(0..5)],
            };
            if !x.is_finite() || !(case.is_known)(&parameters) {
                continue;
            }
            let mut found = vec![("density", (case.ln_density)(x, &parameters))];
            if let Some(tails) = case.tails {
                let (cdf, sf) = tails(x, &parameters);
                found.extend([("cdf", cdf), ("sf", sf)]);
                let above = |value: f64| value > 1e-14;
                if above(cdf) || above(sf) {
                    failures.push(format!("{} at {x:e} {parameters:?}: a probability above one", case.name));
                }
            }
            // Infinite at most at an end of the support, as a gamma density with a shape below 1 at 0; a probability never.
            let density = found[0].1;
            let is_end = case.support.interval(&parameters).is_some_and(|(lower, upper)| x == lower || x == upper);
            let is_too_large = match case.support {
                Support::Counts => density > 1e-14,
                _ => density == f64::INFINITY && !is_end,
            };
            if is_too_large {
                failures.push(format!("{} at {x:e} {parameters:?}: log-density {density:e}", case.name));
            }
            for (what, value) in found {
                if value.is_nan() {
                    count += 1;
                    if count <= 5 {
                        failures.push(format!("{} at {x:e} {parameters:?}: the {what} is NaN", case.name));
                    }
                }
            }
        }
        if count > 5 {
            failures.push(format!("{}: {count} NaN in all", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn outside_the_support_the_log_density_is_minus_infinity() {
    for_all(|case, parameters| {
        if matches!(case.support, Support::Circle(_)) {
            return vec![];
        }
        let Some((lower, upper)) = case.support.interval(parameters) else { return vec![] };
        let width = (upper - lower).min(1.0);
        let outside = [
            lower - width,
            lower - 1e-3 * width,
            upper + 1e-3 * width,
            upper + width,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        let wrong = |x: &f64| x.is_finite() && (case.ln_density)(*x, parameters) != f64::NEG_INFINITY;
        outside.iter().filter(|x| wrong(x)).map(|x| format!("not impossible at {x}")).collect()
    });
}

#[test]
fn parameters_outside_their_domain_give_nan_and_an_error_for_the_distribution() {
    for_all(|case, parameters| {
        let x = centre_and_width(case, parameters).0;
        let mut failures = Vec::new();
        // A number of trials is a count: it has no value outside its domain.
        let trials = |i: &usize| matches!(case.support, Support::Counts) && case.irregular.contains(i);
        for (i, domain) in case.domains.iter().enumerate().filter(|(i, _)| !trials(i)) {
            let outside = match *domain {
                Domain::Real => vec![f64::NAN],
                Domain::Positive => vec![f64::NAN, -1.5, 0.0],
                Domain::Probability | Domain::Simplex => vec![f64::NAN, -0.5, 1.5],
                Domain::Between { lower, upper } => vec![f64::NAN, lower - 0.5, upper + 0.5],
            };
            for value in outside.into_iter().filter(|v| !v.is_infinite()) {
                let mut wrong = parameters.to_vec();
                wrong[i] = value;
                let density = (case.ln_density)(x, &wrong);
                if !density.is_nan() {
                    failures.push(format!("density {density} where parameter {i} is {value}"));
                }
            }
        }
        failures
    });
}

#[test]
fn tails_add_up_to_one_and_their_slope_is_the_density() {
    for_all(|case, parameters| {
        let Some(tails) = case.tails else { return vec![] };
        let known = (case.known)(parameters);
        let mut rng = StdRng::seed_from_u64(23);
        let mut failures = Vec::new();
        for _ in 0..20 {
            let x = (known.sample)(&mut rng);
            let (cdf, sf) = tails(x, parameters);
            let total = cdf.exp() + sf.exp();
            if total.is_nan() || (total - 1.0).abs() > 1e-13 {
                failures.push(format!("cdf and sf add up to {total} at {x}"));
            }
            let expected = match case.support {
                Support::Counts => counts(&[x])
                    .iter()
                    .map(|&k| (0..=k).map(|j| (case.ln_density)(j as f64, parameters).exp()).sum::<f64>())
                    .sum::<f64>(),
                _ => continue,
            };
            if (cdf.exp() - expected).abs() > 1e-12 {
                failures.push(format!("cdf {} at {x}, sum of probabilities {expected}", cdf.exp()));
            }
        }
        if let Support::Interval(support) = case.support {
            let (lower, upper) = support(parameters);
            let (centre, width) = centre_and_width(case, parameters);
            let density = |x: f64| vec![(case.ln_density)(x, parameters).exp()];
            for x in [centre - width, centre, centre + 2.0 * width].into_iter().filter(|x| lower < *x && *x < upper) {
                let inner = if lower.is_finite() { 0.5 * (lower + x) } else { x - width };
                let mass = integral(case, parameters, (lower, x), (inner, width), density)[0];
                let cdf = tails(x, parameters).0.exp();
                if (mass - cdf).abs() > 1e-10 {
                    failures.push(format!("cdf {cdf} at {x}, integral of the density {mass}"));
                }
            }
        }
        failures
    });
}
