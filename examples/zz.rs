use maxlik::prelude::*;
fn show(name: &str, fit: Result<Fit, FitError>) {
    println!("=== {name}");
    match fit {
        Ok(f) => {
            println!("{f}");
            println!("evals {:?} decr {:?}", f.evaluations(), f.termination());
        }
        Err(FitError::NotConverged(f)) => {
            println!("NOT CONVERGED\n{f}");
            for t in f.trace().iter().take(400).step_by(1 + f.trace().len() / 12) {
                println!("   {t:?}");
            }
            println!("MSG {}", FitError::NotConverged(f));
        }
        Err(e) => println!("ERR {e}"),
    }
}
fn main() {
    let heads = [true; 10];
    show("all heads", Model::new(&heads, [probability("p")], |[p], &h| bernoulli::ln_pmf(h, p)).fit());
    let zeros = [0u64; 5];
    show("all zero poisson", Model::new(&zeros, [positive("mean")], |[m], &k| poisson::ln_pmf(k, m)).fit());
    let x = [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0];
    let d = Design::from_rows(&x, ["(intercept)", "x"], |&x| [1.0, x]).unwrap();
    show("separation", Model::new(&x, [linear("eta", d)], |[eta], &x| bernoulli::ln_pmf_logit(x > 0.0, eta)).fit());
    let xy = [(-2.0, false), (-1.0, false), (0.0, true), (0.0, false), (1.0, true), (2.0, true)];
    let d = Design::from_rows(&xy, ["(intercept)", "x"], |&(x, _)| [1.0, x]).unwrap();
    show(
        "quasi-separation",
        Model::new(&xy, [linear("eta", d)], |[eta], &(_, y)| bernoulli::ln_pmf_logit(y, eta)).fit(),
    );
    let equal = [3.0; 6];
    show(
        "all equal normal",
        Model::new(&equal, [real("mu"), positive("sigma")], |[m, s], &x| normal::ln_pdf(x, m, s)).fit(),
    );
    let far = [1e6, 1.1e6, 0.9e6, 1.05e6];
    show("far normal", Model::new(&far, [real("mu"), positive("sigma")], |[m, s], &x| normal::ln_pdf(x, m, s)).fit());
    let far = [1e-6, 1.1e-6, 0.9e-6, 1.05e-6];
    show("tiny normal", Model::new(&far, [real("mu"), positive("sigma")], |[m, s], &x| normal::ln_pdf(x, m, s)).fit());
    show("tiny weibull", Model::new(&far, [positive("k"), positive("s")], |[m, s], &x| weibull::ln_pdf(x, m, s)).fit());
    let far = [1e9, 1.1e9, 0.9e9, 1.05e9];
    show("huge weibull", Model::new(&far, [positive("k"), positive("s")], |[m, s], &x| weibull::ln_pdf(x, m, s)).fit());
    show("huge gamma", Model::new(&far, [positive("k"), positive("s")], |[m, s], &x| gamma::ln_pdf(x, m, s)).fit());
    let under = [2u64, 3, 2, 3, 2, 3, 2, 3, 2, 2];
    show(
        "underdispersed nb",
        Model::new(&under, [positive("mean"), positive("size")], |[m, s], &k| negative_binomial::ln_pmf(k, m, s)).fit(),
    );
    let over = [0u64, 3, 12, 3, 1, 0, 7, 3, 0, 2];
    show(
        "nb",
        Model::new(&over, [positive("mean"), positive("size")], |[m, s], &k| negative_binomial::ln_pmf(k, m, s)).fit(),
    );
    let t = [1.0, 2.0, 3.0];
    show(
        "unidentified",
        Model::new(&t, [real("a"), real("b")], |[a, b], &x| normal::ln_pdf(x, a + b, (0.0 * a) + 1.0)).fit(),
    );
    show("unused", Model::new(&t, [real("a"), real("b")], |[a, _b], &x| normal::ln_pdf(x, a, (0.0 * a) + 1.0)).fit());
    show("flat", Model::new(&t, [real("a")], |[a], _| 0.0 * a).fit());
    show("cauchy two", Model::new(&[-10.0, 10.0], [real("a")], |[a], &x| -((x - a) * (x - a) + 1.0).ln()).fit());
    show("plateau", Model::new(&[0.0], [real("a").start(30.0)], |[a], &x| (-(x - a) * (x - a)).exp()).fit());
    show("plateau2", Model::new(&[0.0], [real("a").start(5.0)], |[a], &x| (-(x - a) * (x - a)).exp()).fit());
    show("saddle", Model::joint([real("a"), real("b")], |[a, b]| a * a - b * b - a * a * a * a).fit());
    show("unbounded linear", Model::joint([real("a")], |[a]| a * 2.0).fit());
    show("nonfinite region", Model::joint([real("a").start(0.5)], |[a]| a.ln() * 3.0 - a * 0.001).fit());
    show("sqrt edge", Model::joint([real("a").start(4.0)], |[a]| -(a.sqrt())).fit());
    show(
        "rosen",
        Model::joint([real("a").start(-1.2), real("b").start(1.0)], |[x, y]| {
            -(1.5 - x) * (1.5 - x) - 100.0 * (y - x * x) * (y - x * x)
        })
        .fit(),
    );
    let d = Design::from_rows(&xy, ["(intercept)", "x", "twice"], |&(x, _)| [1.0, x, 2.0 * x - 3.0]).unwrap();
    show("collinear", Model::new(&xy, [linear("eta", d)], |[eta], &(_, y)| bernoulli::ln_pmf_logit(y, eta)).fit());
    show(
        "start nan",
        Model::new(&[1.0, f64::NAN, 2.0], [real("mu")], |[mu], &x| normal::ln_pdf(x, mu, 0.0 * mu + 1.0)).fit(),
    );
    show("start -inf", Model::new(&[1.0, -1.0, 2.0], [positive("r")], |[r], &x| exponential::ln_pdf(x, r)).fit());
    show("fixed all", Model::new(&[1.0, 3.0], [positive("r").fixed(0.4)], |[r], &x| exponential::ln_pdf(x, r)).fit());
    show(
        "zip no zeros",
        Model::new(&[1u64, 3, 2, 4, 2], [positive("m"), probability("pi")], |[m, pi], &k| {
            if k == 0 { (pi + (1.0 - pi) * (-m).exp()).ln() } else { (-pi).ln_1p() + poisson::ln_pmf(k, m) }
        })
        .fit(),
    );
}
