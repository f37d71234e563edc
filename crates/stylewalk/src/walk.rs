//! `stylewalk walk`: from one photograph to another through the codes between theirs.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use gif::{Encoder, Frame, Repeat};
use images::RgbImage;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::{data, files, inference, model_dir};

/// Pixels between tiles of the strip.
const GAP: u32 = 2;
/// How much larger than the model's 64x64 the pictures are.
const ENLARGED: u32 = 2;
/// Time of one picture of the animation, in hundredths of a second.
const PACE: u16 = 8;

/// `stylewalk walk`
#[derive(Args)]
pub struct WalkArgs {
    /// The photograph to start from.
    from: PathBuf,
    /// The photograph to arrive at.
    to: PathBuf,
    /// Steps from one to the other; there is one more picture than steps.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=255))]
    steps: u16,
    /// Which codes lie between two: on the line between them, or on the arc, which keeps their distance from zero.
    #[arg(long, value_enum, default_value_t = Way::Straight)]
    way: Way,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where to write the strip of pictures.
    #[arg(long, default_value = "walk.png")]
    out: PathBuf,
    /// Where to write an animation, there and back.
    #[arg(long)]
    gif: Option<PathBuf>,
    /// Print D's share of each picture as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// How to go from one code to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Straight,
    Spherical,
}

/// What is printed for a program.
#[derive(Serialize)]
struct Walked {
    out: PathBuf,
    gif: Option<PathBuf>,
    way: Way,
    scores: Vec<f32>,
}

/// Walks.
pub fn run(args: WalkArgs) -> Result<()> {
    let device = args.device.open()?.device;
    let (card, bigan) = model_dir::load(&args.model, &device)?;
    let fit = inference::fit(card.fit);
    let ends = [&args.from, &args.to].map(|path| -> Result<RgbImage> {
        Ok(images::square(&data::open(path)?, card.side() as u32, fit))
    });
    let [from, to] = ends;
    let latent = card.networks.latent;
    let codes = inference::encode(&bigan, &[from?, to?], &device)?;
    ensure!(
        codes.iter().all(|value| value.is_finite()),
        "the model's codes of these photographs are not numbers"
    );
    let (from, to) = codes.split_at(latent);
    let path = walk(from, to, args.steps, args.way);
    let made = inference::decode(&bigan, &path, latent, &device)?;
    let tiles: Vec<RgbImage> = made
        .iter()
        .map(|made| images::enlarge(&made.picture, ENLARGED))
        .collect();
    let strip = images::grid(&tiles, tiles.len() as u32, GAP);
    files::write(&args.out, &images::png(&strip))?;
    if let Some(path) = &args.gif {
        files::write(path, &animation(&tiles)?)?;
    }
    if args.json {
        let walked = Walked {
            out: args.out,
            gif: args.gif,
            way: args.way,
            scores: made.iter().map(|made| made.score).collect(),
        };
        println!("{}", serde_json::to_string(&walked)?);
    } else {
        println!("{}: {} pictures", args.out.display(), tiles.len());
        if let Some(path) = &args.gif {
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// The codes on the way, both ends included, one after the other.
fn walk(from: &[f32], to: &[f32], steps: u16, way: Way) -> Vec<f32> {
    let angle = match way {
        Way::Straight => 0.0,
        Way::Spherical => angle(from, to),
    };
    (0..=steps)
        .flat_map(|step| {
            let (a, b) = shares(f32::from(step) / f32::from(steps), angle);
            from.iter().zip(to).map(move |(from, to)| a * from + b * to)
        })
        .collect()
}

/// How much of each end there is at `t`, from 0 to 1, of an arc of `angle` (Shoemake's slerp); of a straight line where
/// the arc is none, or no single one: codes in the same or in opposite directions.
fn shares(t: f32, angle: f32) -> (f32, f32) {
    let sine = angle.sin();
    if sine.abs() < 1e-3 {
        return (1.0 - t, t);
    }
    (((1.0 - t) * angle).sin() / sine, (t * angle).sin() / sine)
}

/// The angle between two codes; 0 where one is zero.
fn angle(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 {
        (dot(a, b) / lengths).clamp(-1.0, 1.0).acos()
    } else {
        0.0
    }
}

/// An endless GIF through the pictures and back.
fn animation(pictures: &[RgbImage]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (width, height) = pictures.first().map_or((0, 0), RgbImage::dimensions);
    let (width, height) = (u16::try_from(width)?, u16::try_from(height)?);
    let failed = "the animation cannot be written";
    {
        let mut encoder = Encoder::new(&mut bytes, width, height, &[]).context(failed)?;
        encoder.set_repeat(Repeat::Infinite).context(failed)?;
        let back = pictures.iter().rev().skip(1).take(pictures.len() - 2);
        for picture in pictures.iter().chain(back) {
            let mut frame = Frame::from_rgb_speed(width, height, picture.as_raw(), 10);
            frame.delay = PACE;
            encoder.write_frame(&frame).context(failed)?;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn a_straight_walk_passes_the_middle() {
        let path = walk(&[0.0, 2.0], &[4.0, 0.0], 2, Way::Straight);
        close(&path, &[0.0, 2.0, 2.0, 1.0, 4.0, 0.0]);
    }

    #[test]
    fn an_arc_keeps_its_distance_from_zero() {
        let path = walk(&[3.0, 0.0], &[0.0, 3.0], 2, Way::Spherical);
        let middle = 3.0 * std::f32::consts::FRAC_1_SQRT_2;
        close(&path, &[3.0, 0.0, middle, middle, 0.0, 3.0]);
    }

    #[test]
    fn where_there_is_no_arc_the_walk_is_straight() {
        for (from, to) in [
            ([1.0, 1.0], [2.0, 2.0]),
            ([1.0, 0.0], [-1.0, 0.0]),
            ([0.0, 0.0], [1.0, 3.0]),
        ] {
            let [straight, arc] =
                [Way::Straight, Way::Spherical].map(|way| walk(&from, &to, 4, way));
            close(&arc, &straight);
        }
    }

    #[test]
    fn an_animation_goes_there_and_back() {
        let pictures: Vec<RgbImage> = (0..4)
            .map(|i| RgbImage::from_pixel(6, 5, image::Rgb([i * 60, 10, 200])))
            .collect();
        let bytes = animation(&pictures).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes.as_slice()).unwrap();
        assert_eq!((decoder.width(), decoder.height()), (6, 5));
        let mut reds = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            reds.push(frame.buffer[0]);
            assert_eq!(frame.delay, PACE);
        }
        assert_eq!(reds, [0, 60, 120, 180, 120, 60]);
    }
}
