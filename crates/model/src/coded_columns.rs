//! Products of a category's indicator columns with columns of numbers, row by row of these.
//!
//! To the line of its code a row adds all of its numbers: eight at a time, after a tile of eight columns and eight rows is transposed.
//! Compilers make single loads of that; hence the shuffles by name.
use crate::block::lanes;
use crate::cross_product::{Columns, LANES};

/// The distance of lines with so many sums.
pub(crate) fn line_length(columns: usize) -> usize {
    if columns > FEW { lanes(columns) } else { columns }
}

/// So many columns go by themselves.
const FEW: usize = 2;

/// `D' diag(h) X`, and `D' h` behind if `with_h`.
#[derive(Clone, Copy)]
pub(crate) struct CodedColumns<'w> {
    /// For each row the number of its line.
    pub(crate) codes: &'w [u32],
    pub(crate) x: Columns<'w>,
    pub(crate) h: &'w [f64],
    pub(crate) with_h: bool,
}

impl CodedColumns<'_> {
    /// Adds to sums by lines.
    pub(crate) fn add_to(self, sums: &mut [f64]) {
        #[cfg(target_arch = "x86_64")]
        if self.columns() > FEW && x86::has_avx512() {
            // SAFETY: the machine has the instructions that the function is compiled for.
            #[allow(
                unsafe_code,
                reason = "a category beside 20 columns takes 8 ns of a row, by plain loops over tiles for the same instructions 21"
            )]
            return unsafe { x86::add_tiles(self, sums) };
        }
        self.add_one_by_one(sums);
    }

    fn columns(self) -> usize {
        self.x.len() + usize::from(self.with_h)
    }

    fn add_one_by_one(self, sums: &mut [f64]) {
        let stride = line_length(self.columns());
        let rows = || self.codes.iter().map(|&code| code as usize * stride).zip(self.h);
        for (j, column) in self.x.iter().enumerate() {
            for ((line, h), x) in rows().zip(column) {
                sums[line + j] += h * x;
            }
        }
        if self.with_h {
            for (line, h) in rows() {
                sums[line + self.x.len()] += h;
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m512d, _mm512_add_pd, _mm512_mul_pd, _mm512_setr_pd, _mm512_setzero_pd, _mm512_shuffle_f64x2,
        _mm512_storeu_pd, _mm512_unpackhi_pd, _mm512_unpacklo_pd,
    };

    use super::{CodedColumns, LANES, line_length};

    pub(super) fn has_avx512() -> bool {
        is_x86_feature_detected!("avx512f")
    }

    /// In tiles of eight columns and eight rows.
    #[target_feature(enable = "avx512f")]
    pub(super) fn add_tiles(work: CodedColumns<'_>, sums: &mut [f64]) {
        let (p, columns) = (work.x.len(), work.columns());
        let stride = line_length(columns);
        let codes = work.codes.as_chunks::<LANES>().0;
        let scales = work.h.as_chunks::<LANES>().0;
        for (strip, (codes, h)) in codes.iter().zip(scales).enumerate() {
            let h = load(h);
            for first in (0..columns).step_by(LANES) {
                let mut tile = [_mm512_setzero_pd(); LANES];
                for (k, to) in tile.iter_mut().enumerate() {
                    let j = first + k;
                    if j < p {
                        let x = &work.x.entries[j * work.x.stride + strip * LANES..].as_chunks().0[0];
                        *to = _mm512_mul_pd(load(x), h);
                    } else if j < columns {
                        *to = h;
                    }
                }
                for (&code, row) in codes.iter().zip(transposed(tile)) {
                    let sums = &mut sums[code as usize * stride + first..].as_chunks_mut().0[0];
                    store(_mm512_add_pd(load(sums), row), sums);
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn transposed(x: [__m512d; LANES]) -> [__m512d; LANES] {
        // Pairs of rows 0, 2, 4, 6 from columns 2 k and 2 k + 1; then of rows 1, 3, 5, 7.
        let even = [0, 2, 4, 6].map(|k| _mm512_unpacklo_pd(x[k], x[k + 1]));
        let odd = [0, 2, 4, 6].map(|k| _mm512_unpackhi_pd(x[k], x[k + 1]));
        let [a, c, e, g] = four_rows(even);
        let [b, d, f, h] = four_rows(odd);
        [a, b, c, d, e, f, g, h]
    }

    /// Row `i` from the pairs `i` of four registers.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn four_rows([a, b, c, d]: [__m512d; 4]) -> [__m512d; 4] {
        const EVEN: i32 = 0b10_00_10_00;
        const ODD: i32 = 0b11_01_11_01;
        let (ab, cd) = (_mm512_shuffle_f64x2::<EVEN>(a, b), _mm512_shuffle_f64x2::<EVEN>(c, d));
        let (ab_odd, cd_odd) = (_mm512_shuffle_f64x2::<ODD>(a, b), _mm512_shuffle_f64x2::<ODD>(c, d));
        [
            _mm512_shuffle_f64x2::<EVEN>(ab, cd),
            _mm512_shuffle_f64x2::<EVEN>(ab_odd, cd_odd),
            _mm512_shuffle_f64x2::<ODD>(ab, cd),
            _mm512_shuffle_f64x2::<ODD>(ab_odd, cd_odd),
        ]
    }

    /// One load, once compiled.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(x: &[f64; LANES]) -> __m512d {
        _mm512_setr_pd(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(x: __m512d, to: &mut [f64; LANES]) {
        // SAFETY: there is room for eight numbers.
        #[allow(unsafe_code, reason = "the instruction takes a pointer")]
        unsafe {
            _mm512_storeu_pd(to.as_mut_ptr(), x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_get_the_scaled_rows_of_their_codes() {
        let length = 40;
        let numbers = |count: usize, seed: f64| (0..count).map(|i| (seed * (i + 1) as f64).sin()).collect::<Vec<f64>>();
        let codes: Vec<u32> = (0..40).map(|i| i * i % 7).collect();
        for (p, with_h) in [(0, true), (1, false), (1, true), (2, true), (7, true), (8, false), (8, true), (21, true)] {
            let (x, h) = (numbers(p * length, 1.3), numbers(length, 0.7));
            let x = Columns { entries: &x, stride: length };
            let work = CodedColumns { codes: &codes, x, h: &h, with_h };
            let (columns, stride) = (work.columns(), line_length(work.columns()));
            let start = numbers(7 * stride, 2.1);
            let (mut found, mut one_by_one) = (start.clone(), start.clone());
            work.add_to(&mut found);
            work.add_one_by_one(&mut one_by_one);
            for code in 0..7 {
                for j in 0..columns {
                    let entry = |i: usize| if j < p { x.column(j, length)[i] } else { 1.0 };
                    let mut sum = start[code * stride + j];
                    for i in (0..length).filter(|&i| codes[i] as usize == code) {
                        sum += h[i] * entry(i);
                    }
                    assert_eq!(found[code * stride + j], sum, "{p} columns, line {code}, sum {j}");
                    assert_eq!(one_by_one[code * stride + j], sum, "{p} columns, line {code}, sum {j}");
                }
            }
        }
    }
}
