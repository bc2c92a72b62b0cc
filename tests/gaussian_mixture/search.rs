//! The search: spurious maxima, collapses, policies, selection, sampling.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use maxlik::{Status, Warning};
use nalgebra::DMatrix;

use crate::data::{faithful, galaxies, iris, two_groups};

#[test]
fn spurious_maxima_are_passed_over_and_named() {
    // Two galaxies close together: the variance of the component would be 1.8e-3.
    let fit = GaussianMixture::new(5).fit(&galaxies()).unwrap();
    let Some(Warning::PassedOver { rows, log_likelihood, .. }) = fit.warnings().first() else { panic!("{fit}") };
    assert_eq!(rows, &[7, 8]);
    assert_relative_eq!(*log_likelihood, -190.071_150_451_6, max_relative = 1e-10);
    assert!(fit.log_likelihood() < *log_likelihood);
    assert!(fit.effective_rows().iter().all(|&rows| rows > 2.5));
}

/// The iris have a maximum whose third component stands on six flowers close to a plane.
#[test]
fn a_spurious_maximum_is_no_answer_where_the_search_begins_at_it() {
    let points = iris();
    let six = [22, 24, 43, 83, 96, 134];
    let groups: [Vec<usize>; 3] = [
        (0..50).filter(|i| !six.contains(i)).collect(),
        (50..150).filter(|i| !six.contains(i)).collect(),
        six.to_vec(),
    ];
    let moments = groups.each_ref().map(|rows| {
        let own = points.select_rows(rows);
        let mean = own.row_mean();
        let centred = DMatrix::from_fn(own.nrows(), 4, |i, a| own[(i, a)] - mean[a]);
        (rows.len() as f64 / 150.0, mean, centred.transpose() * &centred / own.nrows() as f64)
    });
    let means = DMatrix::from_rows(&moments.each_ref().map(|(_, mean, _)| mean.clone()));
    let settings = GaussianMixture::new(3).start_from(
        &moments.each_ref().map(|(weight, _, _)| *weight),
        &means,
        &moments.each_ref().map(|(_, _, covariance)| covariance.clone()),
    );
    let error = settings.fit(&points).unwrap_err();
    let GaussianMixtureError::Spurious { component, rows, fit } = &error else { panic!("{error}") };
    assert_eq!(rows, &six);
    assert!((fit.log_likelihood() + 179.708).abs() < 5e-4);
    let smallest = fit.covariances()[component - 1].clone().symmetric_eigenvalues().min();
    assert!((smallest / 1.8e-7 - 1.0).abs() < 0.05, "{smallest}");
}

#[test]
fn weights_of_any_size_find_the_same_groups() {
    let points = two_groups(400, 12);
    let plain = GaussianMixture::new(2).fit(&points).unwrap();
    let light = GaussianMixture::new(2).weights(&[0.0025; 400]).fit(&points).unwrap();
    assert_relative_eq!(light.means(), plain.means(), max_relative = 1e-9);
    assert_relative_eq!(
        light.std_error("mean[1].x1").unwrap(),
        20.0 * plain.std_error("mean[1].x1").unwrap(),
        max_relative = 1e-7
    );
    // The prior's covariance is that of the rows, whatever they weigh.
    let prior = GaussianMixture::new(2).weights(&[0.0025; 400]).prior(ConjugatePrior::default()).fit(&points).unwrap();
    assert!(prior.termination().is_converged());
}

#[test]
fn the_collapse_of_the_most_promising_start_is_the_error_asked_for() {
    let points = with_equal_rows();
    for seed in 0..20 {
        let outcome = GaussianMixture::new(2).on_collapse(Collapse::Error).seed(seed).fit(&points);
        assert!(matches!(outcome, Err(GaussianMixtureError::Collapsed { .. })), "{seed}");
    }
}

