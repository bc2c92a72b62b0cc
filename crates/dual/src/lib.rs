//! Numbers that carry exact derivatives.
//!
//! # Dual numbers by hand
//!
//! Take a number `e` that is not zero but whose square is: `e * e = 0`. Calculate with `3 + e` instead of `3`:
//!
//! ```text
//! f(x) = x * x + 2 * x
//! f(3 + e) = (3 + e)(3 + e) + 2 (3 + e)
//!          = 9 + 6 e + e e + 6 + 2 e
//!          = 15 + 8 e                       because e e = 0
//! ```
//!
//! 15 is `f(3)` and 8 is `f'(3)`: the ordinary rules of arithmetic have found the derivative, exactly, because
//! `f(x + e) = f(x) + f'(x) e` is a Taylor series that ends by itself. No step size was chosen and nothing was
//! cancelled, unlike in a finite difference.
//!
//! [`Dual<P>`] carries `P` such directions (a gradient) and [`Dual2<P>`] also keeps the products of two directions (the
//! symmetric Hessian):
//!
//! ```
//! use maxlik_dual::{Dual2, Real};
//!
//! let [x, y] = Dual2::variables([3.0, 0.5]);
//! let f = x * x + 2.0 * x + (x * y).ln();
//! assert_eq!(f.value(), 15.0 + 1.5_f64.ln());
//! assert_eq!(f.gradient(), [8.0 + 1.0 / 3.0, 2.0]);
//! assert_eq!(f.hessian(0, 0), 2.0 - 1.0 / 9.0);
//! assert_eq!(f.hessian(1, 1), -4.0);
//! assert_eq!(f.hessian(0, 1), 0.0);
//! ```
//!
//! # Which item to use
//!
//! - Closures that are given numbers and return one: write them on [`Dual2`], with `f64` on either side of every operator.
//! - Functions to be used at several orders, down to the plain `f64`: write them generically over [`Real`].
//! - A function of your own with known derivatives: hand them to [`Real::chain`]. The library's functions do just that with
//!   the table in [`rules`], where each function is written once as its value and first three derivatives.
//!
//! # Limitations
//!
//! Comparisons (`==`, `<`) look at the value only, so that an `if` takes the same path as it would on `f64`. To compare
//! derivatives compare [`Dual2::gradient`] and [`Dual2::hessian`] field by field.
//! Generic code over [`Real`] cannot write `1.0 - x` (the language does not carry such a bound along); `-x + 1.0` or
//! `T::from(1.0) - x` says the same.

mod dual;
mod dual2;
mod num_dual;
mod operators;
mod pattern;
mod real;
pub mod rules;
pub mod special;

pub use dual::Dual;
pub use dual2::Dual2;
pub use real::Real;
