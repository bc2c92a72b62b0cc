//! Tweedie log-densities and their derivatives against mpmath, in all the ways that the series is summed.
use maxlik_dual::Dual2;
use maxlik_model::distribution::tweedie;

/// A row of `reference/tweedie.csv`: the observation, the parameters and ten values.
fn rows() -> Vec<(f64, [f64; 3], Vec<f64>)> {
    let numbers = |text: &str, separator: char| text.split(separator).map(|s| s.parse().unwrap()).collect::<Vec<f64>>();
    let rows = include_str!("reference/tweedie.csv").lines().filter(|row| !row.starts_with('#'));
    rows.map(|row| {
        let (point, values) = row.split_once(',').unwrap();
        let point = numbers(point, ';');
        (point[0], [point[1], point[2], point[3]], numbers(values, ','))
    })
    .collect()
}

/// Ten values as in the rows.
fn derivatives(y: f64, parameters: [f64; 3]) -> Vec<f64> {
    let [mean, dispersion, power] = Dual2::variables(parameters);
    let f = tweedie::ln_pdf(y, mean, dispersion, power);
    let mut values = vec![f.value()];
    values.extend(f.gradient());
    values.extend((0..3).flat_map(|i| (0..=i).map(move |j| f.hessian(i, j))));
    values
}

#[test]
fn values_and_derivatives_agree_with_mpmath() {
    let mut failures = Vec::new();
    for (y, parameters, expected) in rows() {
        let found = derivatives(y, parameters);
        for (k, (f, e)) in found.iter().zip(&expected).enumerate() {
            let tolerance = if k == 0 { 1e-13 } else { 1e-9 };
            let error = (f - e).abs() / e.abs();
            if error.is_nan() || error > tolerance {
                failures.push(format!("{y} {parameters:?}, entry {k}: {f:e}, expected {e:e}, error {error:.1e}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
