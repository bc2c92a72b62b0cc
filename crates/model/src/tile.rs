//! Scalar products of several columns with several others at once.
//!
//! A tile of `R x C` products keeps its partial sums in registers, so that a column is read once for `R` or `C` products. Plain
//! loops over arrays reach half the speed at best, and a tenth where the compiler sees them otherwise than meant; hence the
//! instructions by name. Billions of multiplications and additions a second, one thread of a machine with AVX-512 where a product of
//! large matrices by `OpenBLAS` reaches 82, blocks of 256 rows in the first-level cache:
//!
//! ```text
//!     columns                                    20    100
//!     one scalar product at a time, SSE2          5      8    (from the time of a whole pass)
//!     loops over arrays of eight lanes           36     40
//!     tiles of 4 x 3 by AVX2                     37     50
//!     tiles of 4 x 4 by AVX-512                  62     82
//! ```
use std::cell::Cell;

use crate::aligned::Aligned;
use crate::cross_product::{Columns, LANES};
use crate::design::BLOCK;
use crate::prefetch::prefetch;

/// `X' diag(h) Y`, or `X' Y` without `h`.
pub(crate) struct Products<'w> {
    pub(crate) left: Columns<'w>,
    pub(crate) right: Columns<'w>,
    pub(crate) h: Option<&'w [f64]>,
    /// Whether left and right are the same columns and only the lower triangle is wanted.
    pub(crate) lower: bool,
    /// The rows in use, in whole lanes.
    pub(crate) length: usize,
    /// What is read from memory after this.
    pub(crate) ahead: &'w [f64],
}

impl Products<'_> {
    /// Calls `add` with the products: a row, a column, and some products that follow each other in the row from there. With `h`,
    /// `scaled` is a [`Scaled`].
    pub(crate) fn for_each(self, scaled: &mut [f64], add: impl FnMut(usize, usize, &[f64])) {
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx512() {
                // SAFETY: the machine has the instructions that the function is compiled for.
                #[allow(unsafe_code, reason = "twice the speed of what the compiler makes of loops, see above")]
                return unsafe { x86::with_avx512(self, scaled, add) };
            }
            if x86::has_avx2() {
                // SAFETY: as above.
                #[allow(unsafe_code, reason = "twice the speed of what the compiler makes of loops, see above")]
                return unsafe { x86::with_avx2(self, scaled, add) };
            }
        }
        self.one_by_one(scaled, add);
    }

    /// The number of tiles of `R x C` products, the last rows left out; at least 1.
    #[inline(always)]
    fn tiles<const R: usize, const C: usize>(&self) -> usize {
        let columns = |row: usize| if self.lower { row + R } else { self.right.len() };
        (0..self.left.len() / R).map(|i| columns(i * R).div_ceil(C)).sum::<usize>().max(1)
    }

    fn one_by_one(self, scaled: &mut [f64], add: impl FnMut(usize, usize, &[f64])) {
        self.in_tiles(scaled, add, |[x], [y]| [[dot(x, y)]], |x, [y]| [dot(x, y)]);
    }

    /// Goes through tiles of `R x C` products; the last rows, fewer than `R`, by themselves.
    #[inline(always)]
    fn in_tiles<const R: usize, const C: usize>(
        self,
        scaled: &mut [f64],
        mut add: impl FnMut(usize, usize, &[f64]),
        tile: impl Fn([&[f64]; R], [&[f64]; C]) -> [[f64; C]; R],
        row: impl Fn(&[f64], [&[f64]; C]) -> [f64; C],
    ) {
        let (rows, length) = (self.left.len(), self.length);
        let mut first = 0;
        let mut ahead = self.ahead.chunks(self.ahead.len().div_ceil(self.tiles::<R, C>()).max(1));
        while first < rows {
            let height = if rows - first >= R { R } else { 1 };
            if let Some(h) = self.h {
                for (r, to) in scaled.chunks_exact_mut(length).take(height).enumerate() {
                    for ((to, x), h) in to.iter_mut().zip(self.left.column(first + r, length)).zip(h) {
                        *to = x * h;
                    }
                }
            }
            let mut x = [[].as_slice(); R];
            for r in 0..height {
                x[r] = match self.h {
                    Some(_) => &scaled[r * length..][..length],
                    None => self.left.column(first + r, length),
                };
            }
            let until = if self.lower { first + height } else { self.right.len() };
            let mut column = 0;
            while column < until {
                // Beyond the last column it stands in, so that there is one kind of tile.
                let mut y = [[].as_slice(); C];
                for c in 0..C {
                    y[c] = self.right.column((column + c).min(until - 1), length);
                }
                if height == R {
                    prefetch(ahead.next().unwrap_or_default());
                    let products = tile(x, y);
                    for (r, products) in products.iter().enumerate() {
                        let end = if self.lower { until.min(first + r + 1) } else { until };
                        add(first + r, column, &products[..C.min(end.saturating_sub(column))]);
                    }
                } else {
                    add(first, column, &row(x[0], y)[..C.min(until - column)]);
                }
                column += C;
            }
            first += height;
        }
    }
}

