//! The step of a trust-region method.
use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::{Curvature, Decrement};

/// A quadratic model `m(s) = g's + s'Hs/2` with its eigenvectors, for a Hessian scaled to a diagonal of +-1 or 0.
///
/// Notation of Moré & Sorensen: `H = Q diag(lambda) Q'`, and the step is `s = -(H + mu I)^-1 g` with `mu >= 0`.
#[derive(Clone)]
pub(crate) struct QuadraticModel {
    eigenvalues: DVector<f64>,
    eigenvectors: DMatrix<f64>,
    /// `Q' g`
    gradient: DVector<f64>,
}

impl QuadraticModel {
    pub(crate) fn new(gradient: &DVector<f64>, hessian: DMatrix<f64>) -> Self {
        let eigen = SymmetricEigen::new(hessian);
        let gradient = eigen.eigenvectors.tr_mul(gradient);
        Self { eigenvalues: eigen.eigenvalues, eigenvectors: eigen.eigenvectors, gradient }
    }

    /// What of an eigenvalue is rounding: `n 1e-14` of the largest.
    fn rounding(&self) -> f64 {
        (1e-14 * self.eigenvalues.len() as f64 * self.eigenvalues.amax()).max(f64::MIN_POSITIVE)
    }

    /// The Newton decrement. In a direction without curvature a gradient above rounding counts as far from convergence: its
    /// curvature is taken as the rounding of the others.
    pub(crate) fn decrement(&self) -> Decrement {
        let rounding = self.rounding();
        let smallest = self.eigenvalues.min();
        if smallest < -rounding {
            return Decrement::INDEFINITE;
        }
        let terms = self
            .gradient
            .iter()
            .zip(&self.eigenvalues)
            .map(|(g, l)| if *g == 0.0 { 0.0 } else { g * g / l.max(rounding) });
        let curvature = if smallest > rounding { Curvature::PositiveDefinite } else { Curvature::Singular };
        Decrement { value: terms.sum(), curvature }
    }

    /// Minimises the model within `|s| <= radius`.
    ///
    /// # References
    /// Moré & Sorensen, "Computing a trust region step" (1983), sections 2 and 3; with the eigenvalues at hand the secular
    /// equation `1/|s(mu)| = 1/radius` is solved by their Newton iteration (3.11) without factorizations.
    pub(crate) fn minimize_within(&self, radius: f64) -> DVector<f64> {
        let rounding = self.rounding();
        let smallest = self.eigenvalues.min();

        // Interior: a positive definite Hessian whose Newton step fits.
        if smallest > rounding {
            let newton = self.coordinates(0.0, rounding);
            if newton.norm() <= radius {
                return &self.eigenvectors * newton;
            }
        }

        // Boundary: find mu > max(0, -smallest) with |s(mu)| = radius, unless even the longest such step is inside.
        let lower = if smallest < -rounding { -smallest } else { 0.0 };
        let mut longest = self.coordinates(lower, rounding);
        if longest.norm() <= radius {
            if lower > 0.0 {
                // Hard case: no gradient along the lowest eigenvector, which makes up the length.
                let lowest = self.eigenvalues.imin();
                let rest = (radius * radius - longest.norm_squared()).sqrt();
                longest[lowest] += if self.gradient[lowest] > 0.0 { -rest } else { rest };
            }
            return &self.eigenvectors * longest;
        }
        let (mut low, mut high) = (lower, lower + self.gradient.norm() / radius + rounding);
        let mut mu = high;
        for _ in 0..100 {
            let step = self.coordinates(mu, rounding);
            let length = step.norm();
            if (length - radius).abs() <= 1e-3 * radius {
                break;
            }
            if length > radius {
                low = mu;
            } else {
                high = mu;
            }
            let slope: f64 = step.iter().zip(&self.eigenvalues).map(|(s, l)| s * s / (l + mu)).sum();
            mu += (length * length / slope) * ((length - radius) / radius);
            if !(low < mu && mu < high) {
                mu = 0.5 * (low + high);
            }
        }
        let step = self.coordinates(mu, rounding);
        let length = step.norm();
        &self.eigenvectors * (step * (radius / length).min(1.0))
    }

    /// `-(Lambda + mu I)^-1 Q'g`, where a direction without shifted curvature and without gradient stays at zero.
    fn coordinates(&self, mu: f64, rounding: f64) -> DVector<f64> {
        self.gradient.zip_map(&self.eigenvalues, |g, l| {
            let shifted = l + mu;
            if shifted > rounding {
                -g / shifted
            } else if g.abs() <= 1e-12 * self.gradient.norm() {
                0.0
            } else {
                -g / rounding
            }
        })
    }
}
