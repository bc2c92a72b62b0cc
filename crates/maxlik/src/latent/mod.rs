//! Models with latent variables.
pub(crate) mod hidden_markov;
mod m_step;
pub(crate) mod mixture;
