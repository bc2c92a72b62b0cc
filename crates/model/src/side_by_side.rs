//! Rows of a block side by side: a density written for all number types, in the lanes of vector registers.
//!
//! The loop over a group of rows evaluates the density with numbers whose functions have no branches
//! ([`Lane`](maxlik_dual::lanes::Lane)), and is compiled for the instructions of the machine. Rows that the density calls
//! exceptional are evaluated once more, one by one and with ordinary numbers.
use std::marker::PhantomData;

use maxlik_dual::instructions::{Instructions, Work, run};
use maxlik_dual::lanes::watched;
use maxlik_dual::{Dual, Dual2, Real};

use crate::LogDensity;
use crate::block::{Block, Buffers};
use crate::cross_product::sum;

/// So many rows are evaluated between two looks at what was exceptional; their derivatives stay in the nearest cache.
const GROUP: usize = 64;

/// Fewer rows go one by one.
const FEW: usize = 8;

/// The numbers that a pass over the rows is made with.
pub(crate) trait Number<const P: usize>: Real {
    /// The variables at a point.
    fn variables(point: [f64; P]) -> [Self; P];

    /// Puts value and derivatives of row `i` into their columns.
    fn put(self, i: usize, columns: &mut Columns<P>);
}

/// Value and derivatives of a group of rows, by columns.
pub(crate) struct Columns<const P: usize> {
    value: [f64; GROUP],
    gradient: [[f64; GROUP]; P],
    /// The lower triangle.
    hessian: [[[f64; GROUP]; P]; P],
    /// 1 for the rows that are to be evaluated again.
    exceptional: [u64; GROUP],
}

impl<const P: usize> Number<P> for f64 {
    #[inline(always)]
    fn variables(point: [f64; P]) -> [f64; P] {
        point
    }

    #[inline(always)]
    fn put(self, i: usize, columns: &mut Columns<P>) {
        columns.value[i] = self;
    }
}

impl<const P: usize> Number<P> for Dual<P> {
    #[inline(always)]
    fn variables(point: [f64; P]) -> [Self; P] {
        Dual::variables(point)
    }

    #[inline(always)]
    fn put(self, i: usize, columns: &mut Columns<P>) {
        let gradient = self.gradient();
        columns.value[i] = self.value();
        for k in 0..P {
            columns.gradient[k][i] = gradient[k];
        }
    }
}

impl<const P: usize> Number<P> for Dual2<P> {
    #[inline(always)]
    fn variables(point: [f64; P]) -> [Self; P] {
        Dual2::variables(point)
    }

    #[inline(always)]
    fn put(self, i: usize, columns: &mut Columns<P>) {
        let gradient = self.gradient();
        columns.value[i] = self.value();
        for k in 0..P {
            columns.gradient[k][i] = gradient[k];
            for l in 0..=k {
                columns.hessian[k][l][i] = self.hessian(k, l);
            }
        }
    }
}

/// The loop over a group of rows. Where `ONE` all rows see the first arguments.
struct Group<'g, Row, D, N, const P: usize, const ONE: bool> {
    density: &'g D,
    rows: &'g [Row],
    arguments: &'g [[f64; P]],
    columns: &'g mut Columns<P>,
    number: PhantomData<N>,
}

impl<Row, D, N, const P: usize, const ONE: bool> Work for Group<'_, Row, D, N, P, ONE>
where
    D: LogDensity<Row, P>,
    N: Number<P>,
{
    /// Whether the rows were evaluated: without fused products, in two lanes, one by one is as fast (measured).
    type Output = bool;

    #[inline(always)]
    fn run<I: Instructions>(self) -> bool {
        if !I::FUSED {
            return false;
        }
        let Self { density, rows, arguments, columns, .. } = self;
        if ONE {
            evaluate::<_, _, N, OneArgument<I>, P>(density, rows, arguments, columns, 0);
        } else {
            evaluate::<_, _, N, I, P>(density, rows, arguments, columns, 1);
        }
        true
    }
}

