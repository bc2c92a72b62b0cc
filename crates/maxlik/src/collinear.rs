//! Columns of a design that are linear combinations of others.
use maxlik_model::Likelihood;
use nalgebra::{DMatrix, DVector};

use crate::FitError;

/// A column depends on others when what they leave of it is at most this part of its length.
const RESIDUAL: f64 = 1e-10;

/// Far above [`RESIDUAL`] squared and the rounding of `X' X`.
const CERTAIN: f64 = 1e-8;

/// Looks through the designs of a model for a column that is a linear combination of columns before it.
pub(crate) fn find(likelihood: &dyn Likelihood) -> Option<FitError> {
    likelihood.parameters().iter().filter(|parameter| !parameter.is_fixed()).find_map(|parameter| {
        let design = parameter.design()?;
        if are_far_from_dependent(&design.gram()) {
            return None;
        }
        let (column, combination) = first_dependent(&design.matrix())?;
        let name = |j: usize| design.names()[j].clone();
        Some(FitError::Collinear {
            parameter: parameter.name().into(),
            column: name(column),
            combination: combination.into_iter().map(|(j, factor)| (name(j), factor)).collect(),
        })
    })
}

/// Whether no column depends on others, by `X' X` alone: the smallest eigenvalue of that with a diagonal of ones is at most the square of what
/// the others leave of a column of length one. Without this a look at 300 000 rows and 150 columns would take a hundred fits.
fn are_far_from_dependent(gram: &DMatrix<f64>) -> bool {
    let length = gram.diagonal().map(f64::sqrt);
    if length.iter().any(|length| !(*length > 0.0 && length.is_finite())) {
        return false;
    }
    let scaled = DMatrix::from_fn(gram.nrows(), gram.ncols(), |i, j| gram[(i, j)] / (length[i] * length[j]));
    scaled.symmetric_eigenvalues().min() > CERTAIN
}

/// The first column that depends on columns before it, with these and their factors; by Gram-Schmidt, each column
/// orthogonalised twice ("twice is enough", Giraud, Langou & Rozložník 2005).
fn first_dependent(x: &DMatrix<f64>) -> Option<(usize, Vec<(usize, f64)>)> {
    let p = x.ncols();
    let mut q: Vec<DVector<f64>> = Vec::with_capacity(p);
    let mut r = DMatrix::<f64>::zeros(p, p);
    for j in 0..p {
        let mut rest: DVector<f64> = x.column(j).into();
        let length = rest.norm();
        for _ in 0..2 {
            for (i, q) in q.iter().enumerate() {
                let part = q.dot(&rest);
                r[(i, j)] += part;
                rest.axpy(-part, q, 1.0);
            }
        }
        let left = rest.norm();
        if left <= RESIDUAL * length {
            // x_j = Q r_j = X_before R^-1 r_j
            let before = r.view((0, 0), (j, j)).clone_owned();
            let factors = before.solve_upper_triangular(&r.view((0, j), (j, 1)).clone_owned())?;
            let largest = (0..j).map(|i| factors[i].abs() * x.column(i).norm()).fold(0.0, f64::max);
            let matters = |i: &usize| factors[*i].abs() * x.column(*i).norm() > 1e-8 * largest;
            return Some((j, (0..j).filter(matters).map(|i| (i, factors[i])).collect()));
        }
        r[(j, j)] = left;
        q.push(rest / left);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn the_combination_is_found() {
        let x = dmatrix![
            1.0, 2.0, 0.0, 5.5;
            1.0, 3.0, 1.5, 3.5;
            1.0, 5.0, 0.5, 9.0;
            1.0, 7.0, 2.5, 7.0];
        // The last column is -0.5 + 3 x1 - ... in no simple way independent of the first three.
        assert_eq!(first_dependent(&x), None);
        assert!(are_far_from_dependent(&(x.transpose() * &x)));
        let mut y = x.clone();
        y.set_column(3, &(x.column(0) * 1.5 - x.column(2) * 2.0));
        assert!(!are_far_from_dependent(&(y.transpose() * &y)));
        let (column, combination) = first_dependent(&y).unwrap();
        // What is nearly dependent is looked at, whether or not it turns out to be dependent.
        for (off, dependent) in [(1e-6, false), (1e-11, true)] {
            let nearly =
                DMatrix::from_fn(4, 4, |i, j| if (i, j) == (0, 3) { y[(i, j)] * (1.0 + off) } else { y[(i, j)] });
            assert!(!are_far_from_dependent(&(nearly.transpose() * &nearly)), "{off}");
            assert_eq!(first_dependent(&nearly).is_some(), dependent, "{off}");
        }
        assert_eq!((column, combination.len()), (3, 2));
        assert_eq!((combination[0].0, combination[1].0), (0, 2));
        assert!((combination[0].1 - 1.5).abs() < 1e-14 && (combination[1].1 + 2.0).abs() < 1e-14);
    }
}
