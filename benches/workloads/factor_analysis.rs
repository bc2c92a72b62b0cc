//! W9: factor analysis with five factors.
use maxlik::prelude::*;

use crate::data::DataSet;
use crate::measure::{Measured, measure};
use crate::outcome::Outcome;

/// From one start, as the software it is compared with; with standard errors, which that does not have.
pub(crate) fn fit(data: &DataSet) -> Measured {
    from_starts(data, 1)
}

/// From the library's own number of starts.
pub(crate) fn fit_from_five_starts(data: &DataSet) -> Measured {
    from_starts(data, 5)
}

fn from_starts(data: &DataSet, starts: usize) -> Measured {
    let points = data.matrix("X");
    let analysis = FactorAnalysis::new(5).starts(starts);
    let fit = || {
        let fit = analysis.fit(&points).expect("a maximum");
        // Computed when it is asked for.
        fit.vcov().expect("standard errors");
        fit
    };
    let outcome = |fit: &FactorAnalysisFit| {
        Outcome::of(fit).with_coefficients(fit.on(Scale::Covariance).uniquenesses().as_slice().to_vec())
    };
    measure(points.nrows(), fit, outcome)
}
