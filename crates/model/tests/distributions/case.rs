//! A distribution of the tables, with its parameters as slices so that all of them go through the same tests.
use maxlik_dual::Dual2;
use maxlik_model::Domain;
use rand::rngs::StdRng;

/// Where observations lie.
#[derive(Clone, Copy)]
pub(crate) enum Support {
    /// Counts from 0, handed over as whole numbers.
    Counts,
    /// An interval that may depend on the parameters.
    Interval(fn(&[f64]) -> (f64, f64)),
    /// All numbers, of which those that differ by whole turns are the same; the interval is one turn.
    Circle(fn(&[f64]) -> (f64, f64)),
    /// Positive numbers with a density, and 0 with a probability.
    ZeroOrPositive,
}

impl Support {
    /// Where there is a density.
    pub(crate) fn interval(&self, parameters: &[f64]) -> Option<(f64, f64)> {
        match self {
            Self::Counts => None,
            Self::Interval(interval) | Self::Circle(interval) => Some(interval(parameters)),
            Self::ZeroOrPositive => Some((0.0, f64::INFINITY)),
        }
    }
}

/// Value, gradient and Hessian in the parameters.
pub(crate) type Derivatives = (f64, Vec<f64>, Vec<Vec<f64>>);

/// Logarithms of the distribution function and of the survival function.
pub(crate) type Tails = fn(f64, &[f64]) -> (f64, f64);

/// Parameters from observations.
pub(crate) type Estimate = fn(&[f64]) -> Vec<f64>;

/// A distribution at known parameters, as the struct of its module gives it.
pub(crate) struct Known {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    pub(crate) sample: Box<dyn Fn(&mut StdRng) -> f64>,
}

pub(crate) struct Case {
    /// As in `reference/densities.csv`.
    pub(crate) name: &'static str,
    pub(crate) support: Support,
    pub(crate) domains: Vec<Domain>,
    /// Sets of parameters at which moments and integrals are taken; away from 0 and 1.
    pub(crate) parameters: Vec<Vec<f64>>,
    /// Parameters on which the support depends, so that the expected score is not zero, or which move a corner of the density,
    /// where the second derivative misses information.
    pub(crate) irregular: &'static [usize],
    /// Where the density has a corner, at which integrals are split.
    pub(crate) corner: Option<fn(&[f64]) -> f64>,
    pub(crate) ln_density: fn(f64, &[f64]) -> f64,
    pub(crate) derivatives: fn(f64, &[f64]) -> Derivatives,
    pub(crate) tails: Option<Tails>,
    pub(crate) known: fn(&[f64]) -> Known,
    /// Whether there is such a distribution: the parameters may have to fit together.
    pub(crate) is_known: fn(&[f64]) -> bool,
    /// The maximum-likelihood estimate, where there is a closed form.
    pub(crate) maximum_likelihood: Option<Estimate>,
    /// The estimate that has the mean and the variance of the observations.
    pub(crate) method_of_moments: Option<Estimate>,
}

/// Takes a dual number apart.
pub(crate) fn fields<const P: usize>(f: Dual2<P>) -> Derivatives {
    let hessian = (0..P).map(|i| (0..P).map(|j| f.hessian(i, j)).collect()).collect();
    (f.value(), f.gradient().to_vec(), hessian)
}

/// The slice as an array, whose length the closure's pattern says.
pub(crate) fn array<const P: usize>(parameters: &[f64]) -> [f64; P] {
    parameters.try_into().expect("as many parameters as the density has")
}

/// Observations as counts.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers of at least 0")]
pub(crate) fn counts(observations: &[f64]) -> Vec<u64> {
    observations.iter().map(|&k| k as u64).collect()
}

/// The first of several expressions, so that the last one is a default.
#[macro_export]
macro_rules! first {
    ($first:expr; $($others:expr;)*) => {
        $first
    };
}

/// A row of a table. `$x` is the observation (`f64`; a case of counts converts it), the array holds the parameters; the
/// log-density is written once and compiled for `f64` and for dual numbers.
#[macro_export]
macro_rules! case {
    (
        name: $name:literal,
        support: $support:expr,
        ln_density: |$x:ident, [$($p:ident),+]| $density:expr,
        $(tails: |$y:ident, [$($q:ident),+]| $tails:expr,)?
        distribution: $distribution:ty,
        $(variance: $variance:expr,)?
        parameters: $parameters:expr,
        $(irregular: $irregular:expr,)?
        $(corner: $corner:expr,)?
        $(maximum_likelihood: $ml:expr,)?
        $(method_of_moments: $mm:expr,)?
    ) => {{
        #[allow(unused_mut, unused_assignments)]
        let mut irregular: &'static [usize] = &[];
        $(irregular = &$irregular;)?
        #[allow(unused_mut, unused_assignments)]
        let mut corner: Option<fn(&[f64]) -> f64> = None;
        $(corner = Some($corner);)?
        #[allow(unused_mut, unused_assignments)]
        let mut tails: Option<$crate::case::Tails> = None;
        $(tails = Some(|$y, p| {
            let [$($q),+] = $crate::case::array(p);
            $tails
        });)?
        #[allow(unused_mut, unused_assignments)]
        let mut maximum_likelihood: Option<$crate::case::Estimate> = None;
        $(maximum_likelihood = Some($ml);)?
        #[allow(unused_mut, unused_assignments)]
        let mut method_of_moments: Option<$crate::case::Estimate> = None;
        $(method_of_moments = Some($mm);)?
        $crate::case::Case {
            name: $name,
            support: $support,
            domains: <$distribution>::DOMAINS.to_vec(),
            parameters: $parameters.map(|p| p.to_vec()).to_vec(),
            irregular,
            corner,
            ln_density: |$x, p| {
                let [$($p),+] = $crate::case::array(p);
                $density
            },
            derivatives: |$x, p| {
                let [$($p),+] = maxlik_dual::Dual2::variables($crate::case::array(p));
                $crate::case::fields($density)
            },
            tails,
            known: |p| {
                let [$($p),+] = $crate::case::array(p);
                let known = <$distribution>::new($($p),+).expect("parameters in their domains");
                $crate::case::Known {
                    mean: known.mean(),
                    variance: $crate::first!($({ let variance: fn(&$distribution) -> f64 = $variance; variance(&known) };)? { known.variance() };),
                    sample: Box::new(move |rng| rand::distr::Distribution::sample(&known, rng) as f64),
                }
            },
            is_known: |p| {
                let [$($p),+] = $crate::case::array(p);
                <$distribution>::new($($p),+).is_ok()
            },
            maximum_likelihood,
            method_of_moments,
        }
    }};
}
