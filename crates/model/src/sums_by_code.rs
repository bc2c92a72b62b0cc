//! Sums by the codes of categories: plain over some rows, then added with compensation.
//!
//! A compensated addition takes four dependent operations, and there would be one per row. Plain sums are kept for at most [`ROWS`]
//! rows, and for fewer where codes are few. Of `m` terms that an entry gets in between, rounding adds at most `m` units in the last
//! place of their absolute sum, and about `sqrt(m)` as a rule: of some 32 terms where all codes are as frequent, 6 units; of 4096 where one
//! has all rows, 64. (Sums within a block of numbers are plain, too.)
use crate::design::BLOCK;

/// The most rows that are added plainly.
const ROWS: usize = 16 * BLOCK;

/// Tables of sums, each for a place of type `P`.
#[derive(Clone, Debug)]
pub(crate) struct SumsByCode<P> {
    tables: Vec<Table<P>>,
}

#[derive(Clone, Debug)]
struct Table<P> {
    place: P,
    lines: usize,
    width: usize,
    stride: usize,
    /// A line for each code, and one for rows without any.
    sums: Vec<f64>,
    /// The rows added.
    rows: usize,
}

impl<P: Copy + PartialEq> SumsByCode<P> {
    pub(crate) fn new() -> Self {
        Self { tables: Vec::new() }
    }

    /// The sums at a place before some `rows` more are added: a line of `stride` for each of so many codes, of which `width` are
    /// used, and one that is not. Those that have been added to often are first handed to `flush`, as by [`SumsByCode::flush`].
    pub(crate) fn at(
        &mut self,
        place: P,
        [lines, width, stride]: [usize; 3],
        rows: usize,
        flush: impl FnMut(P, usize, &[f64]),
    ) -> &mut [f64] {
        let found = self.tables.iter().position(|table| table.place == place);
        let index = found.unwrap_or_else(|| {
            self.tables.push(Table { place, lines, width, stride, sums: vec![0.0; (lines + 1) * stride], rows: 0 });
            self.tables.len() - 1
        });
        let table = &mut self.tables[index];
        if table.rows + rows > (32 * lines).clamp(BLOCK, ROWS) {
            table.flush(flush);
        }
        table.rows += rows;
        &mut table.sums
    }

    /// Calls `f` with the place of each table, a code and its sums, all of which are then 0.
    pub(crate) fn flush(&mut self, mut f: impl FnMut(P, usize, &[f64])) {
        for table in &mut self.tables {
            table.flush(&mut f);
        }
    }
}

impl<P: Copy> Table<P> {
    fn flush(&mut self, mut f: impl FnMut(P, usize, &[f64])) {
        for (code, line) in self.sums.chunks_exact(self.stride).take(self.lines).enumerate() {
            f(self.place, code, &line[..self.width]);
        }
        self.sums.fill(0.0);
        self.rows = 0;
    }
}
