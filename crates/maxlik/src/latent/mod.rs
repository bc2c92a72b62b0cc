//! Models with latent variables.
pub(crate) mod mixture;
