//! W4: a Weibull sample, as a `LogDensity` and as a closure that a user would write.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

struct Weibull;
impl LogDensity<f64, 2> for Weibull {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [shape, scale]: [T; 2], &y: &f64) -> T {
        weibull::ln_pdf(y, shape, scale)
    }
}

fn parameters() -> [Parameter; 2] {
    [positive("shape"), positive("scale")]
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::from_density(y, parameters(), Weibull);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}

pub(crate) fn fit_closure(data: &DataSet) -> Measured {
    let y = data.vector("y");
    let model = Model::new(y, parameters(), |[shape, scale], &y| {
        let ln_z = y.ln() - scale.ln();
        shape.ln() - scale.ln() + (shape - 1.0) * ln_z - (shape * ln_z).exp()
    });
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of)
}
