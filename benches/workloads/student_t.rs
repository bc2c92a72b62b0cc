//! W6: location, scale and degrees of freedom of a Student sample, as a `LogDensity` and as a closure.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

struct StudentT;
impl LogDensity<f64, 3> for StudentT {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [mu, sigma, nu]: [T; 3], &y: &f64) -> T {
        student_t::ln_pdf(y, mu, sigma, nu)
    }
}

fn parameters() -> [Parameter; 3] {
    [real("mu"), positive("sigma"), positive("nu")]
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::from_density(y, parameters(), StudentT);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}

pub(crate) fn fit_closure(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::new(y, parameters(), |[mu, sigma, nu], &y| {
        let z = (y - mu) / sigma;
        let constant = (0.5 * (nu + 1.0)).ln_gamma() - (0.5 * nu).ln_gamma() - 0.5 * (nu * std::f64::consts::PI).ln();
        constant - sigma.ln() - 0.5 * (nu + 1.0) * (z * z / nu).ln_1p()
    });
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}
