//! Models with latent variables.
pub(crate) mod collapse;
pub(crate) mod factor_analysis;
pub(crate) mod gaussian_mixture;
pub(crate) mod hidden_markov;
mod m_step;
pub(crate) mod missing_information;
pub(crate) mod mixture;
mod order;
mod parts;
mod search;
mod start;
pub(crate) mod starts;
mod verdict;
