//! The price of derivatives: the sum over rows of one body of four exponentials, a logarithm and products, on plain `f64`, on `Dual` and
//! `Dual2`, and on num-dual's second-order vector type with its own functions. Ratios are within one run.
//!
//! `cargo bench --bench derivatives`
use std::hint::black_box;

use maxlik_dual::{Dual, Dual2};
use num_dual::Dual2SVec64;

mod timing;

const CALLS: usize = 20_000;

/// The body, with whichever functions `$functions` brings into scope.
macro_rules! body {
    ($name:ident, $functions:path, $number:ty) => {
        #[inline(always)]
        fn $name<const P: usize>(z: [$number; P]) -> $number {
            #[allow(unused_imports, reason = "f64 has these functions itself")]
            use $functions as _;
            let z = |i: usize| z[i % P];
            let a = (z(0) * z(1)).exp() + (z(2) - z(3) * 0.5).exp();
            let b = (z(4) * 0.3 + z(5)).exp() * z(6) + (z(7) * z(0) * 0.1).exp();
            (a * b + 1.0).ln() * z(1) - z(2) * z(5)
        }
    };
}
body!(plain, maxlik_dual::Real, f64);
body!(dual, maxlik_dual::Real, Dual<P>);
body!(dual2, maxlik_dual::Real, Dual2<P>);
body!(num_dual2, num_dual::DualNum, Dual2SVec64<P>);

fn compare<const P: usize>() {
    let points: Vec<[f64; P]> =
        (0..64).map(|k| std::array::from_fn(|i| 0.3 + 0.01 * ((k * 7 + i * 3) % 50) as f64)).collect();
    let point = |k: usize| black_box(&points[k % 64]);
    let [f64_ns, dual_ns, dual2_ns, num_dual_ns] = timing::medians(
        41,
        [
            &mut || {
                black_box((0..CALLS).map(|k| plain(*point(k))).sum::<f64>());
                CALLS
            },
            &mut || {
                black_box((0..CALLS).map(|k| dual(Dual::variables(*point(k)))).sum::<Dual<P>>());
                CALLS
            },
            &mut || {
                black_box((0..CALLS).map(|k| dual2(Dual2::variables(*point(k)))).sum::<Dual2<P>>());
                CALLS
            },
            &mut || {
                let rows = (0..CALLS).map(|k| {
                    let p = *point(k);
                    num_dual2(std::array::from_fn(|i| Dual2SVec64::from_re(p[i]).derivative(i)))
                });
                black_box(rows.sum::<Dual2SVec64<P>>());
                CALLS
            },
        ],
    )
    .map(|seconds| 1e9 * seconds);
    println!(
        "P = {P:2}: f64 {f64_ns:6.1} ns   Dual {:5.2} x   Dual2 {:5.2} x ({dual2_ns:6.1} ns)   num-dual {:5.2} x ({num_dual_ns:6.1} ns)   num-dual / Dual2 = {:4.2}",
        dual_ns / f64_ns,
        dual2_ns / f64_ns,
        num_dual_ns / f64_ns,
        num_dual_ns / dual2_ns,
    );
}

fn main() {
    println!("one call of the body; x = times the plain f64 value");
    compare::<1>();
    compare::<2>();
    compare::<4>();
    compare::<8>();
}
