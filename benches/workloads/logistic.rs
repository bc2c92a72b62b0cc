//! W2: logistic regression.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;
use crate::regression::design;

struct Logistic;
impl LogDensity<bool, 1> for Logistic {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [eta]: [T; 1], &y: &bool) -> T {
        bernoulli::ln_pmf_logit(y, eta)
    }
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y: Vec<bool> = data.vector("y").iter().map(|&y| y == 1.0).collect();
    let (x, seconds) = design(data, "X");
    let model = Model::from_density(&y, [linear("eta", x)], Logistic);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of).with_design(seconds)
}
