//! The free scale of a Gaussian mixture, where the optimizer moves.
//!
//! Notation: `phi` the free coordinates; `L_j` the lower Cholesky factor of `Sigma_j`; `epsilon_j` the elementary coordinates of a
//! component: `ln L_aa`, then, unless all covariances are diagonal, `L_ab` below the diagonal.
//!
//! ```text
//! phi = (ln pi_j / pi_1 for j = 2 .. k and noise | mu_1 .. mu_k | covariances)
//! ```
//! For all families but one `epsilon` is linear in `phi`: the volume is the sum of the `ln L_aa`. Covariances of equal shape are `D_j Lambda D_j'`
//! with `D_j` the Cayley transform of a skew-symmetric matrix, seen from `D_j` at the start ([`equal_shape`](super::equal_shape)).
use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use super::Covariance;
use super::components::Components;
use super::equal_shape::EqualShape;

/// The free scale.
pub(crate) struct Chart {
    family: Covariance,
    k: usize,
    d: usize,
    /// The number of mixing weights.
    weights: usize,
    /// The places `(a, b)` of the elementary coordinates in `L`.
    pub(crate) entries: Vec<(usize, usize)>,
    equal_shape: Option<EqualShape>,
}

/// How the elementary coordinates of a component change with the free ones.
pub(crate) struct Tangent {
    /// The free coordinates that they depend on.
    pub(crate) columns: Vec<usize>,
    /// `epsilon x columns`; none where it is the identity.
    pub(crate) slopes: Option<DMatrix<f64>>,
}

impl Chart {
    /// The chart around some components.
    pub(crate) fn around(family: Covariance, at: &Components) -> Self {
        let (k, d) = (at.k(), at.d());
        let mut entries: Vec<(usize, usize)> = (0..d).map(|a| (a, a)).collect();
        if !family.is_diagonal() {
            entries.extend((0..d).flat_map(|b| (b + 1..d).map(move |a| (a, b))));
        }
        let equal_shape = (family == Covariance::EqualShape).then(|| EqualShape::around(at));
        Self { family, k, d, weights: at.weights.len(), entries, equal_shape }
    }

    /// The number of free coordinates.
    pub(crate) fn dimension(&self) -> usize {
        self.first_covariance() + self.family.coefficients(self.k, self.d)
    }

    /// Where the free coordinate of mixing weight `j >= 1` stands.
    pub(crate) fn weight(j: usize) -> usize {
        j - 1
    }

    /// Where the mean of component `j` stands.
    pub(crate) fn mean(&self, j: usize) -> Range<usize> {
        let first = self.weights - 1 + j * self.d;
        first..first + self.d
    }

    fn first_covariance(&self) -> usize {
        self.weights - 1 + self.k * self.d
    }

    pub(crate) fn is_diagonal(&self) -> bool {
        self.family.is_diagonal()
    }

    /// The number of elementary coordinates below the diagonal.
    fn below(&self) -> usize {
        self.entries.len() - self.d
    }

    /// The point that components stand for; not finite where a weight is zero.
    pub(crate) fn to_free(&self, components: &Components) -> DVector<f64> {
        let mut phi = DVector::zeros(self.dimension());
        for j in 1..self.weights {
            phi[Self::weight(j)] = (components.weights[j] / components.weights[0]).ln();
        }
        for j in 0..self.k {
            phi.rows_mut(self.mean(j).start, self.d).copy_from(&components.means[j]);
        }
        if let Some(equal_shape) = &self.equal_shape {
            let own = equal_shape.to_free(components);
            phi.rows_mut(self.first_covariance(), own.len()).copy_from(&own);
            return phi;
        }
        for j in 0..self.k {
            let l = &components.factors[j];
            let volume = l.diagonal().iter().map(|l| l.ln()).sum::<f64>() / self.d as f64;
            let columns = self.columns(j);
            let equal_volume = self.has_equal_volumes();
            for (e, &(a, b)) in self.entries.iter().enumerate() {
                let epsilon = if a == b { l[(a, a)].ln() } else { l[(a, b)] };
                match (a == b, self.is_spherical(), equal_volume) {
                    (true, true, _) => phi[columns[0]] = epsilon,
                    (true, _, true) if a + 1 == self.d => phi[columns[0]] = volume,
                    (true, _, true) => phi[columns[1 + a]] = epsilon - volume,
                    _ => phi[columns[e]] = epsilon,
                }
            }
        }
        phi
    }

