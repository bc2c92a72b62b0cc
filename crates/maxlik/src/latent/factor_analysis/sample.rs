//! What the likelihood needs of the data: for each pattern of missing values the mean and the covariance of what was observed.
//!
//! Variables are standardised: all searches work in units of the data's own standard deviations, and a change of units changes
//! nothing but the constant of the log-likelihood.
use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::FactorAnalysisError;

/// Rows that are centred and multiplied at a time.
const BLOCK: usize = 256;

/// A correlation matrix counts as singular when its smallest eigenvalue is at most this times the number of variables.
const SINGULAR: f64 = 1e-14;

/// Covariances differ from their mirror images by at most this part of the standard deviations.
const SYMMETRY: f64 = 1e-10;

/// Rows in which the same variables were observed.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// The variables, ascending, `o` of them.
    pub(super) observed: Vec<usize>,
    /// The sum of the rows' weights.
    pub(super) weight: f64,
    /// The weighted mean, `o`.
    pub(super) mean: DVector<f64>,
    scatter: Scatter,
}

/// A covariance about the mean, divisor `weight`; of fewer rows than variables in less memory than that.
#[derive(Clone, Debug)]
enum Scatter {
    Covariance(DMatrix<f64>),
    /// Centred rows `B` with `B'B` the covariance.
    Rows(DMatrix<f64>),
}

/// Standardised data, as far as the likelihood depends on them.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) names: Vec<String>,
    pub(super) patterns: Vec<Pattern>,
    /// Rows that count: of positive weight, with a value.
    pub(super) n_obs: usize,
    /// Rows of positive weight in which nothing was observed.
    pub(super) empty_rows: usize,
    /// The sum of the weights.
    pub(super) weight: f64,
    /// The variables' origins; none where only a covariance matrix is known.
    pub(super) location: Option<DVector<f64>>,
    /// The variables' units.
    pub(super) scale: DVector<f64>,
}

impl Pattern {
    /// The covariance about the mean, `o x o`.
    pub(super) fn covariance(&self) -> DMatrix<f64> {
        match &self.scatter {
            Scatter::Covariance(covariance) => covariance.clone(),
            Scatter::Rows(rows) => rows.tr_mul(rows),
        }
    }

    /// Of few rows: `B` with `B'B` the covariance.
    pub(super) fn rows(&self) -> Option<&DMatrix<f64>> {
        match &self.scatter {
            Scatter::Covariance(_) => None,
            Scatter::Rows(rows) => Some(rows),
        }
    }

    /// Rows of positive weight, two passes: the mean, and the products of deviations from it, in blocks.
    fn new(points: &DMatrix<f64>, rows: &[usize], observed: Vec<usize>, weight: &dyn Fn(usize) -> f64) -> Self {
        let o = observed.len();
        let total: f64 = rows.iter().map(|&i| weight(i)).sum();
        let average = |j: usize| {
            let column = points.column(j);
            rows.iter().map(|&i| weight(i) * column[i]).sum::<f64>() / total
        };
        let mut mean = DVector::from_iterator(o, observed.iter().map(|&j| average(j)));
        let mut block = DMatrix::zeros(rows.len().min(BLOCK), o);
        let few = rows.len() < o;
        let mut covariance = if few { DMatrix::zeros(0, 0) } else { DMatrix::zeros(o, o) };
        // What rounding has left in the mean.
        let mut rest = DVector::zeros(o);
        for rows in rows.chunks(BLOCK) {
            let roots: Vec<f64> = rows.iter().map(|&i| (weight(i) / total).sqrt()).collect();
            for (k, &j) in observed.iter().enumerate() {
                let column = points.column(j);
                for ((entry, &i), root) in block.column_mut(k).iter_mut().zip(rows).zip(&roots) {
                    let deviation = column[i] - mean[k];
                    rest[k] += root * root * deviation;
                    *entry = root * deviation;
                }
            }
            if !few {
                let block = block.rows(0, rows.len());
                covariance.gemm(1.0, &block.transpose(), &block, 1.0);
            }
        }
        mean += &rest;
        let scatter = if few {
            for (mut row, &i) in block.row_iter_mut().zip(rows) {
                row -= rest.transpose() * (weight(i) / total).sqrt();
            }
            Scatter::Rows(block)
        } else {
            Scatter::Covariance(covariance - &rest * rest.transpose())
        };
        Self { observed, weight: total, mean, scatter }
    }

