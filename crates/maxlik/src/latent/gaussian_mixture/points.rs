//! The rows that a Gaussian mixture is fitted to, checked, and sorted by what is missing in them.
use std::collections::BTreeMap;

use nalgebra::DMatrix;

use super::GaussianMixtureError;

/// The rows of weight above 0.
pub(crate) struct Points<'a> {
    /// `n x d`
    pub(crate) x: &'a DMatrix<f64>,
    /// The weights, one per row; each counts once where there are none.
    weights: Option<&'a [f64]>,
    /// The rows by what is observed in them.
    pub(crate) patterns: Vec<Pattern>,
    /// The mean of each coordinate among the rows where it is observed. Means of components are relative to it, so that an offset takes no
    /// digits; of rows that are only looked at it is 0.
    pub(crate) center: Vec<f64>,
    /// The variance of each coordinate, likewise.
    pub(crate) spread: Vec<f64>,
    /// The sum of the weights.
    pub(crate) total: f64,
}

/// Rows in which the same coordinates are observed.
pub(crate) struct Pattern {
    pub(crate) observed: Vec<usize>,
    pub(crate) rows: Vec<usize>,
}

impl<'a> Points<'a> {
    /// The rows that a mixture is to be fitted to; `missing` says whether NaN stands for a missing value.
    pub(crate) fn new(
        x: &'a DMatrix<f64>,
        weights: Option<&'a [f64]>,
        missing: bool,
        names: &[String],
    ) -> Result<Self, GaussianMixtureError> {
        let (n, d) = x.shape();
        if n == 0 || d == 0 {
            return Err(GaussianMixtureError::NoPoints { rows: n, columns: d });
        }
        if let Some(weights) = weights {
            if weights.len() != n {
                return Err(GaussianMixtureError::WeightsLength { expected: n, found: weights.len() });
            }
            if let Some(row) = (0..n).find(|&i| !(weights[i].is_finite() && weights[i] >= 0.0)) {
                return Err(GaussianMixtureError::Weight { row, found: weights[row] });
            }
            if weights.iter().all(|&weight| weight == 0.0) {
                return Err(GaussianMixtureError::NoPoints { rows: 0, columns: d });
            }
        }
        let mut points = Self::any(x, weights, missing, names)?;
        for a in 0..d {
            (points.center[a], points.spread[a]) = points.moments(a);
            if points.center[a].is_nan() {
                return Err(GaussianMixtureError::EmptyColumn { column: names[a].clone() });
            }
            let mut observed = points.rows().map(|row| x[(row, a)]).filter(|x| !x.is_nan());
            let value = observed.next().expect("bug: a column without a value");
            if observed.all(|other| other == value) {
                return Err(GaussianMixtureError::ConstantColumn { column: names[a].clone(), value });
            }
            if !points.spread[a].is_normal() {
                return Err(GaussianMixtureError::Units { column: names[a].clone(), variance: points.spread[a] });
            }
        }
        Ok(points)
    }

    /// Rows to be looked at with a mixture that is known.
    pub(crate) fn any(
        x: &'a DMatrix<f64>,
        weights: Option<&'a [f64]>,
        missing: bool,
        names: &[String],
    ) -> Result<Self, GaussianMixtureError> {
        let (n, d) = x.shape();
        let counts = |&i: &usize| weights.is_none_or(|weights| weights[i] > 0.0);
        let mut patterns: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
        let complete = x.as_slice().iter().all(|x| x.is_finite());
        if complete {
            patterns.insert(vec![true; d], (0..n).filter(counts).collect());
        }
        for row in (0..n).filter(|row| !complete && counts(row)) {
            let mut observed = vec![true; d];
            for a in 0..d {
                let found = x[(row, a)];
                if found.is_nan() && missing {
                    observed[a] = false;
                } else if !found.is_finite() {
                    return Err(GaussianMixtureError::NotFinite { row, column: names[a].clone(), found });
                }
            }
            if !observed.contains(&true) {
                return Err(GaussianMixtureError::EmptyRow { row });
            }
            patterns.entry(observed).or_default().push(row);
        }
        // Complete rows first.
        let pattern = |(observed, rows): (Vec<bool>, Vec<usize>)| Pattern {
            observed: (0..d).filter(|&a| observed[a]).collect(),
            rows,
        };
        let patterns: Vec<Pattern> = patterns.into_iter().rev().map(pattern).collect();
        let mut points = Self { x, weights, patterns, center: vec![0.0; d], spread: vec![0.0; d], total: 0.0 };
        points.total = points.rows().map(|row| points.weight(row)).sum();
        Ok(points)
    }

    /// These rows only, in their patterns.
    pub(crate) fn of_rows(&self, keep: impl Fn(usize) -> bool) -> Self {
        let part = |pattern: &Pattern| Pattern {
            observed: pattern.observed.clone(),
            rows: pattern.rows.iter().copied().filter(|&row| keep(row)).collect(),
        };
        let patterns: Vec<Pattern> = self.patterns.iter().map(part).filter(|part| !part.rows.is_empty()).collect();
        let total = patterns.iter().flat_map(|pattern| &pattern.rows).map(|&row| self.weight(row)).sum();
        let (center, spread) = (self.center.clone(), self.spread.clone());
        Self { x: self.x, weights: self.weights, patterns, center, spread, total }
    }

    /// The rows of some patterns only, about their own means.
    pub(crate) fn of_patterns(&self, keep: impl Fn(&Pattern) -> bool) -> Self {
        let kept = self.patterns.iter().filter(|pattern| keep(pattern));
        let patterns: Vec<Pattern> =
            kept.map(|pattern| Pattern { observed: pattern.observed.clone(), rows: pattern.rows.clone() }).collect();
        let total = patterns.iter().flat_map(|pattern| &pattern.rows).map(|&row| self.weight(row)).sum();
        let (center, spread) = (self.center.clone(), self.spread.clone());
        let mut part = Self { x: self.x, weights: self.weights, patterns, center, spread, total };
        for a in 0..self.d() {
            part.center[a] = part.moments(a).0;
        }
        part
    }

    /// All rows of weight above 0.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        self.patterns.iter().flat_map(|pattern| pattern.rows.iter().copied())
    }

    pub(crate) fn n(&self) -> usize {
        self.patterns.iter().map(|pattern| pattern.rows.len()).sum()
    }

    pub(crate) fn d(&self) -> usize {
        self.x.ncols()
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Whether there are more than so many different rows.
    pub(crate) fn has_distinct_rows(&self, more_than: usize) -> bool {
        let mut distinct: Vec<usize> = Vec::new();
        for row in self.rows() {
            let same = |other: usize| {
                let (a, b) = (self.x.row(row), self.x.row(other));
                a.iter().zip(b.iter()).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
            };
            if !distinct.iter().any(|&other| same(other)) {
                distinct.push(row);
                if distinct.len() > more_than {
                    return true;
                }
            }
        }
        false
    }

    /// Weighted mean and variance of a coordinate.
    fn moments(&self, a: usize) -> (f64, f64) {
        let observed = || self.rows().map(|row| (self.weight(row), self.x[(row, a)])).filter(|(_, x)| !x.is_nan());
        let total: f64 = observed().map(|(w, _)| w).sum();
        let mean = observed().map(|(w, x)| w * x).sum::<f64>() / total;
        (mean, observed().map(|(w, x)| w * (x - mean) * (x - mean)).sum::<f64>() / total)
    }
}
