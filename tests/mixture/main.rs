//! Mixtures of densities written as closures.
mod bad_input;
mod concomitant;
mod data;
mod ends;
mod one_closure;
mod restarts;
mod results;
#[path = "../common/uniform.rs"]
mod uniform;
