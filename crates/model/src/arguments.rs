//! From the derivatives of a block of rows in their arguments to the coefficients, by matrices:
//! `score_k = X_k' g_k` and `hessian_kl = X_k' diag(h_kl) X_l`, where a scalar counts as a column of ones.
use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use crate::Design;
use crate::block::{Buffers, lanes, pair};
use crate::coded_columns::line_length;
use crate::cross_product::sum;
use crate::design::BLOCK;
use crate::sum::{Compensated, CompensatedSums};
use crate::sums_by_code::SumsByCode;
use crate::threads::for_parts;
use crate::tile::Scaled;

/// The arguments that the log-density of a row sees: scalars and linear predictors.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'m> {
    pub(crate) designs: &'m [Option<&'m Design>],
    /// The first coefficient of each argument.
    pub(crate) first: &'m [usize],
}

impl Arguments<'_> {
    /// Writes the linear predictors of a block into its arguments.
    #[inline(always)]
    pub(crate) fn predict<const P: usize>(self, theta: &[f64], index: usize, rows: usize, arguments: &mut [[f64; P]]) {
        for k in 0..P {
            let Some(design) = self.designs[k] else { continue };
            let beta = &theta[self.first[k]..][..design.names().len()];
            let mut predictor = [0.0; BLOCK];
            design.predict(index, beta, lanes(rows), &mut predictor);
            for (arguments, eta) in arguments.iter_mut().zip(&predictor) {
                arguments[k] = *eta;
            }
        }
    }

    /// Writes the linear predictors of a block, each into a column of its own with room for whole lanes of its `rows`; there are no scalars.
    pub(crate) fn predict_each(self, theta: &[f64], index: usize, rows: usize, predictors: &mut [Vec<f64>]) {
        for ((design, &first), predictor) in self.designs.iter().zip(self.first).zip(predictors) {
            let design = design.expect("bug: a scalar among linear predictors");
            let beta = &theta[first..][..design.names().len()];
            design.predict(index, beta, lanes(rows), predictor);
        }
    }

    /// Calls `f` with each argument of a row of a block, each of its coefficients, and the coefficient's factor in it where this is not
    /// the 0 of a category.
    #[inline(always)]
    pub(crate) fn for_each_of_row(self, index: usize, row: usize, mut f: impl FnMut(usize, usize, f64)) {
        for (k, (design, &first)) in self.designs.iter().zip(self.first).enumerate() {
            match design {
                None => f(k, first, 1.0),
                Some(design) => design.for_each_of_row(index, row, |j, x| f(k, first + j, x)),
            }
        }
    }

    /// Adds value and gradient of a block, the gradient taken to the coefficients.
    pub(crate) fn add_score(self, index: usize, buffers: &Buffers, length: usize, totals: &mut Totals) {
        totals.value.add(sum(&buffers.value()[..length]));
        for (k, (design, &first)) in self.designs.iter().zip(self.first).enumerate() {
            let g = &buffers.gradient(k)[..length];
            let Some(design) = design else {
                totals.gradient.add(first, &[sum(g)]);
                continue;
            };
            design.with_vector(index, g, |j, entries| totals.gradient.add(first + j, entries));
            for (j, codes) in design.codes(index, length) {
                codes.add_vector(g, totals.by_code(first + j, codes.columns(), length));
            }
        }
    }

    /// Adds the second derivatives of a block, taken to the coefficients.
    pub(crate) fn add_hessian(
        self,
        index: usize,
        buffers: &Buffers,
        length: usize,
        scaled: &mut Scaled,
        hessian: &mut Triangle,
    ) {
        for k in 0..self.first.len() {
            for l in 0..=k {
                let h = &buffers.hessian(k, l)[..length];
                let (row, column) = (self.first[k], self.first[l]);
                match (self.designs[k], self.designs[l]) {
                    (None, None) => hessian.add(row, column, &[sum(h)]),
                    (Some(design), None) => {
                        design.with_vector(index, h, |j, entries| {
                            for (i, entry) in entries.iter().enumerate() {
                                hessian.add(row + j + i, column, &[*entry]);
                            }
                        });
                        for (j, codes) in design.codes(index, length) {
                            codes.add_vector(
                                h,
                                hessian.by_code(Place::Lines(row + j, column), codes.columns(), 1, length),
                            );
                        }
                    }
                    (None, Some(design)) => {
                        design.with_vector(index, h, |j, entries| hessian.add(row, column + j, entries));
                        for (j, codes) in design.codes(index, length) {
                            let place = Place::Columns(row, column + j);
                            codes.add_vector(h, hessian.by_code(place, codes.columns(), 1, length));
                        }
                    }
                    (Some(left), Some(right)) => {
                        let add = |i, j, entries: &[f64]| hessian.add(row + i, column + j, entries);
                        left.with_design(right, index, h, k == l, scaled, add);
                        add_products_of_codes([left, right], [row, column], index, h, hessian);
                    }
                }
            }
        }
    }
}

