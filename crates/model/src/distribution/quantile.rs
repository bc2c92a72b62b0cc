//! Quantiles of observations: starts for distributions whose moments do not exist or are not the best that there is.

/// The observations in increasing order.
pub(super) fn sorted(observations: &[f64]) -> Vec<f64> {
    let mut sorted = observations.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile at `0 <= p <= 1` of observations in increasing order, at least one: linear between the order statistics, of
/// which the `i`-th (from 0) is the quantile at `i / (n - 1)`.
///
/// # References
/// Hyndman and Fan, "Sample quantiles in statistical packages" (1996), definition 7.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 to n - 1")]
pub(super) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let (below, above) = (position.floor(), position.ceil());
    let weight = position - below;
    sorted[below as usize] * (1.0 - weight) + sorted[above as usize] * weight
}
