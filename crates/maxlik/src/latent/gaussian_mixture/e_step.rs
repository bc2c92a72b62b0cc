//! Densities and responsibilities of a block of rows, eight rows side by side.
//!
//! Notation as in `pass.rs`.
use maxlik_dual::functions::Functions;
use maxlik_dual::instructions::{Instructions, Work};
use maxlik_dual::lanes::InLanes;

use super::moments::{Lanes, columns, minus, mul_add};

/// Rows are taken by so many lanes at once, whose sums fit in registers: a block has a multiple of that.
pub(crate) const GROUP: usize = 4;

/// What a density needs of a component.
pub(crate) struct Normal<'c> {
    pub(crate) mean: &'c [f64],
    /// `C^-1`, its lower triangle by rows, or its diagonal alone if there is nothing else.
    pub(crate) inverse: &'c [f64],
    /// `ln pi - ln |C| - |o| / 2 ln 2 pi`
    pub(crate) constant: f64,
}

/// Stores `z` and the log-densities, mixing weight included, of the rows of a block.
pub(crate) struct Densities<'b> {
    pub(crate) component: Normal<'b>,
    /// The coordinates of each eight rows.
    pub(crate) x: &'b [Lanes],
    /// Room for those of a group about the mean.
    pub(crate) centred: &'b mut [Lanes],
    /// `(1, z)` of each eight rows.
    pub(crate) z: &'b mut [Lanes],
    /// Of each eight rows.
    pub(crate) ln_density: &'b mut [Lanes],
}

impl Work for Densities<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        let Self { component: Normal { mean, inverse, constant }, x, centred, z, ln_density } = self;
        let o = mean.len();
        let (columns, full) = (columns(o), inverse.len() > o);
        let groups = x.chunks_exact(GROUP * o).zip(z.chunks_exact_mut(GROUP * columns));
        for ((x, z), ln_density) in groups.zip(ln_density.chunks_exact_mut(GROUP)) {
            for (q, x) in x.chunks_exact(o).enumerate() {
                for (a, (x, mean)) in x.iter().zip(mean).enumerate() {
                    centred[a * GROUP + q] = minus(x, *mean);
                }
            }
            let mut squares = [[0.0; 8]; GROUP];
            let row = |a: usize| if full { &inverse[a * (a + 1) / 2..][..=a] } else { &inverse[a..=a] };
            let first = |a: usize| if full { 0 } else { a };
            // Two rows of a full matrix at once: a sum waits for the one before.
            let mut a = 0;
            while full && a + 1 < o {
                let (upper, lower) = (row(a), row(a + 1));
                let (mut own, mut next) = ([[0.0; 8]; GROUP], [[0.0; 8]; GROUP]);
                for ((x, factor), next_factor) in centred.chunks_exact(GROUP).zip(upper).zip(lower) {
                    add_product::<I>(&mut own, x, *factor);
                    add_product::<I>(&mut next, x, *next_factor);
                }
                add_product::<I>(&mut next, &centred[(a + 1) * GROUP..][..GROUP], lower[a + 1]);
                keep::<I>(&own, z, columns, a, &mut squares);
                keep::<I>(&next, z, columns, a + 1, &mut squares);
                a += 2;
            }
            for a in a..o {
                let mut own = [[0.0; 8]; GROUP];
                for (x, factor) in centred[first(a) * GROUP..].chunks_exact(GROUP).zip(row(a)) {
                    add_product::<I>(&mut own, x, *factor);
                }
                keep::<I>(&own, z, columns, a, &mut squares);
            }
            for (to, squares) in ln_density.iter_mut().zip(&squares) {
                for i in 0..8 {
                    to[i] = I::mul_add(-0.5, squares[i], constant);
                }
            }
        }
    }
}

/// `sum += factor x`, written out as [`mul_add`] is.
#[inline(always)]
fn add_product<I: Instructions>(sum: &mut [Lanes; GROUP], x: &[Lanes], factor: f64) {
    let factor = [factor; 8];
    sum[0] = mul_add::<I>(&factor, &x[0], &sum[0]);
    sum[1] = mul_add::<I>(&factor, &x[1], &sum[1]);
    sum[2] = mul_add::<I>(&factor, &x[2], &sum[2]);
    sum[3] = mul_add::<I>(&factor, &x[3], &sum[3]);
}

/// Stores coordinate `a` of `z`, and adds its squares.
#[inline(always)]
fn keep<I: Instructions>(
    own: &[Lanes; GROUP],
    z: &mut [Lanes],
    columns: usize,
    a: usize,
    squares: &mut [Lanes; GROUP],
) {
    for q in 0..GROUP {
        z[q * columns + 1 + a] = own[q];
        for i in 0..8 {
            squares[q][i] = I::mul_add(own[q][i], own[q][i], squares[q][i]);
        }
    }
}

/// From the logarithms of the components' parts in each row to their shares, and the logarithm of their sum.
pub(crate) struct ShareOut<'b> {
    /// Columns as long as `ln_p`.
    pub(crate) parts: &'b mut [Lanes],
    pub(crate) ln_p: &'b mut [Lanes],
}

impl Work for ShareOut<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        let Self { parts, ln_p } = self;
        let length = ln_p.len();
        let mut greatest = [f64::NEG_INFINITY; 8];
        for l in 0..length {
            greatest.fill(f64::NEG_INFINITY);
            // Minus infinity where the row is impossible under some components, NaN where a density is.
            let mut all = [0.0; 8];
            for column in parts.chunks_exact(length) {
                for i in 0..8 {
                    greatest[i] = if column[l][i] > greatest[i] { column[l][i] } else { greatest[i] };
                    all[i] += column[l][i];
                }
            }
            let mut sum = [0.0; 8];
            for column in parts.chunks_exact_mut(length) {
                for i in 0..8 {
                    column[l][i] = InLanes::<I>::exp(column[l][i] - greatest[i]);
                    sum[i] += column[l][i];
                }
            }
            for column in parts.chunks_exact_mut(length) {
                for i in 0..8 {
                    column[l][i] /= sum[i];
                }
            }
            for i in 0..8 {
                let ln_sum = greatest[i] + InLanes::<I>::ln(sum[i]);
                // Where there is no greatest, all are impossible or NaN.
                ln_p[l][i] = if greatest[i] == f64::NEG_INFINITY { all[i] } else { ln_sum };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use maxlik_dual::instructions::run;

    use super::*;

    #[test]
    fn a_row_that_is_impossible_is_told_from_one_whose_density_is_undefined() {
        const NONE: f64 = f64::NEG_INFINITY;
        let first = [NONE, NONE, f64::NAN, f64::NAN, 0.0, NONE, f64::NAN, 800.0];
        let second = [NONE, f64::NAN, NONE, f64::NAN, f64::NAN, -900.0, 1.0, 800.0];
        let (mut parts, mut ln_p) = ([first, second], [[0.0; 8]]);
        run(ShareOut { parts: &mut parts, ln_p: &mut ln_p });
        let [ln_p] = ln_p;
        assert_eq!(ln_p[0], NONE);
        assert!([1, 2, 3, 4, 6].into_iter().all(|i| ln_p[i].is_nan()), "{ln_p:?}");
        assert_eq!((ln_p[5], parts[0][5], parts[1][5]), (-900.0, 0.0, 1.0));
        assert!((ln_p[7] - 800.0 - std::f64::consts::LN_2).abs() < 1e-12);
        assert_eq!((parts[0][7], parts[1][7]), (0.5, 0.5));
    }
}
