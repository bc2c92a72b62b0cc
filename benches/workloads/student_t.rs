//! W6: location, scale and degrees of freedom of a Student sample, as a `LogDensity` and as a closure.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

struct StudentT;
impl LogDensity<f64, 3> for StudentT {
    #[inline]
    fn ln_density<T: Real>(&self, [mu, sigma, nu]: [T; 3], &y: &f64) -> T {
        student_t::ln_pdf(y, mu, sigma, nu)
    }
}

/// Location, scale and degrees of freedom, from the median and the standard deviation.
fn parameters(y: &[f64]) -> [Parameter; 3] {
    let n = y.len() as f64;
    let mean = y.iter().sum::<f64>() / n;
    let variance = y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
    let mut sorted = y.to_vec();
    sorted.sort_by(f64::total_cmp);
    let sd = variance.sqrt() * (-0.3_f64).exp();
    [real("mu").start(sorted[y.len() / 2]), positive("sigma").start(sd), positive("nu").start(8.0)]
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::from_density(y, parameters(y), StudentT);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}

pub(crate) fn fit_closure(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::new(y, parameters(y), |[mu, sigma, nu], &y| {
        let z = (y - mu) / sigma;
        let constant = (0.5 * (nu + 1.0)).ln_gamma() - (0.5 * nu).ln_gamma() - 0.5 * (nu * std::f64::consts::PI).ln();
        constant - sigma.ln() - 0.5 * (nu + 1.0) * (z * z / nu).ln_1p()
    });
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}
