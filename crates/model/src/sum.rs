//! Compensated summation.

/// A sum that carries what its additions rounded away: exact to a few units in the last place whatever the number of
/// terms, and mergeable.
///
/// # References
/// Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen" (1974), algorithm IV.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compensated {
    sum: f64,
    correction: f64,
}

impl Compensated {
    /// Adds a term.
    #[inline(always)]
    pub fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.correction += if self.sum.abs() >= term.abs() { (self.sum - sum) + term } else { (term - sum) + self.sum };
        self.sum = sum;
    }

    /// The sum.
    #[inline(always)]
    pub fn value(self) -> f64 {
        // An infinite sum has a NaN correction.
        if self.sum.is_finite() { self.sum + self.correction } else { self.sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_between_large_ones() {
        let mut sum = Compensated::default();
        for term in [1e16, 1.5, -1e16, 2.25] {
            sum.add(term);
        }
        assert_eq!(sum.value(), 3.75);
        assert_eq!([1e16, 1.5, -1e16, 2.25].iter().sum::<f64>(), 4.25, "a plain sum loses them");
    }

    #[test]
    fn infinite_terms_stay_infinite() {
        let mut sum = Compensated::default();
        sum.add(f64::NEG_INFINITY);
        sum.add(1.0);
        assert_eq!(sum.value(), f64::NEG_INFINITY);
    }
}