    /// In other origins and units.
    fn standardise(&mut self, location: &DVector<f64>, scale: &DVector<f64>) {
        for (k, &j) in self.observed.iter().enumerate() {
            self.mean[k] = (self.mean[k] - location[j]) / scale[j];
            match &mut self.scatter {
                Scatter::Covariance(covariance) => {
                    covariance.row_mut(k).unscale_mut(scale[j]);
                    covariance.column_mut(k).unscale_mut(scale[j]);
                }
                Scatter::Rows(rows) => rows.column_mut(k).unscale_mut(scale[j]),
            }
        }
    }
}

impl Sample {
    /// Rows without missing values.
    pub(super) fn complete(
        points: &DMatrix<f64>,
        names: Vec<String>,
        weights: Option<&[f64]>,
    ) -> Result<Self, FactorAnalysisError> {
        let weight = |i: usize| weights.map_or(1.0, |weights| weights[i]);
        let rows: Vec<usize> = (0..points.nrows()).filter(|&i| weight(i) > 0.0).collect();
        for &i in &rows {
            if let Some(j) = (0..points.ncols()).find(|&j| !points[(i, j)].is_finite()) {
                return Err(not_finite(points, &names, i, j, false));
            }
        }
        let d = points.ncols();
        refuse_few_rows(rows.len(), d)?;
        refuse_constants(points, &rows, &names)?;
        let mut pattern = Pattern::new(points, &rows, (0..d).collect(), &weight);
        let location = pattern.mean.clone();
        let scale = pattern.covariance().diagonal().map(f64::sqrt);
        pattern.standardise(&location, &scale);
        refuse_singular(&pattern.covariance(), &names)?;
        let (n_obs, weight) = (rows.len(), pattern.weight);
        let location = Some(location);
        Ok(Self { names, patterns: vec![pattern], n_obs, empty_rows: 0, weight, location, scale })
    }

    /// Rows in which NaN is a value that was not observed.
    pub(super) fn with_missing(
        points: &DMatrix<f64>,
        names: Vec<String>,
        weights: Option<&[f64]>,
    ) -> Result<Self, FactorAnalysisError> {
        let d = points.ncols();
        let weight = |i: usize| weights.map_or(1.0, |weights| weights[i]);
        let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for i in (0..points.nrows()).filter(|&i| weight(i) > 0.0) {
            if let Some(j) = (0..d).find(|&j| points[(i, j)].is_infinite()) {
                return Err(not_finite(points, &names, i, j, true));
            }
            groups.entry((0..d).filter(|&j| !points[(i, j)].is_nan()).collect()).or_default().push(i);
        }
        let empty_rows = groups.remove(&Vec::new()).map_or(0, |rows| rows.len());
        let counted: Vec<usize> = groups.values().flatten().copied().collect();
        refuse_few_rows(counted.len(), d)?;
        refuse_constants(points, &counted, &names)?;
        let mut patterns: Vec<Pattern> =
            groups.into_iter().map(|(observed, rows)| Pattern::new(points, &rows, observed, &weight)).collect();
        // Origins and units from the values there are, variable by variable.
        let values = |j: usize| counted.iter().map(move |&i| (weight(i), points[(i, j)])).filter(|(_, x)| !x.is_nan());
        let location = DVector::from_fn(d, |j, _| {
            values(j).map(|(w, x)| w * x).sum::<f64>() / values(j).map(|(w, _)| w).sum::<f64>()
        });
        let scale = DVector::from_fn(d, |j, _| {
            let square = values(j).map(|(w, x)| w * (x - location[j]).powi(2)).sum::<f64>();
            (square / values(j).map(|(w, _)| w).sum::<f64>()).sqrt()
        });
        for pattern in &mut patterns {
            pattern.standardise(&location, &scale);
        }
        let weight = patterns.iter().map(|pattern| pattern.weight).sum();
        let sample =
            Self { names, patterns, n_obs: counted.len(), empty_rows, weight, location: Some(location), scale };
        refuse_singular(&sample.filled_in(), &sample.names)?;
        Ok(sample)
    }

