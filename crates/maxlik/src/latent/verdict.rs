//! What is wrong with where a search of a model of several parts has ended, if a part is.
//!
//! A part, a component or a state, has *collapsed* where the search ran off and the part holds no more different rows than it has
//! coefficients, which tower over all others: there the likelihood rises without end. A maximum is *spurious* where a part holds so few
//! rows that it all but reproduces them, at a density that rises as they come closer: it says that the rows are close, not that there is
//! a group. Where densities are bounded, as those of counts are, few rows are no reason for suspicion.
//!
//! # References
//! `McLachlan` & Peel, "Finite Mixture Models" (2000), section 3.10, on spurious local maximizers.
use std::collections::{HashMap, HashSet};

use maxlik_optimizer::Termination;
use nalgebra::DMatrix;

use super::m_step::maximise;
use super::parts::{Lost, Parts, estimates};
use crate::Fit;
use crate::fitting::coefficients;

/// A part that holds no more rows than it has coefficients has collapsed when the log-density of each is this much above that of all
/// other rows, and there is no maximum.
const PEAK: f64 = 5.0;

/// A part holds few rows where they are, each counted by its responsibility, fewer than its coefficients and these: hardly anything is
/// left to tell a group from rows that happen to be close.
const FEW: f64 = 2.0;

/// With few rows a part is narrow where its log-density reaches this much more in its own rows than in any row when it is fitted to
/// all of them: its density is twenty times as high.
const NARROW: f64 = 3.0;

/// With fewer rows than its coefficients and these a part reproduces its rows: it is narrow where its density is higher at all.
const NONE_LEFT: f64 = 0.5;

/// Whether a search ended as it does where a part has come to nothing.
pub(crate) fn ran_off(fit: &Fit) -> bool {
    matches!(fit.termination(), Termination::AtInfinity { .. } | Termination::Stalled { .. })
}

/// The rows of part `j`: those that count and are more likely its own than not; and the others.
fn rows_of<M: Parts>(model: &M, r: &DMatrix<f64>, j: usize) -> (Vec<usize>, Vec<usize>) {
    (0..r.nrows()).filter(|&i| model.counts(i)).partition(|&i| r[(i, j)] > 0.5)
}

/// For each row the first one that has the same log-densities under all parts, itself perhaps.
fn first_alike(f: &DMatrix<f64>) -> Vec<usize> {
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut first = |i: usize| *seen.entry(f.row(i).iter().map(|f| f.to_bits()).collect()).or_insert(i);
    (0..f.nrows()).map(&mut first).collect()
}

/// A part with no more different rows than coefficients that towers over all other rows, and its rows.
pub(crate) fn collapsed_part<M: Parts>(model: &M, fit: &Fit) -> Option<Lost> {
    let theta = estimates(model, fit).ok()?;
    let (ln_p, r) = model.responsibilities(&theta);
    let first = first_alike(&model.part_ln_densities(&theta));
    (0..r.ncols()).find_map(|j| {
        let (own, others) = rows_of(model, &r, j);
        let different: HashSet<usize> = own.iter().map(|&i| first[i]).collect();
        let few = !own.is_empty() && different.len() <= model.own(j).len();
        let lowest = own.iter().map(|&i| ln_p[i]).fold(f64::INFINITY, f64::min);
        let towers = others.iter().all(|&i| lowest > ln_p[i] + PEAK);
        (few && towers).then(|| (model.names()[j].clone(), own))
    })
}

/// The parts that hold few rows, and how many more than they have coefficients.
pub(crate) fn holding_few<M: Parts>(model: &M, r: &DMatrix<f64>) -> Vec<(usize, f64)> {
    let rows = |j: usize| (0..r.nrows()).filter(|&i| model.counts(i)).map(|i| r[(i, j)]).sum::<f64>();
    let with_coefficients = (0..r.ncols()).filter(|&j| model.estimated(j) > 0);
    with_coefficients.map(|j| (j, rows(j) - model.estimated(j) as f64)).filter(|&(_, left)| left < FEW).collect()
}

/// A part that makes a maximum spurious, few rows and narrow, with its rows; none where a prior keeps parts wide.
pub(crate) fn spurious_part<M: Parts>(model: &M, fit: &Fit) -> Option<Lost> {
    if model.prior_share() > 0.0 {
        return None;
    }
    let theta = estimates(model, fit).ok()?;
    let (_, r) = model.responsibilities(&theta);
    let few = holding_few(model, &r);
    if few.is_empty() {
        return None;
    }
    // The same parts, each fitted to all rows.
    let all = model.weights().map_or_else(|| vec![1.0; r.nrows()], <[f64]>::to_vec);
    let mut fitted = theta.clone();
    for &(j, _) in &few {
        let part = model.part_alone(j, &all);
        let start = coefficients(&*part);
        fitted[model.own(j)].copy_from_slice(&maximise(&*part, &start));
    }
    let (f, f_all) = (model.part_ln_densities(&theta), model.part_ln_densities(&fitted));
    few.into_iter().find_map(|(j, left)| {
        let (own, others) = rows_of(model, &r, j);
        let highest = |rows: &mut dyn Iterator<Item = f64>| rows.fold(f64::NEG_INFINITY, f64::max);
        let peak = highest(&mut own.iter().map(|&i| f[(i, j)]));
        let broad = highest(&mut own.iter().chain(&others).map(|&i| f_all[(i, j)]));
        let narrow = if left < NONE_LEFT { 0.0 } else { NARROW };
        (peak > broad + narrow).then(|| (model.names()[j].clone(), own))
    })
}
