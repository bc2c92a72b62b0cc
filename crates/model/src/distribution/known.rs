//! Distributions at known parameters: what all of them share.
use crate::Domain;
use crate::distribution::DistributionError;

/// A struct of checked parameters: `distribution! { /// Doc. Name, "name in errors", { parameter: domain, .. } }`; parameters
/// that are counts stand before the others, as in `counts { n }, { p: Probability }`.
macro_rules! distribution {
    (
        $(#[$doc:meta])* $name:ident, $label:literal, $(counts { $($count:ident),+ },)?
        { $($parameter:ident: $domain:expr),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $($($count: u64,)+)?
            $($parameter: f64,)+
        }

        impl $name {
            /// The name in error messages.
            const NAME: &'static str = $label;

            /// Where the parameters may lie, in the order of [`new`](Self::new).
            pub const DOMAINS: [$crate::Domain; [$(stringify!($parameter)),+].len()] = {
                #[allow(unused_imports, reason = "a distribution names the domains that it has")]
                use $crate::Domain::{Between, Positive, Probability, Real};
                [$($domain),+]
            };

            /// With these parameters, in the order of the log-density.
            ///
            /// # Errors
            /// [`DistributionError::Parameter`](super::DistributionError::Parameter) for the first one outside its domain.
            pub fn new($($($count: u64,)+)? $($parameter: f64),+) -> Result<Self, super::DistributionError> {
                let named = [$((stringify!($parameter), $parameter)),+];
                for ((parameter, found), domain) in named.into_iter().zip(Self::DOMAINS) {
                    if !domain.contains(found) {
                        let distribution = Self::NAME;
                        return Err(super::DistributionError::Parameter { distribution, parameter, domain, found });
                    }
                }
                Ok(Self { $($($count,)+)? $($parameter),+ })
            }

            /// The parameters, in the order of [`new`](Self::new).
            pub const fn parameters(&self) -> [f64; Self::DOMAINS.len()] {
                [$(self.$parameter),+]
            }
        }
    };
}
pub(super) use distribution;

/// That there are observations, and all of them in the support.
pub(super) fn check_observations(
    distribution: &'static str,
    observations: &[f64],
    support: Domain,
) -> Result<(), DistributionError> {
    if observations.is_empty() {
        return Err(DistributionError::NoObservations { distribution });
    }
    match observations.iter().position(|&x| !support.contains(x)) {
        Some(index) => {
            Err(DistributionError::OutsideSupport { distribution, index, support, found: observations[index] })
        }
        None => Ok(()),
    }
}

/// That there are counts, and none above the number of trials.
pub(super) fn check_counts(
    distribution: &'static str,
    observations: &[u64],
    trials: u64,
) -> Result<(), DistributionError> {
    if observations.is_empty() {
        return Err(DistributionError::NoObservations { distribution });
    }
    match observations.iter().position(|&k| k > trials) {
        Some(index) => {
            let support = Domain::Between { lower: 0.0, upper: trials as f64 };
            let found = observations[index] as f64;
            Err(DistributionError::OutsideSupport { distribution, index, support, found })
        }
        None => Ok(()),
    }
}

/// The mean and the variance (divisor n) of observations, in three passes: the second takes back the rounding of the first.
pub(super) fn mean_and_variance(observations: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let n = observations.len() as f64;
    let rough = observations.clone().sum::<f64>() / n;
    let mean = rough + observations.clone().map(|x| x - rough).sum::<f64>() / n;
    (mean, observations.map(|x| (x - mean) * (x - mean)).sum::<f64>() / n)
}
