//! Models with latent variables.
pub(crate) mod factor_analysis;
pub(crate) mod mixture;
