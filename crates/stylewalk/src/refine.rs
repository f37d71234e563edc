//! `stylewalk refine`: a photograph's code, improved towards likeness and towards what else is asked for.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::cutout::{Cutout, FrozenCutout};
use bigan::refine::{Colour, Kind, Shape, starts};
use bigan::{Refinement, Wishes, pictures, random};
use clap::Args;
use images::{Fit, Rgb, RgbImage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::figures::tiles;
use crate::model_dir::{self, Model};
use crate::{data, features, files};

/// Pixels between tiles, and how much larger than the model's pictures they are.
const GAP: u32 = 4;
const ENLARGED: u32 = 4;
/// More candidates than this are hardly looked at.
const MOST: usize = 64;

/// `stylewalk refine`
#[derive(Args)]
pub struct RefineArgs {
    /// A photograph: JPEG, PNG or WebP.
    photo: PathBuf,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where to write a picture: the photograph, what the encoder makes of it, then the candidates, best first.
    #[arg(long, default_value = "refined.png")]
    out: PathBuf,
    /// A picture that is white where the photograph is to stay and black where it may change. All masks are square, over the
    /// photograph as the model sees it: original.png, which `reconstruct --tiles` writes.
    #[arg(long, value_name = "MASK")]
    keep: Option<PathBuf>,
    /// The mean colour of the garment where a mask is white: '#c01f35=sleeves.png'. Without a mask, as '#c01f35', of what --keep lets
    /// change, or of all of it. Several may be given.
    #[arg(long, value_name = "COLOUR[=MASK]")]
    colour: Vec<ColourOf>,
    /// An outline, filled with white, that the garment is to have.
    #[arg(long, value_name = "MASK")]
    shape: Option<PathBuf>,
    /// A kind of garment, by the name that the network of --features has for it.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// A directory of `train-features` [default: the one that was published beside the model]
    #[arg(long, requires = "kind", value_name = "DIR")]
    features: Option<PathBuf>,
    /// Steps of gradient descent.
    #[arg(long, default_value_t = 100)]
    steps: u32,
    /// How many candidates: the first begins at the encoder's code, the others halfway from there to random ones.
    #[arg(long, default_value_t = 1)]
    candidates: usize,
    /// Seed of the random codes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print codes and figures as JSON, one line a candidate.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// A colour, and the mask of the part that is to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ColourOf {
    colour: [u8; 3],
    part: Option<PathBuf>,
}

impl FromStr for ColourOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (colour, part) = match text.split_once('=') {
            Some((colour, part)) => (colour, Some(PathBuf::from(part))),
            None => (text, None),
        };
        let digits = colour.strip_prefix('#').unwrap_or(colour);
        let value = u32::from_str_radix(digits, 16).ok();
        // A sign is no digit, whatever `from_str_radix` takes.
        let plain = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = value.filter(|_| plain);
        let [_, red, green, blue] = value
            .ok_or_else(|| {
                format!("`{colour}` is no colour: give six hexadecimal digits, as in #c01f35")
            })?
            .to_be_bytes();
        Ok(Self {
            colour: [red, green, blue],
            part,
        })
    }
}

/// A candidate.
#[derive(Serialize)]
struct Candidate {
    /// Between the photograph, with the colours that were asked for, and the picture, where it was to stay; dB.
    psnr: f64,
    /// What was minimised.
    total: f32,
    /// D's probability, 0 to 1.
    score: f32,
    /// The probability, 0 to 1, that the picture is of the kind that was asked for, by the network of --features.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<f32>,
    /// z; where a colour or kind is asked for in a part alone, and two codes make the picture, what the encoder makes of it.
    latent: Vec<f32>,
    #[serde(skip)]
    picture: RgbImage,
}

