//! Which of all rotated loadings, that have the same likelihood, are reported, and how they change with the estimates.
//!
//! Notation: `L: d x m` the loadings as fitted, on the correlation scale; `T: m x m` with `L T` reported. `T = V U P`: `V` orthogonal by
//! a criterion, `U` oblique, `P` the order and the signs of the columns. As `L` changes, `V` turns by `dV = V k` with `k`
//! skew-symmetric, such that the slopes of the criterion stay 0 (Archer & Jennrich 1973).
use nalgebra::{DMatrix, DVector, Dyn, LU};

use super::FactorAnalysisError;
use super::promax::Promax;
use super::structure::Structure;
use super::varimax::{pairs, slopes, varimax};

/// How the factors are rotated for reading; the likelihood is the same for all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Rotation {
    /// As fitted: `L' Psi^-1 L` is diagonal, the first factor explains most. With variables without uniqueness (Heywood cases) these
    /// come first: the `r`-th of them has no loadings after the `r`-th factor, and the other factors are as usual for what they leave.
    #[default]
    None,
    /// Orthogonal, with Kaiser's normalisation of the rows.
    Varimax,
    /// Oblique: varimax, then towards the loadings raised to a power.
    Promax {
        /// The power, above 1; usually 4.
        power: f64,
    },
}

/// A rotation found.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// `T: m x m`
    pub(super) transform: DMatrix<f64>,
    criterion: Criterion,
    orthogonal: DMatrix<f64>,
    oblique: Option<Promax>,
    order: DMatrix<f64>,
}

/// What is 0 for each pair of columns of `L V`.
#[derive(Clone, Debug)]
enum Criterion {
    /// The off-diagonal elements of `L' Psi^-1 L`; before, the loadings of variables without uniqueness after their own column.
    Canonical { zero: Vec<usize> },
    /// The slopes of the varimax criterion.
    Varimax,
}

/// How `V` turns when the loadings change.
pub(super) struct Turning<'a> {
    frame: &'a Frame,
    loadings: &'a DMatrix<f64>,
    uniquenesses: &'a DVector<f64>,
    /// `L V`
    rotated: DMatrix<f64>,
    /// The slopes for a unit of each element of `k`.
    system: DMatrix<f64>,
    factored: LU<f64, Dyn, Dyn>,
}

/// A rotation is not determined when a turn changes the slopes by less than this part of what they are made of.
const LEVEL: f64 = 1e-9;

impl Structure {
    /// This structure rotated as [`Rotation::None`] says; column sums are positive.
    pub(super) fn canonical(&self, zero: &[usize]) -> Self {
        let (m, a) = (self.factors(), zero.len());
        let mut loadings = self.loadings.clone();
        if a > 0 {
            // The whole of Q: of a square matrix.
            let square = DMatrix::from_fn(m, m, |r, k| if k < a { loadings[(zero[k], r)] } else { 0.0 });
            let mut basis = square.qr().q();
            complete(&mut basis, a);
            loadings *= basis;
            for (k, &i) in zero.iter().enumerate() {
                loadings.row_mut(i).columns_mut(k + 1, m - k - 1).fill(0.0);
            }
        }
        let rest = loadings.columns(a, m - a).into_owned();
        let weighted = DMatrix::from_fn(self.variables(), m - a, |i, r| {
            if zero.contains(&i) { 0.0 } else { rest[(i, r)] / self.uniquenesses[i] }
        });
        if m > a {
            let eigen = rest.tr_mul(&weighted).symmetric_eigen();
            let mut order: Vec<usize> = (0..m - a).collect();
            order.sort_by(|&p, &q| eigen.eigenvalues[q].total_cmp(&eigen.eigenvalues[p]));
            loadings.columns_mut(a, m - a).copy_from(&(rest * eigen.eigenvectors.select_columns(&order)));
        }
        for mut column in loadings.column_iter_mut() {
            if column.sum() < 0.0 {
                column.neg_mut();
            }
        }
        Self { loadings, ..self.clone() }
    }
}

/// Replaces the columns from `a` on by an orthonormal basis of what the first `a` leave.
fn complete(basis: &mut DMatrix<f64>, a: usize) {
    let m = basis.nrows();
    for k in a..m {
        // The unit vector that is furthest from what there is already.
        let distance = |r: usize| 1.0 - basis.row(r).columns(0, k).norm_squared();
        let next = (0..m).max_by(|&p, &q| distance(p).total_cmp(&distance(q))).expect("bug: no dimensions");
        let mut column = DVector::zeros(m);
        column[next] = 1.0;
        for _ in 0..2 {
            let known = basis.columns(0, k);
            column -= known * known.tr_mul(&column);
        }
        basis.set_column(k, &column.normalize());
    }
}

