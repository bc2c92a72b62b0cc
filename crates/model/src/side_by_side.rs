//! Rows of a block side by side: a density written for all number types, in the lanes of vector registers.
//!
//! The loop over a group of rows evaluates the density with numbers whose functions have no branches
//! ([`Lane`](maxlik_dual::lanes::Lane)), and is compiled for the instructions of the machine. Rows that the density calls
//! exceptional are evaluated once more, one by one and with ordinary numbers.
use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Range;

use maxlik_dual::instructions::{Instructions, Work, run};
use maxlik_dual::lanes::Notes;
use maxlik_dual::{Dual, Dual2, Real};

use crate::LogDensity;
use crate::block::{Block, Buffers, Runs, lanes};
use crate::cross_product::sum;
use crate::prefetch::prefetch_rows;

/// So many rows are evaluated between two looks at what was exceptional; their derivatives stay in the nearest cache.
const GROUP: usize = 64;

/// Fewer rows go one by one.
const FEW: usize = 8;

/// How many derivatives a pass keeps.
pub trait Order<const P: usize>: Copy + Debug + Send + Sync + 'static {
    const ORDER: usize;

    /// The numbers that the density is evaluated with.
    type Number: Real;

    /// The variables at a point.
    fn variables(point: [f64; P]) -> [Self::Number; P];

    /// Puts value and derivatives of row `i` into their columns.
    fn put(number: Self::Number, i: usize, columns: &mut Columns<P>);
}

/// The value alone.
///
/// With numbers that have a gradient, which nothing reads and the compiler therefore leaves out: a lane of `f64` is returned in a pair
/// of registers, which keeps the compiler from inlining it (see [`Lane`](maxlik_dual::lanes::Lane)).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value;

/// Value and gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient;

/// Value, gradient and Hessian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hessian;

impl<const P: usize> Order<P> for Value {
    const ORDER: usize = 0;

    type Number = Dual<P>;

    #[inline(always)]
    fn variables(point: [f64; P]) -> [Dual<P>; P] {
        Dual::variables(point)
    }

    #[inline(always)]
    fn put(number: Dual<P>, i: usize, columns: &mut Columns<P>) {
        columns.value[i] = number.value();
    }
}

impl<const P: usize> Order<P> for Gradient {
    const ORDER: usize = 1;

    type Number = Dual<P>;

    #[inline(always)]
    fn variables(point: [f64; P]) -> [Dual<P>; P] {
        Value::variables(point)
    }

    #[inline(always)]
    fn put(number: Dual<P>, i: usize, columns: &mut Columns<P>) {
        Value::put(number, i, columns);
        for (column, derivative) in columns.gradient.iter_mut().zip(number.gradient()) {
            column[i] = derivative;
        }
    }
}

impl<const P: usize> Order<P> for Hessian {
    const ORDER: usize = 2;

    type Number = Dual2<P>;

    #[inline(always)]
    fn variables(point: [f64; P]) -> [Dual2<P>; P] {
        Dual2::variables(point)
    }

    #[inline(always)]
    fn put(number: Dual2<P>, i: usize, columns: &mut Columns<P>) {
        columns.value[i] = number.value();
        for k in 0..P {
            columns.gradient[k][i] = number.gradient()[k];
            for l in 0..P {
                if l <= k {
                    columns.hessian[k][l][i] = number.hessian(k, l);
                }
            }
        }
    }
}

/// Value and derivatives of a group of rows, by columns.
pub struct Columns<const P: usize> {
    value: [f64; GROUP],
    gradient: [[f64; GROUP]; P],
    /// The lower triangle.
    hessian: [[[f64; GROUP]; P]; P],
    /// For each row whether it is to be evaluated again. Here and not beside the row's numbers, for a variable outside them that each row
    /// writes to the compiler would have to see through, and for large densities it does not.
    notes: [Notes; GROUP],
}

/// The loop over a group of rows. Where `ONE` all rows see the first arguments.
struct Group<'g, Row, D, O, const P: usize, const ONE: bool> {
    density: &'g D,
    rows: &'g [Row],
    arguments: &'g [[f64; P]],
    columns: &'g mut Columns<P>,
    order: PhantomData<O>,
}

impl<Row, D: LogDensity<Row, P>, O: Order<P>, const P: usize, const ONE: bool> Work for Group<'_, Row, D, O, P, ONE> {
    /// Whether the rows were evaluated: without fused products, in two lanes, one by one is as fast (measured).
    type Output = bool;

    #[inline(always)]
    fn run<I: Instructions>(self) -> bool {
        if !I::FUSED {
            return false;
        }
        let Self { density, rows, arguments, columns, .. } = self;
        let (length, stride) = (rows.len().min(GROUP), usize::from(!ONE));
        let (rows, arguments) = (&rows[..length], &arguments[..=stride * (length - 1)]);
        for i in 0..length {
            columns.notes[i] = Notes::default();
            let z = columns.notes[i].watch::<_, Apart<I, O, ONE>, P>(O::variables(arguments[stride * i]));
            let l = density.ln_density(z, &rows[i]).inner();
            O::put(l, i, columns);
        }
        true
    }
}

