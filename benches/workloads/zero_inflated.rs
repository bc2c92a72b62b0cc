//! W5: zero-inflated Poisson regression, with covariates for the mean and for the zeros.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;
use crate::regression::design;

struct ZeroInflatedPoisson;
impl LogDensity<u64, 2> for ZeroInflatedPoisson {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [eta, zeta]: [T; 2], &y: &u64) -> T {
        zero_inflated::ln_pmf_logit(y, zeta, |y| poisson::ln_pmf(y, eta.exp()))
    }
}

pub(crate) fn fit(data: &DataSet) -> Measured {
    let y = data.counts("y");
    let ((x, x_seconds), (z, z_seconds)) = (design(data, "X"), design(data, "Z"));
    let model = Model::from_density(&y, [linear("count", x), linear("zero", z)], ZeroInflatedPoisson);
    measure(y.len(), || model.fit().expect("a maximum"), Outcome::of).with_design(x_seconds + z_seconds)
}
