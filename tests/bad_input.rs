//! What goes wrong, and what the user is told: every message as it prints.
use insta::assert_snapshot;
use maxlik::prelude::*;

/// The message of an error.
fn message<T>(result: Result<T, impl std::fmt::Display>) -> String {
    result.err().expect("an error").to_string()
}

/// Eight outcomes by one covariate, neither separated nor collinear.
const ROWS: [(f64, bool); 8] =
    [(-2.0, false), (-1.0, false), (0.5, true), (0.0, false), (1.0, true), (2.0, true), (-0.5, true), (1.5, false)];

fn design() -> Design {
    Design::from_rows(&ROWS, ["(intercept)", "x"], |row| [1.0, row.0]).unwrap()
}

#[test]
fn empty_data() {
    let none: [f64; 0] = [];
    let model = Model::new(&none, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_snapshot!(message(model.fit()), @"model: expected at least one row of data, found none - check the filter or file that the rows come from");
}

#[test]
fn nan_in_a_design_names_row_and_column() {
    let rows = [(1.0, 2.0), (3.0, f64::NAN)];
    assert_snapshot!(message(Design::from_rows(&rows, ["age", "dose"], |&(a, d)| [a, d])), @"design, row 1, column `dose`: expected a finite number, found NaN - drop the row or impute the value");
    let rows = [(f64::INFINITY, 2.0)];
    assert_snapshot!(message(Design::from_rows(&rows, ["age", "dose"], |&(a, d)| [a, d])), @"design, row 0, column `age`: expected a finite number, found inf - drop the row or impute the value");
}

#[test]
fn nan_in_a_row_names_the_row() {
    let x = [1.0, 2.5, f64::NAN];
    let model = Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma));
    assert_snapshot!(message(model.fit()), @"row 2: expected a finite log-density with finite derivatives at the start (mu = 0, sigma = 1), found NaN - is a parameter outside its domain there (choose another with .start(..)), or a value missing in the row?");
}

#[test]
fn a_zero_that_only_a_shape_of_one_allows_names_the_row() {
    let waits = [1.2, 0.4, 0.0, 2.9];
    let gamma = Model::new(&waits, [positive("shape"), positive("rate")], |[a, b], &y| gamma::ln_pdf(y, a, b));
    let weibull = Model::new(&waits, [positive("shape"), positive("scale")], |[a, b], &y| weibull::ln_pdf(y, a, b));
    for error in [message(gamma.fit()), message(weibull.fit())] {
        assert!(
            error.starts_with("row 2: expected a finite log-density with finite derivatives at the start"),
            "{error}"
        );
    }
    // A shape that is known to be 1 is no reason to refuse it.
    let known = Model::new(&waits, [positive("rate")], |[b], &y| gamma::ln_pdf(y, Dual2::from(1.0), b)).fit().unwrap();
    assert!((known.estimate("rate").unwrap() - 4.0 / 4.5).abs() < 1e-12);
}

