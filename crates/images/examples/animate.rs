//! Pictures of a screen as one moving PNG: `cargo run --profile quick -p images -p stylewalk --example animate -- FOLDER OUT.png`
//!
//! Files go by their names, which end with the hundredths of a second that each is shown: `0007-60.png`. Of every picture
//! only what is not as before is written, so that what stands still costs nothing, in 255 colours that all of them share.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use color_quant::NeuQuant;
use images::{Limits, RgbImage, decode};
use png::{BlendOp, ColorType, Compression, DisposeOp, Encoder, Filter};

/// The colour that lets what was there before be seen; the others follow it.
const TRANSPARENT: u8 = 0;
/// Of how many pixels one is looked at when colours are chosen.
const SAMPLING: i32 = 20;

/// A part of a picture, and for how many hundredths of a second it is shown.
struct Part {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    /// Nothing where nothing changed.
    pixels: Vec<Option<[u8; 3]>>,
    delay: u16,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = words.as_slice() else {
        return Err("name a folder of pictures, and the PNG to write".into());
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.sort();
    fs::write(out, animation(&paths)?)?;
    Ok(())
}

fn animation(paths: &[PathBuf]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut parts = Vec::new();
    let mut before = None;
    for path in paths {
        let picture = read(path)?;
        parts.push(changed(before.as_ref(), &picture, delay(path)?));
        before = Some(picture);
    }
    let first = parts.first().ok_or("the folder is empty")?;
    let (palette, places) = colours(&parts);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, first.width, first.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_palette(palette);
    encoder.set_trns(&[TRANSPARENT][..]);
    encoder.set_compression(Compression::High);
    // Indices are no amounts that could be told from their neighbours'.
    encoder.set_filter(Filter::NoFilter);
    encoder.set_animated(u32::try_from(parts.len())?, 0)?;
    encoder.set_blend_op(BlendOp::Over)?;
    encoder.set_dispose_op(DisposeOp::None)?;
    let mut writer = encoder.write_header()?;
    for part in &parts {
        // At no time may the part stick out.
        writer.reset_frame_position()?;
        writer.set_frame_dimension(part.width, part.height)?;
        writer.set_frame_position(part.left, part.top)?;
        writer.set_frame_delay(part.delay, 100)?;
        let place = |pixel: &Option<[u8; 3]>| pixel.and_then(|colour| places.get(&colour).copied());
        let pixels = part
            .pixels
            .iter()
            .map(|pixel| place(pixel).unwrap_or(TRANSPARENT));
        writer.write_image_data(&pixels.collect::<Vec<_>>())?;
    }
    writer.finish()?;
    Ok(bytes)
}

/// 256 colours, red, green and blue each, and the place among them of every colour in `parts`.
fn colours(parts: &[Part]) -> (Vec<u8>, HashMap<[u8; 3], u8>) {
    let pixels = || parts.iter().flat_map(|part| part.pixels.iter().flatten());
    let rgba: Vec<u8> = pixels().flat_map(|&[r, g, b]| [r, g, b, 255]).collect();
    let chosen = NeuQuant::new(SAMPLING, 255, &rgba);
    let mut palette = vec![0; 3];
    palette.extend(chosen.color_map_rgb());
    let mut places = HashMap::new();
    for &[r, g, b] in pixels() {
        let place = || chosen.index_of(&[r, g, b, 255]) as u8 + 1;
        places.entry([r, g, b]).or_insert_with(place);
    }
    (palette, places)
}

fn read(path: &Path) -> Result<RgbImage, Box<dyn Error>> {
    Ok(decode(&fs::read(path)?, &Limits::default())?)
}

fn delay(path: &Path) -> Result<u16, String> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let time = name.rsplit_once('-').map_or("", |(_, time)| time);
    let told = time.parse();
    told.map_err(|_| format!("{} does not end with a time", path.display()))
}

/// The smallest box around what of `picture` is not as in `before`.
fn changed(before: Option<&RgbImage>, picture: &RgbImage, delay: u16) -> Part {
    let differs = |x: u32, y: u32| {
        before.is_none_or(|before| before.get_pixel(x, y) != picture.get_pixel(x, y))
    };
    let places = || {
        let places = picture.enumerate_pixels().map(|(x, y, _)| (x, y));
        places.filter(|&(x, y)| differs(x, y))
    };
    // A picture that is as before still takes its time: one pixel of it is written.
    let left = places().map(|(x, _)| x).min().unwrap_or_default();
    let right = places().map(|(x, _)| x).max().unwrap_or_default();
    let top = places().map(|(_, y)| y).min().unwrap_or_default();
    let bottom = places().map(|(_, y)| y).max().unwrap_or_default();
    let rows = (top..=bottom).flat_map(|y| (left..=right).map(move |x| (x, y)));
    let pixels = rows.map(|(x, y)| differs(x, y).then(|| picture.get_pixel(x, y).0));
    Part {
        left,
        top,
        width: right - left + 1,
        height: bottom - top + 1,
        pixels: pixels.collect(),
        delay,
    }
}
