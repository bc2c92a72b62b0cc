//! What can be wrong with a model before it is fitted.
use std::fmt;

use crate::Domain;
use crate::expectation::Fault;

/// What is wrong with a model. Rows and columns are counted from 0, as they are indexed.
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There are no rows.
    #[error("model: expected at least one row of data, found none - check the filter or file that the rows come from")]
    NoRows,
    /// Two parameters have the same name.
    #[error("parameters: expected different names, found `{name}` twice - rename one of them")]
    DuplicateParameter {
        /// The name.
        name: String,
    },
    /// Two columns of a design have the same name.
    #[error("design: expected different column names, found `{name}` twice - rename or drop one of them")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// A design has no columns.
    #[error(
        "design: expected at least one column, found none - for a constant alone use a column of ones, \"(intercept)\""
    )]
    NoColumns,
    /// A matrix has another number of columns than there are names.
    #[error("design: expected {expected} columns for as many names, found {found} - name every column once")]
    ColumnCount {
        /// The number of names.
        expected: usize,
        /// The number of columns.
        found: usize,
    },
    /// A value of a design is NaN or infinite.
    #[error(
        "design, row {row}, column `{column}`: expected a finite number, found {value} - drop the row or impute the value"
    )]
    NonFiniteDesign {
        /// The row.
        row: usize,
        /// The name of the column.
        column: String,
        /// The value.
        value: f64,
    },
    /// A category has too few levels.
    #[error(
        "category `{category}`: expected at least {expected} level{}, found {found} - {}",
        if *expected == 1 { "" } else { "s" },
        if *expected == 1 { "give the levels in the order of the codes" } else { "the first level is the base and has no column" }
    )]
    FewLevels {
        /// The name of the category.
        category: String,
        /// The least number of levels.
        expected: usize,
        /// The number of levels.
        found: usize,
    },
    /// A category has another number of codes than the design has rows.
    #[error(
        "category `{category}`: expected {expected} codes, one for each row of the design, found {found} - compute them from the same rows"
    )]
    CategoryRows {
        /// The name of the category.
        category: String,
        /// The number of rows of the design.
        expected: usize,
        /// The number of codes.
        found: usize,
    },
    /// The code of a row is that of no level.
    #[error(
        "category `{category}`, row {row}: expected the index of one of {levels} levels, counted from 0, found {code} - name the level or drop the row"
    )]
    UnknownLevel {
        /// The row.
        row: usize,
        /// The name of the category.
        category: String,
        /// The number of levels.
        levels: usize,
        /// The code.
        code: usize,
    },
    /// No row has a level, so that its coefficient could not be estimated.
    #[error(
        "category `{category}`: expected rows with every level, found none with `{level}` - leave the level out and count the codes anew"
    )]
    EmptyLevel {
        /// The name of the category.
        category: String,
        /// The level.
        level: String,
    },
    /// A design has another number of rows than the data.
    #[error(
        "parameter `{parameter}`: expected a design with {expected} rows, one for each row of data, found {found} - build it from the same rows as the model"
    )]
    DesignRows {
        /// The name of the linear predictor.
        parameter: String,
        /// The number of rows of data.
        expected: usize,
        /// The number of rows of the design.
        found: usize,
    },
    /// An offset has another length than the design.
    #[error(
        "offset: expected {expected} values, one for each row of the design, found {found} - compute it from the same rows"
    )]
    OffsetLength {
        /// The number of rows of the design.
        expected: usize,
        /// The number of offsets.
        found: usize,
    },
    /// An offset is NaN or infinite.
    #[error("offset, row {row}: expected a finite number, found {value} - is it the logarithm of an exposure of 0?")]
    NonFiniteOffset {
        /// The row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// There are more or fewer weights than rows.
    #[error(
        "weights: expected {expected} values, one for each row of data, found {found} - build it from the same rows as the model"
    )]
    WeightsLength {
        /// The number of rows of data.
        expected: usize,
        /// The number of weights.
        found: usize,
    },
    /// A weight is negative, NaN or infinite.
    #[error("weights, row {row}: expected a finite number of at least 0, found {value} - weight 0 leaves a row out")]
    InvalidWeight {
        /// The row.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// All weights are zero.
    #[error("weights: expected at least one above 0, found none - no row of data counts")]
    NoWeight,
    /// The bounds of a parameter leave no room.
    #[error(
        "parameter `{parameter}`: expected a lower bound below the upper one, found {domain} - exchange them, or fix the parameter with .fixed(..)"
    )]
    EmptyDomain {
        /// The name of the parameter.
        parameter: String,
        /// Its domain as given.
        domain: Domain,
    },
    /// A starting or fixed value is outside its parameter's domain.
    #[error(
        "parameter `{parameter}`: expected a value in {domain}, found {value} - give another one to .start(..) or .fixed(..)"
    )]
    OutsideDomain {
        /// The name of the parameter.
        parameter: String,
        /// The value.
        value: f64,
        /// The parameter's domain.
        domain: Domain,
    },
    /// A parameter was given another number of starting or fixed values than it has coefficients.
    #[error(
        "parameter `{parameter}`: expected {expected} starting or fixed values, one per coefficient, found {found}"
    )]
    StartLength {
        /// The name of the parameter.
        parameter: String,
        /// The number of coefficients.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// A mixture has no components, or one.
    #[error("mixture: expected at least two components, found {found} - for one component use Model::new")]
    TooFewComponents {
        /// The number of components.
        found: usize,
    },
    /// A mixture has more components than rows.
    #[error(
        "mixture: expected at most as many components as rows of weight above 0, which are {rows}, found {components} - leave components out"
    )]
    MoreComponentsThanRows {
        /// The number of components.
        components: usize,
        /// The number of rows that count.
        rows: usize,
    },
    /// A component of a mixture was named before it was there.
    #[error(
        "mixture: expected a component before its name, found `{name}` first - call .named(..) after .component(..)"
    )]
    NameWithoutComponent {
        /// The name.
        name: String,
    },
    /// A hidden Markov model has no states, or one.
    #[error("hidden Markov model: expected at least two states, found {found} - for one state use Model::new")]
    TooFewStates {
        /// The number of states.
        found: usize,
    },
    /// A hidden Markov model has more states than rows.
    #[error(
        "hidden Markov model: expected at most as many states as observed rows, which are {rows}, found {states} - leave states out"
    )]
    MoreStatesThanRows {
        /// The number of states.
        states: usize,
        /// The number of rows that are not missing.
        rows: usize,
    },
    /// A state was named before it was there.
    #[error(
        "hidden Markov model: expected a state before its name, found `{name}` first - call .named(..) after .state(..)"
    )]
    NameWithoutState {
        /// The name.
        name: String,
    },
    /// A sequence has no rows.
    #[error("sequence {sequence}, counted from 0: expected at least one row, found none - leave its length out")]
    EmptySequence {
        /// The sequence.
        sequence: usize,
    },
    /// The lengths of the sequences are not those of the rows.
    #[error(
        "sequences: expected lengths with a sum of {expected}, the number of rows, found {found} - give the length of every sequence in the order of the rows"
    )]
    SequenceLengths {
        /// The number of rows.
        expected: usize,
        /// The sum of the lengths.
        found: usize,
    },
    /// All rows are missing.
    #[error(
        "hidden Markov model: expected at least one observed row, found all {rows} missing - is what .missing(..) says the other way round?"
    )]
    AllMissing {
        /// The number of rows.
        rows: usize,
    },
    /// Transitions that change from row to row have no stationary distribution.
    #[error(
        "hidden Markov model: expected an initial distribution that is free or given where transitions have covariates, found the stationary one, which does not exist there - call .initial(Initial::Free)"
    )]
    StationaryWithCovariates,
    /// A start for the transition matrix has another shape.
    #[error(
        "transition matrix at the start: expected {expected} rows and columns, one for each state, found {rows} x {columns} - give the probabilities from each state in a row"
    )]
    TransitionShape {
        /// The number of states.
        expected: usize,
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },
    /// Numbers are no probabilities.
    #[error(
        "{what}: expected {expected} probabilities with a sum of 1 (at the start of a search none may be 0), found {found:?} - one for each state"
    )]
    NotProbabilities {
        /// What they are for.
        what: String,
        /// The number of states.
        expected: usize,
        /// The numbers.
        found: Vec<f64>,
    },
    /// A joint model was given a linear predictor, for which it has no rows.
    #[error(
        "joint model, parameter `{parameter}`: expected a scalar parameter, found a linear predictor - a joint closure sees no rows; give each coefficient as a parameter of its own or use Model::new"
    )]
    LinearInJoint {
        /// The name of the parameter.
        parameter: String,
    },
}