/// Refines a photograph.
pub fn run(args: RefineArgs) -> Result<()> {
    ensure!(
        (1..=MOST).contains(&args.candidates),
        "--candidates is {}, but must be between 1 and {MOST}",
        args.candidates
    );
    let masks = args.keep.iter().chain(&args.shape);
    let masks = masks.chain(args.colour.iter().filter_map(|colour| colour.part.as_ref()));
    let inputs = masks.chain([&args.photo]);
    files::check_picture_out("--out", &args.out, "png", inputs)?;
    let open = args.device.open()?;
    let device = &open.device;
    let model = model_dir::load(&args.model, &open)?;
    let photo = data::see(&args.photo, &model.preprocess)?;
    let side = photo.width();
    let keep = args.keep.as_deref().map(|path| mask(path, side));
    let keep = keep.transpose()?;
    let wishes = wishes(&args, &model, &photo, keep.clone(), device)?;
    let target = wishes.target(pictures::pack([&photo], device));
    let [values] = read([target.clone().flatten(0, 3)])?;
    let target_seen = images::from_signed(&values, photo.width());
    let first = model.networks.reconstruct(std::slice::from_ref(&photo))?;
    let code = model.networks.encode([&target_seen])?;
    let codes = starts(&code, &others(&args, &model));
    let mut candidates = refined(&model, wishes, &photo, codes, args.steps, device)?;
    for one in &mut candidates {
        one.psnr = psnr(&target_seen, &one.picture, keep.as_deref());
    }
    candidates.sort_by(|a, b| a.total.total_cmp(&b.total));
    let pairs = first
        .iter()
        .flat_map(|made| tiles::pair(&photo, made, ENLARGED));
    let mut shown: Vec<RgbImage> = pairs.collect();
    for one in &candidates {
        if args.json {
            println!("{}", serde_json::to_string(one)?);
        }
        shown.push(tiles::stamped(&one.picture, one.score, ENLARGED));
    }
    let columns = shown.len().min(6) as u32;
    files::write(&args.out, &images::png(&images::grid(&shown, columns, GAP)))?;
    if !args.json {
        let best = candidates.first();
        let psnr = best.map_or(f64::NAN, |one| one.psnr);
        println!("{}: {psnr:.2} dB where it was to stay", args.out.display());
        if let (Some(name), Some(sure)) = (&args.kind, best.and_then(|one| one.kind)) {
            println!("it is {name} with a probability of {:.0} %", 100.0 * sure);
        }
    }
    Ok(())
}

/// Random codes for the candidates but the first: like the photographs' where the model knows those.
fn others(args: &RefineArgs, model: &Model) -> Vec<f32> {
    let (mut rng, count) = (ChaCha8Rng::seed_from_u64(args.seed), args.candidates - 1);
    match &model.codes {
        Some(codes) => codes.draw(&mut rng, count),
        None => random::uniform(&mut rng, count * model.card.networks.latent),
    }
}

fn wishes(
    args: &RefineArgs,
    model: &Model,
    photo: &RgbImage,
    keep: Option<Vec<f32>>,
    device: &Device,
) -> Result<Wishes> {
    let side = photo.width();
    let tensor = |values| Wishes::mask(values, side as usize, device);
    let keep = keep.map(tensor);
    let colours = args.colour.iter().map(|wish| {
        let part = wish.part.as_deref().map(|path| mask(path, side));
        let part = part.transpose()?.map(tensor);
        let garment = cutout(model, device).ok();
        let garment =
            garment.map(|network| Wishes::garment(&network, pictures::pack([photo], device)));
        let colour = Colour::new(wish.colour, part, keep.as_ref(), garment);
        colour.context("the model has no network that finds a garment: give each --colour a =MASK")
    });
    let shape = args.shape.as_deref().map(|path| {
        Ok::<_, anyhow::Error>(Shape {
            silhouette: tensor(mask(path, side)?),
            network: cutout(model, device).context("--shape needs another model")?,
        })
    });
    let kind = args.kind.as_deref();
    let kind = kind.map(|name| kind_of(args, model, name, device));
    Ok(Wishes {
        colours: colours.collect::<Result<_>>()?,
        keep,
        shape: shape.transpose()?,
        kind: kind.transpose()?,
        ..Wishes::default()
    })
}

/// The kind of that name, and the network that knows it.
fn kind_of(args: &RefineArgs, model: &Model, name: &str, device: &Device) -> Result<Kind> {
    let folder = args.features.as_ref().unwrap_or(&args.model);
    ensure!(
        args.features.is_some() || !model.card.features_files().is_empty(),
        "the model in {} has no network that knows kinds: give one with --features",
        folder.display()
    );
    let (classes, network) = features::classifier(folder, device)?;
    let network = network.frozen();
    let class = classes.iter().position(|class| class == name);
    let class = class.with_context(|| {
        let known = classes.join(", ");
        let folder = folder.display();
        format!("--kind is {name}, but the network in {folder} knows {known}")
    })?;
    Ok(Kind { class, network })
}

/// The network that the model cuts garments out with.
fn cutout(model: &Model, device: &Device) -> Result<FrozenCutout> {
    let none = "the model has no network that finds a garment";
    let card = model.card.cutout.as_ref().context(none)?;
    let name = &card.file().name;
    let file = model.contents.iter().find(|(found, _)| found == name);
    let (_, bytes) = file.context(none)?;
    Ok(Cutout::load(card, bytes, device)?.frozen())
}

