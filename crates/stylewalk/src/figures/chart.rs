//! Figure 4: the losses over the steps, one panel each, raw and smoothed.

use anyhow::{Result, anyhow};
use images::RgbImage;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;

use super::curves::Curve;
use super::lettering::Lettered;

/// Width and height of a panel, in pixels.
const PANEL: (u32, u32) = (640, 340);
const COLUMNS: usize = 2;
const INK: RGBColor = RGBColor(31, 82, 140);
const FRAME: RGBColor = RGBColor(90, 90, 90);
const MESH: RGBColor = RGBColor(228, 228, 228);

fn size(curves: &[Curve]) -> (u32, u32) {
    let columns = COLUMNS.min(curves.len()) as u32;
    let rows = curves.len().div_ceil(COLUMNS) as u32;
    (columns * PANEL.0, rows * PANEL.1)
}

/// The curves as a bitmap.
///
/// # Errors
/// When they cannot be drawn.
pub fn picture(curves: &[Curve]) -> Result<RgbImage> {
    let (width, height) = size(curves);
    let mut image = RgbImage::new(width, height);
    let bitmap = BitMapBackend::with_buffer(&mut image, (width, height));
    let drawn = draw(Lettered(bitmap).into_drawing_area(), curves);
    drawn.map_err(|error| anyhow!("the loss curves cannot be drawn: {error}"))?;
    Ok(image)
}

/// The curves as the text of an SVG file.
///
/// # Errors
/// When they cannot be drawn.
pub fn svg(curves: &[Curve]) -> Result<String> {
    let mut text = String::new();
    let drawn = draw(
        SVGBackend::with_string(&mut text, size(curves)).into_drawing_area(),
        curves,
    );
    drawn.map_err(|error| anyhow!("the loss curves cannot be drawn: {error}"))?;
    Ok(text)
}

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

fn draw<B: DrawingBackend>(root: DrawingArea<B, Shift>, curves: &[Curve]) -> Drawn<B> {
    root.fill(&WHITE)?;
    let rows = curves.len().div_ceil(COLUMNS);
    let panels = root.split_evenly((rows, COLUMNS.min(curves.len())));
    for (panel, curve) in panels.iter().zip(curves) {
        draw_panel(panel, curve)?;
    }
    root.present()
}

fn draw_panel<B: DrawingBackend>(panel: &DrawingArea<B, Shift>, curve: &Curve) -> Drawn<B> {
    let (first, last) = (curve.points[0].0, curve.points[curve.points.len() - 1].0);
    let (low, high) = curve.range();
    let mut chart = ChartBuilder::on(panel)
        .caption(&curve.name, ("sans-serif", 20))
        .margin(14)
        .margin_right(26)
        .x_label_area_size(46)
        .y_label_area_size(78)
        .build_cartesian_2d(first..last.max(first + 1.0), low..high)?;
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(6)
        .x_desc("step")
        .x_label_formatter(&steps)
        .y_label_formatter(&value)
        .label_style(("sans-serif", 16))
        .axis_style(FRAME)
        .bold_line_style(MESH)
        .light_line_style(TRANSPARENT)
        .draw()?;
    // The frame does not cut off what leaves it.
    let inside = |(step, value): (f64, f64)| (step, value.clamp(low, high));
    let raw = curve.points.iter().copied().map(inside);
    chart.draw_series(LineSeries::new(raw, INK.mix(0.45).stroke_width(1)))?;
    let smoothed = curve.smoothed().into_iter().map(inside);
    chart.draw_series(LineSeries::new(smoothed, INK.stroke_width(3)))?;
    Ok(())
}

/// 500, 20k, 1.5M.
fn steps(step: &f64) -> String {
    match *step {
        step if step >= 1e6 => format!("{}M", short(step / 1e6)),
        step if step >= 1e4 => format!("{}k", short(step / 1e3)),
        step => short(step),
    }
}

/// Three digits that count.
fn value(value: &f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(count: usize) -> Vec<Curve> {
        (0..count)
            .map(|index| Curve {
                name: format!("loss {index}"),
                points: (1..200)
                    .map(|i| (f64::from(10 * i), 5.0 / f64::from(i)))
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn a_bitmap_shows_a_curve_in_every_panel_and_text() {
        let image = picture(&curves(3)).unwrap();
        assert_eq!(image.dimensions(), (1280, 680));
        let inked = |left: u32, top: u32| {
            let panel = image::imageops::crop_imm(&image, left, top, PANEL.0, PANEL.1).to_image();
            panel
                .pixels()
                .filter(|pixel| pixel.0 == INK.into_pixel())
                .count()
        };
        for (left, top) in [(0, 0), (640, 0), (0, 340)] {
            assert!(inked(left, top) > 300, "{}", inked(left, top));
        }
        assert_eq!(inked(640, 340), 0);
        // The caption's letters, above the frame.
        let caption = image::imageops::crop_imm(&image, 0, 0, PANEL.0, 40).to_image();
        assert!(caption.pixels().any(|pixel| pixel.0[0] < 60));
    }

    #[test]
    fn an_svg_holds_names_and_lines() {
        let text = svg(&curves(2)).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        assert!(text.contains("loss 1") && text.contains("step"));
        assert_eq!(text.matches("stroke-width=\"3\"").count(), 2, "{text}");
    }

    #[test]
    fn one_report_can_be_drawn() {
        let curve = Curve {
            name: "loss".into(),
            points: vec![(7.0, 0.0)],
        };
        picture(&[curve]).unwrap();
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(
            [500.0, 20_000.0, 1.5e6].map(|s| steps(&s)),
            ["500", "20k", "1.5M"]
        );
        assert_eq!(
            [123.4, 12.34, 0.0123].map(|v| value(&v)),
            ["123", "12.3", "0.012"]
        );
    }

    trait Pixel {
        fn into_pixel(self) -> [u8; 3];
    }

    impl Pixel for RGBColor {
        fn into_pixel(self) -> [u8; 3] {
            [self.0, self.1, self.2]
        }
    }
}