/// Why a model has no expected information. Rows are counted from 0, as they are indexed.
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectationError {
    /// The model was not told what is random in a row.
    #[error(
        "expected information: expected a model that names the response of its rows or has a closed form, found neither - call .response(..) or .with_expected_information(..) on the model"
    )]
    Unknown,
    /// The model is joint.
    #[error(
        "expected information: expected a model row by row, found a joint one, whose observations depend on each other - use the observed information"
    )]
    Joint,
    /// The log-density is NaN or plus infinity at a response, or a derivative is not finite.
    #[error(
        "expected information, row {row} with response {response}: expected a log-density with finite derivatives or minus infinity, found {} - does the support hold only what the log-density takes?",
        WithDerivatives(*log_density)
    )]
    NotFinite {
        /// The row.
        row: usize,
        /// The response that was put into it.
        response: f64,
        /// The log-density; where this is finite, a derivative is not.
        log_density: f64,
    },
    /// The probabilities of all responses do not add up to 1.
    #[error(
        "expected information, row {row}: expected a total probability of 1 within 1e-9, found {total} - is the density normalised and one of the response itself, is the support right, are its atoms named?"
    )]
    Total {
        /// The row.
        row: usize,
        /// The total probability that was found.
        total: f64,
    },
    /// Rows that were said to differ by their response alone differ by more.
    #[error(
        "expected information, row {row}: expected that of the first row, as .rows_alike() says, found another - do rows differ by more than their response? leave .rows_alike() out"
    )]
    NotAlike {
        /// The row.
        row: usize,
    },
    /// The integral or sum has not settled.
    #[error(
        "expected information, row {row}: expected changes below 1e-9 as the quadrature is refined, found {change:.1e} - is the density infinite inside the support, or its score there? give a closed form with .with_expected_information(..)"
    )]
    Unsettled {
        /// The row.
        row: usize,
        /// The change by the last refinement, relative to the diagonal of the information.
        change: f64,
    },
    /// A closed form is NaN or infinite.
    #[error(
        "expected information, row {row}: expected finite entries of the closed form, found one that is not - is a parameter outside its domain?"
    )]
    ClosedFormNotFinite {
        /// The row.
        row: usize,
    },
}

impl ExpectationError {
    pub(crate) fn new(row: usize, fault: Fault) -> Self {
        match fault {
            Fault::NotFinite { response, log_density } => Self::NotFinite { row, response, log_density },
            Fault::Total { total } => Self::Total { row, total },
            Fault::Unsettled { change } => Self::Unsettled { row, change },
        }
    }
}

struct WithDerivatives(f64);

impl fmt::Display for WithDerivatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_finite() { write!(f, "{} with a derivative that is not", self.0) } else { write!(f, "{}", self.0) }
    }
}

/// `main() -> Result<(), Box<dyn Error>>` prints errors by `Debug`: there, too, the message is what helps.
macro_rules! debug_is_display {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_is_display!(ModelError, ExpectationError);
