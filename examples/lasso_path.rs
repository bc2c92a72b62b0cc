//! Which columns matter? The lasso along a path of penalties, then a plain fit of what the lowest BIC selects: the weight of 189
//! births; Hosmer & Lemeshow, "Applied Logistic Regression" (1989).
use maxlik::prelude::*;

const COLUMNS: [&str; 10] =
    ["(intercept)", "age", "lwt", "race black", "race other", "smoke", "ptl", "ht", "ui", "ftv"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_csv("examples/data/birthwt.csv")?;
    let race = table.texts("race")?;
    let numbers = table.matrix(["age", "lwt", "smoke", "ptl", "ht", "ui", "ftv"])?;
    let is = |condition: bool| f64::from(u8::from(condition));
    let rows: Vec<[f64; 10]> = (0..table.rows())
        .map(|i| {
            let [age, lwt, smoke, ptl, ht, ui, ftv] = std::array::from_fn(|j| numbers[(i, j)]);
            [1.0, age, lwt, is(race[i] == "black"), is(race[i] == "other"), smoke, ptl, ht, ui, ftv]
        })
        .collect();
    let kilograms: Vec<f64> = table.numbers("bwt")?.iter().map(|grams| grams / 1000.0).collect();
    let log_density = |[mu, sigma]: [Dual2<2>; 2], y: &f64| normal::ln_pdf(*y, mu, sigma);

    let design = Design::from_rows(&rows, COLUMNS, |row| *row)?;
    let model = Model::new(&kilograms, [linear("mu", design), positive("sigma")], log_density);
    let path = model.lasso_path(&Lasso::default().with_count(25).with_ratio(1e-2))?;
    println!("{path}");

    let best = path.best_bic().ok_or("no point of the path has converged")?;
    for name in best.selected() {
        println!("{name:<16} {:9.4}", best.estimate(name)?);
    }

    // Standard errors are those of a plain fit; they take the selection for granted.
    let chosen: Vec<usize> =
        (0..10).filter(|&j| j == 0 || best.selected().any(|name| name == format!("mu.{}", COLUMNS[j]))).collect();
    let matrix = nalgebra::DMatrix::from_fn(rows.len(), chosen.len(), |i, j| rows[i][chosen[j]]);
    let design = Design::from_matrix(&matrix, chosen.iter().map(|&j| COLUMNS[j]))?;
    println!("\n{}", Model::new(&kilograms, [linear("mu", design), positive("sigma")], log_density).fit()?);
    Ok(())
}
