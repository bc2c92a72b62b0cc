//! The optimizers on the problems of Moré, Garbow & Hillstrom.
//!
//! `problems.rs` is the table, `residuals.rs` has the formulas, `reference.rs` tests both against numbers of
//! `make_reference.py`, and there is a file of tests for each method.
mod data;
mod fisher_scoring;
mod gradient_ascent;
mod lbfgs;
mod newton;
mod objective;
mod outcome;
mod problems;
mod reference;
mod residuals;
