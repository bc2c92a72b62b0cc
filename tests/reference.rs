//! Fits against R (`reference/make_reference.R` made `reference/r_reference.json` from the files in `data/`).
//!
//! Estimates to 1e-10 and standard errors to 1e-9 relative; R prints 15 digits, of which about 13 can be trusted where the
//! link is canonical. Elsewhere its Fisher scoring stops after about ten digits: there the reference is Newton's method in
//! 50-digit arithmetic (`reference/make_mle.py` made `reference/mle.json`).
use approx::assert_relative_eq;
use maxlik::prelude::*;
use serde_json::Value;

const ESTIMATE: f64 = 1e-10;
const STD_ERROR: f64 = 1e-9;

fn reference(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("reference/r_reference.json")).unwrap();
    all[name].clone()
}

/// Compares all coefficients, in order, with the 20 digits of `mle.json`.
fn assert_agrees_with_mpmath(fit: &Fit, name: &str) {
    assert!(matches!(fit.termination(), Termination::Converged { decrement, .. } if *decrement < 1e-12), "{fit}");
    let all: Value = serde_json::from_str(include_str!("reference/mle.json")).unwrap();
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let std_errors = fit.std_errors().unwrap();
    for j in 0..fit.dof() {
        let (estimate, se) = (number(&all[name]["coef"][j]), number(&all[name]["se"][j]));
        assert_relative_eq!(fit.coefficients()[j], estimate, max_relative = ESTIMATE);
        assert_relative_eq!(std_errors[j], se, max_relative = STD_ERROR);
    }
    assert_relative_eq!(fit.log_likelihood(), number(&all[name]["loglik"]), max_relative = 1e-13);
}

