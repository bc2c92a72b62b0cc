//! The response of a row: what is random in it, once the parameters and the covariates are given.
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::line::Line;

/// Where a response lies. `Y` is its type: `f64`, `u64` for counts, `bool`.
///
/// # Example
/// ```
/// use maxlik_model::Support;
/// let censored_at_zero = Support::positive().atom(0.0);
/// let heads_of_ten = Support::counts_up_to(10);
/// let yes_or_no = Support::boolean();
/// # let _ = (censored_at_zero, heads_of_ten, yes_or_no);
/// ```
#[derive(Clone, Debug)]
pub struct Support<Y> {
    space: Space,
    of: PhantomData<Y>,
}

/// A type of responses, as numbers.
pub trait Value: Copy + Send + Sync + 'static {
    /// The number that stands for a value.
    fn number(self) -> f64;

    /// The value for which a number stands.
    fn from_number(number: f64) -> Self;
}

impl Value for f64 {
    fn number(self) -> f64 {
        self
    }

    fn from_number(number: f64) -> Self {
        number
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from 0 to 2^53")]
impl Value for u64 {
    fn number(self) -> f64 {
        self as f64
    }

    fn from_number(number: f64) -> Self {
        number as u64
    }
}

impl Value for bool {
    fn number(self) -> f64 {
        f64::from(u8::from(self))
    }

    fn from_number(number: f64) -> Self {
        number == 1.0
    }
}

/// A support as numbers: where there is a density (or probabilities of counts), and single values of positive probability.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    pub(crate) line: Line,
    pub(crate) atoms: Vec<f64>,
}

impl Support<f64> {
    /// All real numbers.
    pub fn real() -> Self {
        Self::on(Line::Real)
    }

    /// Above 0.
    pub fn positive() -> Self {
        Self::at_least(0.0)
    }

    /// From `lower` on; the density may be infinite there.
    pub fn at_least(lower: f64) -> Self {
        Self::on(Line::Above(lower))
    }

    /// Up to `upper`; the density may be infinite there.
    pub fn at_most(upper: f64) -> Self {
        Self::on(Line::Below(upper))
    }

    /// From `lower` to `upper`; the density may be infinite at both.
    pub fn between(lower: f64, upper: f64) -> Self {
        Self::on(Line::Between(lower, upper))
    }

    /// Adds a single value that has a probability of its own, whose logarithm the log-density is there: the limit of a censored
    /// response, the zero of a Tweedie one.
    pub fn atom(mut self, value: f64) -> Self {
        self.space.atoms.push(value);
        self
    }
}

impl Support<u64> {
    /// 0, 1, 2, ...
    pub fn counts() -> Self {
        Self::counts_up_to(u64::MAX)
    }

    /// From 0 to `most`, the number of trials, say.
    pub fn counts_up_to(most: u64) -> Self {
        Self::on(Line::Counts { most: most as f64 })
    }
}

impl Support<bool> {
    /// `false` and `true`.
    pub fn boolean() -> Self {
        Self::on(Line::Counts { most: 1.0 })
    }
}

impl<Y> Support<Y> {
    fn on(line: Line) -> Self {
        Self { space: Space { line, atoms: Vec::new() }, of: PhantomData }
    }
}

type Put<'a, Row> = dyn Fn(&mut Row, f64) + Send + Sync + 'a;

/// How to read the response of a row, how to put another value in its place, and where it lies.
pub(crate) struct Response<'a, Row> {
    pub(crate) clone: fn(&Row) -> Row,
    pub(crate) space: Arc<dyn Fn(&Row) -> Space + Send + Sync + 'a>,
    pub(crate) read: Arc<dyn Fn(&Row) -> f64 + Send + Sync + 'a>,
    pub(crate) put: Arc<Put<'a, Row>>,
}

impl<'a, Row: Clone> Response<'a, Row> {
    pub(crate) fn new<Y: Value>(
        support: impl Fn(&Row) -> Support<Y> + Send + Sync + 'a,
        read: impl Fn(&Row) -> Y + Send + Sync + 'a,
        put: impl Fn(&mut Row, Y) + Send + Sync + 'a,
    ) -> Self {
        Self {
            clone: Row::clone,
            space: Arc::new(move |row| support(row).space),
            read: Arc::new(move |row| read(row).number()),
            put: Arc::new(move |row, number| put(row, Y::from_number(number))),
        }
    }
}

impl<Row> Clone for Response<'_, Row> {
    fn clone(&self) -> Self {
        let (space, read, put) = (Arc::clone(&self.space), Arc::clone(&self.read), Arc::clone(&self.put));
        Self { clone: self.clone, space, read, put }
    }
}

impl<Row> fmt::Debug for Response<'_, Row> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").finish_non_exhaustive()
    }
}