impl Frame {
    /// `loadings: d x m` in canonical form.
    pub(super) fn new(
        rotation: Rotation,
        loadings: &DMatrix<f64>,
        zero: &[usize],
    ) -> Result<Self, FactorAnalysisError> {
        let m = loadings.ncols();
        let identity = DMatrix::identity(m, m);
        let criterion = Criterion::Canonical { zero: zero.to_vec() };
        let unrotated = Self {
            transform: identity.clone(),
            criterion,
            orthogonal: identity.clone(),
            oblique: None,
            order: identity.clone(),
        };
        if let Rotation::Promax { power } = rotation
            && !(power > 1.0 && power.is_finite())
        {
            return Err(FactorAnalysisError::PromaxPower { found: power });
        }
        if rotation == Rotation::None || m == 1 {
            return Ok(unrotated);
        }
        let orthogonal = varimax(loadings)?;
        let oblique = if let Rotation::Promax { power } = rotation {
            Some(Promax::new(loadings * &orthogonal, power)?)
        } else {
            None
        };
        let unordered = &orthogonal * oblique.as_ref().map_or(identity, |promax| promax.u.clone());
        // The factor with the largest sum of squares first; column sums positive.
        let reported = loadings * &unordered;
        let mut columns: Vec<usize> = (0..m).collect();
        columns.sort_by(|&p, &q| reported.column(q).norm_squared().total_cmp(&reported.column(p).norm_squared()));
        let mut order = DMatrix::zeros(m, m);
        for (r, &p) in columns.iter().enumerate() {
            order[(p, r)] = if reported.column(p).sum() < 0.0 { -1.0 } else { 1.0 };
        }
        Ok(Self { transform: unordered * &order, criterion: Criterion::Varimax, orthogonal, oblique, order })
    }

    /// The correlations of the factors, `m x m`.
    pub(super) fn factor_correlations(&self) -> DMatrix<f64> {
        let m = self.transform.nrows();
        if self.oblique.is_none() {
            return DMatrix::identity(m, m);
        }
        let inverse = self.transform.clone().try_inverse().expect("bug: a rotation that has no inverse was accepted");
        &inverse * inverse.transpose()
    }

    /// How it turns where the loadings are these, with these uniquenesses.
    pub(super) fn turning<'a>(&'a self, loadings: &'a DMatrix<f64>, uniquenesses: &'a DVector<f64>) -> Turning<'a> {
        let m = loadings.ncols();
        let rotated = loadings * &self.orthogonal;
        let still = DVector::zeros(uniquenesses.len());
        let n = m * (m - 1) / 2;
        let mut system = DMatrix::zeros(n, n);
        for (k, (p, q)) in pairs(m).enumerate() {
            // Column p gains what column q loses.
            let mut turned = DMatrix::zeros(loadings.nrows(), m);
            turned.set_column(p, &rotated.column(q));
            turned.set_column(q, &-rotated.column(p));
            system.set_column(k, &self.criterion.slopes(&rotated, uniquenesses, &turned, &still));
        }
        let factored = system.clone().lu();
        Turning { frame: self, loadings, uniquenesses, rotated, system, factored }
    }
}

impl Turning<'_> {
    /// If some rotation of the loadings is as good as the one that was found: how the reported loadings change by it, `d x m`.
    pub(super) fn undetermined(&self) -> Option<DMatrix<f64>> {
        let Frame { criterion, orthogonal, oblique, order, .. } = self.frame;
        let m = orthogonal.nrows();
        if m == 1 {
            return None;
        }
        let mut scaled = self.system.clone();
        for (mut row, (p, q)) in scaled.row_iter_mut().zip(pairs(m)) {
            row /= criterion.size(&self.rotated, self.uniquenesses, p, q);
        }
        let svd = scaled.svd(false, true);
        let smallest = svd.singular_values.imin();
        // A size of 0 leaves NaN.
        if svd.singular_values[smallest] >= LEVEL {
            return None;
        }
        let turn = svd.v_t.expect("bug: asked for singular vectors").row(smallest).transpose();
        let turned = &self.rotated * skew(m, &turn);
        Some(match oblique {
            None => turned * order,
            Some(promax) => (&turned * &promax.u + &self.rotated * promax.change(&turned)) * order,
        })
    }

    /// The change of `T` when the loadings change by `dl: d x m` and the uniquenesses by `dpsi: d`; none where it is not
    /// [determined](Turning::undetermined).
    pub(super) fn change(&self, dl: &DMatrix<f64>, dpsi: &DVector<f64>) -> Option<DMatrix<f64>> {
        let Frame { criterion, orthogonal, oblique, order, .. } = self.frame;
        let m = orthogonal.nrows();
        if m == 1 {
            return Some(DMatrix::zeros(1, 1));
        }
        let along = dl * orthogonal;
        let slopes = criterion.slopes(&self.rotated, self.uniquenesses, &along, dpsi);
        let turned = orthogonal * skew(m, &self.factored.solve(&-slopes)?);
        Some(match oblique {
            None => turned * order,
            Some(promax) => {
                let du = promax.change(&(along + self.loadings * &turned));
                (turned * &promax.u + orthogonal * du) * order
            }
        })
    }
}

