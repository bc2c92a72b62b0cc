//! W7: fifty iterations of EM for a Gaussian mixture from a given start.
use maxlik::optimizer::Stopping;
use maxlik::prelude::*;
use nalgebra::DMatrix;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

const ITERATIONS: usize = 50;

/// Plain EM: no extrapolation, no step of Newton's method, and no other reason to stop than the number of iterations, but for one: on the
/// data set in files EM stands still to rounding after 45, and the library does not go on. `seconds_of_50` is the time that 50 of these take.
/// A search that was told to stop so early is one that has not converged: the error owns the fit as far as it came.
pub(crate) fn fifty_iterations(data: &DataSet) -> Measured {
    let points = data.matrix("X");
    let stopping = Stopping { tolerance: 0.0, max_iterations: ITERATIONS, ..Stopping::default() };
    let em = Em { stopping, acceleration: false, newton_from: 0.0, ..Em::default() };
    let mixture = GaussianMixture::new(data.vector("w0").len())
        .start_from(data.vector("w0"), &data.matrix("mu0"), &data.symmetric_matrices("cov0"))
        .information_limit(0)
        .em(em);
    let fit = || match mixture.fit(&points) {
        Ok(fit) => fit,
        Err(GaussianMixtureError::NotConverged(fit)) => *fit,
        Err(error) => panic!("{error}"),
    };
    let outcome = |fit: &GaussianMixtureFit| {
        let (weights, means, covariances) = (fit.weights(), fit.means().transpose(), fit.covariances());
        let coefficients = weights.iter().chain(means.iter()).copied();
        Outcome {
            log_likelihood: fit.log_likelihood(),
            coefficients: coefficients.chain(covariances.iter().flat_map(DMatrix::iter).copied()).collect(),
            iterations: fit.trace().iter().filter(|line| line.step.is_some()).count(),
            evaluations: fit.evaluations(),
        }
    };
    let mut measured = measure(points.nrows(), fit, outcome);
    let all = measured.median() * ITERATIONS as f64 / measured.outcome.iterations as f64;
    measured.extra.insert("seconds_of_50".into(), all.into());
    measured
}

/// Weights, means (`k x d` by rows) and covariances of a reference in the order in which the library has components: by their means in
/// the first column.
pub(crate) fn in_order(reference: &[f64], k: usize, d: usize) -> Vec<f64> {
    let (weights, rest) = reference.split_at(k);
    let (means, covariances) = rest.split_at(k * d);
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| means[a * d].total_cmp(&means[b * d]));
    let part = |values: &[f64], size: usize| -> Vec<f64> {
        order.iter().flat_map(|&j| values[j * size..][..size].to_vec()).collect()
    };
    [part(weights, 1), part(means, d), part(covariances, d * d)].concat()
}