#[test]
fn shapes_in_any_orientation_are_a_start() {
    // Turned by I - 2 v v' with v = (1, 1, 1) / sqrt 3: as axes, a reflection.
    let shape = DMatrix::from_diagonal(&nalgebra::dvector![9.0, 4.0, 1.0]);
    let reflection = DMatrix::identity(3, 3) - DMatrix::repeat(3, 3, 2.0 / 3.0);
    let covariances = [shape.clone(), &reflection * &shape * reflection.transpose()];
    let means = DMatrix::from_row_slice(2, 3, &[0.0, 0.0, 0.0, 12.0, 3.0, -2.0]);
    let half = covariances.each_ref().map(|c| nalgebra::Cholesky::new(c.clone()).unwrap().unpack());
    let mut normal = two_groups(3000, 31).column(0).into_owned();
    normal.apply(|x| *x -= 1.0);
    let points = DMatrix::from_fn(400, 3, |i, a| {
        let z = nalgebra::DVector::from_fn(3, |b, _| normal[3 * i + b] / 1.6);
        means[(i % 2, a)] + (&half[i % 2] * z)[a]
    });
    let mixture = GaussianMixture::new(2).covariance(Covariance::EqualShape);
    let fit = mixture.clone().start_from(&[0.5, 0.5], &means, &covariances).fit(&points).unwrap();
    assert_eq!(fit.starts_that_reached_it(), (1, 1));
    assert_relative_eq!(fit.log_likelihood(), mixture.fit(&points).unwrap().log_likelihood(), max_relative = 1e-10);
}

#[test]
fn a_row_far_away_has_density_zero() {
    let fit = GaussianMixture::new(2).fit(&faithful()).unwrap();
    let far = DMatrix::from_row_slice(2, 2, &[1e200, 80.0, 4.0, 80.0]);
    assert_eq!(fit.ln_density(&far).unwrap()[0], f64::NEG_INFINITY);
    assert_eq!(fit.labels(&far).unwrap(), [None, Some(1)]);
    assert!(fit.responsibilities(&far).unwrap()[(0, 0)].is_nan());
}

#[test]
fn searches_that_did_not_finish_are_named() {
    // Two iterations are too few for most of the searches.
    let mut em = Em::default();
    em.stopping.max_iterations = 2;
    let fit = GaussianMixture::new(5).em(em).fit(&galaxies()).unwrap();
    let unfinished = fit.warnings().iter().find_map(|warning| match warning {
        Warning::Unfinished { searches, log_likelihood } => Some((*searches, *log_likelihood)),
        _ => None,
    });
    let (searches, _) = unfinished.unwrap_or_else(|| panic!("{fit}"));
    assert!(searches > 0);
    assert!(fit.termination().is_converged());
    assert!(fit.starts_that_reached_it().0 >= 1, "the search that is reported has reached it");
}

#[test]
fn a_single_random_start_never_reports_a_spurious_maximum() {
    let points = iris();
    let mut seen = 0;
    for seed in 0..40 {
        let settings = GaussianMixture::new(3).start(StartingPoints::Random).starts(1).continued(1).seed(seed);
        match settings.fit(&points) {
            Ok(fit) => {
                assert!(fit.covariances().iter().all(|c| c.clone().symmetric_eigenvalues().min() > 1e-5));
                seen += usize::from(fit.warnings().iter().any(|warning| warning.code() == "passed-over"));
            }
            Err(GaussianMixtureError::Spurious { rows, fit, .. }) => {
                seen += 1;
                assert!(rows.len() < 10);
                assert!(fit.log_likelihood() < -100.0);
            }
            Err(GaussianMixtureError::Collapsed { rows, .. }) => assert!(rows.len() < 10, "{rows:?}"),
            Err(other) => panic!("{other}"),
        }
    }
    assert!(seen > 0, "no start came to a spurious maximum: nothing was tested");
}

/// Rows of which the first four are the same, far from the others.
fn with_equal_rows() -> DMatrix<f64> {
    let mut points = two_groups(60, 2);
    for i in 0..4 {
        points[(i, 0)] = 40.0;
        points[(i, 1)] = -20.0;
    }
    points
}

