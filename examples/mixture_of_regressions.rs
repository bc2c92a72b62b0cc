//! Two regressions in one cloud of points, and a covariate that says which one a point is likely to follow.
use maxlik::prelude::*;

/// Artificial data of the R package flexmix; Leisch (2004).
struct Point {
    x: f64,
    y: f64,
    z: f64, // 0 or 1
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_csv("examples/data/npreg.csv")?;
    let columns = table.matrix(["x", "yn", "yb"])?;
    let points: Vec<Point> = columns.row_iter().map(|row| Point { x: row[0], y: row[1], z: row[2] }).collect();

    let curve = Design::from_rows(&points, ["(intercept)", "x", "x^2"], |p| [1.0, p.x, p.x * p.x])?;
    let kind = Design::from_rows(&points, ["(intercept)", "z"], |p| [1.0, p.z])?;
    let mixture = Mixture::new(&points)
        .component(
            [linear("straight", &curve).start([0.0, 5.0, 0.0]), positive("sd_straight")],
            |[mu, sd], point: &Point| normal::ln_pdf(point.y, mu, sd),
        )
        .component([linear("bent", &curve).start([10.0, 10.0, -1.0]), positive("sd_bent")], |[mu, sd], point| {
            normal::ln_pdf(point.y, mu, sd)
        })
        .concomitant(kind)
        .starts(5);
    let fit = mixture.fit()?;
    println!("{fit}");

    // Newton's method in 50-digit arithmetic: tests/reference/make_mixtures.py.
    for (name, estimate, std_error) in [
        ("straight.x", 4.814_205_654_237_074, 0.512_141_568_361_938_5),
        ("bent.x^2", -0.968_607_853_099_720_5, 0.055_183_292_625_106_6),
        ("sd_bent", 3.465_873_418_520_25, 0.272_078_984_528_852_4),
        ("weight[bent].z", 0.418_177_462_243_489_33, 0.317_401_895_021_700_9),
    ] {
        assert!((fit.estimate(name)? / estimate - 1.0).abs() < 1e-9, "{name}");
        assert!((fit.std_error(name)? / std_error - 1.0).abs() < 1e-9, "{name}");
    }
    assert!((fit.log_likelihood() + 641.656_669_872_677_9).abs() < 1e-9);

    let weights = mixture.mixing_weights(&fit)?;
    let labels = mixture.labels(&fit)?;
    println!("\npoints by their most probable component, and the mean weight of `bent`");
    for z in [0.0, 1.0] {
        let own: Vec<usize> = (0..points.len()).filter(|&i| points[i].z == z).collect();
        let bent = own.iter().filter(|&&i| labels[i] == Some(1)).count();
        println!("z = {z}   straight {}   bent {bent}   {:.3}", own.len() - bent, weights[(own[0], 1)]);
    }
    let missing = mixture.missing_information(&fit)?;
    println!("the components being unknown costs up to {:.0} % of the information", 100.0 * missing.rate());
    Ok(())
}
