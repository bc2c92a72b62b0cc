use maxlik::prelude::*;
fn main() {
    let times: Vec<f64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let m = Model::new(&times, [positive("shape"), positive("scale")], |[shape, scale], &x| {
        weibull::ln_pdf(x, shape, scale)
    });
    println!("{:?}", m.log_likelihood_score_hessian(&[1.6, 2.4]));
}
