//! The printed summary of a fit.
use std::fmt;

use maxlik_dual::special::normal_cdf;
use maxlik_model::Domain;
use maxlik_optimizer::Termination;

use crate::fit::{Summary, counted};
use crate::{Fit, InferenceError, Status, Warning};

/// The level of the intervals in the table.
const LEVEL: f64 = 0.95;

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.verdict())?;
        writeln!(f)?;
        self.write_parameters(f)?;
        self.write_method(f)?;
        self.write_criteria(f, "")?;
        writeln!(f)?;
        self.write_coefficients(f, &|_| true)?;
        self.write_notes(f)
    }
}

impl Fit {
    /// The parameters with their domains.
    pub(crate) fn write_parameters(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "parameters      {}", self.parameters.join(", "))
    }

    /// The method, its iterations and evaluations.
    pub(crate) fn write_method(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let evaluations = self.evaluations();
        writeln!(
            f,
            "method          maximum {} by {}, {}, {}{}",
            if self.has_prior() { "a posteriori" } else { "likelihood" },
            self.method(),
            counted(self.trace().len().saturating_sub(1), "iteration"),
            counted(evaluations.values + evaluations.gradients + evaluations.hessians, "evaluation"),
            self.stages().last().map_or(String::new(), |stage| format!(", from a start by {} rows", stage.rows))
        )
    }

    /// The number of observations, the log-likelihood and criteria made of it, `more` of them included, and where standard errors
    /// come from.
    pub(crate) fn write_criteria(&self, f: &mut fmt::Formatter<'_>, more: &str) -> fmt::Result {
        let n_obs = if self.knows_n_obs() { self.n_obs().to_string() } else { "unknown".into() };
        writeln!(f, "observations    {n_obs}")?;
        write!(f, "log-likelihood  {}   AIC {}", criterion(self.log_likelihood(), 6), criterion(self.aic(), 4))?;
        if self.knows_n_obs() {
            write!(f, "   BIC {}", criterion(self.bic(), 4))?;
        }
        writeln!(f, "{more}")?;
        if self.all.iter().any(|coefficient| self.std_error_of(coefficient).is_ok()) {
            let of = if self.has_prior() { " of the posterior" } else { "" };
            writeln!(f, "std. errors     inverse of the observed information{of}")?;
        }
        Ok(())
    }

    /// The table of the coefficients whose names are wanted.
    pub(crate) fn write_coefficients(&self, f: &mut fmt::Formatter<'_>, wanted: &dyn Fn(&str) -> bool) -> fmt::Result {
        let shown = self.all.iter().filter(|coefficient| wanted(&coefficient.name));
        write!(f, "{}", Columns(shown.map(|coefficient| self.row(coefficient)).collect()))
    }

    /// The notes, each with its code.
    pub(crate) fn write_notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for warning in self.warnings() {
            writeln!(f, "\nnote [{}] {warning}", warning.code())?;
        }
        Ok(())
    }

    /// The first line of the summary: converged or not, and what the information says.
    pub(crate) fn verdict(&self) -> String {
        let mut verdict = self.termination().to_string();
        if let Termination::Approximate { decrement, .. } = self.termination()
            && decrement.is_finite()
        {
            verdict += &format!(" ({} standard errors)", number(decrement.sqrt(), 2));
        }
        if self.all.iter().any(|coefficient| coefficient.status == Status::Estimated) {
            verdict += &match self.condition() {
                _ if matches!(self.termination(), Termination::AtInfinity { .. }) => String::new(),
                Ok(condition) => format!("; information positive definite (condition {condition:.1e})"),
                Err(InferenceError::InformationNotEvaluated { .. }) => String::new(),
                Err(InferenceError::SingularInformation { .. }) => "; information singular".into(),
                Err(_) => "; information not positive definite".into(),
            };
        }
        for (status, what) in [(Status::OnBound, "on a bound"), (Status::AtLimit, "at the open end of its domain")] {
            let names: Vec<&str> =
                self.all.iter().filter(|c| c.status == status).map(|coefficient| coefficient.name.as_str()).collect();
            if !names.is_empty() {
                verdict += &format!("; {what}: {}", names.join(", "));
            }
        }
        verdict
    }

    fn has_prior(&self) -> bool {
        self.warnings().iter().any(|warning| matches!(warning, Warning::Prior { .. } | Warning::ConjugatePrior { .. }))
    }

    /// The message of a fit that did not converge.
    pub(crate) fn failure(&self) -> String {
        let mut message = self.termination().to_string();
        for warning in self.warnings().iter().filter(|warning| warning.explains_failure()) {
            message += &format!("; {warning}");
        }
        message
    }

    /// Name, estimate, standard error, z, p and interval.
    fn row(&self, coefficient: &Summary) -> [String; 7] {
        let estimate = coefficient.estimate;
        let blank = String::new;
        let Ok(se) = self.std_error_of(coefficient) else {
            let why = instead_of_std_error(coefficient.status).into();
            return [coefficient.name.clone(), number(estimate, 6), why, blank(), blank(), blank(), blank()];
        };
        // As many decimals as show four digits of the standard error.
        let digits = 4 + magnitude(estimate / se).max(0);
        let same_decimals = |x: f64| match decimals(se, 4) {
            Some(decimals) if plain(estimate.abs().max(se)) => fixed(x, decimals),
            _ => scientific(x, digits.min(15)),
        };
        let (lower, upper) = match self.interval(coefficient, LEVEL) {
            Ok((lower, upper)) => (same_decimals(lower), same_decimals(upper)),
            Err(_) => (blank(), blank()),
        };
        let (z, p) = if zero_is_a_hypothesis(coefficient.domain) {
            let z = estimate / se;
            (if z.abs() < 1e6 { fixed(z, 3) } else { format!("{z:.3e}") }, probability(2.0 * normal_cdf(-z.abs())))
        } else {
            (blank(), blank())
        };
        [coefficient.name.clone(), same_decimals(estimate), same_decimals(se), z, p, lower, upper]
    }
}

