//! Evaluations and time of this library's optimizers against those of argmin and basin, on the problems of Moré, Garbow and
//! Hillstrom from their standard starts: no more evaluations in total for the problems that the peer solves, and less time.
//!
//! Solved: it stopped before [`ITERATIONS`] without an error, and the value where it stopped, computed here, is within
//! `max(1e-6 f, 1e-10)` of a reference minimum `f` that is not at infinity. What the method says of it does not count.
//!
//! Evaluations are counted at the objective, in two ways, and both must hold. `calls` are requests: one for the value and one
//! for the gradient where they are asked for one after the other, and one where the method has a single call for both (as
//! this library's and basin's have, and argmin's have not). `points` are the different arguments, whatever was asked for
//! there and however often. Which derivatives they asked for is shown too.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`
use std::rc::Rc;

use maxlik::optimizer::{Bounds, Lbfgs, Method, Newton, Termination, minimize};
use nalgebra::DVector;

use crate::counted::{Counted, Counts};
use crate::problems::Problem;
use crate::reference::{Reference, problems_with_references};

mod counted;
#[path = "../../../tests/more_garbow_hillstrom/data.rs"]
mod data;
#[path = "../../../tests/more_garbow_hillstrom/objective.rs"]
mod objective;
mod peers;
#[path = "../../../tests/more_garbow_hillstrom/problems.rs"]
#[allow(dead_code, reason = "the minima as published are for the tests")]
mod problems;
#[path = "../../../tests/more_garbow_hillstrom/reference.rs"]
#[allow(dead_code, reason = "some references are for the tests")]
mod reference;
#[path = "../../../tests/more_garbow_hillstrom/residuals.rs"]
mod residuals;
#[path = "../../timing/mod.rs"]
mod timing;

/// The limit of iterations for all: the default of this library.
const ITERATIONS: u64 = 5000;

/// Runs in a median.
const ROUNDS: usize = 31;

/// Gives the point where the method stopped; none where that was at a limit or with an error.
type Runner = Box<dyn Fn(&Counted) -> Option<Vec<f64>>>;

/// A method with its settings.
struct Setting {
    name: &'static str,
    run: Runner,
}

fn main() {
    let table: Vec<_> = problems_with_references().into_iter().map(|(p, r)| (Rc::new(p), r)).collect();
    let second_order = [setting("maxlik, Newton", Newton::default())];
    let first_order = [setting("maxlik, L-BFGS", Lbfgs::default())];
    let groups = [
        (&second_order[..], vec![peers::argmin_trust_region(), peers::basin_trust_region()]),
        (
            &first_order[..],
            vec![peers::argmin_lbfgs(), peers::basin_lbfgs_hager_zhang(), peers::basin_lbfgs_more_thuente()],
        ),
    ];
    let mut verdicts = Vec::new();
    for (ours, peers) in &groups {
        let pairs = ours.iter().flat_map(|ours| peers.iter().map(move |peer| (ours, peer)));
        verdicts.extend(pairs.map(|(ours, peer)| compare(ours, peer, &table)));
    }
    println!("\n{}", verdicts.join("\n"));
    if verdicts.iter().any(|verdict| verdict.starts_with("FAILS")) {
        std::process::exit(1);
    }
}

/// A method of this library.
fn setting<A: Method + 'static>(name: &'static str, method: A) -> Setting {
    let run = move |problem: &Counted| {
        let start = DVector::from_column_slice(&problem.start);
        let report = minimize(&method, problem, &Bounds::none(start.len()), &start).ok()?;
        let stopped = !matches!(report.termination, Termination::IterationLimit { .. });
        stopped.then(|| report.x.as_slice().to_vec())
    };
    Setting { name, run: Box::new(run) }
}

/// One method on one problem.
#[derive(Clone, Copy)]
struct Run {
    solved: bool,
    counts: Counts,
    seconds: f64,
    /// The part of `seconds` that the objective takes.
    objective: f64,
}

