//! Series on logarithmic axes as an SVG: one panel for each, one line for each kind of pass.
use std::fmt::Write;

use crate::series::{KINDS, Series};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 300.0;
/// Around the axes of a panel: left, top, right, bottom.
const MARGIN: [f64; 4] = [56.0, 64.0, 12.0, 40.0];
const COLORS: [&str; 3] = ["#4477aa", "#ee9933", "#aa3377"];

/// A range of positive numbers on a line of the picture.
struct Axis {
    ln: [f64; 2],
    at: [f64; 2],
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        let share = (value.ln() - self.ln[0]) / (self.ln[1] - self.ln[0]);
        self.at[0] + share * (self.at[1] - self.at[0])
    }

    /// The powers of ten in the range.
    fn decades(&self) -> impl Iterator<Item = i32> {
        let [first, last] = self.ln.map(|ln| ln / std::f64::consts::LN_10);
        (-12..=12).filter(move |&k| (first - 1e-9..=last + 1e-9).contains(&f64::from(k)))
    }
}

/// The picture.
pub(crate) fn svg(series: &[Series]) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        WIDTH * series.len() as f64
    );
    for (k, series) in series.iter().enumerate() {
        panel(&mut out, WIDTH * k as f64, series);
    }
    out + "</svg>\n"
}

fn panel(out: &mut String, left: f64, series: &Series) {
    let sizes = series.points.iter().map(|(size, _)| *size);
    let seconds = series.points.iter().flat_map(|(_, seconds)| *seconds);
    let (first, last) = range(sizes);
    let (fastest, slowest) = range(seconds);
    let x = Axis { ln: [first.ln(), last.ln()], at: [left + MARGIN[0], left + WIDTH - MARGIN[2]] };
    // Whole decades of seconds.
    let decade = |seconds: f64, round: fn(f64) -> f64| round(seconds.log10()) * std::f64::consts::LN_10;
    let y = Axis { ln: [decade(fastest, f64::floor), decade(slowest, f64::ceil)], at: [HEIGHT - MARGIN[3], MARGIN[1]] };
    axes(out, &x, &y, series);
    for (kind, name) in KINDS.iter().enumerate() {
        let at = |(size, seconds): &(f64, [f64; 3])| format!("{:.1},{:.1}", x.place(*size), y.place(seconds[kind]));
        let points: Vec<String> = series.points.iter().map(at).collect();
        let (color, line) = (COLORS[kind], points.join(" "));
        let (text, above) = (x.at[0] + 90.0 * kind as f64 - 40.0, MARGIN[1] - 12.0);
        _ = writeln!(out, "<polyline points=\"{line}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>");
        _ = writeln!(
            out,
            "<text x=\"{text:.1}\" y=\"{above:.1}\" fill=\"{color}\">{name}, {:.2}</text>",
            series.slope(kind)
        );
    }
}

/// Grid, numbers and names.
fn axes(out: &mut String, x: &Axis, y: &Axis, series: &Series) {
    let (middle, bottom) = (0.5 * (x.at[0] + x.at[1]), y.at[0]);
    let mut text = |x: f64, y: f64, anchor: &str, text: &str| {
        _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
    };
    text(middle, 16.0, "middle", series.model);
    text(middle, 32.0, "middle", "pass, slope:");
    text(middle, bottom + 30.0, "middle", series.size);
    let mut grid = String::new();
    for k in y.decades() {
        let at = y.place(10_f64.powi(k));
        text(x.at[0] - 6.0, at + 4.0, "end", &seconds(k));
        _ = writeln!(grid, "<path d=\"M{:.1} {at:.1}H{:.1}\" stroke=\"#dddddd\"/>", x.at[0], x.at[1]);
    }
    // Where the range is short every size has its number.
    let sizes: Vec<f64> = if x.decades().count() > 3 {
        x.decades().map(|k| 10_f64.powi(k)).collect()
    } else {
        series.points.iter().map(|(size, _)| *size).collect()
    };
    for size in sizes {
        let at = x.place(size);
        text(at, bottom + 15.0, "middle", &if size < 1e4 { size.to_string() } else { format!("{size:e}") });
        _ = writeln!(grid, "<path d=\"M{at:.1} {:.1}V{bottom:.1}\" stroke=\"#dddddd\"/>", y.at[1]);
    }
    out.push_str(&grid);
}

/// `10 ms` for `10^-2`
fn seconds(exponent: i32) -> String {
    let (unit, scale) = match exponent {
        0.. => ("s", 0),
        -3..=-1 => ("ms", 3),
        -6..=-4 => ("\u{b5}s", 6),
        _ => ("ns", 9),
    };
    format!("{} {unit}", 10_f64.powi(exponent + scale))
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(least, most), value| (least.min(value), f64::max(most, value)))
}
