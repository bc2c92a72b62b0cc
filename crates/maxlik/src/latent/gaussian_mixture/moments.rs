//! The responsibility-weighted moments of a component, summed in lanes.
//!
//! Notation: the columns of a block are `(1, z_1 .. z_o)`, `s_i = w_i r_ij` the shares of component `j` in its rows.
use maxlik_dual::instructions::{Instructions, Work, run};
use maxlik_model::Aligned;
use nalgebra::{DMatrix, DVector};

/// Eight rows side by side.
pub(crate) type Lanes = [f64; 8];

/// The responsibility-weighted moments of `z` for one component in some rows of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// `sum r`
    pub(crate) rows: f64,
    /// `sum w r`
    pub(crate) count: f64,
    /// `sum w r z`
    pub(crate) first: DVector<f64>,
    /// `sum w r z z'`; only its diagonal where the covariances are diagonal.
    pub(crate) second: DMatrix<f64>,
}

impl Moments {
    /// Adds those of other rows.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.count += other.count;
        self.first += &other.first;
        self.second += &other.second;
    }
}

/// Columns are summed up by tiles of so many.
const TILE: [usize; 2] = [2, 4];

/// The number of columns `(1, z)` of `o` coordinates, some behind the last one, of zeros, to fill whole tiles.
pub(crate) fn columns(o: usize) -> usize {
    (1 + o).next_multiple_of(TILE[1])
}

/// The sums `sum s (1, z) (1, z)'` over the blocks so far, each in eight parts, by rows up to the diagonal; of diagonal covariances only the
/// first column and the diagonal.
#[derive(Clone, Debug)]
pub(crate) struct MomentSums {
    o: usize,
    diagonal: bool,
    sums: Aligned,
    rows: f64,
}

/// One block of a component.
pub(crate) struct Addition<'b> {
    sums: &'b mut MomentSums,
    /// `(1, z)` of each eight rows.
    z: &'b [Lanes],
    /// Of each eight rows; 0 behind the last row.
    shares: &'b [Lanes],
}

impl MomentSums {
    /// No rows yet of `o` coordinates.
    pub(crate) fn new(o: usize, diagonal: bool) -> Self {
        Self { o, diagonal, sums: Aligned::zeros(8 * columns(o) * columns(o)), rows: 0.0 }
    }

    /// The size of the sums of `o` coordinates.
    pub(crate) fn bytes(o: usize) -> usize {
        columns(o) * columns(o) * size_of::<Lanes>()
    }

    /// Adds a block with `(1, z)` and the shares of each eight rows, whose responsibilities have the sum `rows`.
    pub(crate) fn add(&mut self, rows: f64, z: &[Lanes], shares: &[Lanes]) {
        self.rows += rows;
        run(Addition { sums: self, z, shares });
    }

    /// The sums of the blocks so far.
    pub(crate) fn finish(&self) -> Moments {
        let (o, columns) = (self.o, columns(self.o));
        let at = |a: usize, b: usize| self.sums.eights()[a * columns + b].iter().sum::<f64>();
        Moments {
            rows: self.rows,
            count: at(0, 0),
            first: DVector::from_fn(o, |a, _| at(a + 1, 0)),
            second: DMatrix::from_fn(
                o,
                o,
                |a, b| {
                    if self.diagonal && a != b { 0.0 } else { at(a.max(b) + 1, a.min(b) + 1) }
                },
            ),
        }
    }
}

impl Work for Addition<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        let columns = columns(self.sums.o);
        let products = Products { columns, z: self.z, shares: self.shares };
        if self.sums.diagonal {
            for a in 0..=self.sums.o {
                products.diagonal::<I>(a, self.sums.sums.eights_mut());
            }
            return;
        }
        for a in (0..columns).step_by(TILE[0]) {
            for b in (0..=a).step_by(TILE[1]) {
                products.tile::<I>(a, b, self.sums.sums.eights_mut());
            }
        }
    }
}

/// `(1, z)` and the shares of each eight rows.
struct Products<'b> {
    columns: usize,
    z: &'b [Lanes],
    shares: &'b [Lanes],
}

impl Products<'_> {
    /// Adds the products of two columns, from `a` on, with four, from `b` on. They are written out: the compiler unrolls only a part of a loop
    /// over as many, and leaves the sums in memory (measured: that takes five times as long).
    #[inline(always)]
    fn tile<I: Instructions>(&self, a: usize, b: usize, sums: &mut [Lanes]) {
        let (mut first, mut second) = ([[0.0; 8]; TILE[1]], [[0.0; 8]; TILE[1]]);
        for (z, share) in self.z.chunks_exact(self.columns).zip(self.shares) {
            let s = [times(&z[a], share), times(&z[a + 1], share)];
            let z = &z[b..b + 4];
            first[0] = mul_add::<I>(&s[0], &z[0], &first[0]);
            first[1] = mul_add::<I>(&s[0], &z[1], &first[1]);
            first[2] = mul_add::<I>(&s[0], &z[2], &first[2]);
            first[3] = mul_add::<I>(&s[0], &z[3], &first[3]);
            second[0] = mul_add::<I>(&s[1], &z[0], &second[0]);
            second[1] = mul_add::<I>(&s[1], &z[1], &second[1]);
            second[2] = mul_add::<I>(&s[1], &z[2], &second[2]);
            second[3] = mul_add::<I>(&s[1], &z[3], &second[3]);
        }
        for (row, tile) in [first, second].iter().enumerate() {
            for (sum, tile) in sums[(a + row) * self.columns + b..].iter_mut().zip(tile) {
                add(sum, tile);
            }
        }
    }

    /// Adds the products of a column with the first one and itself.
    #[inline(always)]
    fn diagonal<I: Instructions>(&self, a: usize, sums: &mut [Lanes]) {
        let (mut first, mut second) = ([0.0; 8], [0.0; 8]);
        for (z, share) in self.z.chunks_exact(self.columns).zip(self.shares) {
            let scaled = times(&z[a], share);
            add(&mut first, &scaled);
            second = mul_add::<I>(&scaled, &z[a], &second);
        }
        add(&mut sums[a * self.columns], &first);
        if a > 0 {
            add(&mut sums[a * self.columns + a], &second);
        }
    }
}

/// `a b + c`
#[inline(always)]
pub(super) fn mul_add<I: Instructions>(a: &Lanes, b: &Lanes, c: &Lanes) -> Lanes {
    [
        I::mul_add(a[0], b[0], c[0]),
        I::mul_add(a[1], b[1], c[1]),
        I::mul_add(a[2], b[2], c[2]),
        I::mul_add(a[3], b[3], c[3]),
        I::mul_add(a[4], b[4], c[4]),
        I::mul_add(a[5], b[5], c[5]),
        I::mul_add(a[6], b[6], c[6]),
        I::mul_add(a[7], b[7], c[7]),
    ]
}

/// `x - y`, written out: the compiler takes a loop for one that reads what it has written.
#[inline(always)]
pub(super) fn minus(x: &Lanes, y: f64) -> Lanes {
    [x[0] - y, x[1] - y, x[2] - y, x[3] - y, x[4] - y, x[5] - y, x[6] - y, x[7] - y]
}

#[inline(always)]
fn times(a: &Lanes, b: &Lanes) -> Lanes {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3], a[4] * b[4], a[5] * b[5], a[6] * b[6], a[7] * b[7]]
}

#[inline(always)]
fn add(sum: &mut Lanes, term: &Lanes) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += term;
    }
}
