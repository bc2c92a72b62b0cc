//! Compensated summation.
use std::array;

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

    /// Adds another sum with what it carries.
    pub fn merge(&mut self, other: Self) {
        self.add(other.sum);
        self.correction += other.correction;
    }

    /// The sum.
    #[inline(always)]
    pub fn value(self) -> f64 {
        // An infinite sum has a NaN correction.
        if self.sum.is_finite() { self.sum + self.correction } else { self.sum }
    }
}

/// Many sums as [`Compensated`], added to several at a time.
#[derive(Clone, Debug)]
pub(crate) struct CompensatedSums {
    /// The sums, and behind them as many corrections.
    entries: Vec<f64>,
}

impl CompensatedSums {
    pub(crate) fn zeros(count: usize) -> Self {
        Self { entries: vec![0.0; 2 * count] }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() / 2
    }

    fn parts(&self) -> (&[f64], &[f64]) {
        self.entries.split_at(self.len())
    }

    fn parts_mut(&mut self) -> (&mut [f64], &mut [f64]) {
        let count = self.len();
        self.entries.split_at_mut(count)
    }

    /// Adds terms to as many sums from the index `first`.
    #[inline(always)]
    pub(crate) fn add(&mut self, first: usize, terms: &[f64]) {
        let (sums, corrections) = self.parts_mut();
        let sums = &mut sums[first..][..terms.len()];
        let corrections = &mut corrections[first..][..terms.len()];
        // A fixed number goes through one register.
        if let (Ok(sums), Ok(corrections), Ok(terms)) =
            (<&mut [f64; 4]>::try_from(&mut *sums), <&mut [f64; 4]>::try_from(&mut *corrections), terms.try_into())
        {
            add_each::<4>(sums, corrections, terms);
        } else {
            for k in 0..terms.len() {
                add_each(array::from_mut(&mut sums[k]), array::from_mut(&mut corrections[k]), &[terms[k]]);
            }
        }
    }

    /// Adds other sums to these.
    pub(crate) fn merge(&mut self, other: &Self) {
        let (sums, corrections) = other.parts();
        self.add(0, sums);
        for (correction, other) in self.parts_mut().1.iter_mut().zip(corrections) {
            *correction += other;
        }
    }

    #[inline(always)]
    pub(crate) fn value(&self, index: usize) -> f64 {
        let (sums, corrections) = self.parts();
        Compensated { sum: sums[index], correction: corrections[index] }.value()
    }
}

/// The error of an addition without a branch: the same number as in [`Compensated::add`] (Knuth, The Art of Computer Programming 2,
/// section 4.2.2, theorem B).
#[inline(always)]
fn add_each<const N: usize>(sums: &mut [f64; N], corrections: &mut [f64; N], terms: &[f64; N]) {
    for k in 0..N {
        let sum = sums[k] + terms[k];
        let added = sum - sums[k];
        corrections[k] += (sums[k] - (sum - added)) + (terms[k] - added);
        sums[k] = sum;
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

    #[test]
    fn many_sums_are_as_exact_as_one() {
        let terms = |t: usize| [1e16, 1.5, -1e16, 2.25, f64::INFINITY].map(|x| x * [1.0, -3.0, 0.5][t % 3]);
        for count in 0..9 {
            let (mut sums, mut halves) = (CompensatedSums::zeros(11), [0, 1].map(|_| CompensatedSums::zeros(11)));
            let mut one_by_one = vec![Compensated::default(); count];
            for t in 0..5 {
                let terms: Vec<f64> = (0..count).map(|k| terms(k)[t]).collect();
                sums.add(2, &terms);
                halves[t / 2 % 2].add(2, &terms);
                one_by_one.iter_mut().zip(&terms).for_each(|(sum, term)| sum.add(*term));
            }
            let [mut merged, other] = halves;
            merged.merge(&other);
            for (k, sum) in one_by_one.into_iter().enumerate() {
                assert_eq!(sums.value(2 + k), sum.value());
                assert_eq!(merged.value(2 + k), sum.value());
            }
            assert!([0, 1].into_iter().chain(2 + count..11).all(|k| sums.value(k) == 0.0));
        }
    }

    #[test]
    fn finite_terms_survive_a_merge() {
        let (mut left, mut right) = (Compensated::default(), Compensated::default());
        left.add(1e16);
        left.add(1.5);
        right.add(-1e16);
        right.add(2.25);
        left.merge(right);
        assert_eq!(left.value(), 3.75);
    }
}