/// `k: m x m` from its elements, pair by pair.
fn skew(m: usize, turns: &DVector<f64>) -> DMatrix<f64> {
    let mut k = DMatrix::zeros(m, m);
    for ((p, q), turn) in pairs(m).zip(turns) {
        k[(q, p)] = *turn;
        k[(p, q)] = -turn;
    }
    k
}

impl Criterion {
    /// What the slope for a pair of columns is made of: the sum of the sizes of its terms.
    fn size(&self, l: &DMatrix<f64>, psi: &DVector<f64>, p: usize, q: usize) -> f64 {
        let square = |i: usize| l[(i, p)].powi(2) + l[(i, q)].powi(2);
        let rows = 0..l.nrows();
        match self {
            Self::Canonical { zero } => match zero.get(p) {
                Some(&i) => l.row(i).norm(),
                None => rows.filter(|i| !zero.contains(i)).map(|i| square(i) / psi[i]).sum(),
            },
            // Of rows of length 1.
            Self::Varimax => {
                rows.filter(|&i| l.row(i).norm() > 0.0).map(|i| (square(i) / l.row(i).norm_squared()).powi(2)).sum()
            }
        }
    }

    /// The change of what is 0, for each pair of columns of the rotated loadings `l` when they change by `dl`.
    fn slopes(&self, l: &DMatrix<f64>, psi: &DVector<f64>, dl: &DMatrix<f64>, dpsi: &DVector<f64>) -> DVector<f64> {
        let Self::Canonical { zero } = self else { return slopes(l, dl) };
        let (d, m) = l.shape();
        let of_pair = |(p, q): (usize, usize)| match zero.get(p) {
            Some(&i) => dl[(i, q)],
            None => (0..d)
                .filter(|i| !zero.contains(i))
                .map(|i| {
                    let product = dl[(i, p)] * l[(i, q)] + l[(i, p)] * dl[(i, q)];
                    (product - l[(i, p)] * l[(i, q)] * dpsi[i] / psi[i]) / psi[i]
                })
                .sum(),
        };
        DVector::from_iterator(m * m.saturating_sub(1) / 2, pairs(m).map(of_pair))
    }
}

#[cfg(test)]
mod tests {
    use super::super::structure::tests::{derivative, structure};
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn rotations_turn_as_the_loadings_change() {
        let unrotated = structure();
        for zero in [vec![], vec![3]] {
            let mut fitted = unrotated.clone();
            for &i in &zero {
                fitted.uniquenesses[i] = 0.0;
            }
            let fitted = fitted.canonical(&zero);
            let (psi, kept) = (&fitted.uniquenesses, &fitted.loadings);
            let direction = DMatrix::from_fn(5, 2, |i, r| ((i * 5 + r * 3) % 7) as f64 / 7.0 - 0.4);
            let dpsi = DVector::from_fn(5, |i, _| if zero.contains(&i) { 0.0 } else { 0.1 * i as f64 - 0.15 });
            for rotation in [Rotation::None, Rotation::Varimax, Rotation::Promax { power: 3.0 }] {
                let frame = Frame::new(rotation, kept, &zero).unwrap();
                let change = frame.turning(kept, psi).change(&direction, &dpsi).unwrap();
                let reported = |h: f64| {
                    let loadings = kept + &direction * h;
                    let moved = Structure { loadings, uniquenesses: psi + &dpsi * h, ..fitted.clone() };
                    let loadings = moved.canonical(&zero).loadings;
                    let rotated = &loadings * &Frame::new(rotation, &loadings, &zero).unwrap().transform;
                    DVector::from_column_slice(rotated.as_slice())
                };
                let by_differences = derivative(1e-3, &reported);
                let by_turning = &direction * &frame.transform + kept * change;
                let by_turning = DVector::from_column_slice(by_turning.as_slice());
                assert_relative_eq!(by_turning, by_differences, epsilon = 1e-8); // h^4, and rounding / h
            }
        }
    }

    #[test]
    fn the_canonical_form_of_two_variables_without_uniqueness_is_triangular() {
        let mut fitted = structure();
        fitted.loadings = fitted.loadings.insert_column(2, 0.25);
        for i in [1, 4] {
            fitted.uniquenesses[i] = 0.0;
        }
        let canonical = fitted.canonical(&[1, 4]);
        assert_relative_eq!(canonical.covariance(), fitted.covariance(), epsilon = 1e-14);
        let l = &canonical.loadings;
        assert_eq!((l[(1, 1)], l[(1, 2)], l[(4, 2)]), (0.0, 0.0, 0.0));
        assert!(l[(4, 1)] != 0.0 && l.row_sum().iter().all(|&sum| sum >= 0.0));
    }
}