fn table(name: &str) -> Table {
    Table::from_csv(format!("{}/tests/data/{name}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Compares coefficient by coefficient; `names` pairs ours with R's. Also: a converged fit is converged.
fn assert_agrees(fit: &Fit, r: &Value, names: &[(&str, &str)]) {
    assert!(matches!(fit.termination(), Termination::Converged { decrement, .. } if *decrement < 1e-12), "{fit}");
    for (ours, theirs) in names {
        let estimate = r["coef"][theirs].as_f64().unwrap();
        let se = r["se"][theirs].as_f64().unwrap();
        assert_relative_eq!(fit.estimate(ours).unwrap(), estimate, max_relative = ESTIMATE);
        assert_relative_eq!(fit.std_error(ours).unwrap(), se, max_relative = STD_ERROR);
    }
    assert_relative_eq!(fit.log_likelihood(), r["loglik"].as_f64().unwrap(), max_relative = 1e-12);
    for (criterion, name) in [(fit.aic(), "aic"), (fit.bic(), "bic")] {
        if let Some(expected) = r[name].as_f64() {
            assert_relative_eq!(criterion, expected, max_relative = 1e-12);
        }
    }
}

fn indicator(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

#[test]
fn logistic_regression_of_birth_weight() {
    let t = table("birthwt");
    let (low, race) = (t.booleans("low").unwrap(), t.texts("race").unwrap());
    let x = t.matrix(["age", "lwt", "smoke", "ptl", "ht", "ui"]).unwrap();
    let rows: Vec<usize> = (0..t.rows()).collect();
    let columns = ["(intercept)", "age", "lwt", "black", "other", "smoke", "ptl", "ht", "ui"];
    let design = Design::from_rows(&rows, columns, |&i| {
        let (black, other) = (indicator(race[i] == "black"), indicator(race[i] == "other"));
        [1.0, x[(i, 0)], x[(i, 1)], black, other, x[(i, 2)], x[(i, 3)], x[(i, 4)], x[(i, 5)]]
    })
    .unwrap();
    let fit =
        Model::new(&rows, [linear("eta", design)], |[eta], &i| bernoulli::ln_pmf_logit(low[i], eta)).fit().unwrap();
    let names = [
        ("eta.(intercept)", "(Intercept)"),
        ("eta.age", "age"),
        ("eta.lwt", "lwt"),
        ("eta.black", "raceblack"),
        ("eta.other", "raceother"),
        ("eta.smoke", "smoke"),
        ("eta.ptl", "ptl"),
        ("eta.ht", "ht"),
        ("eta.ui", "ui"),
    ];
    let r = reference("birthwt_logit");
    assert_agrees(&fit, &r, &names);
    assert_eq!((fit.n_obs(), fit.dof()), (189, 9));
}

#[test]
fn complementary_log_log_regression_of_birth_weight() {
    let t = table("birthwt");
    let low = t.booleans("low").unwrap();
    let x = t.matrix(["age", "lwt", "smoke"]).unwrap();
    let rows: Vec<usize> = (0..t.rows()).collect();
    let design =
        Design::from_rows(&rows, ["(intercept)", "age", "lwt", "smoke"], |&i| [1.0, x[(i, 0)], x[(i, 1)], x[(i, 2)]])
            .unwrap();
    // ln(1 - exp(-exp(eta))) for a success, -exp(eta) otherwise
    let fit = Model::new(&rows, [linear("eta", design)], |[eta], &i| {
        let hazard = -eta.exp();
        if low[i] { hazard.ln_1m_exp() } else { hazard }
    })
    .fit()
    .unwrap();
    assert_agrees_with_mpmath(&fit, "birthwt_cloglog");
}

#[test]
fn binomial_regression_of_menarche() {
    let t = table("menarche");
    let (age, total, menarche) = (t.numbers("Age").unwrap(), t.counts("Total").unwrap(), t.counts("Menarche").unwrap());
    let rows: Vec<usize> = (0..t.rows()).collect();
    let design = Design::from_rows(&rows, ["(intercept)", "age"], |&i| [1.0, age[i]]).unwrap();
    let fit =
        Model::new(&rows, [linear("eta", design)], |[eta], &i| binomial::ln_pmf_logit(menarche[i], total[i], eta))
            .fit()
            .unwrap();
    let names = [("eta.(intercept)", "(Intercept)"), ("eta.age", "Age")];
    assert_agrees(&fit, &reference("menarche_logit"), &names);
}

#[test]
fn poisson_regression_of_warp_breaks() {
    let t = table("warpbreaks");
    let (breaks, wool, tension) = (t.counts("breaks").unwrap(), t.texts("wool").unwrap(), t.texts("tension").unwrap());
    let rows: Vec<usize> = (0..t.rows()).collect();
    let columns = ["(intercept)", "B", "M", "H", "B:M", "B:H"];
    let design = Design::from_rows(&rows, columns, |&i| {
        let (b, m, h) = (indicator(wool[i] == "B"), indicator(tension[i] == "M"), indicator(tension[i] == "H"));
        [1.0, b, m, h, b * m, b * h]
    })
    .unwrap();
    let fit =
        Model::new(&rows, [linear("eta", design)], |[eta], &i| poisson::ln_pmf(breaks[i], eta.exp())).fit().unwrap();
    let names = [
        ("eta.(intercept)", "(Intercept)"),
        ("eta.B", "woolB"),
        ("eta.M", "tensionM"),
        ("eta.H", "tensionH"),
        ("eta.B:M", "woolB:tensionM"),
        ("eta.B:H", "woolB:tensionH"),
    ];
    assert_agrees(&fit, &reference("warpbreaks_poisson"), &names);
}

#[test]
fn linear_regression_of_stopping_distance() {
    let t = table("cars");
    let cars: Vec<(f64, f64)> = t.numbers("speed").unwrap().into_iter().zip(t.numbers("dist").unwrap()).collect();
    let design = Design::from_rows(&cars, ["(intercept)", "speed"], |car| [1.0, car.0]).unwrap();
    let fit = Model::new(&cars, [linear("mu", design), positive("sigma")], |[mu, sigma], car| {
        normal::ln_pdf(car.1, mu, sigma)
    })
    .fit()
    .unwrap();
    let r = reference("cars_gaussian");
    let (n, p) = (50.0_f64, 2.0);
    for (ours, theirs) in [("mu.(intercept)", "(Intercept)"), ("mu.speed", "speed")] {
        assert_relative_eq!(fit.estimate(ours).unwrap(), r["coef"][theirs].as_f64().unwrap(), max_relative = ESTIMATE);
        // R divides by n - p where maximum likelihood divides by n.
        let se = r["se"][theirs].as_f64().unwrap() * ((n - p) / n).sqrt();
        assert_relative_eq!(fit.std_error(ours).unwrap(), se, max_relative = STD_ERROR);
    }
    let sigma = (r["deviance"].as_f64().unwrap() / n).sqrt();
    assert_relative_eq!(fit.estimate("sigma").unwrap(), sigma, max_relative = ESTIMATE);
    assert_relative_eq!(fit.std_error("sigma").unwrap(), sigma / (2.0 * n).sqrt(), max_relative = STD_ERROR);
    assert_relative_eq!(fit.log_likelihood(), r["loglik"].as_f64().unwrap(), max_relative = 1e-12);
    assert_relative_eq!(fit.aic(), r["aic"].as_f64().unwrap(), max_relative = 1e-12);
}

#[test]
fn negative_binomial_regression_of_school_absence() {
    let t = table("quine");
    let days = t.counts("Days").unwrap();
    let [eth, sex, age, lrn] = ["Eth", "Sex", "Age", "Lrn"].map(|name| t.texts(name).unwrap());
    let rows: Vec<usize> = (0..t.rows()).collect();
    let columns = ["(intercept)", "EthN", "SexM", "AgeF1", "AgeF2", "AgeF3", "LrnSL"];
    let design = Design::from_rows(&rows, columns, |&i| {
        let is = |column: &[String], level: &str| indicator(column[i] == level);
        [1.0, is(&eth, "N"), is(&sex, "M"), is(&age, "F1"), is(&age, "F2"), is(&age, "F3"), is(&lrn, "SL")]
    })
    .unwrap();
    let fit = Model::new(&rows, [linear("eta", design), positive("theta")], |[eta, theta], &i| {
        negative_binomial::ln_pmf(days[i], eta.exp(), theta)
    })
    .fit()
    .unwrap();
    assert_agrees_with_mpmath(&fit, "quine_nb2");
    let r = reference("quine_nb2");
    assert_relative_eq!(fit.log_likelihood(), r["loglik"].as_f64().unwrap(), max_relative = 1e-12);
}

#[test]
fn censored_weibull_regression_of_lung_cancer() {
    let t = table("lung");
    let (time, age, sex) = (t.numbers("time").unwrap(), t.numbers("age").unwrap(), t.numbers("sex").unwrap());
    let status = t.counts("status").unwrap(); // 2 = dead
    let rows: Vec<usize> = (0..t.rows()).collect();
    let design = Design::from_rows(&rows, ["(intercept)", "age", "sex"], |&i| [1.0, age[i], sex[i]]).unwrap();
    // ln T = eta + sigma W: Weibull with shape 1 / sigma and scale exp(eta)
    let fit = Model::new(&rows, [linear("eta", design), positive("sigma")], |[eta, sigma], &i| {
        let (shape, scale) = (sigma.recip(), eta.exp());
        if status[i] == 2 { weibull::ln_pdf(time[i], shape, scale) } else { weibull::ln_sf(time[i], shape, scale) }
    })
    .fit()
    .unwrap();
    let r = reference("lung_weibull_aft");
    let names = [("eta.(intercept)", "(Intercept)"), ("eta.age", "age"), ("eta.sex", "sex")];
    assert_agrees(&fit, &r, &names);
    let sigma = r["log_scale"].as_f64().unwrap().exp();
    assert_relative_eq!(fit.estimate("sigma").unwrap(), sigma, max_relative = ESTIMATE);
    let se = r["se"]["Log(scale)"].as_f64().unwrap() * sigma;
    assert_relative_eq!(fit.std_error("sigma").unwrap(), se, max_relative = STD_ERROR);
}

#[test]
fn plain_distributions() {
    let time = table("lung").numbers("time").unwrap();
    let fit = Model::new(&time, [positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate)).fit().unwrap();
    let r = reference("lung_exponential");
    assert_relative_eq!(fit.estimate("rate").unwrap(), r["rate"].as_f64().unwrap(), max_relative = ESTIMATE);
    assert_relative_eq!(fit.std_error("rate").unwrap(), r["se"].as_f64().unwrap(), max_relative = STD_ERROR);
    assert_relative_eq!(fit.log_likelihood(), r["loglik"].as_f64().unwrap(), max_relative = 1e-12);

    let velocity: Vec<f64> = table("galaxies").numbers("velocity").unwrap().iter().map(|v| v / 1000.0).collect();
    let fit = Model::new(&velocity, [real("mu"), positive("sigma")], |[mu, sigma], &v| normal::ln_pdf(v, mu, sigma))
        .fit()
        .unwrap();
    let r = reference("galaxies_normal");
    assert_relative_eq!(fit.estimate("mu").unwrap(), r["mu"].as_f64().unwrap(), max_relative = ESTIMATE);
    assert_relative_eq!(fit.estimate("sigma").unwrap(), r["sigma"].as_f64().unwrap(), max_relative = ESTIMATE);
    assert_relative_eq!(fit.log_likelihood(), r["loglik"].as_f64().unwrap(), max_relative = 1e-12);
}

#[test]
fn gamma_regression_of_survival_times() {
    let t = table("lung");
    let (time, age, sex) = (t.numbers("time").unwrap(), t.numbers("age").unwrap(), t.numbers("sex").unwrap());
    let rows: Vec<usize> = (0..t.rows()).collect();
    let design = Design::from_rows(&rows, ["(intercept)", "age", "sex"], |&i| [1.0, age[i], sex[i]]).unwrap();
    let fit = Model::new(&rows, [linear("eta", design), positive("shape")], |[eta, shape], &i| {
        gamma::ln_pdf(time[i], shape, shape / eta.exp())
    })
    .fit()
    .unwrap();
    assert_agrees_with_mpmath(&fit, "lung_gamma");
    // R estimates the dispersion by moments, so that its log-likelihood is not the maximum.
    assert!(fit.log_likelihood() > reference("lung_gamma")["loglik"].as_f64().unwrap());
}