/// A mask as `side` x `side` values from 0 to 1.
fn mask(path: &Path, side: u32) -> Result<Vec<f32>> {
    let picture = data::open(path)?;
    let (width, height) = picture.dimensions();
    ensure!(
        width == height,
        "the mask {} has {width}x{height} pixels, but must be square, as original.png of `reconstruct --tiles` is",
        path.display()
    );
    let picture = images::square(&picture, side, Fit::Crop);
    let share = |pixel: &Rgb<u8>| pixel.0.iter().map(|&value| f32::from(value)).sum::<f32>();
    Ok(picture.pixels().map(|pixel| share(pixel) / 765.0).collect())
}

/// Refines codes of one photograph, which lie one after the other.
fn refined(
    model: &Model,
    wishes: Wishes,
    photo: &RgbImage,
    codes: Vec<f32>,
    steps: u32,
    device: &Device,
) -> Result<Vec<Candidate>> {
    let latent = model.card.networks.latent;
    let count = codes.len() / latent;
    let photos = pictures::pack(std::iter::repeat_n(photo, count), device);
    let codes = Tensor::from_data(TensorData::new(codes, [count, latent]), device);
    let weights = Refinement::default_weights(None);
    let refinement = Refinement::new(model.bigan(device)?, None, weights, photos, codes)?;
    let mut refinement = refinement.wishing(wishes);
    for _ in 0..steps {
        refinement.step();
    }
    let made = refinement.pictures();
    let codes = refinement.codes(made.clone());
    let (totals, kinds) = (refinement.totals(), refinement.kind(made.clone()));
    let asked = kinds.is_some();
    let [codes, scores, kinds, totals, made] = read([
        codes.clone().flatten(0, 1),
        refinement.probabilities(made.clone(), codes).flatten(0, 1),
        kinds.unwrap_or_else(|| totals.zeros_like()),
        totals,
        made.flatten(0, 3),
    ])?;
    let figures = scores.into_iter().zip(kinds).zip(totals);
    let made = pictures::unpack(&made, photo.width() as usize)
        .into_iter()
        .zip(codes.chunks(latent));
    Ok(figures
        .zip(made)
        .map(|(((score, kind), total), (picture, latent))| Candidate {
            psnr: f64::NAN,
            total,
            score,
            kind: asked.then_some(kind),
            latent: latent.to_vec(),
            picture,
        })
        .collect())
}

/// PSNR of the pixels that a mask weighs, all of them without one, dB.
fn psnr(target: &RgbImage, made: &RgbImage, mask: Option<&[f32]>) -> f64 {
    let Some(mask) = mask else {
        return images::psnr(target, made);
    };
    let (mut error, mut weight) = (0.0, 0.0);
    for ((a, b), &share) in target.pixels().zip(made.pixels()).zip(mask) {
        let squares =
            a.0.iter()
                .zip(b.0)
                .map(|(&a, b)| (f64::from(a) - f64::from(b)).powi(2));
        error += f64::from(share) * squares.sum::<f64>();
        weight += 3.0 * f64::from(share);
    }
    10.0 * (255.0 * 255.0 * weight / error).log10()
}

/// Reads flat tensors in one transfer.
fn read<const N: usize>(tensors: [Tensor<1>; N]) -> Result<[Vec<f32>; N]> {
    let values = pollster::block_on(bigan::read(tensors));
    values.context("the device failed while pictures were read from it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigan::SIDE;

    #[test]
    fn a_colour_may_have_a_part() {
        let parsed = |text: &str| text.parse::<ColourOf>();
        let red = parsed("#c01f35").unwrap();
        assert_eq!((red.colour, red.part), ([0xc0, 0x1f, 0x35], None));
        let part = parsed("00ff00=a=b.png").unwrap();
        assert_eq!(part.colour, [0, 255, 0]);
        assert_eq!(part.part, Some(PathBuf::from("a=b.png")));
        for wrong in ["red", "#12345", "#1234567", "", "#+12345"] {
            let error = parsed(wrong).unwrap_err();
            assert!(error.contains("six hexadecimal digits"), "{error}");
        }
    }

    #[test]
    fn psnr_of_a_part_looks_at_the_part_alone() {
        let side = SIDE as u32;
        let target = RgbImage::from_pixel(side, side, [10, 20, 30].into());
        let mut made = target.clone();
        for x in 0..side {
            made.put_pixel(x, 0, [20, 20, 30].into());
            made.put_pixel(x, 1, [255, 255, 255].into());
        }
        let mask: Vec<f32> = (0..SIDE * SIDE)
            .map(|at| f32::from(u8::from(at < SIDE)))
            .collect();
        let expected = 10.0 * (255.0 * 255.0 / (100.0 / 3.0_f64)).log10();
        assert!((psnr(&target, &made, Some(&mask)) - expected).abs() < 1e-9);
        assert_eq!(psnr(&target, &made, None), images::psnr(&target, &made));
    }
}
