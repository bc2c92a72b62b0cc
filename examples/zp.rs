use maxlik::prelude::*;
use std::hint::black_box;
use std::time::Instant;
fn time(name: &str, mut f: impl FnMut()) {
    f();
    let mut v = vec![];
    for _ in 0..9 {
        let t = Instant::now();
        f();
        v.push(t.elapsed().as_secs_f64());
    }
    v.sort_by(f64::total_cmp);
    println!("{name} {:.2} ns", v[4] * 1e3);
}
fn main() {
    let n = 1_000_000;
    let times: Vec<f64> =
        (0..n).map(|i| 2.5 * (-(((i * 7919) % n) as f64 + 0.5).ln() + (n as f64).ln()).powf(1.0 / 1.7)).collect();
    let theta = [1.6, 2.4];
    time("plain", || {
        let [k, s] = black_box(theta);
        black_box(times.iter().map(|&x| weibull::ln_pdf(x, k, s)).sum::<f64>());
    });
    time("dual2 direct", || {
        let [k, s] = Dual2::variables(black_box(theta));
        let mut sum = Dual2::<2>::constant(0.0);
        for &x in &times {
            sum += weibull::ln_pdf(x, k, s);
        }
        black_box(sum);
    });
    time("dual2 hand", || {
        let [k, s] = Dual2::variables(black_box(theta));
        let mut sum = Dual2::<2>::constant(0.0);
        for &x in &times {
            let u = k * (x / s).ln();
            sum += k.ln() + u - x.ln() - u.exp();
        }
        black_box(sum);
    });
    time("dual2 hand2", || {
        let [k, s] = Dual2::variables(black_box(theta));
        let (lk, ls) = (k.ln(), s.ln());
        let mut sum = Dual2::<2>::constant(0.0);
        for &x in &times {
            let lx = x.ln();
            let u = k * (lx - ls);
            sum += lk + u - lx - u.exp();
        }
        black_box(sum);
    });
    time("dual2 hand3", || {
        let [k, s] = Dual2::variables(black_box(theta));
        let (lk, ls) = (k.ln(), s.ln());
        let mut sum = Dual2::<2>::constant(0.0);
        for &x in &times {
            let lx = (x / s).ln();
            let u = k * lx;
            sum += lk + u - ls - lx - u.exp();
        }
        black_box(sum);
    });
    time("dual2 powf", || {
        let [k, s] = Dual2::variables(black_box(theta));
        let mut sum = Dual2::<2>::constant(0.0);
        for &x in &times {
            let z = x / s;
            sum += k.ln() - s.ln() + (k - 1.0) * z.ln() - z.powf(k);
        }
        black_box(sum);
    });
    time("dual2 vec exp", || {
        let [k, s] = Dual2::variables(black_box(theta));
        let mut sum = Dual2::<2>::constant(0.0);
        for &x in &times {
            sum += (k * x * -0.1).exp() * s;
        }
        black_box(sum);
    });
    time("f64 vec exp", || {
        let [k, s] = (black_box(theta));
        let mut sum = 0.0;
        for &x in &times {
            sum += (k * x * -0.1).exp() * s;
        }
        black_box(sum);
    });
}
