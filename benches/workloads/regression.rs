//! Designs with a column of ones before those of the data.
use std::time::Instant;

use maxlik::prelude::*;

use crate::data::DataSet;

/// The design of a matrix with an intercept, and the seconds that it took to build.
pub(crate) fn design(data: &DataSet, name: &str) -> (Design, f64) {
    let with_ones = data.matrix(name).insert_column(0, 1.0);
    let names: Vec<String> = (0..with_ones.ncols()).map(|j| format!("x{j}")).collect();
    let start = Instant::now();
    let design = Design::from_matrix(&with_ones, names).expect("finite columns");
    (design, start.elapsed().as_secs_f64())
}
