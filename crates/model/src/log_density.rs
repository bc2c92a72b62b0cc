//! The log-density of one observation.
use maxlik_dual::{Dual, Dual2, Real};

use crate::block::{Block, Buffers};
use crate::side_by_side::{Gradient, Hessian, Order, Value, side_by_side};

/// The log-density of one row as a function of `P` numbers, written once for all number types.
///
/// The expert's alternative to a closure: where only values are needed the library leaves derivatives out, for the score alone it
/// takes numbers of the first order, for the Hessian of the second. Returns minus infinity for an impossible row, and NaN where it is
/// not defined.
///
/// # In lanes
/// Rows go side by side in the lanes of vector registers, four with AVX2 and eight with AVX-512, whichever the machine has, which
/// makes a pass two to nine times as fast as that of the closure, by density, for rows of a number or two. That asks for straight arithmetic:
/// - the functions `exp`, `exp_m1`, `ln`, `ln_1p`, `softplus`, `sigmoid`, `ln_sigmoid`, `logit`, `ln_1m_exp`, `x_minus_ln_1p`, `ln_gamma`,
///   `ln_beta`, `ln_rising_factorial`, `erfc`, `sqrt`, `recip`, `abs` and small `powi`, and these densities: [normal](crate::distribution::normal),
///   [log-normal](crate::distribution::log_normal), [Laplace](crate::distribution::laplace), [logistic](crate::distribution::logistic),
///   [Cauchy](crate::distribution::cauchy), [Gumbel](crate::distribution::gumbel), [Student's t](crate::distribution::student_t),
///   [exponential](crate::distribution::exponential), [Weibull](crate::distribution::weibull),
///   [log-logistic](crate::distribution::log_logistic), [Pareto](crate::distribution::pareto),
///   [inverse Gaussian](crate::distribution::inverse_gaussian), [Rayleigh](crate::distribution::rayleigh), [gamma](crate::distribution::gamma),
///   [chi-squared](crate::distribution::chi_squared), [beta](crate::distribution::beta), [Bernoulli](crate::distribution::bernoulli),
///   [binomial](crate::distribution::binomial) (up to 200 trials; of more, rare events on the logit scale),
///   [geometric](crate::distribution::geometric), [Poisson](crate::distribution::poisson), also
///   [with more zeros](crate::distribution::zero_inflated), and [negative binomial](crate::distribution::negative_binomial);
/// - branches on the data are fine: each row takes its own. A call or a loop in a branch is not, unless the branch is for few rows and its
///   condition is asked through [`Real::exceptional`];
/// - the method and the functions of your own that it calls are marked `#[inline(always)]`: a helper that is not inlined keeps all rows from going
///   in lanes, and a pass then takes several times as long as that of the closure;
/// - rows are small: a number or two that the density reads. From eight numbers a row on reading them takes as long as the density, and some
///   widths take up to 1.6 times as long as the closure; keep responses in a vector of their own;
/// - functions of data are found before, once, or asked of a number: `T::from(y).ln()` goes in lanes, `y.ln()` of an `f64` calls the
///   system's.
///
/// All other functions and densities of the library ask for [one row at a time](Real::one_by_one), and so may yours: the result is the same
/// but for rounding, the time that of a closure. Where something else stands in the way the time is that of a closure
/// or worse. `cargo bench --bench lanes` of the repository shows what each density gains. The rows of a machine with neither set of instructions
/// go one by one, too.
///
/// # Example
/// ```
/// use maxlik_dual::Real;
/// use maxlik_model::{LogDensity, Likelihood, Model, positive};
///
/// struct Exponential;
/// impl LogDensity<f64, 1> for Exponential {
///     #[inline(always)]
///     fn ln_density<T: Real>(&self, [rate]: [T; 1], &time: &f64) -> T {
///         rate.ln() - rate * time
///     }
/// }
/// let model = Model::from_density(&[1.5, 0.5], [positive("rate")], Exponential);
/// assert_eq!(model.log_likelihood(&[0.8]), 2.0 * 0.8_f64.ln() - 0.8 * 2.0);
/// ```
pub trait LogDensity<Row, const P: usize>: Sync {
    /// The log-density of `row`.
    fn ln_density<T: Real>(&self, parameters: [T; P], row: &Row) -> T;

    /// The loops over the rows: a method of the density because the compiler puts methods of a type, and what is inlined into them,
    /// together; only there does it inline the log-density without being told.
    #[doc(hidden)]
    #[inline(never)]
    fn side_by_side<O: Order<P>>(&self, order: O, block: &Block<'_, Row, P>, out: &mut Buffers) -> bool
    where
        Self: Sized,
    {
        side_by_side(order, self, block, out)
    }
}

/// What the pass over the rows calls. Implemented for closures through [`Closure`] and for every [`LogDensity`] through
/// [`Density`].
///
/// A block is handed over whole, and each implementation calls the log-density at one place only: the compiler then inlines
/// it there, which is worth a factor of three (measured), and takes what depends on the run's arguments alone out of the loop.
pub trait Kernel<Row, const P: usize>: Sync {
    /// Stores value, gradient and Hessian of each run of the block, as far as `out` keeps them.
    fn derivatives(&self, block: &Block<'_, Row, P>, out: &mut Buffers);

    /// Stores value and gradient of each run of the block.
    fn gradients(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        self.derivatives(block, out);
    }

    /// Stores the value of each run of the block.
    fn values(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        self.derivatives(block, out);
    }
}

/// A [`LogDensity`] as a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Density<D>(pub(crate) D);

impl<Row, const P: usize, D: LogDensity<Row, P>> Kernel<Row, P> for Density<D> {
    #[inline(never)]
    fn derivatives(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        if !self.0.side_by_side(Hessian, block, out) {
            block.for_each_run(Dual2::variables, |z, row| self.0.ln_density(z, row), |i, sum| out.store(i, sum));
        }
    }

    #[inline(never)]
    fn gradients(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        if !self.0.side_by_side(Gradient, block, out) {
            block.for_each_run(
                Dual::variables,
                |z, row| self.0.ln_density(z, row),
                |i, sum| out.store_gradient(i, sum),
            );
        }
    }

    #[inline(never)]
    fn values(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        if !self.0.side_by_side(Value, block, out) {
            block.for_each_run(|z| z, |z, row| self.0.ln_density(z, row), |i, sum| out.store_value(i, sum));
        }
    }
}

/// A closure `Fn([Dual2<P>; P], &Row) -> Dual2<P>` as a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Closure<F>(pub(crate) F);

impl<Row, const P: usize, F: Fn([Dual2<P>; P], &Row) -> Dual2<P> + Sync> Kernel<Row, P> for Closure<F> {
    #[inline(never)]
    fn derivatives(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        block.for_each_run(Dual2::variables, |z, row| (self.0)(z, row), |i, sum| out.store(i, sum));
    }
}

impl<Row, const P: usize, K: Kernel<Row, P>> Kernel<Row, P> for &K {
    fn derivatives(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        (**self).derivatives(block, out);
    }

    fn gradients(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        (**self).gradients(block, out);
    }

    fn values(&self, block: &Block<'_, Row, P>, out: &mut Buffers) {
        (**self).values(block, out);
    }
}