#[test]
fn a_collapse_from_every_start_is_an_error_that_names_component_and_rows() {
    let error = GaussianMixture::new(2).fit(&with_equal_rows()).unwrap_err();
    let GaussianMixtureError::Collapsed { component, rows, .. } = &error else { panic!("{error}") };
    assert_eq!((component, rows.as_slice()), (&2, &[0, 1, 2, 3][..]));
}

#[test]
fn each_policy_does_what_it_says() {
    let points = with_equal_rows();
    let policy = |policy| GaussianMixture::new(2).on_collapse(policy).fit(&points);
    assert!(matches!(policy(Collapse::Error), Err(GaussianMixtureError::Collapsed { .. })));

    let dropped = policy(Collapse::Drop).unwrap();
    assert_eq!(dropped.weights().len(), 1);
    assert!(matches!(&dropped.warnings()[0], Warning::Dropped { rows, .. } if rows == &[0, 1, 2, 3]));

    let penalised = policy(Collapse::Penalise).unwrap();
    assert!(matches!(penalised.warnings()[0], Warning::ConjugatePrior { .. }));
    assert_eq!(penalised.effective_rows()[1].round(), 4.0);
    // The log-likelihood is that of the rows alone.
    assert_relative_eq!(penalised.ln_density(&points).unwrap().sum(), penalised.log_likelihood(), max_relative = 1e-12);

    // A tied covariance has nothing to collapse.
    let tied = GaussianMixture::new(2).covariance(Covariance::Tied).fit(&points).unwrap();
    assert_eq!(tied.effective_rows()[1].round(), 4.0);
}

#[test]
fn the_order_is_that_of_the_means() {
    let fit = GaussianMixture::new(3).seed(5).fit(&iris()).unwrap();
    let means = fit.means();
    assert!(means[(0, 0)] < means[(1, 0)] && means[(1, 0)] < means[(2, 0)]);
    assert_relative_eq!(fit.weights()[0], 1.0 / 3.0, max_relative = 1e-6); // setosa
}

#[test]
fn responsibilities_labels_and_densities_are_those_of_the_components() {
    let points = faithful();
    let fit = GaussianMixture::new(2).fit(&points).unwrap();
    let (r, labels) = (fit.responsibilities(&points).unwrap(), fit.labels(&points).unwrap());
    for i in [0, 1, 100] {
        let x = points.row(i).transpose();
        let part = |j: usize| {
            let mean = fit.means().row(j).transpose();
            fit.weights()[j] * crate::data::ln_normal(&x, &mean, &fit.covariances()[j]).exp()
        };
        assert_relative_eq!(r[(i, 1)], part(1) / (part(0) + part(1)), max_relative = 1e-10);
        assert_relative_eq!(fit.ln_density(&points).unwrap()[i], (part(0) + part(1)).ln(), max_relative = 1e-12);
        assert_eq!(labels[i], Some(usize::from(part(1) > part(0))));
    }
    let entropy = -r.iter().map(|r| if *r > 0.0 { r * r.ln() } else { 0.0 }).sum::<f64>();
    assert_relative_eq!(fit.entropy(), entropy, max_relative = 1e-10);
    assert_relative_eq!(fit.icl(), fit.bic() + 2.0 * entropy, max_relative = 1e-14);
    assert_relative_eq!(r.column(0).sum(), fit.effective_rows()[0], max_relative = 1e-12);
}

#[test]
fn a_sample_has_the_moments_of_the_mixture() {
    let fit = GaussianMixture::new(2).fit(&faithful()).unwrap();
    let (rows, components) = fit.sample(20_000, 3);
    let again = GaussianMixture::new(2).fit(&rows).unwrap();
    for name in fit.names() {
        // Of 20000 rows: within four standard errors.
        let gap = (fit.estimate(name).unwrap() - again.estimate(name).unwrap()).abs();
        assert!(gap < 4.0 * again.std_error(name).unwrap(), "{name}");
    }
    assert_eq!(components.len(), 20_000);
}