/// The loop.
#[inline(always)]
fn evaluate<Row, D, N, I, const P: usize>(
    density: &D,
    rows: &[Row],
    arguments: &[[f64; P]],
    columns: &mut Columns<P>,
    stride: usize,
) where
    D: LogDensity<Row, P>,
    N: Number<P>,
    I: Instructions,
{
    let length = rows.len().min(GROUP);
    let (rows, arguments) = (&rows[..length], &arguments[..=stride * (length - 1)]);
    for i in 0..length {
        let z = N::variables(arguments[stride * i]);
        let (l, exceptional) = watched::<N, I, P>(z, |z| density.ln_density(z, &rows[i]));
        l.put(i, columns);
        columns.exceptional[i] = exceptional;
    }
}

/// The same instructions for the loop in which all rows see the same arguments. A type of its own, and with it a copy of the density
/// that is called in one place only: the compiler inlines that whatever its size, without which there are no lanes.
#[derive(Clone, Copy, Debug)]
struct OneArgument<I>(PhantomData<I>);

impl<I: Instructions> Instructions for OneArgument<I> {
    const FUSED: bool = I::FUSED;
}

/// Stores the derivatives of each run of a block, rows side by side; returns whether that was possible.
pub(crate) fn side_by_side<Row, D, N, const P: usize>(density: &D, block: &Block<'_, Row, P>, out: &mut Buffers) -> bool
where
    D: LogDensity<Row, P>,
    N: Number<P>,
{
    let rows = match block.rows.indices {
        None if block.rows.len() >= FEW => block.rows.rows,
        _ => return false,
    };
    let mut columns = Columns {
        value: [0.0; GROUP],
        gradient: [[0.0; GROUP]; P],
        hessian: [[[0.0; GROUP]; P]; P],
        exceptional: [0; GROUP],
    };
    let one = block.run > 1;
    let mut most_are_ordinary = true;
    for (index, rows) in rows.chunks(GROUP).enumerate() {
        let arguments = if one { block.arguments } else { &block.arguments[index * GROUP..][..rows.len()] };
        let number = PhantomData::<N>;
        let evaluated = most_are_ordinary
            && if one {
                run(Group::<_, _, _, P, true> { density, rows, arguments, columns: &mut columns, number })
            } else {
                run(Group::<_, _, _, P, false> { density, rows, arguments, columns: &mut columns, number })
            };
        if !evaluated {
            if index == 0 {
                return false;
            }
            columns.exceptional = [1; GROUP];
        }
        let again = columns.exceptional[..rows.len()].iter().sum::<u64>();
        if again > 0 {
            one_by_one::<_, _, N, P>(density, rows, arguments, &mut columns);
            // Where most rows are exceptional lanes are wasted on the rest of the block.
            most_are_ordinary = 2 * again <= rows.len() as u64;
        }
        columns.copy::<N>(rows.len(), index, one, out);
    }
    true
}

/// Evaluates the exceptional rows.
#[cold]
#[inline(never)]
fn one_by_one<Row, D, N, const P: usize>(density: &D, rows: &[Row], arguments: &[[f64; P]], columns: &mut Columns<P>)
where
    D: LogDensity<Row, P>,
    N: Number<P>,
{
    for (i, row) in rows.iter().enumerate().filter(|(i, _)| columns.exceptional[*i] == 1).collect::<Vec<_>>() {
        let z = N::variables(arguments[i.min(arguments.len() - 1)]);
        density.ln_density(z, row).put(i, columns);
    }
}

impl<const P: usize> Columns<P> {
    /// Copies the columns of group `index` to their place in the block, or adds their sums to the one run.
    fn copy<N: Number<P>>(&mut self, length: usize, index: usize, one: bool, out: &mut Buffers) {
        let store = |to: &mut [f64], from: &mut [f64; GROUP]| {
            if one {
                from[length..].fill(0.0);
                to[0] = if index == 0 { 0.0 } else { to[0] } + sum(from);
            } else {
                to[index * GROUP..][..length].copy_from_slice(&from[..length]);
            }
        };
        store(out.value_mut(), &mut self.value);
        if N::ORDER > 0 {
            for k in 0..P {
                store(out.gradient_mut(k), &mut self.gradient[k]);
            }
        }
        if N::ORDER > 1 {
            for k in 0..P {
                for l in 0..=k {
                    store(out.hessian_mut(k, l), &mut self.hessian[k][l]);
                }
            }
        }
    }
}
