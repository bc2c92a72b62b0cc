//! The nonlinear regressions of NIST's Statistical Reference Datasets as Gaussian maximum likelihood, from both published starts, with
//! default settings: `y = f(x; b) + sigma e`, sigma started at the root mean square of the residuals. NIST's standard deviations are
//! those of the expected information with the divisor n - p.
//!
//! Reads NIST's own files from the folder in `MAXLIK_NIST`, by default `../shared/reference/nist`; without it nothing is tested,
//! and `.ci/run` fails.
use std::io::Write;
use std::path::PathBuf;

use maxlik::prelude::*;

/// Digits (minus the logarithm of the relative error) that every coefficient must have; the certified values have 11.
const DIGITS: f64 = 9.0;

/// Digits of NIST's standard deviations.
const STD_DIGITS: f64 = 7.0;

/// Runs that do not end there, by the way they go, with what is known of the reason.
const EXCEPTIONS: [(&str, usize, Way, &str); 1] =
    [("Roszman1", 1, Way::NewtonAlone, "goes astray along inflated sigma to a point where the arc tangent jumps")];

/// Problems whose standard deviations are not compared: without noise, the residuals (1e-13) are rounding to three digits.
const NO_STD: [&str; 1] = ["Lanczos1"];

/// How a model is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `model.fit()`, the model knowing its expected information.
    Fit,
    /// `model.fit()`, the closure being all that is known.
    NewtonAlone,
    /// `model.fit_with(FisherScoring::default())`.
    Scoring,
}

/// A problem: rows `[y, x, ..]`, and per coefficient `[start 1, start 2, certified value, its standard deviation]`.
struct Problem {
    rows: Vec<Vec<f64>>,
    coefficients: Vec<[f64; 4]>,
}

impl Problem {
    fn with_response(mut self, f: fn(f64) -> f64) -> Self {
        for row in &mut self.rows {
            row[0] = f(row[0]);
        }
        self
    }
}

