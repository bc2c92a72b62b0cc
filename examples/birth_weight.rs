//! Logistic regression on a file: which births are of low weight? 189 births; Hosmer & Lemeshow, "Applied Logistic Regression" (1989).
use maxlik::prelude::*;

struct Birth {
    low: bool,
    age: f64,
    lwt: f64, // weight of the mother at her last menstrual period, pounds
    race: String,
    smoke: f64,
    ptl: f64, // earlier premature labours
    ht: f64,  // history of hypertension
    ui: f64,  // uterine irritability
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::from_csv("examples/data/birthwt.csv")?;
    let (low, race) = (table.booleans("low")?, table.texts("race")?);
    let x = table.matrix(["age", "lwt", "smoke", "ptl", "ht", "ui"])?;
    let births: Vec<Birth> = (0..table.rows())
        .map(|i| Birth {
            low: low[i],
            age: x[(i, 0)],
            lwt: x[(i, 1)],
            race: race[i].clone(),
            smoke: x[(i, 2)],
            ptl: x[(i, 3)],
            ht: x[(i, 4)],
            ui: x[(i, 5)],
        })
        .collect();

    let columns = ["(intercept)", "age", "lwt", "race black", "race other", "smoke", "ptl", "ht", "ui"];
    let is = |condition: bool| f64::from(u8::from(condition));
    let design = Design::from_rows(&births, columns, |b| {
        [1.0, b.age, b.lwt, is(b.race == "black"), is(b.race == "other"), b.smoke, b.ptl, b.ht, b.ui]
    })?;
    let model = Model::new(&births, [linear("low", design)], |[eta], birth| bernoulli::ln_pmf_logit(birth.low, eta));
    let fit = model.fit()?;
    println!("{fit}");
    Ok(())
}
