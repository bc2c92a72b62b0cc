//! The printed summary, as it prints.
use insta::assert_snapshot;
use maxlik::prelude::*;

/// The summary without the counts of iterations and evaluations, which may differ by one where rounding does.
fn printed(fit: &Fit) -> String {
    fit.to_string().lines().map(mask).collect::<Vec<_>>().join("\n")
}

fn mask(line: &str) -> String {
    let counts = line.starts_with("method");
    line.chars().map(|c| if counts && c.is_ascii_digit() { '#' } else { c }).collect::<String>().replace("##", "#")
}

#[test]
fn of_a_converged_fit() {
    let x = [1012.4, 998.7, 1005.1, 1021.9, 987.3, 1003.6];
    let parameters = [real("mu"), positive("sigma")];
    let fit = Model::new(&x, parameters, |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma)).fit().unwrap();
    assert_snapshot!(printed(&fit));
}

#[test]
fn of_estimates_of_very_different_size() {
    let x = [1.31e-6, 0.92e-6, 1.17e-6, 1.02e-6];
    let fit = Model::new(&x, [positive("shape"), positive("rate")], |[k, r], &x| gamma::ln_pdf(x, k, r)).fit().unwrap();
    assert_snapshot!(printed(&fit));
}

#[test]
fn of_a_fit_with_a_fixed_parameter_a_bound_and_an_open_end() {
    let k = [2_u64, 3, 2, 3, 2, 3, 2, 3, 2, 2];
    let parameters = [at_least("mean", 2.5), positive("size"), real("shift").fixed(0.25)];
    let model =
        Model::new(&k, parameters, |[mean, size, shift], &k| negative_binomial::ln_pmf(k, mean + shift - 0.25, size));
    assert_snapshot!(printed(&model.fit().unwrap()));
}

#[test]
fn of_a_fit_with_singular_information() {
    let x = [1.5, 2.5, 0.7];
    let model = Model::new(&x, [real("a"), real("b")], |[a, b], &x| -(a + b - x) * (a + b - x));
    assert_snapshot!(printed(&model.fit().unwrap()));
}

#[test]
fn of_a_failed_fit() {
    let rows = [(-2.0, false), (-1.0, false), (0.5, true), (1.0, true), (2.5, true)];
    let design = Design::from_rows(&rows, ["dose"], |row| [row.0]).unwrap();
    let model = Model::new(&rows, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    let Err(FitError::NotConverged(fit)) = model.fit() else { panic!("separated data have no maximum") };
    // The value at which the search stopped is not an estimate: any will do.
    let printed = printed(&fit);
    let stopped = printed.lines().find(|line| line.starts_with("eta.dose")).unwrap().to_string();
    assert_snapshot!(printed.replace(&stopped, "eta.dose [..]  no maximum"));
}

#[test]
fn criteria_are_their_formulas() {
    let x = [1012.4, 998.7, 1005.1, 1021.9, 987.3, 1003.6];
    let parameters = [real("mu"), positive("sigma")];
    let fit = Model::new(&x, parameters, |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma)).fit().unwrap();
    let (k, n, l) = (2.0, 6.0_f64, fit.log_likelihood());
    assert_eq!(fit.aic(), 2.0 * k - 2.0 * l);
    assert_eq!(fit.aicc(), 2.0 * k - 2.0 * l + 2.0 * k * (k + 1.0) / (n - k - 1.0));
    assert_eq!(fit.bic(), k * n.ln() - 2.0 * l);
    // Two observations are too few for the correction; a joint model does not know how many it has.
    let fit = Model::new(&[1.5, 2.5], [positive("r")], |[r], &x| exponential::ln_pdf(x, r)).fit().unwrap();
    assert!(fit.aicc().is_nan());
    let joint = || Model::joint([real("a")], |[a]| -(a - 1.5) * (a - 1.5));
    assert!(joint().fit().unwrap().bic().is_nan());
    assert_eq!(joint().n_obs(7).fit().unwrap().bic(), 7.0_f64.ln());
}

#[test]
fn intervals_are_symmetric_on_the_free_scale() {
    let x = [1.5, 2.5, 0.7, 4.1];
    let parameters = [real("mu"), positive("sigma")];
    let fit = Model::new(&x, parameters, |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma)).fit().unwrap();
    let q = 1.644_853_626_951_472_7; // the normal quantile of 0.95
    let intervals = fit.confint(0.90).unwrap();
    let (mu, se) = (fit.estimate("mu").unwrap(), fit.std_error("mu").unwrap());
    approx::assert_relative_eq!(intervals[0].0, mu - q * se, max_relative = 1e-14);
    approx::assert_relative_eq!(intervals[0].1, mu + q * se, max_relative = 1e-14);
    let (sigma, se) = (fit.estimate("sigma").unwrap(), fit.std_error("sigma").unwrap());
    approx::assert_relative_eq!(intervals[1].0, sigma * (-q * se / sigma).exp(), max_relative = 1e-14);
    approx::assert_relative_eq!(intervals[1].1, sigma * (q * se / sigma).exp(), max_relative = 1e-14);
    assert_eq!(fit.confint_of("sigma", 0.90).unwrap(), intervals[1]);
    let fit = Model::new(&[true, true, false], [probability("p")], |[p], &h| bernoulli::ln_pmf(h, p)).fit().unwrap();
    let (lower, upper) = fit.confint_of("p", 0.90).unwrap();
    let logit = 2.0_f64.ln();
    let half = q * fit.std_error("p").unwrap() / (2.0 / 9.0);
    approx::assert_relative_eq!(lower, 1.0 / (1.0 + (half - logit).exp()), max_relative = 1e-14);
    approx::assert_relative_eq!(upper, 1.0 / (1.0 + (-half - logit).exp()), max_relative = 1e-14);
}

#[test]
fn the_table_in_the_readme_is_what_its_program_prints() {
    let lifetimes = [
        (17.9, true),
        (23.4, true),
        (31.0, false),
        (8.2, true),
        (40.0, false),
        (40.0, false),
        (12.7, true),
        (35.1, true),
        (29.9, true),
        (40.0, false),
        (3.1, true),
        (19.6, true),
        (26.3, true),
        (40.0, false),
    ];
    let model = Model::new(&lifetimes, [positive("shape"), positive("scale")], |[shape, scale], &(hours, failed)| {
        if failed { weibull::ln_pdf(hours, shape, scale) } else { weibull::ln_sf(hours, shape, scale) }
    });
    let masked = |text: &str| text.lines().map(mask).collect::<Vec<_>>().join("\n");
    let readme = masked(include_str!("../README.md"));
    assert!(readme.contains(&masked(&model.fit().unwrap().to_string())), "{}", model.fit().unwrap());
}

#[test]
fn of_a_regression() {
    let table = Table::from_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/birthwt.csv")).unwrap();
    let low = table.booleans("low").unwrap();
    let x = table.matrix(["lwt", "smoke"]).unwrap().insert_column(0, 1.0);
    let design = Design::from_matrix(&x, ["(intercept)", "lwt", "smoke"]).unwrap();
    let fit = Model::new(&low, [linear("low", design)], |[eta], &low| bernoulli::ln_pmf_logit(low, eta)).fit().unwrap();
    assert_snapshot!(printed(&fit));
}
