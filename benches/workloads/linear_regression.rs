//! W1: linear regression with sigma.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;
use crate::regression::design;

struct Normal;
impl LogDensity<f64, 2> for Normal {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [mu, sigma]: [T; 2], &y: &f64) -> T {
        normal::ln_pdf(y, mu, sigma)
    }
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let (x, seconds) = design(data, "X");
    let model = Model::from_density(y, [linear("mu", x), positive("sigma")], Normal);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of).with_design(seconds)
}