#[test]
fn mismatched_lengths() {
    let model = Model::new(&ROWS[..5], [linear("eta", design())], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    assert_snapshot!(message(model.fit()), @"parameter `eta`: expected a design with 5 rows, one for each row of data, found 8 - build it from the same rows as the model");
    let weights = [1.0, 2.0];
    let model = Model::new(&ROWS, [linear("eta", design())], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    assert_snapshot!(message(model.weights(&weights).fit()), @"weights: expected 8 values, one for each row of data, found 2 - build it from the same rows as the model");
    assert_snapshot!(message(design().offset([0.5, 1.0])), @"offset: expected 8 values, one for each row of the design, found 2 - compute it from the same rows");
}

#[test]
fn bad_weights() {
    let x = [1.5, 2.5];
    let model = || Model::new(&x, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_snapshot!(message(model().weights(&[1.0, -0.5]).fit()), @"weights, row 1: expected a finite number of at least 0, found -0.5 - weight 0 leaves a row out");
    assert_snapshot!(message(model().weights(&[0.0, 0.0]).fit()), @"weights: expected at least one above 0, found none - no row of data counts");
}

#[test]
fn duplicate_names() {
    let x = [1.5, 2.5];
    let model = Model::new(&x, [real("mu"), positive("mu")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma));
    assert_snapshot!(message(model.fit()), @"parameters: expected different names, found `mu` twice - rename one of them");
    assert_snapshot!(message(Design::from_rows(&ROWS, ["x", "x"], |row| [1.0, row.0])), @"design: expected different column names, found `x` twice - rename or drop one of them");
}

#[test]
fn a_scalar_named_like_a_coefficient() {
    let model =
        Model::new(&ROWS, [linear("mu", design()), positive("mu.x")], |[mu, s], row| normal::ln_pdf(row.0, mu, s));
    assert_snapshot!(message(model.fit()), @"parameters: expected different names, found `mu.x` twice - rename one of them");
}

#[test]
fn an_error_that_leaves_main_prints_its_message() {
    let times = [1.5, -3.0];
    let model = Model::new(&times, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate));
    let error = model.fit().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    let error = Table::from_csv("no/such/file.csv").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn text_is_kept_as_it_is_written() {
    let table = Table::from_csv_reader("zip,price\n01234,1.50\n00501,2\n".as_bytes()).unwrap();
    assert_eq!(table.texts("zip").unwrap(), ["01234", "00501"]);
    assert_eq!(table.texts("price").unwrap(), ["1.50", "2"]);
    assert_eq!((table.counts("zip").unwrap(), table.numbers("price").unwrap()), (vec![1234, 501], vec![1.5, 2.0]));
    assert_eq!(
        [table.kind("zip").unwrap(), table.kind("price").unwrap()],
        [maxlik::Kind::Counts, maxlik::Kind::Numbers]
    );
}

#[test]
fn unknown_name_asked_of_a_fit() {
    let x = [1.5, 2.5, 0.7];
    let fit =
        Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma)).fit().unwrap();
    assert_snapshot!(message(fit.estimate("sgima")), @"fit: expected the name of a coefficient, found `sgima` - the names are `mu`, `sigma`");
    assert_snapshot!(message(fit.std_error("beta")), @"fit: expected the name of a coefficient, found `beta` - the names are `mu`, `sigma`");
}

#[test]
fn confidence_level_in_per_cent() {
    let x = [1.5, 2.5, 0.7];
    let fit = Model::new(&x, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate)).fit().unwrap();
    assert_snapshot!(message(fit.confint(95.0)), @"confidence level: expected a number strictly between 0 and 1, found 95 - for 95 % ask for 0.95");
}

