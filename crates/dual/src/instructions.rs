//! The instruction sets of the machine, chosen when the program runs.
//!
//! A stock build for x86-64 may use two lanes of a vector register and no fused multiplication. [`run`] compiles a piece of
//! [`Work`] once for each of three levels of instructions and runs the widest that the machine has: loops that the compiler turns into
//! vector code then use four or eight lanes. What is to gain must be inlined into [`Work::run`].
use std::fmt::Debug;

/// A level of instructions.
///
/// # Example
/// ```
/// use maxlik_dual::instructions::{Baseline, Instructions};
/// assert_eq!(Baseline::mul_add(1.5, 2.5, -0.75), 3.0);
/// ```
pub trait Instructions: Copy + Debug + Send + Sync + 'static {
    /// Whether products are added with a single rounding.
    const FUSED: bool;

    /// `a b + c`, with one rounding where the machine does that in one instruction, otherwise with two.
    #[inline(always)]
    fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        if Self::FUSED { a.mul_add(b, c) } else { a * b + c }
    }

    /// `a b - product`, exactly, where `product` is the rounded `a b`; factors beyond `2^996` overflow on the way.
    ///
    /// Without fused products by Veltkamp's splitting of the factors into halves (Dekker, "A floating-point technique for
    /// extending the available precision" (1971)).
    ///
    /// ```
    /// use maxlik_dual::instructions::{Baseline, Instructions};
    /// let (a, b) = (1.0 + 2_f64.powi(-30), 1.0 - 2_f64.powi(-30));
    /// assert_eq!(Baseline::product_rounding(a, b, a * b), -2_f64.powi(-60));
    /// ```
    #[inline(always)]
    fn product_rounding(a: f64, b: f64, product: f64) -> f64 {
        if Self::FUSED {
            return a.mul_add(b, -product);
        }
        let halves = |x: f64| {
            let scaled = x * 134_217_729.0; // 2^27 + 1
            let high = scaled - (scaled - x);
            (high, x - high)
        };
        let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
        ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2
    }
}

/// What every machine has.
#[derive(Clone, Copy, Debug)]
pub struct Baseline;

/// AVX2 with FMA: four lanes.
#[derive(Clone, Copy, Debug)]
pub struct Avx2;

/// AVX-512 (F, DQ, VL, BW) with FMA: eight lanes.
#[derive(Clone, Copy, Debug)]
pub struct Avx512;

impl Instructions for Baseline {
    const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));
}

impl Instructions for Avx2 {
    const FUSED: bool = true;
}

impl Instructions for Avx512 {
    const FUSED: bool = true;
}

/// Work that gains from wide registers.
pub trait Work {
    /// What it gives.
    type Output;

    /// Does the work. To be marked `#[inline(always)]`, as everything in it that is to use the instructions.
    fn run<I: Instructions>(self) -> Self::Output;
}

/// Does a piece of work with the widest instructions of this machine.
///
/// # Example
/// ```
/// use maxlik_dual::instructions::{Instructions, Work, run};
/// struct Dot<'v>(&'v [f64], &'v [f64]);
/// impl Work for Dot<'_> {
///     type Output = f64;
///     #[inline(always)]
///     fn run<I: Instructions>(self) -> f64 {
///         self.0.iter().zip(self.1).fold(0.0, |sum, (&x, &y)| I::mul_add(x, y, sum))
///     }
/// }
/// assert_eq!(run(Dot(&[1.5, 2.0], &[4.0, 0.25])), 6.5);
/// ```
#[inline]
pub fn run<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        // Each is one load of a cached answer.
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the machine has the instructions that the function is compiled for.
            #[allow(
                unsafe_code,
                reason = "a call of a function compiled for other instructions, after the check for them"
            )]
            return unsafe { with_avx512(work) };
        }
        if avx2 {
            // SAFETY: as above.
            #[allow(
                unsafe_code,
                reason = "a call of a function compiled for other instructions, after the check for them"
            )]
            return unsafe { with_avx2(work) };
        }
    }
    work.run::<Baseline>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn with_avx2<W: Work>(work: W) -> W::Output {
    work.run::<Avx2>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
#[inline]
fn with_avx512<W: Work>(work: W) -> W::Output {
    work.run::<Avx512>()
}
