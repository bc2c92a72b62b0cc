//! The price of derivatives: one body of four exponentials, a logarithm and products, summed over rows, with each order of
//! derivative, on this library's numbers and on num-dual's with their own functions. Ratios are within one run.
//!
//! num-dual has no third-order type of several directions: its third derivatives are one pass of `HyperHyperDual64` for each
//! of the `P (P + 1) (P + 2) / 6` different entries.
//!
//! `cargo bench --bench derivatives`
use std::array;
use std::hint::black_box;

use maxlik_dual::{Dual, Dual2, Dual3};
use num_dual::{Dual2SVec64, DualSVec64, HyperHyperDual64};

mod timing;

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
body!(dual3, maxlik_dual::Real, Dual3<P>);
body!(num_dual1, num_dual::DualNum, DualSVec64<P>);
body!(num_dual2, num_dual::DualNum, Dual2SVec64<P>);
body!(num_dual3, num_dual::DualNum, HyperHyperDual64);

/// All third derivatives, one entry at a time.
#[inline(always)]
fn entry_by_entry<const P: usize>(point: [f64; P]) -> f64 {
    let mut sum = 0.0;
    for i in 0..P {
        for j in 0..=i {
            for k in 0..=j {
                let entry = num_dual3(array::from_fn::<_, P, _>(|d| {
                    let mut z = HyperHyperDual64::from_re(point[d]);
                    if d == i {
                        z = z.derivative1();
                    }
                    if d == j {
                        z = z.derivative2();
                    }
                    if d == k {
                        z = z.derivative3();
                    }
                    z
                }));
                sum += entry.eps1eps2eps3;
            }
        }
    }
    sum
}

fn compare<const P: usize>() {
    let points: Vec<[f64; P]> =
        (0..64).map(|k| array::from_fn(|i| 0.3 + 0.01 * ((k * 7 + i * 3) % 50) as f64)).collect();
    let point = |k: usize| *black_box(&points[k % 64]);
    macro_rules! rows {
        ($calls:expr, $number:ty, |$p:ident| $row:expr) => {
            &mut || {
                let calls = $calls;
                black_box(
                    (0..calls)
                        .map(|k| {
                            let $p = point(k);
                            $row
                        })
                        .sum::<$number>(),
                );
                calls
            }
        };
    }
    let few = 40_000 / (P * P * P).max(20);
    let [value, first, second, third, their_first, their_second, their_third] = timing::medians(
        41,
        [
            rows!(20_000, f64, |p| plain(p)),
            rows!(20_000, Dual<P>, |p| dual(Dual::variables(p))),
            rows!(20_000 / P, Dual2<P>, |p| dual2(Dual2::variables(p))),
            rows!(few, Dual3<P>, |p| dual3(Dual3::variables(p))),
            rows!(20_000 / P, DualSVec64<P>, |p| num_dual1(
                array::from_fn(|i| DualSVec64::from_re(p[i]).derivative(i))
            )),
            rows!(few, Dual2SVec64<P>, |p| num_dual2(array::from_fn(|i| Dual2SVec64::from_re(p[i]).derivative(i)))),
            rows!(few, f64, |p| entry_by_entry(p)),
        ],
    )
    .map(|seconds| 1e9 * seconds);
    println!(
        "| {P} | {value:.1} ns | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        first / value,
        second / value,
        third / value,
        their_first / value,
        their_second / value,
        their_third / value,
    );
}

fn main() {
    println!("times the plain value; the last three columns are num-dual's");
    println!("| P | value | Dual | Dual2 | Dual3 | DualSVec64 | Dual2SVec64 | HyperHyperDual64 |");
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    compare::<1>();
    compare::<2>();
    compare::<4>();
    compare::<8>();
    compare::<16>();
}