/// Both methods in turn, then both objectives alone, in every round.
fn measure(settings: [&Setting; 2], problem: &Rc<Problem>, reference: &Reference) -> [Run; 2] {
    let counted = settings.map(|_| Counted::new(problem));
    let ends = [0, 1].map(|k| (settings[k].run)(&counted[k]).filter(|_| !counted[k].is_given_up()));
    let run = |k: usize| {
        std::hint::black_box((settings[k].run)(&Counted::new(problem)));
        1
    };
    let replay = |k: usize| {
        counted[k].replay();
        1
    };
    let seconds = timing::medians(ROUNDS, [&mut || run(0), &mut || run(1), &mut || replay(0), &mut || replay(1)]);
    [0, 1].map(|k| Run {
        solved: ends[k].as_ref().is_some_and(|x| is_minimum(problem.sum_of_squares(x.as_slice()), reference)),
        counts: counted[k].counts(),
        seconds: seconds[k],
        objective: seconds[k + 2],
    })
}

fn is_minimum(f: f64, reference: &Reference) -> bool {
    let mut finite = reference.minima.iter().filter(|minimum| minimum.x.is_some());
    finite.any(|minimum| (f - minimum.f).abs() <= (1e-6 * minimum.f).max(1e-10))
}

const COLUMNS: &str = "points | calls | values | gradients | Hessians | us | of it objective";

/// What stands in these columns.
fn figures(run: &Run) -> [f64; 7] {
    let Counts { values, gradients, hessians, calls, points } = run.counts;
    let [points, calls, values, gradients, hessians] = [points, calls, values, gradients, hessians].map(|c| c as f64);
    [points, calls, values, gradients, hessians, run.seconds * 1e6, run.objective * 1e6]
}

/// Prints problem by problem, totals and ratios; the verdict.
fn compare(ours: &Setting, peer: &Setting, table: &[(Rc<Problem>, Reference)]) -> String {
    println!("\n## {} (left) and {} (right)\n", ours.name, peer.name);
    println!("| problem | n | {COLUMNS} | | {COLUMNS} | |\n|{}", "---|".repeat(18));
    let mut totals = [[0.0; 7]; 2];
    let (mut solved, mut alone) = ([0, 0], [const { Vec::new() }; 2]);
    for (problem, reference) in table {
        let runs = measure([ours, peer], problem, reference);
        let name = format!("{} {} | {}", problem.number, problem.name, problem.n);
        println!(
            "| {name} | {} |",
            runs.map(|run| line(&figures(&run), 0) + if run.solved { " |" } else { " | unsolved" }).join(" | ")
        );
        for k in [0, 1] {
            solved[k] += usize::from(runs[k].solved);
            if runs[k].solved && !runs[1 - k].solved {
                alone[k].push(format!("{} ({})", problem.name, problem.n));
            }
            if runs[0].solved && runs[1].solved {
                totals[k].iter_mut().zip(figures(&runs[k])).for_each(|(total, figure)| *total += figure);
            }
        }
    }
    let ratios: [f64; 7] = std::array::from_fn(|i| totals[0][i] / totals[1][i]);
    println!("\n| where both solve | {COLUMNS} |\n|{}", "---|".repeat(8));
    println!("| {} | {} |\n| {} | {} |", ours.name, line(&totals[0], 0), peer.name, line(&totals[1], 0));
    println!("| ratio | {} |", line(&ratios, 3));
    println!(
        "\nSolved: {} and {} of {}; on one side alone: {}; {}.",
        solved[0],
        solved[1],
        table.len(),
        list(&alone[0]),
        list(&alone[1])
    );

    let [points, calls, .., seconds, _] = ratios;
    // What the peer alone solves is no saving of ours.
    let verdict = if alone[1].is_empty() && points <= 1.0 && calls <= 1.0 && seconds < 1.0 { "holds" } else { "FAILS" };
    format!("{verdict}: {} / {}: points {points:.3}, calls {calls:.3}, time {seconds:.3}", ours.name, peer.name)
}

fn line(figures: &[f64; 7], digits: usize) -> String {
    figures.map(|figure| format!("{figure:.digits$}")).join(" | ")
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_string() } else { names.join(", ") }
}