#[test]
fn the_number_of_components_is_that_of_the_smallest_bic() {
    let selection = GaussianMixture::new(1)
        .select(&faithful(), 1..=4, &[Covariance::Full, Covariance::Tied], Criterion::Bic)
        .unwrap();
    assert_eq!((selection.best().weights().len(), selection.best().covariance_family()), (3, Covariance::Tied)); // as mclust's
    let icl = GaussianMixture::new(1).select(&faithful(), 1..=3, &[Covariance::Full], Criterion::Icl).unwrap();
    assert_eq!(icl.best().weights().len(), 2);
    assert_eq!(selection.candidates().len(), 8);
}

#[test]
fn noise_is_estimated_where_there_is_some() {
    let mut points = two_groups(300, 6);
    // Thirty rows spread over a large box.
    for i in 0..30 {
        points[(i, 0)] = -20.0 + (i * 37 % 41) as f64;
        points[(i, 1)] = -20.0 + (i * 29 % 43) as f64;
    }
    let fit = GaussianMixture::new(2).noise(Noise::BoundingBox).fit(&points).unwrap();
    assert!((fit.noise_weight().unwrap() - 0.1).abs() < 0.04);
    assert!(fit.std_error("weight[noise]").unwrap() > 0.0);
    let sum = fit.weights().iter().sum::<f64>() + fit.noise_weight().unwrap();
    assert_relative_eq!(sum, 1.0, max_relative = 1e-12);
    assert!(fit.labels(&points).unwrap()[..30].iter().filter(|&&label| label == Some(2)).count() > 20);

    let none = GaussianMixture::new(2).noise(Noise::BoundingBox).fit(&faithful()).unwrap();
    assert_eq!(none.noise_weight(), None);
    assert!(matches!(&none.warnings()[0], Warning::AtLimit { name, .. } if name == "weight[noise]"));
    assert_eq!(none.status("weight[1]").unwrap(), Status::Estimated);
}

#[test]
fn without_the_information_the_verdict_is_an_estimate() {
    let fit = GaussianMixture::new(2).information_limit(10).fit(&faithful()).unwrap();
    assert!(!fit.termination().is_converged());
    assert!(matches!(fit.termination(), Termination::Estimated { .. }));
    assert_relative_eq!(fit.log_likelihood(), -1_130.263_960_184_7, max_relative = 1e-10);
    assert!(matches!(fit.std_errors(), Err(InferenceError::InformationNotEvaluated { coefficients: 11 })));
    assert!(fit.missing_information().is_err());
}

#[test]
fn other_units_give_the_same_fit() {
    let points = iris();
    let mut scaled = points.clone();
    for (a, unit) in [1e-6, 1e3, 1.0, 1e6].into_iter().enumerate() {
        scaled.column_mut(a).scale_mut(unit);
    }
    let (fit, other) = (GaussianMixture::new(3).fit(&points).unwrap(), GaussianMixture::new(3).fit(&scaled).unwrap());
    let shift = 150.0 * (1e-6_f64 * 1e3 * 1e6).ln();
    assert_relative_eq!(other.log_likelihood() + shift, fit.log_likelihood(), max_relative = 1e-10);
    let z = |fit: &GaussianMixtureFit, name: &str| fit.estimate(name).unwrap() / fit.std_error(name).unwrap();
    for name in ["mean[2].x1", "covariance[3].x1.x4", "weight[1]"] {
        assert_relative_eq!(z(&fit, name), z(&other, name), max_relative = 1e-7);
    }
}

#[test]
fn an_offset_takes_no_digits() {
    // In steps of 2^-10, so that adding 2^30 is exact.
    let near = two_groups(200, 17).map(|x| (x * 1024.0).round() / 1024.0);
    let offset = 2f64.powi(30);
    let far = near.map(|x| x + offset);
    let (near, far) = (GaussianMixture::new(2).fit(&near).unwrap(), GaussianMixture::new(2).fit(&far).unwrap());
    assert!(far.termination().is_converged());
    assert_relative_eq!(far.log_likelihood(), near.log_likelihood(), max_relative = 1e-12);
    assert_relative_eq!(far.std_errors().unwrap(), near.std_errors().unwrap(), max_relative = 1e-8);
    assert_relative_eq!(far.means()[(1, 0)] - offset, near.means()[(1, 0)], max_relative = 1e-6);
}
