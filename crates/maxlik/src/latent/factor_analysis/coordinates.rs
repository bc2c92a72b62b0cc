//! Free coordinates of the factor model: a form of the loadings that the rotation leaves no choice, and `ln psi`.
//!
//! As many reference variables as there are factors are chosen, and the loadings are rotated such that the `r`-th of them has none
//! on the factors after the `r`-th. Every matrix of loadings can be rotated so, and no step away from there is a rotation.
use maxlik_optimizer::{Bounds, Objective};
use nalgebra::{DMatrix, DVector};

use super::sample::Pattern;
use super::structure::Structure;

/// Which numbers of a [`Structure`] vary, and how. The mean always does.
#[derive(Clone, Debug)]
pub(super) struct Coordinates {
    /// One reference variable for each factor, `m`.
    reference: Vec<usize>,
    /// For each uniqueness the value at which it is held, `d`.
    held: Vec<Option<f64>>,
    /// The places of the coordinates among all parameters of a structure.
    places: Vec<usize>,
    /// A structure of the right size.
    template: Structure,
}

/// Minus the log-likelihood as a function of the coordinates.
pub(super) struct FactorLikelihood<'a> {
    pub(super) patterns: &'a [Pattern],
    pub(super) coordinates: &'a Coordinates,
}

impl Coordinates {
    /// For the neighbourhood of a structure: reference variables are those that pin the factors down best there, those without
    /// uniqueness first.
    pub(super) fn new(at: &Structure, held: Vec<Option<f64>>) -> Self {
        let (d, m) = (at.variables(), at.factors());
        let mut reference: Vec<usize> = Vec::with_capacity(m);
        let mut rest = at.loadings.clone();
        for _ in 0..m {
            // Gram & Schmidt with pivots.
            let length = |&i: &usize| (held[i] == Some(0.0), rest.row(i).norm());
            let free = (0..d).filter(|i| !reference.contains(i));
            let next = free
                .max_by(|a, b| {
                    let ((zero, a), (other_zero, b)) = (length(a), length(b));
                    zero.cmp(&other_zero).then(a.total_cmp(&b))
                })
                .expect("bug: no more factors than variables");
            let norm = rest.row(next).norm();
            if norm > 0.0 {
                let direction = rest.row(next).transpose() / norm;
                rest -= &rest * &direction * direction.transpose();
            }
            reference.push(next);
        }
        let is_free = |i: usize, r: usize| reference.iter().position(|&j| j == i).is_none_or(|place| r <= place);
        let mut places: Vec<usize> = (0..d).collect();
        for r in 0..m {
            places.extend((0..d).filter(|&i| is_free(i, r)).map(|i| at.loading(i, r)));
        }
        places.extend((0..d).filter(|&i| held[i].is_none()).map(|i| at.uniqueness(i)));
        Self { reference, held, places, template: at.clone() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The coordinates of a structure, which is rotated to them.
    pub(super) fn of(&self, structure: &Structure) -> DVector<f64> {
        let rotated = self.rotate(structure);
        let first = self.template.uniqueness(0);
        let number = |&place: &usize| match place.checked_sub(first) {
            Some(i) => rotated.uniquenesses[i].ln(),
            None => rotated.number(place),
        };
        DVector::from_iterator(self.len(), self.places.iter().map(number))
    }

    /// The structure rotated so that the reference variables have loadings of 0 where they should, and positive ones before.
    pub(super) fn rotate(&self, structure: &Structure) -> Structure {
        let mut loadings = &structure.loadings * self.rotation(structure);
        for (place, &i) in self.reference.iter().enumerate() {
            loadings.row_mut(i).columns_range_mut(place + 1..).fill(0.0);
        }
        Structure { loadings, ..structure.clone() }
    }

    /// The rotation by which the loadings are multiplied, `m x m`.
    pub(super) fn rotation(&self, structure: &Structure) -> DMatrix<f64> {
        // Reference rows = R' Q', so that they are R' after a rotation by Q.
        let reference = structure.loadings.select_rows(&self.reference);
        let mut rotation = reference.transpose().qr().q();
        for (place, mut column) in rotation.column_iter_mut().enumerate() {
            if reference.row(place).transpose().dot(&column) < 0.0 {
                column.neg_mut();
            }
        }
        rotation
    }

    /// The places of the coordinates among all parameters of a structure.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    pub(super) fn structure(&self, x: &DVector<f64>) -> Structure {
        let mut structure = self.template.clone();
        structure.loadings.fill(0.0);
        for (psi, held) in structure.uniquenesses.iter_mut().zip(&self.held) {
            *psi = held.unwrap_or(*psi);
        }
        let (d, first) = (structure.variables(), structure.uniqueness(0));
        for (&place, &x) in self.places.iter().zip(x) {
            match place {
                _ if place < d => structure.mean[place] = x,
                _ if place < first => structure.loadings.as_mut_slice()[place - d] = x,
                _ => structure.uniquenesses[place - first] = x.exp(),
            }
        }
        structure
    }

    /// Bounds that keep the uniquenesses at or above `floor`.
    pub(super) fn bounds(&self, floor: f64) -> Bounds {
        let mut bounds = Bounds::none(self.len());
        for (k, _) in self.free_uniquenesses() {
            bounds.lower[k] = floor.ln();
        }
        bounds
    }

    /// Free uniquenesses: their places among the coordinates, and the variables.
    pub(super) fn free_uniquenesses(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let first = self.template.uniqueness(0);
        self.places.iter().enumerate().filter_map(move |(k, &place)| place.checked_sub(first).map(|i| (k, i)))
    }

    /// A gradient in all parameters, in the coordinates.
    pub(super) fn gradient(&self, structure: &Structure, score: &DVector<f64>) -> DVector<f64> {
        DVector::from_iterator(self.len(), self.places.iter().map(|&place| score[place] * self.slope(structure, place)))
    }

    /// A matrix over all parameters, in the coordinates, without what a second derivative has of the curvature of `ln psi`.
    pub(super) fn on_both_sides(&self, structure: &Structure, matrix: &DMatrix<f64>) -> DMatrix<f64> {
        let slopes: Vec<f64> = self.places.iter().map(|&place| self.slope(structure, place)).collect();
        let entry = |a: usize, b: usize| slopes[a] * matrix[(self.places[a], self.places[b])] * slopes[b];
        DMatrix::from_fn(self.len(), self.len(), entry)
    }

    /// `psi` for `ln psi`, which moves it so much; 1 for all others.
    fn slope(&self, structure: &Structure, place: usize) -> f64 {
        place.checked_sub(self.template.uniqueness(0)).map_or(1.0, |i| structure.uniquenesses[i])
    }
}

impl Structure {
    /// One of the means or loadings by its place.
    fn number(&self, place: usize) -> f64 {
        match place.checked_sub(self.variables()) {
            None => self.mean[place],
            Some(place) => self.loadings.as_slice()[place],
        }
    }
}

impl Objective for FactorLikelihood<'_> {
    fn dimension(&self) -> usize {
        self.coordinates.len()
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let coordinates = self.coordinates;
        let (n, structure) = (coordinates.len(), coordinates.structure(x));
        let Some(expansion) = structure.expansion(self.patterns) else {
            return (f64::INFINITY, DVector::repeat(n, f64::NAN), DMatrix::repeat(n, n, f64::NAN));
        };
        let gradient = -coordinates.gradient(&structure, &expansion.score);
        let mut hessian = coordinates.on_both_sides(&structure, &expansion.information);
        for (k, _) in coordinates.free_uniquenesses() {
            hessian[(k, k)] += gradient[k];
        }
        (-expansion.log_likelihood, gradient, hessian)
    }

