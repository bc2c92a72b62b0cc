//! Gaussian mixtures: against mclust, differences and simulation; their search; what is refused.
mod bad_input;
mod data;
mod missing;
mod reference;
mod search;
mod standard_errors;
mod summary;
