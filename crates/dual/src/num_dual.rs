//! [`Real`] for the `Copy` types of num-dual.
//!
//! The functions come from the table of this crate, so that its safe edges hold for these types too. The chain rule is the
//! Taylor polynomial in the part of the number without its value, whose high powers vanish.
use num_dual::{Dual2_64, Dual2SVec64, Dual3_64, Dual64, DualSVec64, HyperDual64, HyperDualSVec64, HyperHyperDual64};

use crate::Real;
use crate::rules::Derivatives;

macro_rules! real_for {
    ($type:ty $([$(const $n:ident),+])?, $order:literal, |$x:ident| $is_constant:expr) => {
        impl $(<$(const $n: usize),+>)? Real for $type {
            const ORDER: usize = $order;

            #[inline(always)]
            fn value(self) -> f64 {
                self.re
            }

            #[inline(always)]
            fn is_constant(self) -> bool {
                let $x = self;
                $is_constant
            }

            #[inline(always)]
            fn with_value(mut self, value: f64) -> Self {
                self.re = value;
                self
            }

            #[inline(always)]
            fn chain(self, [f0, f1, f2, f3]: Derivatives) -> Self {
                if self.is_constant() {
                    return Self::from(f0);
                }
                let eps = self - self.re;
                match $order {
                    1 => eps * f1 + f0,
                    2 => (eps * (0.5 * f2) + f1) * eps + f0,
                    _ => ((eps * (f3 / 6.0) + 0.5 * f2) * eps + f1) * eps + f0,
                }
            }
        }
    };
}

/// Whether a vector part of a num-dual number is absent or zero.
macro_rules! vanishes {
    ($part:expr) => {
        $part.0.is_none_or(|derivatives| derivatives.iter().all(|&d| d == 0.0))
    };
}

real_for!(Dual64, 1, |x| x.eps == 0.0);
real_for!(Dual2_64, 2, |x| x.v1 == 0.0 && x.v2 == 0.0);
real_for!(Dual3_64, 3, |x| x.v1 == 0.0 && x.v2 == 0.0 && x.v3 == 0.0);
real_for!(HyperDual64, 2, |x| x.eps1 == 0.0 && x.eps2 == 0.0 && x.eps1eps2 == 0.0);
real_for!(HyperHyperDual64, 3, |x| [x.eps1, x.eps2, x.eps3, x.eps1eps2, x.eps1eps3, x.eps2eps3, x.eps1eps2eps3]
    == [0.0; 7]);
real_for!(DualSVec64<N> [const N], 1, |x| vanishes!(x.eps));
real_for!(Dual2SVec64<N> [const N], 2, |x| vanishes!(x.v1) && vanishes!(x.v2));
real_for!(HyperDualSVec64<M, N> [const M, const N], 2, |x| vanishes!(x.eps1)
    && vanishes!(x.eps2)
    && vanishes!(x.eps1eps2));
