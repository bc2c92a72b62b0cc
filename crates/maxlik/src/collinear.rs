//! Columns of a design that are linear combinations of others.
use maxlik_model::Likelihood;
use nalgebra::{DMatrix, DVector};

use crate::FitError;

/// A column depends on others when what they leave of it is at most this part of its length.
const RESIDUAL: f64 = 1e-10;

/// Looks through the designs of a model for a column that is a linear combination of columns before it.
pub(crate) fn find(likelihood: &dyn Likelihood) -> Option<FitError> {
    likelihood.parameters().iter().filter(|parameter| !parameter.is_fixed()).find_map(|parameter| {
        let design = parameter.design()?;
        let (column, combination) = first_dependent(&design.matrix())?;
        let name = |j: usize| design.names()[j].clone();
        Some(FitError::Collinear {
            parameter: parameter.name().into(),
            column: name(column),
            combination: combination.into_iter().map(|(j, factor)| (name(j), factor)).collect(),
        })
    })
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
        let mut y = x.clone();
        y.set_column(3, &(x.column(0) * 1.5 - x.column(2) * 2.0));
        let (column, combination) = first_dependent(&y).unwrap();
        assert_eq!((column, combination.len()), (3, 2));
        assert_eq!((combination[0].0, combination[1].0), (0, 2));
        assert!((combination[0].1 - 1.5).abs() < 1e-14 && (combination[1].1 + 2.0).abs() < 1e-14);
    }
}