    /// A covariance or correlation matrix of `n` rows.
    pub(super) fn covariance(s: &DMatrix<f64>, names: Vec<String>, n: usize) -> Result<Self, FactorAnalysisError> {
        let d = s.nrows();
        for (i, j) in (0..d).flat_map(|i| (0..d).map(move |j| (i, j))) {
            if !s[(i, j)].is_finite() {
                let (row, column) = (names[i].clone(), names[j].clone());
                return Err(FactorAnalysisError::CovarianceNotFinite { row, column, found: s[(i, j)] });
            }
        }
        if let Some(j) = (0..d).find(|&j| s[(j, j)] <= 0.0) {
            return Err(FactorAnalysisError::NotPositiveVariance { name: names[j].clone(), found: s[(j, j)] });
        }
        let scale = s.diagonal().map(f64::sqrt);
        let standardised = DMatrix::from_fn(d, d, |i, j| s[(i, j)] / scale[i] / scale[j]);
        for (i, j) in (0..d).flat_map(|i| (0..i).map(move |j| (i, j))) {
            if (standardised[(i, j)] - standardised[(j, i)]).abs() > SYMMETRY {
                let (row, column) = (names[i].clone(), names[j].clone());
                let (found, mirrored) = (s[(i, j)], s[(j, i)]);
                return Err(FactorAnalysisError::NotSymmetric { row, column, found, mirrored });
            }
        }
        refuse_few_rows(n, d)?;
        let correlation = 0.5 * (&standardised + standardised.transpose());
        let smallest = correlation.symmetric_eigenvalues().min();
        if smallest < -SINGULAR * d as f64 {
            return Err(FactorAnalysisError::NotPositiveDefinite { smallest });
        }
        refuse_singular(&correlation, &names)?;
        let (observed, mean) = ((0..d).collect(), DVector::zeros(d));
        let pattern = Pattern { observed, weight: n as f64, mean, scatter: Scatter::Covariance(correlation) };
        Ok(Self { names, patterns: vec![pattern], n_obs: n, empty_rows: 0, weight: n as f64, location: None, scale })
    }

    /// The number of variables.
    pub(super) fn dimension(&self) -> usize {
        self.names.len()
    }

    /// Whether no value is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.patterns.len() == 1 && self.patterns[0].observed.len() == self.dimension()
    }

    /// What the log-likelihood of the standardised data is above that of the data, in their own units.
    pub(super) fn log_units(&self) -> f64 {
        let of_pattern = |p: &Pattern| p.weight * p.observed.iter().map(|&j| self.scale[j].ln()).sum::<f64>();
        self.patterns.iter().map(of_pattern).sum()
    }

    /// The correlation matrix with each missing value at its variable's mean: that of the data where none is missing, and a place to
    /// start where some are.
    pub(super) fn filled_in(&self) -> DMatrix<f64> {
        let d = self.dimension();
        if self.is_complete() {
            return self.patterns[0].covariance();
        }
        let mut sum = DMatrix::zeros(d, d);
        for pattern in &self.patterns {
            let square = pattern.covariance() + &pattern.mean * pattern.mean.transpose();
            for (a, &i) in pattern.observed.iter().enumerate() {
                for (b, &j) in pattern.observed.iter().enumerate() {
                    sum[(i, j)] += pattern.weight * square[(a, b)];
                }
            }
        }
        let root = sum.diagonal().map(f64::sqrt);
        DMatrix::from_fn(d, d, |i, j| sum[(i, j)] / root[i] / root[j])
    }
}

fn not_finite(
    points: &DMatrix<f64>,
    names: &[String],
    row: usize,
    column: usize,
    missing_allowed: bool,
) -> FactorAnalysisError {
    FactorAnalysisError::NotFinite { row, column: names[column].clone(), found: points[(row, column)], missing_allowed }
}

fn refuse_few_rows(rows: usize, variables: usize) -> Result<(), FactorAnalysisError> {
    if rows > variables { Ok(()) } else { Err(FactorAnalysisError::FewRows { rows, variables }) }
}

