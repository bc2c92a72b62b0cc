//! The last results of a function, kept because the rows of a data set ask for the same ones again and again.
//!
//! A density such as the gamma distribution's needs `ln Gamma(shape)` and its derivatives at every row, and where the shape is one number for all
//! rows they are the same: finding them here takes a tenth of the time (measured). The compiler cannot take them out of the loop over the
//! rows, for it knows neither that series end nor that a row with a branch asks for them at all.
use std::cell::Cell;

/// So many results are kept: a density asks for two or three of one function.
const KEPT: usize = 4;

/// The last results of a function of numbers, by the bits of its arguments.
pub struct Recent<const ARGUMENTS: usize, Value: Copy> {
    arguments: [Cell<[u64; ARGUMENTS]>; KEPT],
    results: [Cell<Option<Value>>; KEPT],
    /// The place of the next result.
    next: Cell<usize>,
}

impl<const ARGUMENTS: usize, Value: Copy> Recent<ARGUMENTS, Value> {
    /// No results.
    pub const fn empty() -> Self {
        Self {
            arguments: [const { Cell::new([0; ARGUMENTS]) }; KEPT],
            results: [const { Cell::new(None) }; KEPT],
            next: Cell::new(0),
        }
    }

    /// The result for these arguments, of `function` if it is not among the last.
    #[inline(always)]
    pub fn result(&self, arguments: [u64; ARGUMENTS], function: impl FnOnce() -> Value) -> Value {
        for i in 0..KEPT {
            if self.arguments[i].get() == arguments
                && let Some(result) = self.results[i].get()
            {
                return result;
            }
        }
        let result = function();
        let next = self.next.get();
        self.arguments[next].set(arguments);
        self.results[next].set(Some(result));
        self.next.set((next + 1) % KEPT);
        result
    }
}

/// The result of a function, from the last four of this thread where the arguments, given by their bits, are the same; the function is evaluated
/// otherwise. Each place in the code has results of its own.
///
/// For parts of a density that depend on the parameters alone and take some time: functions of the standard library are as fast as finding
/// a result here (2 ns). Not for numbers in lanes, whose rows it would keep from going side by side; see
/// [`Functions::IN_LANES`](crate::functions::Functions::IN_LANES).
///
/// In a generic function all types share the results: what depends on the type, such as `T::ORDER`, belongs to the arguments.
///
/// # Example
/// ```
/// use maxlik_dual::recent;
/// fn ln_zeta(s: f64) -> f64 {
///     recent!([s.to_bits()] -> f64, (1..10_000).rev().map(|k| f64::from(k).powf(-s)).sum::<f64>().ln())
/// }
/// assert_eq!(ln_zeta(2.5), ln_zeta(2.5)); // the second time found
/// assert!(ln_zeta(2.0) > ln_zeta(2.5));
/// ```
#[macro_export]
macro_rules! recent {
    ([$($argument:expr),+] -> $result:ty, $function:expr) => {{
        std::thread_local! {
            static RECENT: $crate::Recent<{ [$(stringify!($argument)),+].len() }, $result> = const { $crate::Recent::empty() };
        }
        RECENT.with(|recent| recent.result([$($argument),+], || $function))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_results_are_not_computed_again() {
        let (recent, calls) = (Recent::<2, f64>::empty(), Cell::new(0));
        let product = |x: f64, k: u64| {
            recent.result([x.to_bits(), k], || {
                calls.set(calls.get() + 1);
                x * k as f64
            })
        };
        assert_eq!([(2.0, 3), (2.0, 4), (3.0, 3), (2.5, 3)].map(|(x, k)| product(x, k)), [6.0, 8.0, 9.0, 7.5]);
        assert_eq!([(2.5, 3), (3.0, 3), (2.0, 4), (2.0, 3)].map(|(x, k)| product(x, k)), [7.5, 9.0, 8.0, 6.0]);
        assert_eq!(calls.get(), 4);
        assert_eq!(product(0.0, 0), 0.0); // the arguments that stand where there is no result yet
        assert_eq!(calls.get(), 5);
        assert_eq!([product(2.0, 3), product(2.5, 3)], [6.0, 7.5]); // the first one had made room
        assert_eq!(calls.get(), 6);
    }

    #[test]
    fn nan_and_the_two_zeros_are_arguments_like_others() {
        let recent = Recent::<1, f64>::empty();
        let reciprocal = |x: f64| recent.result([x.to_bits()], || 1.0 / x);
        assert_eq!([0.0, -0.0, 0.0].map(reciprocal), [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY]);
        assert!(reciprocal(f64::NAN).is_nan() && reciprocal(f64::NAN).is_nan());
    }
}
