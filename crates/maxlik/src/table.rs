//! Tables of named columns, read from CSV.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use nalgebra::DMatrix;

/// Rows by named columns, with missing values kept as missing.
///
/// Fields are kept as they are written and read as what is asked for; [`kind`](Table::kind) says what a column can be read as.
/// `NA` and empty fields are missing.
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
    /// The fields of each column as they are written; `None` is a missing value.
    columns: Vec<Vec<Option<String>>>,
    /// The line of each row in the file, from 1.
    lines: Vec<u64>,
}

/// What all present values of a column can be read as, the narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0 and 1, or true and false.
    Booleans,
    /// Whole numbers of at least 0.
    Counts,
    /// Finite numbers.
    Numbers,
    /// Anything.
    Texts,
}

/// Why a table could not be read, or a column is not what was asked for.
#[derive(thiserror::Error)]
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
    #[error("{source_name}: expected a column `{column}`, found {} - names are taken from the first line, fields end at commas", .found.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
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
        "{source_name}, line {line}, column `{column}`: expected {expected}, found a missing value - leave such rows out with .complete_cases([..])"
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
    #[error(
        "{source_name}, line {line}, column `{column}`: expected {expected}, found `{found}` - correct the file, or write NA for a missing value"
    )]
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
        Ok(Self { source, names, columns: fields, lines })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What all present values of a column can be read as.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn kind(&self, column: &str) -> Result<Kind, TableError> {
        let fields = self.column(column)?;
        let all = |test: &dyn Fn(&str) -> bool| fields.iter().flatten().all(|field| test(field));
        Ok(if all(&|field| boolean(field).is_some()) {
            Kind::Booleans
        } else if all(&|field| count(field).is_some()) {
            Kind::Counts
        } else if all(&|field| number(field).is_some()) {
            Kind::Numbers
        } else {
            Kind::Texts
        })
    }

    /// A column of finite numbers.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing, not a number or not finite.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>, TableError> {
        self.values(column, "a finite number", number)
    }

    /// A column of whole numbers of at least 0.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing or not such a number.
    pub fn counts(&self, column: &str) -> Result<Vec<u64>, TableError> {
        self.values(column, "a whole number of at least 0", count)
    }

    /// A column of yes and no: 1 and 0, or true and false in any case, or T and F.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing or none of these.
    pub fn booleans(&self, column: &str) -> Result<Vec<bool>, TableError> {
        self.values(column, "0, 1, true or false", boolean)
    }

    /// A column as it is written.
    ///
    /// # Errors
    /// If there is no such column, or a value is missing.
    pub fn texts(&self, column: &str) -> Result<Vec<String>, TableError> {
        self.values(column, "text", |field| Some(field.into()))
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
        let keep: Vec<usize> = (0..self.rows()).filter(|&i| columns.iter().all(|column| column[i].is_some())).collect();
        Ok(Self {
            source: self.source.clone(),
            names: self.names.clone(),
            columns: self.columns.iter().map(|column| keep.iter().map(|&i| column[i].clone()).collect()).collect(),
            lines: keep.iter().map(|&i| self.lines[i]).collect(),
        })
    }

    fn column(&self, name: &str) -> Result<&[Option<String>], TableError> {
        let place = self.names.iter().position(|found| found == name);
        place.map(|j| self.columns[j].as_slice()).ok_or_else(|| TableError::UnknownColumn {
            source_name: self.source.clone(),
            column: name.into(),
            found: self.names.clone(),
        })
    }

    fn values<V>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<V>,
    ) -> Result<Vec<V>, TableError> {
        let value = |(field, &line): (&Option<String>, &u64)| {
            let at = || (self.source.clone(), String::from(name));
            let Some(field) = field else {
                let (source_name, column) = at();
                return Err(TableError::Missing { source_name, line, column, expected });
            };
            read(field).ok_or_else(|| {
                let (source_name, column) = at();
                TableError::WrongKind { source_name, line, column, expected, found: field.clone() }
            })
        };
        self.column(name)?.iter().zip(&self.lines).map(value).collect()
    }
}

fn number(field: &str) -> Option<f64> {
    field.parse().ok().filter(|x: &f64| x.is_finite())
}

/// Whole numbers may be written as `12` or `12.0`.
fn count(field: &str) -> Option<u64> {
    /// Beyond 2^53 neighbouring whole numbers are one and the same `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
    let whole = |x: f64| ((0.0..=EXACT).contains(&x) && x.fract() == 0.0).then_some(x as u64);
    field.parse().ok().or_else(|| number(field).and_then(whole))
}

fn boolean(field: &str) -> Option<bool> {
    match field {
        "1" | "T" => Some(true),
        "0" | "F" => Some(false),
        _ => field.to_ascii_lowercase().parse().ok(),
    }
}