/// What stands in the place of a standard error that does not exist.
pub(crate) fn instead_of_std_error(status: Status) -> &'static str {
    match status {
        Status::Estimated | Status::Undetermined => "none",
        Status::Fixed => "fixed",
        Status::OnBound => "on bound",
        Status::AtLimit => "at limit",
        Status::Unbounded => "no maximum",
    }
}

/// Whether 0 is a value like any other for this coefficient, so that its z statistic means something.
fn zero_is_a_hypothesis(domain: Domain) -> bool {
    match domain {
        Domain::Real => true,
        Domain::Between { lower, upper } => lower < 0.0 && 0.0 < upper,
        _ => false,
    }
}

/// A probability to four decimals, small ones with two digits.
pub(crate) fn probability(p: f64) -> String {
    if p < 1e-10 {
        "<1e-10".into()
    } else if p < 1e-4 {
        format!("{p:.1e}")
    } else {
        format!("{p:.4}")
    }
}

/// A number with so many decimals, without the sign of a zero.
fn fixed(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|b| b == b'0' || b == b'.') => digits.into(),
        _ => text,
    }
}

/// A number with so many digits and an exponent.
fn scientific(x: f64, digits: i32) -> String {
    format!("{x:.*e}", usize::try_from(digits - 1).unwrap_or(0))
}

/// The power of ten of the first digit.
#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a finite number fits; infinities saturate")]
fn magnitude(x: f64) -> i32 {
    x.abs().log10().floor() as i32
}

/// A log-likelihood or a criterion made of it.
fn criterion(x: f64, decimals: usize) -> String {
    if x.abs() < 1e12 { fixed(x, decimals) } else { format!("{x:e}") }
}

/// Whether a number is better read without an exponent.
fn plain(x: f64) -> bool {
    x == 0.0 || (1e-4..1e9).contains(&x.abs())
}

/// How many decimals show so many digits of `x`, if a number without exponent can.
fn decimals(x: f64, digits: i32) -> Option<usize> {
    if x == 0.0 || !x.is_finite() {
        return None;
    }
    let decimals = digits - 1 - magnitude(x);
    (decimals <= 12).then_some(usize::try_from(decimals).unwrap_or(0))
}

/// A number with so many digits, without an exponent where it reads better.
pub(crate) fn number(x: f64, digits: i32) -> String {
    match decimals(x, digits) {
        Some(decimals) if plain(x) => fixed(x, decimals),
        _ if x == 0.0 || !x.is_finite() => format!("{x}"),
        _ => scientific(x, digits),
    }
}

/// The table, decimal points one below the other; probabilities are flush right.
struct Columns(Vec<[String; 7]>);

/// The column of probabilities.
const P: usize = 4;

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["", "estimate", "std. error", "z", "p", "95 % interval", ""];
        // Width before and after the decimal point.
        let split = |j: usize, text: &str| if j == P { text.len() } else { text.find('.').unwrap_or(text.len()) };
        let longest = |length: &dyn Fn(&[String; 7]) -> usize| self.0.iter().map(length).max().unwrap_or(0);
        let before: [usize; 7] = std::array::from_fn(|j| longest(&|row| split(j, &row[j])));
        let after: [usize; 7] = std::array::from_fn(|j| longest(&|row| row[j].len() - split(j, &row[j])));
        let width: [usize; 7] = std::array::from_fn(|j| {
            let head = if j == 5 { 0 } else { heads[j].len() };
            (before[j] + after[j]).max(head)
        });
        let mut lines = Vec::with_capacity(self.0.len() + 1);
        let mut head = format!("{:w$}", "", w = width[0]);
        for j in 1..5 {
            head += &format!("  {:>w$}", heads[j], w = width[j]);
        }
        head += &format!("  {:>w$}", heads[5], w = width[5] + 2 + width[6]);
        lines.push(head);
        for row in &self.0 {
            let mut line = format!("{:w$}", row[0], w = width[0]);
            for j in 1..7 {
                let aligned = format!(
                    "{:>b$}{:<a$}",
                    &row[j][..split(j, &row[j])],
                    &row[j][split(j, &row[j])..],
                    b = before[j],
                    a = after[j]
                );
                line += &format!("  {aligned:>w$}", w = width[j]);
            }
            lines.push(line);
        }
        for line in lines {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
