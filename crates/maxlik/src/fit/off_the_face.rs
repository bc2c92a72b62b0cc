//! From the fit of a likelihood on a face of one of its simplexes to one of the likelihood itself.
//!
//! Notation as in `face.rs`: `A` the derivatives of all coefficients by those on the face, `A^+` its pseudo-inverse.
use maxlik_model::{Domain, ExpectationError, Parameter};
use nalgebra::{DMatrix, DVector};

use super::{Fit, Status, Summary, describe};
use crate::Warning;
use crate::face::Face;
use crate::information::Interior;

impl Fit {
    /// The coefficient that has what the others leave is one more, with its standard error by the delta method. Score and information are
    /// those along the face, `(A^+)' g` and `(A^+)' I A^+`.
    pub(crate) fn off_the_face(self, face: &Face<'_>) -> Self {
        let parameters = face.likelihood().parameters();
        let (all, new) = self.with_one_more(face);
        let inside = |status| status == Status::Estimated;
        let slopes = face.derivatives(&which(&all, inside), &which(&self.all, inside));
        let interior = self.interior.as_ref().map_err(Clone::clone).map(|interior| Interior {
            covariance: &slopes * &interior.covariance * slopes.transpose(),
            scaled: interior.scaled.clone(),
        });
        let (score, information) = self.along(face, &all);
        let estimated = which(&all, |status| status != Status::Fixed);
        let mut warnings = self.warnings;
        warnings.extend(new);
        Self {
            names: estimated.iter().map(|&i| all[i].name.clone()).collect(),
            dof: estimated.len(),
            coefficients: DVector::from_iterator(estimated.len(), estimated.iter().map(|&i| all[i].estimate)),
            parameters: parameters.iter().map(describe).collect(),
            score,
            information,
            expected_information: Err(ExpectationError::Unknown),
            interior,
            all,
            warnings,
            ..self
        }
    }

    /// All coefficients, and what is to be said of those of the simplex.
    fn with_one_more(&self, face: &Face<'_>) -> (Vec<Summary>, Vec<Warning>) {
        let (own, place) = face.simplex();
        let parameters = face.likelihood().parameters();
        let names: Vec<String> = parameters.iter().flat_map(Parameter::coefficient_names).collect();
        let theta: Vec<f64> = self.all.iter().map(|coefficient| coefficient.estimate).collect();
        let (name, estimate) = (names[place].clone(), face.all(&theta)[place]);
        let inside = self.all[face.others()].iter().any(|other| other.status == Status::Estimated);
        let status = if inside { Status::Estimated } else { Status::AtLimit };
        let mut warnings = Vec::new();
        if status == Status::AtLimit {
            warnings.push(Warning::AtLimit { name: name.clone(), value: estimate });
        }
        warnings.push(Warning::NothingRemains { names: names[own.clone()].to_vec() });
        let mut all = self.all.clone();
        all.insert(place, Summary { name, estimate, status, domain: Domain::Simplex, interior: None });
        for coefficient in &mut all[own] {
            coefficient.domain = Domain::Simplex;
        }
        let mut interior = 0;
        for coefficient in &mut all {
            coefficient.interior = (coefficient.status == Status::Estimated).then_some(interior);
            interior += usize::from(coefficient.interior.is_some());
        }
        (all, warnings)
    }

    /// Score and information of all coefficients that were not fixed; the derivatives at an open end do not exist.
    fn along(&self, face: &Face<'_>, all: &[Summary]) -> (DVector<f64>, DMatrix<f64>) {
        let not_fixed = |status| status != Status::Fixed;
        let moves = |status| !matches!(status, Status::Fixed | Status::AtLimit);
        let (to, from) = (which(all, moves), which(&self.all, moves));
        let slopes = face.derivatives(&to, &from);
        let squares = (slopes.transpose() * &slopes).try_inverse().expect("bug: a face without dimension");
        let inverse = squares * slopes.transpose();
        let before = which(&self.all, not_fixed);
        let own: Vec<usize> = (0..before.len()).filter(|&i| from.contains(&before[i])).collect();
        let score = inverse.transpose() * self.score.select_rows(&own);
        let information = inverse.transpose() * self.information.select_rows(&own).select_columns(&own) * &inverse;
        let spots: Vec<Option<usize>> = which(all, not_fixed).iter().map(|i| to.binary_search(i).ok()).collect();
        let k = spots.len();
        let entry = |i: usize, j: usize| spots[i].zip(spots[j]).map_or(f64::NAN, |(i, j)| information[(i, j)]);
        (DVector::from_fn(k, |i, _| spots[i].map_or(f64::NAN, |i| score[i])), DMatrix::from_fn(k, k, entry))
    }
}

/// The places of the coefficients of such a status.
fn which(all: &[Summary], wanted: impl Fn(Status) -> bool) -> Vec<usize> {
    (0..all.len()).filter(|&i| wanted(all[i].status)).collect()
}
