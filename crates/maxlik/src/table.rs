//! Tables of named columns, read from CSV.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use nalgebra::DMatrix;

/// Rows by named columns, with missing values kept as missing.
///
/// A column whose present values are all numbers is a column of numbers, any other one of text; `NA` and empty fields are
/// missing.
///
/// # Example
/// ```
/// use maxlik::Table;
/// let table = Table::from_csv_reader("age,smoker,town\n31,1,Ulm\n47,0,Bern\n".as_bytes())?;
/// assert_eq!(table.numbers("age")?, [31.0, 47.0]);
/// assert_eq!(table.booleans("smoker")?, [true, false]);
/// assert_eq!(table.texts("town")?, ["Ulm", "Bern"]);
/// assert_eq!(table.matrix(["age", "smoker"])?[(1, 0)], 47.0);
/// # Ok::<(), maxlik::TableError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    /// The file, or what stands for it in messages.
    source: String,
    names: Vec<String>,
    columns: Vec<Column>,
    /// The line of each row in the file, from 1.
    lines: Vec<u64>,
}

/// A column; `None` is a missing value.
#[derive(Clone, Debug, PartialEq)]
enum Column {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

/// Why a table could not be read, or a column is not what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file could not be opened or read.
    #[error("{source_name}: expected a readable file, found: {error}")]
    Io {
        /// The file.
        source_name: String,
        /// What the system says.
        error: io::Error,
    },
    /// The text is not CSV.
    #[error(
        "{source_name}: expected comma-separated values with as many fields in each line as in the first, found: {error}"
    )]
    Csv {
        /// The file.
        source_name: String,
        /// What the parser says.
        error: csv::Error,
    },
    /// Two columns have the same name.
    #[error("{source_name}, line 1: expected different column names, found `{column}` twice - rename one of them")]
    DuplicateColumn {
        /// The file.
        source_name: String,
        /// The name.
        column: String,
    },
    /// There is no column of this name.
    #[error("{source_name}: expected a column `{column}`, found {}", .found.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    UnknownColumn {
        /// The file.
        source_name: String,
        /// The name asked for.
        column: String,
        /// The names there are.
        found: Vec<String>,
    },
    /// A value is missing.
    #[error(
        "{source_name}, line {line}, column `{column}`: expected {expected}, found a missing value - drop such rows with .complete_cases([..])"
    )]
    Missing {
        /// The file.
        source_name: String,
        /// The line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// A value is of another kind than asked for.
    #[error("{source_name}, line {line}, column `{column}`: expected {expected}, found `{found}`")]
    WrongKind {
        /// The file.
        source_name: String,
        /// The line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
        /// What was asked for.
        expected: &'static str,
        /// The value.
        found: String,
    },
}

