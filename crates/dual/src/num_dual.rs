//! [`Real`] for the `Copy` types of num-dual.
//!
//! The functions come from the table of this crate, so that its safe edges hold for these types too. Below, `f1` to `f3` are
//! the derivatives of the function applied, and every product is guarded: what does not vary has no derivative.
use nalgebra::Const;
use num_dual::{
    Derivative, Dual2_64, Dual2SVec64, Dual3_64, Dual64, DualSVec64, HyperDual64, HyperDualSVec64, HyperHyperDual64,
};

use crate::Real;
use crate::functions::Scalar;
use crate::operators::guarded;
use crate::rules::Derivatives;

macro_rules! real_for {
    ($type:ty $([$(const $n:ident),+])?, $order:literal, |$x:ident, $f:ident| $is_constant:expr, $chain:expr) => {
        impl $(<$(const $n: usize),+>)? Real for $type {
            const ORDER: usize = $order;

            type Functions = Scalar;

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
            fn chain(self, $f: Derivatives) -> Self {
                let $x = self;
                $chain
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

real_for!(Dual64, 1, |x, f| x.eps == 0.0, Self::new(f[0], guarded(f[1], x.eps)));

real_for!(
    Dual2_64,
    2,
    |x, f| x.v1 == 0.0 && x.v2 == 0.0,
    Self::new(f[0], guarded(f[1], x.v1), guarded(f[1], x.v2) + guarded(f[2], x.v1 * x.v1))
);

real_for!(
    Dual3_64,
    3,
    |x, f| x.v1 == 0.0 && x.v2 == 0.0 && x.v3 == 0.0,
    Self::new(
        f[0],
        guarded(f[1], x.v1),
        guarded(f[1], x.v2) + guarded(f[2], x.v1 * x.v1),
        guarded(f[1], x.v3) + guarded(f[2], 3.0 * x.v1 * x.v2) + guarded(f[3], x.v1 * x.v1 * x.v1)
    )
);

real_for!(
    HyperDual64,
    2,
    |x, f| x.eps1 == 0.0 && x.eps2 == 0.0 && x.eps1eps2 == 0.0,
    Self::new(
        f[0],
        guarded(f[1], x.eps1),
        guarded(f[1], x.eps2),
        guarded(f[1], x.eps1eps2) + guarded(f[2], x.eps1 * x.eps2)
    )
);

real_for!(
    HyperHyperDual64,
    3,
    |x, f| [x.eps1, x.eps2, x.eps3, x.eps1eps2, x.eps1eps3, x.eps2eps3, x.eps1eps2eps3] == [0.0; 7],
    Self::new(
        f[0],
        guarded(f[1], x.eps1),
        guarded(f[1], x.eps2),
        guarded(f[1], x.eps3),
        guarded(f[1], x.eps1eps2) + guarded(f[2], x.eps1 * x.eps2),
        guarded(f[1], x.eps1eps3) + guarded(f[2], x.eps1 * x.eps3),
        guarded(f[1], x.eps2eps3) + guarded(f[2], x.eps2 * x.eps3),
        guarded(f[1], x.eps1eps2eps3)
            + guarded(f[2], x.eps1 * x.eps2eps3 + x.eps2 * x.eps1eps3 + x.eps3 * x.eps1eps2)
            + guarded(f[3], x.eps1 * x.eps2 * x.eps3)
    )
);

real_for!(
    DualSVec64<N> [const N],
    1,
    |x, f| vanishes!(x.eps),
    Self::new(f[0], Derivative::new(x.eps.0.map(|eps| eps.map(|d| guarded(f[1], d)))))
);

real_for!(Dual2SVec64<N> [const N], 2, |x, f| vanishes!(x.v1) && vanishes!(x.v2), {
    let (v1, v2) = (x.v1.unwrap_generic(Const::<1>, Const::<N>), x.v2.unwrap_generic(Const::<N>, Const::<N>));
    let outer = v1.tr_mul(&v1);
    Self::new(
        f[0],
        Derivative::some(v1.map(|d| guarded(f[1], d))),
        Derivative::some(v2.zip_map(&outer, |d, square| guarded(f[1], d) + guarded(f[2], square))),
    )
});

real_for!(
    HyperDualSVec64<M, N> [const M, const N],
    2,
    |x, f| vanishes!(x.eps1) && vanishes!(x.eps2) && vanishes!(x.eps1eps2),
    {
        let (eps1, eps2) = (x.eps1.unwrap_generic(Const::<M>, Const::<1>), x.eps2.unwrap_generic(Const::<1>, Const::<N>));
        let mixed = x.eps1eps2.unwrap_generic(Const::<M>, Const::<N>);
        let outer = eps1 * eps2;
        Self::new(
            f[0],
            Derivative::some(eps1.map(|d| guarded(f[1], d))),
            Derivative::some(eps2.map(|d| guarded(f[1], d))),
            Derivative::some(mixed.zip_map(&outer, |d, square| guarded(f[1], d) + guarded(f[2], square))),
        )
    }
);
