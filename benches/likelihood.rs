//! What a pass over the rows and a whole fit cost. Ratios are within one run, one thread, stock target.
//!
//! `cargo bench --bench likelihood`
use std::hint::black_box;

use maxlik::prelude::*;

mod timing;
#[path = "../tests/common/uniform.rs"]
#[allow(dead_code, reason = "no normal numbers here")]
mod uniform;

use uniform::Uniform;

struct Weibull;
impl LogDensity<f64, 2> for Weibull {
    fn ln_density<T: Real>(&self, [shape, scale]: [T; 2], &x: &f64) -> T {
        weibull::ln_pdf(x, shape, scale)
    }
}

/// Weibull, 2 parameters, n = 1e6: value, score and information against the plain value loop written by hand.
fn weibull_pass() {
    let n = 1_000_000;
    let mut u = Uniform(401);
    let times: Vec<f64> = (0..n).map(|_| 2.5 * (-u.next().ln()).powf(1.0 / 1.7)).collect();
    let parameters = || [positive("shape"), positive("scale")];
    let by_hand = Model::new(&times, parameters(), |[shape, scale], &x| {
        let z = x / scale;
        shape.ln() - scale.ln() + (shape - 1.0) * z.ln() - z.powf(shape)
    });
    let library = Model::new(&times, parameters(), |[shape, scale], &x| weibull::ln_pdf(x, shape, scale));
    let expert = Model::from_density(&times, parameters(), Weibull);
    let theta = [1.6, 2.4];
    let [with_powf, with_exp, closure, closure_library, expert_value] = timing::medians(
        21,
        [
            &mut || {
                let [shape, scale] = black_box(theta);
                let (ln_shape, ln_scale): (f64, f64) = (f64::ln(shape), f64::ln(scale));
                let value = |&x: &f64| {
                    let z = x / scale;
                    ln_shape - ln_scale + (shape - 1.0) * z.ln() - z.powf(shape)
                };
                black_box(times.iter().map(value).sum::<f64>());
                n
            },
            &mut || {
                let [shape, scale] = black_box(theta);
                let (ln_shape, ln_scale): (f64, f64) = (f64::ln(shape), f64::ln(scale));
                let value = |&x: &f64| {
                    let ln_z = (x / scale).ln();
                    ln_shape - ln_scale + (shape - 1.0) * ln_z - (shape * ln_z).exp()
                };
                black_box(times.iter().map(value).sum::<f64>());
                n
            },
            &mut || {
                black_box(by_hand.log_likelihood_score_hessian(&black_box(theta)));
                n
            },
            &mut || {
                black_box(library.log_likelihood_score_hessian(&black_box(theta)));
                n
            },
            &mut || {
                black_box(expert.log_likelihood(&black_box(theta)));
                n
            },
        ],
    )
    .map(|seconds| 1e9 * seconds);
    println!("Weibull, n = 1e6, ns a row");
    println!("  plain value by hand, with powf                     {with_powf:6.2}");
    println!("  plain value by hand, with ln and exp               {with_exp:6.2}");
    println!(
        "  value + score + information, closure with powf     {closure:6.2}   {:.2} x the value with powf",
        closure / with_powf
    );
    println!(
        "  value + score + information, library density       {closure_library:6.2}   {:.2} x the value with ln and exp",
        closure_library / with_exp
    );
    println!(
        "  value of a LogDensity                              {expert_value:6.2}   {:.2} x the value with ln and exp",
        expert_value / with_exp
    );
}

/// Logistic regression, 100 rows and 3 coefficients: the whole fit, with and without building model and design.
fn logistic_latency() {
    let mut u = Uniform(204);
    let rows: Vec<([f64; 2], bool)> = (0..100)
        .map(|_| {
            let x = [4.0 * u.next() - 2.0, 4.0 * u.next() - 2.0];
            let eta: f64 = -0.5 + x[0] - 0.7 * x[1];
            (x, u.next() < 1.0 / (1.0 + (-eta).exp()))
        })
        .collect();
    let design = || Design::from_rows(&rows, ["(intercept)", "a", "b"], |(x, _)| [1.0, x[0], x[1]]);
    let model =
        |design: Design| Model::new(&rows, [linear("eta", design)], |[eta], &(_, y)| bernoulli::ln_pmf_logit(y, eta));
    let ready = model(design().expect("finite columns"));
    let fit = ready.fit().expect("a maximum");
    let fits = 2000;
    let [fit_only, all] = timing::medians(
        21,
        [
            &mut || {
                for _ in 0..fits {
                    black_box(black_box(&ready).fit().expect("a maximum"));
                }
                fits
            },
            &mut || {
                for _ in 0..fits {
                    black_box(model(design().expect("finite columns")).fit().expect("a maximum"));
                }
                fits
            },
        ],
    )
    .map(|seconds| 1e6 * seconds);
    println!("Logistic regression, 100 rows, 3 coefficients, {} evaluations", fit.evaluations().hessians);
    println!("  fit                                                {fit_only:6.1} us");
    println!("  design, model and fit                              {all:6.1} us");
}

fn main() {
    weibull_pass();
    logistic_latency();
}