fn folder() -> Option<PathBuf> {
    let folder =
        std::env::var_os("MAXLIK_NIST").map_or_else(|| PathBuf::from("../shared/reference/nist"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Parses one of NIST's files: lines `b1 = ...`, and the data behind the last line that begins with `Data:`.
fn read(name: &str) -> Option<Problem> {
    let Some(folder) = folder() else {
        // Not by `eprintln!`, which a test that passes keeps to itself.
        let warning = format!("{name} is NOT TESTED: set MAXLIK_NIST to a folder with NIST's files\n");
        std::io::stderr().write_all(warning.as_bytes()).expect("a standard error stream");
        return None;
    };
    let text = std::fs::read_to_string(folder.join(format!("{name}.dat"))).expect("the problem's file");
    let numbers = |line: &str| -> Vec<f64> { line.split_whitespace().filter_map(|word| word.parse().ok()).collect() };
    let header = text.lines().take(60).filter(|line| line.trim_start().starts_with('b'));
    let coefficients = header.filter_map(|line| numbers(line.split_once('=')?.1).try_into().ok()).collect();
    let (_, data) = text.rsplit_once("\nData:").expect("a header of the data");
    let rows = data.lines().map(numbers).filter(|row| row.len() > 1).collect();
    Some(Problem { rows, coefficients })
}

/// The coefficients of a fit against the certified ones: how many digits of the worst are right, and of the worst standard deviation.
struct Run {
    digits: f64,
    std_digits: f64,
    converged: bool,
}

impl Run {
    /// `order` is the order of the coefficients in which the terms of a sum stand in a standard order.
    fn new(result: Result<Fit, FitError>, problem: &Problem, order: fn(&[f64]) -> Vec<usize>) -> Self {
        let (fit, converged) = match result {
            Ok(fit) => (fit, true),
            Err(FitError::NotConverged(fit)) => (*fit, false),
            Err(error) => panic!("{error}"),
        };
        let p = problem.coefficients.len();
        let certified: Vec<f64> = problem.coefficients.iter().map(|c| c[2]).collect();
        let estimates = fit.coefficients().as_slice()[..p].to_vec();
        let pairs: Vec<(usize, usize)> = order(&estimates).into_iter().zip(order(&certified)).collect();
        let worst = |ours: &dyn Fn(usize) -> f64, theirs: &dyn Fn(usize) -> f64| {
            let digits = pairs.iter().map(|&(i, j)| -((ours(i) / theirs(j) - 1.0).abs().max(1e-16)).log10());
            digits.fold(f64::INFINITY, f64::min)
        };
        let digits = worst(&|i| estimates[i], &|j| certified[j]);
        // NIST's divisor is n - p, ours n.
        let n = problem.rows.len() as f64;
        let covariance = fit.expected_vcov().ok();
        let std_digits = covariance.map_or(f64::NAN, |covariance| {
            worst(&|i| (covariance[(i, i)] * n / (n - p as f64)).sqrt(), &|j| problem.coefficients[j][3])
        });
        Self { digits, std_digits, converged }
    }

    fn check(&self, name: &str, start: usize, way: Way) {
        let expected = EXCEPTIONS.iter().all(|exception| (exception.0, exception.1, exception.2) != (name, start, way));
        let reached = self.digits >= DIGITS && self.converged;
        let what =
            format!("{name} from start {start}, {way:?}: {:.1} digits, converged: {}", self.digits, self.converged);
        assert_eq!(reached, expected, "{what}");
        // What is not reached is never called converged.
        assert!(self.digits >= DIGITS || !self.converged, "{what}");
        if reached && way != Way::NewtonAlone && !NO_STD.contains(&name) {
            assert!(self.std_digits >= STD_DIGITS, "{what}, {:.1} of the standard deviations", self.std_digits);
        }
    }
}

/// Both runs of a problem; `f` is written once and compiled for plain numbers and for dual numbers.
macro_rules! runs {
    ($name:literal, |[$($b:ident),+], $x:ident| $f:expr $(, response: $response:expr)? $(, order: $order:expr)?) => {{
        let Some(problem) = read($name) else { return };
        $(let problem = problem.with_response($response);)?
        #[allow(unused_mut, unused_assignments)]
        let mut order: fn(&[f64]) -> Vec<usize> = |b| (0..b.len()).collect();
        $(order = $order;)?
        for start in [1, 2] {
            let mut values = problem.coefficients.iter().map(|c| c[start - 1]);
            let [$($b),+] = [$({ let _ = stringify!($b); values.next().expect("a start for every coefficient") }),+];
            let residual = |row: &Vec<f64>| { let $x = &row[1..]; row[0] - $f };
            let squares: f64 = problem.rows.iter().map(|row| residual(row) * residual(row)).sum();
            let sigma = positive("sigma").start((squares / problem.rows.len() as f64).sqrt());
            let model = Model::new(&problem.rows, [$(real(stringify!($b)).start($b)),+, sigma], |[$($b),+, sigma], row| {
                let $x = &row[1..];
                normal::ln_pdf(row[0], $f, sigma)
            });
            Run::new(model.fit(), &problem, order).check($name, start, Way::NewtonAlone);
            let model = model.with_expected_information(|[$($b),+, sigma], row| {
                let $x = &row[1..];
                normal::expected_information($f, sigma)
            });
            Run::new(model.fit(), &problem, order).check($name, start, Way::Fit);
            Run::new(model.fit_with(FisherScoring::default()), &problem, order).check($name, start, Way::Scoring);
        }
    }};
}

/// `b1 exp(-b2 x) + b3 exp(-b4 x) + ..`: the terms by their exponents.
fn by_exponent(b: &[f64]) -> Vec<usize> {
    let mut terms: Vec<usize> = (0..b.len()).step_by(2).collect();
    terms.sort_by(|&i, &j| b[i + 1].total_cmp(&b[j + 1]));
    terms.into_iter().flat_map(|i| [i, i + 1]).collect()
}

#[test]
fn bennett5() {
    runs!("Bennett5", |[b1, b2, b3], x| b1 * (b2 + x[0]).powf(-1.0 / b3));
}

#[test]
fn chwirut() {
    runs!("Chwirut1", |[b1, b2, b3], x| (-b1 * x[0]).exp() / (b2 + b3 * x[0]));
    runs!("Chwirut2", |[b1, b2, b3], x| (-b1 * x[0]).exp() / (b2 + b3 * x[0]));
}

#[test]
fn dan_wood() {
    runs!("DanWood", |[b1, b2], x| b1 * (b2 * x[0].ln()).exp());
}

#[test]
fn enso() {
    use std::f64::consts::TAU;
    runs!("ENSO", |[b1, b2, b3, b4, b5, b6, b7, b8, b9], x| {
        let (year, long, short) = (TAU * x[0] / 12.0, TAU * x[0] / b4, TAU * x[0] / b7);
        b1 + b2 * year.cos() + b3 * year.sin() + b5 * long.cos() + b6 * long.sin() + b8 * short.cos() + b9 * short.sin()
    });
}

#[test]
fn gauss() {
    runs!("Gauss1", |[b1, b2, b3, b4, b5, b6, b7, b8], x| {
        let (u, v) = ((x[0] - b4) / b5, (x[0] - b7) / b8);
        b1 * (-b2 * x[0]).exp() + b3 * (-u * u).exp() + b6 * (-v * v).exp()
    });
    runs!("Gauss2", |[b1, b2, b3, b4, b5, b6, b7, b8], x| {
        let (u, v) = ((x[0] - b4) / b5, (x[0] - b7) / b8);
        b1 * (-b2 * x[0]).exp() + b3 * (-u * u).exp() + b6 * (-v * v).exp()
    });
}

#[test]
fn kirby2() {
    runs!("Kirby2", |[b1, b2, b3, b4, b5], x| (b1 + (b2 + b3 * x[0]) * x[0]) / (1.0 + (b4 + b5 * x[0]) * x[0]));
}

/// From start 2 two of the terms become one, a level floor; where it leads down the terms come out in another order.
#[test]
fn lanczos() {
    runs!("Lanczos1", |[b1, b2, b3, b4, b5, b6], x| {
        b1 * (-b2 * x[0]).exp() + b3 * (-b4 * x[0]).exp() + b5 * (-b6 * x[0]).exp()
    }, order: by_exponent);
    runs!("Lanczos3", |[b1, b2, b3, b4, b5, b6], x| {
        b1 * (-b2 * x[0]).exp() + b3 * (-b4 * x[0]).exp() + b5 * (-b6 * x[0]).exp()
    }, order: by_exponent);
}

#[test]
fn mgh() {
    runs!("MGH10", |[b1, b2, b3], x| b1 * (b2 / (x[0] + b3)).exp());
    runs!("MGH17", |[b1, b2, b3, b4, b5], x| b1 + b2 * (-b4 * x[0]).exp() + b3 * (-b5 * x[0]).exp());
}

#[test]
fn misra1() {
    runs!("Misra1a", |[b1, b2], x| b1 * (1.0 - (-b2 * x[0]).exp()));
    runs!("Misra1b", |[b1, b2], x| b1 * (1.0 - (1.0 + b2 * x[0] / 2.0).powi(-2)));
    runs!("Misra1c", |[b1, b2], x| b1 * (1.0 - (1.0 + 2.0 * b2 * x[0]).powf(-0.5)));
}

#[test]
fn nelson() {
    runs!("Nelson", |[b1, b2, b3], x| b1 - b2 * x[0] * (-b3 * x[1]).exp(), response: f64::ln);
}

#[test]
fn rat43() {
    runs!("Rat43", |[b1, b2, b3, b4], x| b1 / (1.0 + (b2 - b3 * x[0]).exp()).powf(1.0 / b4));
}

#[test]
fn roszman1() {
    runs!("Roszman1", |[b1, b2, b3, b4], x| b1 - b2 * x[0] - (b3 / (x[0] - b4)).atan() / std::f64::consts::PI);
}