/// The same instructions for one loop alone, and with them a copy of the density that is called in one place only: the compiler
/// inlines that whatever its size (nearly), without which there are no lanes.
#[derive(Clone, Copy, Debug)]
struct Apart<I, O, const ONE: bool>(PhantomData<(I, O)>);

impl<I: Instructions, O: Copy + Debug + Send + Sync + 'static, const ONE: bool> Instructions for Apart<I, O, ONE> {
    const FUSED: bool = I::FUSED;
}

/// Stores the derivatives of each run of a block, rows side by side; returns whether that was possible: not where the first rows are all to be
/// evaluated again, one by one.
#[inline]
pub(crate) fn side_by_side<Row, D, O, const P: usize>(
    _: O,
    density: &D,
    block: &Block<'_, Row, P>,
    out: &mut Buffers,
) -> bool
where
    D: LogDensity<Row, P>,
    O: Order<P>,
{
    let rows = match block.rows.indices {
        None if block.rows.len() >= FEW => block.rows.rows,
        _ => return false,
    };
    let mut columns = Columns::zeroed();
    let one = block.runs != Runs::Each;
    let mut most_are_ordinary = true;
    for first in (0..rows.len()).step_by(GROUP) {
        let end = rows.len().min(first + GROUP);
        // The last group has whole lanes if the group before lends it rows: what is left of lanes goes row by row.
        let twice = first.min(lanes(end - first) - (end - first));
        let start = first - twice;
        prefetch_rows(&rows[end..rows.len().min(end + GROUP)]);
        let rows = &rows[start..end];
        let arguments = if one { block.arguments } else { &block.arguments[start..end] };
        let evaluated = most_are_ordinary
            && if one {
                run(Group::<_, _, _, P, true> {
                    density,
                    rows,
                    arguments,
                    columns: &mut columns,
                    order: PhantomData::<O>,
                })
            } else {
                run(Group::<_, _, _, P, false> {
                    density,
                    rows,
                    arguments,
                    columns: &mut columns,
                    order: PhantomData::<O>,
                })
            };
        if !evaluated {
            if first == 0 {
                return false;
            }
            columns.notes.iter().for_each(|notes| notes.note(true));
        }
        let again = columns.notes[..rows.len()].iter().map(Notes::exceptional).sum::<u64>();
        if first == 0 && again == rows.len() as u64 {
            return false;
        }
        if again > 0 {
            one_by_one::<_, _, O, P>(density, rows, arguments, &mut columns);
            // Where most rows are exceptional lanes are wasted on the rest of the block.
            most_are_ordinary = 2 * again <= rows.len() as u64;
        }
        columns.copy::<O>(twice..rows.len(), first, block.runs == Runs::One, out);
    }
    true
}

/// Evaluates the exceptional rows.
#[cold]
#[inline(never)]
fn one_by_one<Row, D, O, const P: usize>(density: &D, rows: &[Row], arguments: &[[f64; P]], columns: &mut Columns<P>)
where
    D: LogDensity<Row, P>,
    O: Order<P>,
{
    for (i, row) in rows.iter().enumerate().filter(|(i, _)| columns.notes[*i].exceptional() == 1).collect::<Vec<_>>() {
        let z = O::variables(arguments[i.min(arguments.len() - 1)]);
        O::put(density.ln_density(z, row), i, columns);
    }
}

impl<const P: usize> Columns<P> {
    #[inline(always)]
    fn zeroed() -> Self {
        Self {
            value: [0.0; GROUP],
            gradient: [[0.0; GROUP]; P],
            hessian: [[[0.0; GROUP]; P]; P],
            notes: [const { Notes::new() }; GROUP],
        }
    }

    /// Copies some rows of the columns to their place in the block, from row `first` on, or adds their sums to the one run.
    fn copy<O: Order<P>>(&mut self, rows: Range<usize>, first: usize, sum_up: bool, out: &mut Buffers) {
        let store = |to: &mut [f64], from: &mut [f64; GROUP]| {
            if sum_up {
                from[..rows.start].fill(0.0);
                from[rows.end..].fill(0.0);
                to[0] = if first == 0 { 0.0 } else { to[0] } + sum(from);
            } else {
                to[first..][..rows.len()].copy_from_slice(&from[rows.clone()]);
            }
        };
        store(out.value_mut(), &mut self.value);
        if O::ORDER > 0 {
            for k in 0..P {
                store(out.gradient_mut(k), &mut self.gradient[k]);
            }
        }
        if O::ORDER > 1 {
            for k in 0..P {
                for l in 0..=k {
                    store(out.hessian_mut(k, l), &mut self.hessian[k][l]);
                }
            }
        }
    }
}