#[test]
fn start_outside_the_domain() {
    let x = [1.5, 2.5];
    let model = Model::new(&x, [positive("rate").start(-2.0)], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_snapshot!(message(model.fit()), @"parameter `rate`: expected a value in (0, inf), found -2 - give another one to .start(..) or .fixed(..)");
    let model = Model::new(&x, [between("rate", 0.5, 3.0).start(4.0)], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_snapshot!(message(model.fit()), @"parameter `rate`: expected a value in [0.5, 3], found 4 - give another one to .start(..) or .fixed(..)");
    let model = Model::new(&x, [between("rate", 3.0, 0.5)], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_snapshot!(message(model.fit()), @"parameter `rate`: expected a lower bound below the upper one, found [3, 0.5] - exchange them, or fix the parameter with .fixed(..)");
    let model =
        Model::new(&ROWS, [linear("eta", design()).start(0.5)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    assert_snapshot!(message(model.fit()), @"parameter `eta`: expected 2 starting or fixed values, one per coefficient, found 1");
}

#[test]
fn log_density_not_finite_at_the_start() {
    let times = [1.5, 0.5, -3.0, 2.0];
    let model = Model::new(&times, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate));
    assert_snapshot!(message(model.fit()), @"row 2: expected a finite log-density with finite derivatives at the start (rate = 1), found -inf - the row is impossible at these values; choose others with .start(..), or check the row");
    // The value is finite, its derivative is not.
    let model = Model::joint([at_least("a", 0.0).start(0.0)], |[a]| -a.sqrt());
    assert_snapshot!(message(model.fit()), @"joint log-likelihood: expected a finite log-density with finite derivatives at the start (a = 0), found -0 with a derivative that is not - is a parameter outside its domain there (choose another with .start(..)), or a value missing in the row?");
}

#[test]
fn linear_predictor_in_a_joint_model() {
    let model = Model::joint([linear("eta", design())], |[eta]| -eta * eta);
    assert_snapshot!(message(model.fit()), @"joint model, parameter `eta`: expected a scalar parameter, found a linear predictor - a joint closure sees no rows; give each coefficient as a parameter of its own or use Model::new");
}

#[test]
fn collinear_columns_are_named() {
    let design = Design::from_rows(&ROWS, ["(intercept)", "celsius", "noise", "fahrenheit"], |&(x, _)| {
        [1.0, x, x * x, 32.0 + 1.8 * x]
    });
    let model = Model::new(&ROWS, [linear("eta", design.unwrap())], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    assert_snapshot!(message(model.fit()), @"design of `eta`: expected linearly independent columns, found `fahrenheit` = 32 `(intercept)` + 1.8 `celsius` to rounding - drop one of these columns, or centre them if it is a matter of units");
    let design = Design::from_rows(&ROWS, ["(intercept)", "empty"], |_| [1.0, 0.0]).unwrap();
    let model = Model::new(&ROWS, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    assert_snapshot!(message(model.fit()), @"design of `eta`: expected linearly independent columns, found `empty` = 0 to rounding - drop one of these columns, or centre them if it is a matter of units");
}

#[test]
fn perfect_separation_is_no_fit_and_names_the_direction() {
    let separated = [(-2.0, false), (-1.0, false), (-0.5, false), (0.5, true), (1.0, true), (2.5, true)];
    let design = Design::from_rows(&separated, ["(intercept)", "dose"], |row| [1.0, row.0]).unwrap();
    let model = Model::new(&separated, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    let error = model.fit().unwrap_err();
    assert_snapshot!(error, @"not converged: still improving towards infinity, no maximum at finite values; the log-likelihood rises without end along `eta.dose` - do these columns separate the outcomes, or fit some rows exactly? drop them, or fix their coefficients");
    let FitError::NotConverged(fit) = error else { panic!("expected a partial fit") };
    assert!(!fit.termination().is_converged());
    assert_snapshot!(message(fit.std_error("eta.dose")), @"`eta.dose`: expected a fit at a maximum, found a log-likelihood that rises without end - there are no standard errors");
    assert_snapshot!(message(fit.std_errors()), @"`eta.(intercept)`: expected a fit at a maximum, found a log-likelihood that rises without end - there are no standard errors");
}

#[test]
fn quasi_complete_separation_is_no_fit() {
    // All with the marker fail; the others overlap.
    let rows = [(0.0, false), (0.0, true), (0.0, false), (1.0, true), (1.0, true), (0.0, true), (1.0, true)];
    let design = Design::from_rows(&rows, ["(intercept)", "marker"], |row| [1.0, row.0]).unwrap();
    let model = Model::new(&rows, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    assert_snapshot!(message(model.fit()), @"not converged: still improving towards infinity, no maximum at finite values; the log-likelihood rises without end along `eta.marker` - do these columns separate the outcomes, or fit some rows exactly? drop them, or fix their coefficients");
}

#[test]
fn non_convergence_owns_the_partial_fit() {
    let x = [1012.4, 998.7, 1005.1, 1021.9];
    let model = Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma));
    let error = model.fit_with(Newton::default().with_max_iterations(3)).unwrap_err();
    assert!(error.to_string().starts_with("not converged: 3 iterations used up, Newton decrement "), "{error}");
    let FitError::NotConverged(fit) = error else { panic!("expected a partial fit") };
    assert!(
        matches!(fit.termination(), Termination::IterationLimit { limit: 3, decrement, tolerance } if decrement > tolerance)
    );
    assert_eq!((fit.trace().len(), fit.evaluations().hessians), (4, 4));
    assert!(fit.to_string().starts_with("not converged"));
    assert!(fit.estimate("mu").unwrap().is_finite());
}

#[test]
fn singular_information_names_what_is_not_determined() {
    let x = [1.5, 2.5, 0.7];
    let fit = Model::new(&x, [real("a"), real("b"), positive("sigma")], |[a, b, sigma], &x| {
        normal::ln_pdf(x, a + 2.0 * b, sigma)
    })
    .fit()
    .unwrap();
    assert!(fit.termination().is_converged());
    assert_snapshot!(message(fit.std_errors()), @"information: expected positive definite, found singular - the data do not determine `a` - 0.5 `b`; drop or fix one of these");
    assert_snapshot!(message(fit.std_error("a")), @"information: expected positive definite, found singular - the data do not determine `a` - 0.5 `b`; drop or fix one of these");
    assert!((fit.estimate("a").unwrap() + 2.0 * fit.estimate("b").unwrap() - 4.7 / 3.0).abs() < 1e-10);
}

#[test]
fn no_standard_error_for_fixed_parameters_bounds_and_open_ends() {
    let x = [2.1, 0.4, 3.7, 1.8];
    let fit =
        Model::new(&x, [real("mu").fixed(1.5), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma))
            .fit()
            .unwrap();
    assert_snapshot!(message(fit.std_error("mu")), @"`mu`: expected an estimated coefficient, found one fixed at 1.5 - it has no standard error");
    let fit = Model::new(&x, [at_least("theta", 3.7)], |[theta], _| -theta.ln()).fit().unwrap();
    assert_snapshot!(message(fit.std_error("theta")), @"`theta`: expected an estimate inside its bounds, found it on the bound 3.7 - a standard error from the information does not exist there; ask for the others by name");
    assert_snapshot!(message(fit.vcov()), @"`theta`: expected an estimate inside its bounds, found it on the bound 3.7 - a standard error from the information does not exist there; ask for the others by name");
    let heads = [true; 5];
    let fit = Model::new(&heads, [probability("p")], |[p], &heads| bernoulli::ln_pmf(heads, p)).fit().unwrap();
    assert_snapshot!(message(fit.std_error("p")), @"`p`: expected an estimate inside its domain, found the maximum at its open end 1 - a standard error does not exist there; ask for the others by name");
}

#[test]
fn tables_name_file_line_column_found_and_expected() {
    // What follows is the operating system's own wording.
    assert!(
        message(Table::from_csv("no/such/file.csv")).starts_with("no/such/file.csv: expected a readable file, found: ")
    );
    let read = |text: &'static str| Table::from_csv_reader(text.as_bytes());
    assert_snapshot!(message(read("a,b\n1,2\n3\n")), @"CSV: expected comma-separated values with as many fields in each line as in the first, found: CSV error: record 2 (line: 3, byte: 8): found record with 1 fields, but the previous record has 2 fields");
    assert_snapshot!(message(read("a,a\n1,2\n")), @"CSV, line 1: expected different column names, found `a` twice - rename one of them");
    let table = read("age,smoker,town\n31,1,Ulm\nNA,2,Bern\n47.5,,\ninf,0,Graz\n").unwrap();
    assert_snapshot!(message(table.numbers("height")), @"CSV: expected a column `height`, found `age`, `smoker`, `town` - names are taken from the first line, fields end at commas");
    assert_snapshot!(message(table.numbers("age")), @"CSV, line 3, column `age`: expected a finite number, found a missing value - leave such rows out with .complete_cases([..])");
    assert_snapshot!(message(table.numbers("town")), @"CSV, line 2, column `town`: expected a finite number, found `Ulm` - correct the file, or write NA for a missing value");
    assert_snapshot!(message(table.counts("smoker")), @"CSV, line 4, column `smoker`: expected a whole number of at least 0, found a missing value - leave such rows out with .complete_cases([..])");
    assert_snapshot!(message(table.booleans("smoker")), @"CSV, line 3, column `smoker`: expected 0, 1, true or false, found `2` - correct the file, or write NA for a missing value");
    let complete = table.complete_cases(["age", "town"]).unwrap();
    assert_eq!(complete.rows(), 2);
    assert_snapshot!(message(complete.matrix(["smoker", "age"])), @"CSV, line 5, column `age`: expected a finite number, found `inf` - correct the file, or write NA for a missing value");
    let table = read("age\n31\n47.5\n").unwrap();
    assert_snapshot!(message(table.counts("age")), @"CSV, line 3, column `age`: expected a whole number of at least 0, found `47.5` - correct the file, or write NA for a missing value");
}
