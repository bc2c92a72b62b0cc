//! What the arguments of a log-density are.
use std::borrow::Cow;

use crate::{Design, Domain, ModelError};

/// One argument of a log-density: a scalar shared by all rows, or a linear predictor. Likelihoods with latent variables also have
/// parameters that are several probabilities.
///
/// Made by [`real`], [`positive`], [`probability`], [`between`], [`at_least`], [`at_most`] and [`linear`].
#[derive(Clone, Debug)]
pub struct Parameter {
    name: String,
    kind: Kind,
    start: Option<Vec<f64>>,
    fixed: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Scalar(Domain),
    Linear(Design),
    /// Probabilities that leave something of 1, one for each of these names.
    Simplex(Vec<String>),
}

/// Starting or fixed values: one number for a scalar parameter, one per coefficient for a linear predictor.
#[derive(Clone, Debug, PartialEq)]
pub struct Start(Vec<f64>);

impl From<f64> for Start {
    fn from(value: f64) -> Self {
        Self(vec![value])
    }
}

impl<const N: usize> From<[f64; N]> for Start {
    fn from(values: [f64; N]) -> Self {
        Self(values.into())
    }
}

impl From<&[f64]> for Start {
    fn from(values: &[f64]) -> Self {
        Self(values.into())
    }
}

impl From<Vec<f64>> for Start {
    fn from(values: Vec<f64>) -> Self {
        Self(values)
    }
}

/// Any real number. Starts at 0.
pub fn real(name: impl Into<String>) -> Parameter {
    Parameter::scalar(name, Domain::Real)
}

/// A number above 0. Starts at 1.
pub fn positive(name: impl Into<String>) -> Parameter {
    Parameter::scalar(name, Domain::Positive)
}

/// A number strictly between 0 and 1. Starts at 1/2.
pub fn probability(name: impl Into<String>) -> Parameter {
    Parameter::scalar(name, Domain::Probability)
}

/// A number from `lower` to `upper`, on which the maximum may lie. Starts in the middle.
pub fn between(name: impl Into<String>, lower: f64, upper: f64) -> Parameter {
    Parameter::scalar(name, Domain::Between { lower, upper })
}

/// A number of at least `lower`, on which the maximum may lie. Starts at `lower + 1`.
pub fn at_least(name: impl Into<String>, lower: f64) -> Parameter {
    between(name, lower, f64::INFINITY)
}

/// A number of at most `upper`, on which the maximum may lie. Starts at `upper - 1`.
pub fn at_most(name: impl Into<String>, upper: f64) -> Parameter {
    between(name, f64::NEG_INFINITY, upper)
}

/// A linear predictor `x_i' beta + offset_i`. All coefficients start at 0.
///
/// A design is shared, not copied, when it is cloned; a reference will do.
pub fn linear<'d>(name: impl Into<String>, design: impl Into<Cow<'d, Design>>) -> Parameter {
    Parameter { name: name.into(), kind: Kind::Linear(design.into().into_owned()), start: None, fixed: false }
}

impl Parameter {
    pub(crate) fn scalar(name: impl Into<String>, domain: Domain) -> Self {
        Self { name: name.into(), kind: Kind::Scalar(domain), start: None, fixed: false }
    }

    /// Probabilities with a sum below 1, which move together: coefficients `name[entry]`, one for each of `entries`; what they leave of
    /// 1 is the probability of one entry more. All start equal.
    pub(crate) fn simplex(name: impl Into<String>, entries: Vec<String>) -> Self {
        Self { name: name.into(), kind: Kind::Simplex(entries), start: None, fixed: false }
    }

    /// Several probabilities without one of them, entry `j` from 0.
    ///
    /// # Panics
    /// If the parameter is no such one, or has no such entry, or none but it.
    pub fn without_entry(&self, j: usize) -> Self {
        match &self.kind {
            Kind::Simplex(entries) if j < entries.len() && entries.len() > 1 => {
                let mut entries = entries.clone();
                entries.remove(j);
                Self { kind: Kind::Simplex(entries), start: None, ..self.clone() }
            }
            _ => panic!("bug: `{}` is not several probabilities of which one is number {j}", self.name),
        }
    }

    /// Starts the search here: a number, or one per coefficient of a linear predictor.
    pub fn start(mut self, start: impl Into<Start>) -> Self {
        self.start = Some(start.into().0);
        self
    }

