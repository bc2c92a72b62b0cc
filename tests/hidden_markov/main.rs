//! Hidden Markov models.
mod all_paths;
mod guards;
mod random;
mod restarts;
mod series;
#[path = "../common/uniform.rs"]
mod uniform;