/// Room for the columns of a block that are scaled at a time, as many as a tile has rows; the same room for all passes of a thread. From the
/// beginning of a cache line, as the columns of a design.
pub(crate) struct Scaled(Aligned);

thread_local! {
    static SPARE: Cell<Aligned> = const { Cell::new(Aligned::none()) };
}

impl Scaled {
    pub(crate) fn new() -> Self {
        let (room, most) = (SPARE.try_with(Cell::take).unwrap_or_default(), 4 * BLOCK);
        Self(if room.length() == most { room } else { Aligned::zeros(most) })
    }

    pub(crate) fn room(&mut self) -> &mut [f64] {
        self.0.as_mut_slice()
    }
}

impl Drop for Scaled {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.0);
        // A thread that ends may have given up its rooms already.
        let _ = SPARE.try_with(|spare| spare.set(room));
    }
}

/// The scalar product of two vectors.
#[inline]
fn dot(u: &[f64], v: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in u.chunks_exact(LANES).zip(v.chunks_exact(LANES)) {
        for ((lane, x), y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256d, __m512d, _mm_add_pd, _mm_cvtsd_f64, _mm_hadd_pd, _mm256_castpd256_pd128, _mm256_extractf128_pd,
        _mm256_fmadd_pd, _mm256_setr_pd, _mm256_setzero_pd, _mm512_fmadd_pd, _mm512_reduce_add_pd, _mm512_setr_pd,
        _mm512_setzero_pd,
    };

    use super::Products;

    pub(super) fn has_avx2() -> bool {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
    }

    pub(super) fn has_avx512() -> bool {
        has_avx2()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
    }

    /// Products by the registers of one level of instructions, in tiles of `$rows x $columns`: as many as leave registers for the
    /// columns.
    macro_rules! level {
        ($features:literal, $name:ident, $tile:ident, $rows:literal x $columns:literal, $lanes:literal, $zero:ident, $load:ident, $mul_add:ident, $sum:ident) => {
            #[target_feature(enable = $features)]
            pub(super) fn $name(products: Products<'_>, scaled: &mut [f64], add: impl FnMut(usize, usize, &[f64])) {
                products.in_tiles(
                    scaled,
                    add,
                    |x, y| $tile::<$rows, $columns>(x, y),
                    |x, y| $tile::<1, $columns>([x], y)[0],
                );
            }

            #[target_feature(enable = $features)]
            fn $tile<const R: usize, const C: usize>(x: [&[f64]; R], y: [&[f64]; C]) -> [[f64; C]; R] {
                // All of the same length, so that the loop has no checks.
                let steps = x[0].len() / $lanes;
                let mut left = [[].as_slice(); R];
                for r in 0..R {
                    left[r] = &x[r].as_chunks::<$lanes>().0[..steps];
                }
                let mut right = [[].as_slice(); C];
                for c in 0..C {
                    right[c] = &y[c].as_chunks::<$lanes>().0[..steps];
                }
                let mut sums = [[$zero(); C]; R];
                for i in 0..steps {
                    let mut b = [$zero(); C];
                    for c in 0..C {
                        b[c] = $load(&right[c][i]);
                    }
                    for r in 0..R {
                        let a = $load(&left[r][i]);
                        for c in 0..C {
                            sums[r][c] = $mul_add(a, b[c], sums[r][c]);
                        }
                    }
                }
                let mut products = [[0.0; C]; R];
                for r in 0..R {
                    for c in 0..C {
                        products[r][c] = $sum(sums[r][c]);
                    }
                }
                products
            }
        };
    }

    // Without VL sums go through memory in the loop: 53 instead of 82 above.
    level!(
        "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma",
        with_avx512, tile_512, 4 x 4, 8, _mm512_setzero_pd, load_512, _mm512_fmadd_pd, _mm512_reduce_add_pd
    );
    level!(
        "avx2,fma",
        with_avx2, tile_256, 4 x 3, 4, _mm256_setzero_pd, load_256, _mm256_fmadd_pd, sum_256
    );

    /// One load, once compiled.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_512(x: &[f64; 8]) -> __m512d {
        _mm512_setr_pd(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load_256(x: &[f64; 4]) -> __m256d {
        _mm256_setr_pd(x[0], x[1], x[2], x[3])
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn sum_256(x: __m256d) -> f64 {
        let halves = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x));
        _mm_cvtsd_f64(_mm_hadd_pd(halves, halves))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    type Add<'f> = dyn FnMut(usize, usize, &[f64]) + 'f;

    /// Products by each kind of tile that this machine can run, as `rows x columns` with zeros for what was not asked for.
    fn by_each_level(left: Columns<'_>, right: Columns<'_>, h: Option<&[f64]>, lower: bool) -> Vec<Vec<f64>> {
        let length = left.stride;
        let work = || Products { left, right, h, lower, length, ahead: &[] };
        let run = |f: &dyn Fn(Products<'_>, &mut [f64], &mut Add<'_>)| {
            let mut out = vec![0.0; left.len() * right.len()];
            f(work(), Scaled::new().room(), &mut |i, j, products| {
                for (k, product) in products.iter().enumerate() {
                    let to = &mut out[i * right.len() + j + k];
                    assert_eq!(*to, 0.0, "entry {i}, {} comes twice", j + k);
                    *to = *product;
                }
            });
            out
        };
        let mut all = vec![run(&|work, scaled, add| work.one_by_one(scaled, add))];
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "as in the code under test")]
        {
            if x86::has_avx2() {
                // SAFETY: the machine has the instructions that the function is compiled for.
                all.push(run(&|work, scaled, add| unsafe { x86::with_avx2(work, scaled, add) }));
            }
            if x86::has_avx512() {
                // SAFETY: as above.
                all.push(run(&|work, scaled, add| unsafe { x86::with_avx512(work, scaled, add) }));
            }
        }
        all.push(run(&|work, scaled, add| work.for_each(scaled, add)));
        all
    }

    fn numbers(count: usize, seed: f64) -> Vec<f64> {
        (0..count).map(|i| (seed * (i + 1) as f64).sin()).collect()
    }

    #[test]
    fn tiles_of_every_level_agree_with_the_definition() {
        for length in [8, 16, 40, 256] {
            let h = numbers(length, 0.7);
            for (p, q) in [(1, 1), (1, 5), (2, 3), (3, 1), (4, 4), (5, 9), (8, 7), (13, 13)] {
                let (x, y) = (numbers(p * length, 1.3), numbers(q * length, 2.1));
                let (left, right) = (Columns { entries: &x, stride: length }, Columns { entries: &y, stride: length });
                for (h, right, lower) in
                    [(None, right, false), (Some(&*h), right, false), (None, left, true), (Some(&*h), left, true)]
                {
                    for products in by_each_level(left, right, h, lower) {
                        for i in 0..p {
                            for j in 0..right.len() {
                                let term = |t: usize| {
                                    left.column(i, length)[t] * right.column(j, length)[t] * h.map_or(1.0, |h| h[t])
                                };
                                let exact: f64 = if lower && j > i { 0.0 } else { (0..length).map(term).sum() };
                                let found = products[i * right.len() + j];
                                assert_relative_eq!(found, exact, max_relative = 1e-12, epsilon = 1e-13);
                            }
                        }
                    }
                }
            }
        }
    }
}