/// Adds the products of a block in which codes take part; of the same place, those of the lower triangle.
fn add_products_of_codes(
    [left, right]: [&Design; 2],
    [row, column]: [usize; 2],
    index: usize,
    h: &[f64],
    hessian: &mut Triangle,
) {
    let lower = row == column;
    let (x, y) = (left.block(index), right.block(index));
    for (i, codes) in left.codes(index, h.len()) {
        if y.len() > 0 || lower {
            let place = if lower { Place::LinesAndDiagonal(row + i, column) } else { Place::Lines(row + i, column) };
            let width = y.len() + usize::from(lower);
            codes.add_columns(y, h, lower, hessian.by_code(place, codes.columns(), width, h.len()));
        }
        for (j, others) in right.codes(index, h.len()) {
            if !lower || j < i {
                codes.with_codes(others, h, |c, d, entry| hessian.add(row + i + c, column + j + d, &[entry]));
            }
        }
    }
    if !lower && x.len() > 0 {
        for (j, codes) in right.codes(index, h.len()) {
            let place = Place::Columns(row, column + j);
            codes.add_columns(x, h, false, hessian.by_code(place, codes.columns(), x.len(), h.len()));
        }
    }
}

/// Value, score and Hessian of so many blocks, which `add` adds to the sums: threads may share them.
pub(crate) fn sum_derivatives(
    blocks: usize,
    coefficients: usize,
    add: impl Fn(Range<usize>, &mut Totals, &mut Triangle) + Sync,
) -> (f64, DVector<f64>, DMatrix<f64>) {
    let part = |blocks| {
        let (mut totals, mut hessian) = (Totals::new(coefficients), Triangle::new(coefficients));
        add(blocks, &mut totals, &mut hessian);
        (totals, hessian)
    };
    let bytes = pair(coefficients + 1, 0) * size_of::<Compensated>();
    let (totals, hessian) = for_parts(blocks, bytes, part, |all, part| {
        all.0.merge(part.0);
        all.1.merge(part.1);
    });
    let (value, score) = totals.finish();
    (value, score, hessian.finish(coefficients))
}

/// Value and score, likewise.
pub(crate) fn sum_score(
    blocks: usize,
    coefficients: usize,
    add: impl Fn(Range<usize>, &mut Totals) + Sync,
) -> (f64, DVector<f64>) {
    let part = |blocks| {
        let mut totals = Totals::new(coefficients);
        add(blocks, &mut totals);
        totals
    };
    for_parts(blocks, coefficients * size_of::<Compensated>(), part, Totals::merge).finish()
}

/// The sum of the terms that `add` adds.
pub(crate) fn sum_values(blocks: usize, add: impl Fn(Range<usize>, &mut Compensated) + Sync) -> f64 {
    let part = |blocks| {
        let mut total = Compensated::default();
        add(blocks, &mut total);
        total
    };
    for_parts(blocks, size_of::<Compensated>(), part, Compensated::merge).value()
}

