//! The data of these tests.
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// Azzalini & Bowman (1990): 272 eruptions, their length and the wait before the next, minutes.
pub(crate) fn faithful() -> DMatrix<f64> {
    Table::from_csv("examples/data/faithful.csv").unwrap().matrix(["eruptions", "waiting"]).unwrap()
}

/// Anderson (1935): four measurements of 150 flowers, cm.
pub(crate) fn iris() -> DMatrix<f64> {
    let columns = ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"];
    Table::from_csv("tests/data/iris.csv").unwrap().matrix(columns).unwrap()
}

/// Roeder (1990): velocities of 82 galaxies, 1000 km/s.
pub(crate) fn galaxies() -> DMatrix<f64> {
    Table::from_csv("tests/data/galaxies.csv").unwrap().matrix(["velocity"]).unwrap() / 1000.0
}

/// Rows of two overlapping components in the plane, three of ten of the second.
pub(crate) fn two_groups(n: usize, seed: u64) -> DMatrix<f64> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut x = DMatrix::zeros(n, 2);
    for i in 0..n {
        let (z, y): (f64, f64) = (rng.sample(StandardNormal), rng.sample(StandardNormal));
        let second = rng.random::<f64>() < 0.3;
        let row = if second { [3.0 + 0.8 * z, 1.0 + 1.2 * y - 0.5 * z] } else { [z, 0.6 * z + 0.9 * y] };
        x.set_row(i, &nalgebra::RowDVector::from_row_slice(&row));
    }
    x
}

/// The log-density of a normal distribution, written out.
pub(crate) fn ln_normal(x: &DVector<f64>, mean: &DVector<f64>, covariance: &DMatrix<f64>) -> f64 {
    let centred = x - mean;
    let inverse = covariance.clone().try_inverse().unwrap();
    -0.5 * (covariance.determinant().ln()
        + centred.dot(&(inverse * &centred))
        + x.len() as f64 * std::f64::consts::TAU.ln())
}