    /// Holds the parameter at this value (or these, for a linear predictor) instead of estimating it.
    pub fn fixed(mut self, value: impl Into<Start>) -> Self {
        self.start = Some(value.into().0);
        self.fixed = true;
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the parameter is held at its value.
    pub fn is_fixed(&self) -> bool {
        self.fixed
    }

    /// Whether the search starts where it was [told](Parameter::start) to.
    pub fn has_own_start(&self) -> bool {
        self.start.is_some() && !self.fixed
    }

    /// The parameter with the part of its design that belongs to some rows.
    pub(crate) fn of_rows(&self, indices: &[usize]) -> Self {
        let kind = match &self.kind {
            Kind::Linear(design) => Kind::Linear(design.of_rows(indices)),
            other => other.clone(),
        };
        Self { kind, ..self.clone() }
    }

    /// The design of a linear predictor.
    pub fn design(&self) -> Option<&Design> {
        match &self.kind {
            Kind::Scalar(_) | Kind::Simplex(_) => None,
            Kind::Linear(design) => Some(design),
        }
    }

    /// Where each coefficient lives.
    pub fn domain(&self) -> Domain {
        match &self.kind {
            Kind::Scalar(domain) => *domain,
            Kind::Linear(_) => Domain::Real,
            Kind::Simplex(entries) if entries.len() == 1 => Domain::Probability,
            Kind::Simplex(_) => Domain::Simplex,
        }
    }

    /// The number of coefficients: 1, the number of columns of the design, or the number of probabilities.
    pub fn len(&self) -> usize {
        match &self.kind {
            Kind::Scalar(_) => 1,
            Kind::Linear(design) => design.names().len(),
            Kind::Simplex(entries) => entries.len(),
        }
    }

    /// Whether there are no coefficients; never, in a valid model.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the coefficients: `sigma`; or `mu.(intercept)`, `mu.age`; or `weight[b]`, `weight[c]`.
    pub fn coefficient_names(&self) -> impl Iterator<Item = String> {
        (0..self.len()).map(|j| match &self.kind {
            Kind::Scalar(_) => self.name.clone(),
            Kind::Linear(design) => [&*self.name, ".", &design.names()[j]].concat(),
            Kind::Simplex(entries) => [&*self.name, "[", &entries[j], "]"].concat(),
        })
    }

    /// The starting or fixed values of the coefficients on the natural scale.
    pub fn start_values(&self) -> Vec<f64> {
        let default = match &self.kind {
            Kind::Simplex(entries) => 1.0 / (entries.len() + 1) as f64,
            _ => self.domain().default_start(),
        };
        self.start.clone().unwrap_or_else(|| vec![default; self.len()])
    }

    /// Checks domain, start and design; `rows` is the number of rows of data.
    pub(crate) fn validate(&self, rows: usize) -> Result<(), ModelError> {
        let domain = self.domain();
        let parameter = || self.name.clone();
        if !domain.is_valid() {
            return Err(ModelError::EmptyDomain { parameter: parameter(), domain });
        }
        if let Some(design) = self.design()
            && design.rows() != rows
        {
            return Err(ModelError::DesignRows { parameter: parameter(), expected: rows, found: design.rows() });
        }
        let start = self.start_values();
        if start.len() != self.len() {
            return Err(ModelError::StartLength { parameter: parameter(), expected: self.len(), found: start.len() });
        }
        let outside = |value| ModelError::OutsideDomain { parameter: parameter(), value, domain };
        if let Some(&value) = start.iter().find(|&&value| !domain.contains(value)) {
            return Err(outside(value));
        }
        let sum: f64 = start.iter().sum();
        if matches!(self.kind, Kind::Simplex(_)) && sum >= 1.0 { Err(outside(sum)) } else { Ok(()) }
    }
}

/// Checks that all names are different, those of parameters and those of coefficients.
pub(crate) fn validate_names(parameters: &[Parameter]) -> Result<(), ModelError> {
    // The coefficients of a simplex have names with brackets: its own name is not used.
    let named = parameters.iter().filter(|parameter| !matches!(parameter.kind, Kind::Simplex(_)));
    let mut names: Vec<&str> = named.map(Parameter::name).collect();
    first_duplicate(&mut names)?;
    let mut names: Vec<String> = parameters.iter().flat_map(Parameter::coefficient_names).collect();
    first_duplicate(&mut names)
}

fn first_duplicate<Name: Ord + AsRef<str>>(names: &mut [Name]) -> Result<(), ModelError> {
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ModelError::DuplicateParameter { name: pair[0].as_ref().into() }),
        None => Ok(()),
    }
}
