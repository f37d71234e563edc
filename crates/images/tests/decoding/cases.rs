//! Files on which the page went wrong before, where they are at hand: a chart that is 400x600, grey, with a garment whose upper
//! half is red and whose lower half is blue.

use crate::fixtures::{decode, difference};
use image::{RgbImage, imageops};
use images::{DecodeError, Fit, Format, square};
use machine::cases;
use std::fs;

fn read(name: &str) -> Result<RgbImage, DecodeError> {
    decode(&fs::read(cases().unwrap().join(name)).unwrap())
}

/// The mean difference of two pictures of the same size.
fn mean(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let apart = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| f64::from(a.abs_diff(*b)));
    apart.sum::<f64>() / a.as_raw().len() as f64
}

/// The chart in other colours and other orders, as JPEG of quality 90: at its edges JPEG rings, and elsewhere it rounds.
#[needs::cases]
fn the_chart_looks_as_it_was_drawn() {
    let chart = read("chart.png").unwrap();
    for name in ["icc-p3.jpg", "icc-adobe.jpg", "noninterleaved-420.jpg"] {
        let made = read(name).unwrap();
        let apart = mean(&made, &chart);
        assert!(apart < 1.0, "{name}: {apart}");
        for (x, y) in [(10, 10), (200, 200), (200, 450)] {
            let (a, b) = (made.get_pixel(x, y).0, chart.get_pixel(x, y).0);
            let near = (0..3).all(|channel| a[channel].abs_diff(b[channel]) <= 3);
            assert!(near, "{name} at {x},{y}: {a:?}, not {b:?}");
        }
    }
    let turned = imageops::rotate90(&chart);
    assert!(mean(&read("exif6.webp").unwrap(), &turned) < 2.0);
}

/// gAMA of 1 says that the numbers are amounts of light: brighter than the chart, as browsers show it.
#[needs::cases]
fn numbers_that_are_light_become_those_of_srgb() {
    let (light, chart) = (read("gama-linear.png").unwrap(), read("chart.png").unwrap());
    let number = |byte: u8| {
        let light = f64::from(byte) / 255.0;
        (255.0 * (1.055 * light.powf(1.0 / 2.4) - 0.055)).round() as u8
    };
    let expected = RgbImage::from_fn(400, 600, |x, y| {
        image::Rgb(chart.get_pixel(x, y).0.map(number))
    });
    let apart = difference(&light, &expected);
    // Below 3 of 255 the curve is a line, which the chart has none of.
    assert!(apart <= 1, "{apart}");
}

#[needs::cases]
fn what_is_long_is_read_and_what_is_unusual_is_named() {
    let long = read("longshot-27000.png").unwrap();
    assert_eq!(long.dimensions(), (1080, 27_000));
    assert_eq!(square(&long, 64, Fit::Pad).dimensions(), (64, 64));
    for (name, why) in [
        ("jpeg12.jpg", "12 bits a sample instead of 8"),
        ("arithmetic.jpg", "arithmetic coding"),
    ] {
        let reason = why.to_owned();
        let format = Format::Jpeg;
        assert_eq!(read(name), Err(DecodeError::Unsupported { format, reason }));
    }
}