    /// The components at a point; none where they are not finite.
    pub(crate) fn components(&self, phi: &DVector<f64>) -> Option<Components> {
        let logits = std::iter::once(0.0).chain((1..self.weights).map(|j| phi[Self::weight(j)]));
        let greatest = logits.clone().fold(0.0, f64::max);
        let parts: Vec<f64> = logits.map(|logit| (logit - greatest).exp()).collect();
        let sum: f64 = parts.iter().sum();
        let means = (0..self.k).map(|j| phi.rows(self.mean(j).start, self.d).into_owned()).collect();
        let factors: Option<Vec<DMatrix<f64>>> = (0..self.k).map(|j| self.factor(phi, j)).collect();
        let components =
            Components { weights: parts.iter().map(|part| part / sum).collect(), means, factors: factors? };
        let finite =
            components.factors.iter().all(|l| l.iter().all(|l| l.is_finite()) && l.diagonal().iter().all(|&l| l > 0.0));
        finite.then_some(components)
    }

    fn factor(&self, phi: &DVector<f64>, j: usize) -> Option<DMatrix<f64>> {
        if let Some(equal_shape) = &self.equal_shape {
            return equal_shape.factor(j, phi.rows_range(self.first_covariance()..).as_slice());
        }
        let Tangent { columns, slopes } = self.tangent(phi, j);
        let own = DVector::from_iterator(columns.len(), columns.iter().map(|&column| phi[column]));
        let epsilon = match slopes {
            Some(slopes) => slopes * own,
            None => own,
        };
        let mut l = DMatrix::zeros(self.d, self.d);
        for (&(a, b), &epsilon) in self.entries.iter().zip(&epsilon) {
            l[(a, b)] = if a == b { epsilon.exp() } else { epsilon };
        }
        Some(l)
    }

    /// How the elementary coordinates of component `j` change with the free ones.
    pub(crate) fn tangent(&self, phi: &DVector<f64>, j: usize) -> Tangent {
        let columns = self.columns(j);
        let slopes = if let Some(equal_shape) = &self.equal_shape {
            Some(equal_shape.tangent(j, phi.rows_range(self.first_covariance()..).as_slice()))
        } else if self.is_spherical() {
            Some(DMatrix::repeat(self.d, 1, 1.0))
        } else if self.has_equal_volumes() {
            let mut slopes = DMatrix::zeros(self.entries.len(), columns.len());
            for a in 0..self.d {
                slopes[(a, 0)] = 1.0;
                for b in 0..self.d - 1 {
                    slopes[(a, 1 + b)] = if a + 1 == self.d { -1.0 } else { f64::from(u8::from(a == b)) };
                }
            }
            for e in 0..self.below() {
                slopes[(self.d + e, self.d + e)] = 1.0;
            }
            Some(slopes)
        } else {
            None
        };
        Tangent { columns, slopes }
    }

    /// `sum_e g_e d2 epsilon_e / d phi d phi'` over the columns of the tangent of component `j`; none where `epsilon` is linear.
    pub(crate) fn curvature(&self, phi: &DVector<f64>, j: usize, g: &DVector<f64>) -> Option<DMatrix<f64>> {
        let equal_shape = self.equal_shape.as_ref()?;
        Some(equal_shape.curvature(j, phi.rows_range(self.first_covariance()..).as_slice(), g))
    }

    fn has_equal_volumes(&self) -> bool {
        matches!(self.family, Covariance::EqualVolume | Covariance::EqualVolumeDiagonal)
    }

    fn is_spherical(&self) -> bool {
        matches!(self.family, Covariance::Spherical | Covariance::TiedSpherical)
    }

    /// The free coordinates on which the covariance of component `j` depends.
    fn columns(&self, j: usize) -> Vec<usize> {
        let first = self.first_covariance();
        let own = |shared: usize, length: usize| {
            let start = first + shared + j * length;
            (first..first + shared).chain(start..start + length).collect()
        };
        match self.family {
            Covariance::Full | Covariance::Diagonal => own(0, self.entries.len()),
            Covariance::Spherical => own(0, 1),
            Covariance::Tied | Covariance::TiedDiagonal => own(self.entries.len(), 0),
            Covariance::TiedSpherical => own(1, 0),
            Covariance::EqualVolume | Covariance::EqualVolumeDiagonal => own(1, self.entries.len() - 1),
            Covariance::EqualShape => own(self.d, self.below()),
        }
    }
}