    fn value_gradient(&self, x: &DVector<f64>) -> (f64, DVector<f64>) {
        let structure = self.coordinates.structure(x);
        match structure.score(self.patterns) {
            Some((log_likelihood, score)) => (-log_likelihood, -self.coordinates.gradient(&structure, &score)),
            None => (f64::INFINITY, DVector::repeat(self.coordinates.len(), f64::NAN)),
        }
    }

    fn value(&self, x: &DVector<f64>) -> f64 {
        -self.coordinates.structure(x).log_likelihood(self.patterns)
    }
}

#[cfg(test)]
mod tests {
    use super::super::structure::tests::{derivative, gaps, structure};
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn coordinates_are_a_rotation_of_the_structure() {
        let (sample, at) = (gaps(), structure());
        let coordinates = Coordinates::new(&at, vec![None, None, Some(0.7), None, None]);
        let back = coordinates.structure(&coordinates.of(&at));
        assert_relative_eq!(back.covariance(), at.covariance(), epsilon = 1e-14);
        assert_eq!(coordinates.len(), 5 + 9 + 4);
        let zeros: Vec<usize> = (0..5).filter(|&i| back.loadings[(i, 1)] == 0.0).collect();
        assert_eq!(zeros.len(), 1);
        assert!(back.loadings[(zeros[0], 0)] > 0.0);
        let (log_likelihood, expected) = (back.log_likelihood(&sample.patterns), at.log_likelihood(&sample.patterns));
        assert_relative_eq!(log_likelihood, expected, max_relative = 1e-14);
    }

    #[test]
    fn gradient_and_hessian_are_derivatives_by_the_coordinates() {
        let (sample, at) = (gaps(), structure());
        let coordinates = Coordinates::new(&at, vec![None, None, Some(0.7), None, None]);
        let objective = FactorLikelihood { patterns: &sample.patterns, coordinates: &coordinates };
        let x = coordinates.of(&at);
        let (value, gradient, hessian) = objective.value_gradient_hessian(&x);
        assert_relative_eq!(value, objective.value(&x), max_relative = 1e-14);
        assert_eq!(objective.value_gradient(&x).1, gradient);
        for i in 0..x.len() {
            let moved = |h: f64| {
                let mut moved = x.clone();
                moved[i] += h;
                moved
            };
            let by_value = derivative(4e-3, &|h| DVector::repeat(1, objective.value(&moved(h))));
            assert_relative_eq!(gradient[i], by_value[0], epsilon = 1e-8); // h^4, and rounding / h
            let by_gradient = derivative(4e-3, &|h| objective.value_gradient(&moved(h)).1);
            assert_relative_eq!(hessian.column(i).into_owned(), by_gradient, epsilon = 1e-7); // as above
        }
    }
}
