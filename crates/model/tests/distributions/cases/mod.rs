//! The tables of distributions.
mod bounded;
mod counts;
mod location_scale;
mod positive;

use crate::case::Case;

/// All distributions of one number.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = bounded::cases();
    cases.extend(counts::cases());
    cases.extend(location_scale::cases());
    cases.extend(positive::cases());
    cases
}
