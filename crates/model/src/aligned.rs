//! Numbers that begin where a cache line does.

/// The bytes of a cache line, and of the widest register.
const LINE: usize = 64;

/// Numbers whose first stands at the beginning of a cache line: a wide register that is read across two lines costs two reads (a
/// quarter of the time of cross-products, measured).
#[derive(Debug)]
pub struct Aligned {
    /// Some more than asked for, as far as these begin elsewhere.
    entries: Vec<f64>,
    start: usize,
}

impl Aligned {
    /// So many zeros.
    pub fn zeros(length: usize) -> Self {
        let entries = vec![0.0; length + LINE / size_of::<f64>()];
        let start = line_starts_at(&entries);
        Self { entries, start }
    }

    /// None.
    pub(crate) const fn none() -> Self {
        Self { entries: Vec::new(), start: 0 }
    }

    /// How many there are.
    pub(crate) fn length(&self) -> usize {
        self.entries.len().saturating_sub(LINE / size_of::<f64>())
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f64] {
        &self.entries[self.start..][..self.length()]
    }

    /// The numbers, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        let length = self.length();
        &mut self.entries[self.start..][..length]
    }

    /// The numbers, eight by eight; those behind the last eight are left out.
    pub fn eights(&self) -> &[[f64; 8]] {
        self.as_slice().as_chunks().0
    }

    /// The numbers, eight by eight, to be changed.
    pub fn eights_mut(&mut self) -> &mut [[f64; 8]] {
        self.as_mut_slice().as_chunks_mut().0
    }
}

impl Default for Aligned {
    fn default() -> Self {
        Self::none()
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        let mut clone = Self::zeros(self.length());
        clone.as_mut_slice().copy_from_slice(self.as_slice());
        clone
    }
}

/// The index of the first entry at the beginning of a cache line; 0 where this cannot be said.
pub(crate) fn line_starts_at(entries: &[f64]) -> usize {
    let offset = entries.as_ptr().align_offset(LINE);
    if offset < LINE / size_of::<f64>() { offset } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_with_a_cache_line() {
        for length in [0, 1, 7, 250] {
            let mut numbers = Aligned::zeros(length);
            numbers.as_mut_slice().fill(1.5);
            for numbers in [&numbers, &numbers.clone()] {
                assert_eq!(numbers.as_slice(), vec![1.5; length]);
                assert_eq!(numbers.as_slice().as_ptr().align_offset(LINE), 0);
            }
            assert_eq!(numbers.eights().len(), length / 8);
            assert_eq!(Aligned::none().as_slice(), [0.0; 0]);
        }
    }
}
