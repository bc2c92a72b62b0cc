//! Random numbers of these tests, and a series made of them.
use maxlik::prelude::*;

use crate::uniform::Uniform;

impl Uniform {
    /// A state from its probabilities.
    pub(crate) fn state(&mut self, p: &[f64]) -> usize {
        let u = self.next();
        let mut sum = 0.0;
        p.iter()
            .position(|p| {
                sum += p;
                u < sum
            })
            .unwrap_or(p.len() - 1)
    }
}

/// Two normal states, a long series.
pub(crate) fn long_series(n: usize) -> Vec<f64> {
    let mut random = Uniform(77);
    let mut state = 0;
    let row = |_| {
        state = random.state(&[[0.95, 0.05], [0.1, 0.9]][state]);
        [0.0, 2.5][state] + [1.0, 1.6][state] * random.normal()
    };
    (0..n).map(row).collect()
}

/// Their model.
pub(crate) fn two_normals(y: &[f64]) -> HiddenMarkov<'_, f64> {
    HiddenMarkov::new(y)
        .state([real("calm"), positive("sd_calm")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
        .state([real("wild").start(3.0), positive("sd_wild")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
}
