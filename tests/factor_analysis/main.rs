//! Factor analysis against R's `factanal`, against the likelihood written differently, and against itself in other units.
mod boundaries;
mod data;
mod equivariance;
mod factanal;
mod missing_values;
mod refusals;
mod search;
mod standard_errors;
mod summaries;
#[path = "../common/uniform.rs"]
mod uniform;