impl Table {
    /// Reads a CSV file whose first line names the columns.
    ///
    /// # Errors
    /// If the file cannot be read, is not CSV, or names a column twice.
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Self, TableError> {
        let path = path.as_ref();
        let source = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::read(file, source),
            Err(error) => Err(TableError::Io { source_name: source, error }),
        }
    }

    /// Reads CSV whose first line names the columns.
    ///
    /// # Errors
    /// As [`Table::from_csv`].
    pub fn from_csv_reader(reader: impl Read) -> Result<Self, TableError> {
        Self::read(reader, "CSV".into())
    }

    fn read(reader: impl Read, source: String) -> Result<Self, TableError> {
        let csv_error = |error: csv::Error| TableError::Csv { source_name: source.clone(), error };
        let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
        let names: Vec<String> = csv.headers().map_err(csv_error)?.iter().map(String::from).collect();
        if let Some(j) = (1..names.len()).find(|&j| names[..j].contains(&names[j])) {
            return Err(TableError::DuplicateColumn { source_name: source, column: names[j].clone() });
        }
        let mut fields: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
        let mut lines = Vec::new();
        for record in csv.records() {
            let record = record.map_err(csv_error)?;
            lines.push(record.position().map_or(0, csv::Position::line));
            for (column, field) in fields.iter_mut().zip(&record) {
                column.push((!field.is_empty() && field != "NA").then(|| field.into()));
            }
        }
        Ok(Self { source, names, columns: fields.into_iter().map(infer).collect(), lines })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A column of finite numbers.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing, not a number or not finite.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>, TableError> {
        self.values(column, "a finite number", |field| match field {
            Field::Number(x) if x.is_finite() => Some(x),
            _ => None,
        })
    }

    /// A column of whole numbers of at least 0.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing or not such a number.
    pub fn counts(&self, column: &str) -> Result<Vec<u64>, TableError> {
        /// Beyond 2^53 neighbouring whole numbers are one and the same `f64`.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.values(column, "a whole number of at least 0", |field| match field {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be whole and in range"
            )]
            Field::Number(x) if (0.0..=EXACT).contains(&x) && x.fract() == 0.0 => Some(x as u64),
            _ => None,
        })
    }

    /// A column of yes and no: 1 and 0, or true and false in any case, or T and F.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing or none of these.
    pub fn booleans(&self, column: &str) -> Result<Vec<bool>, TableError> {
        self.values(column, "0, 1, true or false", |field| match field {
            Field::Number(1.0) => Some(true),
            Field::Number(0.0) => Some(false),
            Field::Text(text) if text == "T" || text.eq_ignore_ascii_case("true") => Some(true),
            Field::Text(text) if text == "F" || text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }

    /// A column as text, numbers included.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing.
    pub fn texts(&self, column: &str) -> Result<Vec<String>, TableError> {
        self.values(column, "text", |field| Some(field.to_string()))
    }

    /// Columns of finite numbers side by side, `n x` the number of names.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn matrix<'c>(&self, columns: impl IntoIterator<Item = &'c str>) -> Result<DMatrix<f64>, TableError> {
        let columns = columns.into_iter().map(|column| self.numbers(column)).collect::<Result<Vec<_>, _>>()?;
        Ok(DMatrix::from_fn(self.rows(), columns.len(), |i, j| columns[j][i]))
    }

    /// The rows in which none of these columns is missing. How many were dropped is the difference in [`rows`](Table::rows).
    ///
    /// # Errors
    /// If there is no such column.
    pub fn complete_cases<'c>(&self, columns: impl IntoIterator<Item = &'c str>) -> Result<Self, TableError> {
        let columns = columns.into_iter().map(|column| self.column(column)).collect::<Result<Vec<_>, _>>()?;
        let keep: Vec<usize> =
            (0..self.rows()).filter(|&i| columns.iter().all(|column| column.field(i).is_some())).collect();
        Ok(Self {
            source: self.source.clone(),
            names: self.names.clone(),
            columns: self.columns.iter().map(|column| column.select(&keep)).collect(),
            lines: keep.iter().map(|&i| self.lines[i]).collect(),
        })
    }

    fn column(&self, name: &str) -> Result<&Column, TableError> {
        let place = self.names.iter().position(|found| found == name);
        place.map(|j| &self.columns[j]).ok_or_else(|| TableError::UnknownColumn {
            source_name: self.source.clone(),
            column: name.into(),
            found: self.names.clone(),
        })
    }

    fn values<V>(
        &self,
        name: &str,
        expected: &'static str,
        convert: impl Fn(Field<'_>) -> Option<V>,
    ) -> Result<Vec<V>, TableError> {
        let column = self.column(name)?;
        let at = |i: usize| (self.source.clone(), self.lines[i], String::from(name));
        let value = |i: usize| match column.field(i) {
            None => {
                let (source_name, line, column) = at(i);
                Err(TableError::Missing { source_name, line, column, expected })
            }
            Some(field) => convert(field).ok_or_else(|| {
                let (source_name, line, column) = at(i);
                TableError::WrongKind { source_name, line, column, expected, found: field.to_string() }
            }),
        };
        (0..self.rows()).map(value).collect()
    }
}

/// A value that is present.
#[derive(Clone, Copy)]
enum Field<'t> {
    Number(f64),
    Text(&'t str),
}

impl std::fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(x) => write!(f, "{x}"),
            Self::Text(text) => write!(f, "{text}"),
        }
    }
}

impl Column {
    fn field(&self, i: usize) -> Option<Field<'_>> {
        match self {
            Self::Numbers(values) => values[i].map(Field::Number),
            Self::Texts(values) => values[i].as_deref().map(Field::Text),
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(values) => Self::Numbers(rows.iter().map(|&i| values[i]).collect()),
            Self::Texts(values) => Self::Texts(rows.iter().map(|&i| values[i].clone()).collect()),
        }
    }
}

/// A column of numbers where all present values are numbers.
fn infer(texts: Vec<Option<String>>) -> Column {
    let number = |text: &Option<String>| text.as_deref().map(str::parse::<f64>).transpose();
    texts.iter().map(number).collect::<Result<_, _>>().map_or_else(|_| Column::Texts(texts), Column::Numbers)
}