/// Refuses variables that have less than two different values.
fn refuse_constants(points: &DMatrix<f64>, rows: &[usize], names: &[String]) -> Result<(), FactorAnalysisError> {
    for (j, name) in names.iter().enumerate() {
        let mut values = rows.iter().map(|&i| points[(i, j)]).filter(|x| !x.is_nan());
        match values.next() {
            None => return Err(FactorAnalysisError::NoValues { name: name.clone() }),
            Some(value) if values.all(|x| x == value) => {
                return Err(FactorAnalysisError::Constant { name: name.clone(), value });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Refuses a correlation matrix in which a combination of variables has no variance.
fn refuse_singular(correlation: &DMatrix<f64>, names: &[String]) -> Result<(), FactorAnalysisError> {
    let d = names.len();
    let eigen = SymmetricEigen::new(correlation.clone());
    let smallest = eigen.eigenvalues.imin();
    if eigen.eigenvalues[smallest] > SINGULAR * d as f64 {
        return Ok(());
    }
    let direction = eigen.eigenvectors.column(smallest);
    let leading: Vec<usize> = (0..d).filter(|&j| direction[j].abs() > 1e-3).collect();
    let combination = leading.iter().map(|&j| (names[j].clone(), direction[j] / direction[leading[0]])).collect();
    Err(FactorAnalysisError::Singular { combination })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::dmatrix;

    fn names(d: usize) -> Vec<String> {
        (1..=d).map(|j| format!("x{j}")).collect()
    }

    #[test]
    fn moments_far_from_zero_keep_their_digits() {
        // More rows than a block has; the second column is far from 0 compared with its spread.
        let points = DMatrix::from_fn(601, 3, |i, j| {
            let u = (((i * 7919 + j * 104_729) % 1009) as f64 / 1009.0 - 0.5) * (1.0 + j as f64);
            if j == 1 { 1e7 + 0.5 * u } else { u }
        });
        let weights: Vec<f64> = (0..601).map(|i| f64::from(i % 4)).collect();
        let sample = Sample::complete(&points, names(3), Some(&weights)).unwrap();
        let mean = |j: usize| {
            let origin = if j == 1 { 1e7 } else { 0.0 };
            let sum: f64 = (0..601).map(|i| weights[i] * (points[(i, j)] - origin)).sum();
            sum / weights.iter().sum::<f64>() + origin
        };
        let covariance = |j: usize, k: usize| {
            let product = |i: usize| weights[i] * (points[(i, j)] - mean(j)) * (points[(i, k)] - mean(k));
            (0..601).map(product).sum::<f64>() / weights.iter().sum::<f64>()
        };
        let r = sample.filled_in();
        for j in 0..3 {
            assert_relative_eq!(sample.location.as_ref().unwrap()[j], mean(j), max_relative = 1e-15, epsilon = 1e-15);
            assert_relative_eq!(sample.scale[j], covariance(j, j).sqrt(), max_relative = 1e-13);
            for k in 0..3 {
                let expected = covariance(j, k) / sample.scale[j] / sample.scale[k];
                assert_relative_eq!(r[(j, k)], expected, epsilon = 1e-8); // 1e7 has seven digits less than its spread
            }
        }
        assert_eq!(sample.n_obs, 450);
    }

    #[test]
    fn rows_are_grouped_by_what_is_missing() {
        let nan = f64::NAN;
        let points = dmatrix![
            1.0, 2.0, 0.5; 2.0, nan, 0.25; 0.5, 1.0, nan; nan, nan, nan; 1.5, 3.0, 0.75; 0.0, 2.5, -1.0; 2.5, nan, 0.0;
            0.7, 1.1, 0.1; -0.4, 0.3, 0.9
        ];
        let sample = Sample::with_missing(&points, names(3), None).unwrap();
        assert_eq!((sample.n_obs, sample.empty_rows, sample.patterns.len()), (8, 1, 3));
        let two: &Pattern = sample.patterns.iter().find(|pattern| pattern.observed == [0, 2]).unwrap();
        assert_eq!(two.weight, 2.0);
        let unit = |j: usize| (sample.location.as_ref().unwrap()[j], sample.scale[j]);
        let ((a, s), (b, t)) = (unit(0), unit(2));
        assert_relative_eq!(two.mean[0], (2.25 - a) / s, max_relative = 1e-14);
        assert_relative_eq!(two.mean[1], (0.125 - b) / t, max_relative = 1e-14);
        assert_relative_eq!(two.covariance()[(0, 1)], -0.25 * 0.125 / s / t, max_relative = 1e-14);
        let one = sample.patterns.iter().find(|pattern| pattern.observed == [0, 1]).unwrap();
        assert_eq!(one.covariance(), DMatrix::zeros(2, 2));
    }
}
