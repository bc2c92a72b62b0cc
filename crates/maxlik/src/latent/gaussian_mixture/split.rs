//! A component that has come to nothing is put to use elsewhere.
use nalgebra::{Cholesky, DMatrix};

use super::components::Components;
use super::statistics::Axes;

/// The halves of a component stand so many standard deviations to each side of its mean, along its longest axis; there the variance is
/// smaller by the square of that, so that mean and covariance of both together are those of the whole.
const APART: f64 = 0.7;

/// The components without number `lost`, and in its place half of another one: of that with the greatest weight for `choice` 0, the next
/// one for 1, and so on in turn.
pub(crate) fn split(components: &Components, lost: usize, choice: usize) -> Components {
    let mut others: Vec<usize> = (0..components.k()).filter(|&j| j != lost).collect();
    others.sort_by(|&a, &b| components.weights[b].total_cmp(&components.weights[a]));
    let whole = others[choice % others.len()];
    let covariance = components.covariance(whole);
    let axes = Axes::new(covariance.clone());
    let offset = axes.directions.column(0) * (APART * axes.squares[0].sqrt());
    let half: DMatrix<f64> = covariance - &offset * offset.transpose();
    let factor = Cholesky::new(half).map_or_else(|| components.factors[whole].clone(), Cholesky::unpack);
    let mut next = components.clone();
    let weight = 0.5 * (components.weights[whole] + components.weights[lost]);
    for (j, sign) in [(whole, 1.0), (lost, -1.0)] {
        next.weights[j] = weight;
        next.means[j] = &components.means[whole] + &offset * sign;
        next.factors[j] = factor.clone();
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{dmatrix, dvector};

    #[test]
    fn both_halves_have_the_moments_of_the_whole() {
        let covariances =
            vec![dmatrix![4.0, 1.0; 1.0, 2.0], dmatrix![1e-9, 0.0; 0.0, 1.0], dmatrix![1.0, 0.0; 0.0, 1.0]];
        let means = vec![dvector![1.0, 2.0], dvector![0.0, 0.0], dvector![5.0, 5.0]];
        let components = Components::new(vec![0.6, 0.1, 0.3], means, covariances.clone(), &[1e-3; 2]);
        let components = components.unwrap();
        let next = split(&components, 1, 0);
        assert_relative_eq!(next.weights[0] + next.weights[1], 0.7, max_relative = 1e-15);
        assert_relative_eq!((&next.means[0] + &next.means[1]) * 0.5, components.means[0], max_relative = 1e-14);
        let apart = (&next.means[0] - &next.means[1]) * 0.5;
        assert_relative_eq!(next.covariance(0) + &apart * apart.transpose(), covariances[0], max_relative = 1e-14);
        assert_eq!(split(&components, 1, 1).means[0], components.means[0], "the next one");
        assert_eq!(next.means[2], components.means[2]);
    }
}
