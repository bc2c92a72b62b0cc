//! W4: a Weibull sample, as a `LogDensity` and as a closure that a user would write.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

struct Weibull;
impl LogDensity<f64, 2> for Weibull {
    #[inline]
    fn ln_density<T: Real>(&self, [shape, scale]: [T; 2], &y: &f64) -> T {
        weibull::ln_pdf(y, shape, scale)
    }
}

/// Shape and scale, from an exponential distribution.
fn parameters(y: &[f64]) -> [Parameter; 2] {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    [positive("shape"), positive("scale").start(mean)]
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::from_density(y, parameters(y), Weibull);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}

pub(crate) fn fit_closure(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::new(y, parameters(y), |[shape, scale], &y| {
        let ln_z = y.ln() - scale.ln();
        shape.ln() - scale.ln() + (shape - 1.0) * ln_z - (shape * ln_z).exp()
    });
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}