/// Compensated sums of value and score.
#[derive(Clone)]
pub(crate) struct Totals {
    pub(crate) value: Compensated,
    gradient: CompensatedSums,
    /// By the first coefficient of each category.
    by_code: SumsByCode<usize>,
}

impl Totals {
    pub(crate) fn new(coefficients: usize) -> Self {
        Self {
            value: Compensated::default(),
            gradient: CompensatedSums::zeros(coefficients),
            by_code: SumsByCode::new(),
        }
    }

    /// The sums of so many codes with coefficients from `first`, to which some `rows` are added.
    fn by_code(&mut self, first: usize, codes: usize, rows: usize) -> &mut [f64] {
        let gradient = &mut self.gradient;
        self.by_code.at(first, [codes, 1, 1], rows, |first, code, sum| gradient.add(first + code, sum))
    }

    fn flush(&mut self) {
        self.by_code.flush(|first, code, sum| self.gradient.add(first + code, sum));
    }

    /// Adds the totals of other rows.
    pub(crate) fn merge(&mut self, mut other: Self) {
        self.flush();
        other.flush();
        self.value.merge(other.value);
        self.gradient.merge(&other.gradient);
    }

    pub(crate) fn finish(mut self) -> (f64, DVector<f64>) {
        self.flush();
        (self.value.value(), DVector::from_fn(self.gradient.len(), |j, _| self.gradient.value(j)))
    }
}

/// Compensated sums of the Hessian: its lower triangle by rows.
#[derive(Clone)]
pub(crate) struct Triangle {
    sums: CompensatedSums,
    by_code: SumsByCode<Place>,
}

/// Where the sums by code stand in the triangle, from a row and a column: a code's line of sums...
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// in a row of its own,
    Lines(usize, usize),
    /// there with the last one on the diagonal,
    LinesAndDiagonal(usize, usize),
    /// in a column of its own.
    Columns(usize, usize),
}

impl Triangle {
    pub(crate) fn new(coefficients: usize) -> Self {
        Self { sums: CompensatedSums::zeros(pair(coefficients, 0)), by_code: SumsByCode::new() }
    }

    /// Adds to entries of a row that follow each other from a column.
    #[inline(always)]
    fn add(&mut self, row: usize, column: usize, entries: &[f64]) {
        self.sums.add(pair(row, column), entries);
    }

    /// The sums of so many codes, `width` of each, to which some `rows` are added.
    fn by_code(&mut self, place: Place, codes: usize, width: usize, rows: usize) -> &mut [f64] {
        let sums = &mut self.sums;
        let size = [codes, width, line_length(width)];
        self.by_code.at(place, size, rows, |place, code, line| place.add(code, line, sums))
    }

    fn flush(&mut self) {
        self.by_code.flush(|place, code, line| place.add(code, line, &mut self.sums));
    }

    /// Adds the sums of other rows of data.
    pub(crate) fn merge(&mut self, mut other: Self) {
        self.flush();
        other.flush();
        self.sums.merge(&other.sums);
    }

    pub(crate) fn finish(mut self, coefficients: usize) -> DMatrix<f64> {
        self.flush();
        DMatrix::from_fn(coefficients, coefficients, |i, j| self.sums.value(pair(i.max(j), i.min(j))))
    }
}

impl Place {
    fn add(self, code: usize, line: &[f64], sums: &mut CompensatedSums) {
        match self {
            Self::Lines(row, column) => sums.add(pair(row + code, column), line),
            Self::LinesAndDiagonal(row, column) => {
                let (diagonal, line) = line.split_last().expect("bug: a line without an entry on the diagonal");
                sums.add(pair(row + code, column), line);
                sums.add(pair(row + code, row + code), &[*diagonal]);
            }
            Self::Columns(row, column) => {
                for (i, entry) in line.iter().enumerate() {
                    sums.add(pair(row + i, column + code), &[*entry]);
                }
            }
        }
    }
}
