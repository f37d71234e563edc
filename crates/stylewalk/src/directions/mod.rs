//! `stylewalk directions`: what to add to a code so that its picture gets lighter, or becomes a dress.

mod colour;
mod find;
mod unnamed;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::ModelCard;
use bigan::latent::{Direction, Directions, Gaussian, Mixture};
use clap::Args;
use serde_json::json;

use crate::data;
use crate::device::DeviceArgs;
use crate::model_dir::{self, Contents, Model, borrowed};

/// `stylewalk directions`
#[derive(Args)]
pub struct DirectionsArgs {
    /// The model's directory. It gets a file of directions; of one that is there, those that are not looked for stay.
    model: PathBuf,
    /// Folder of photographs; the folders in it are the kinds of garment. Not needed for `--axes` and `--layer`.
    #[arg(required_unless_present_any = ["axes", "layer"])]
    photos: Option<PathBuf>,
    /// Folders that do not name a kind of garment, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "unlabelled,other,not-sure,skip"
    )]
    leave_out: Vec<String>,
    /// Fewest photographs for a kind to get a direction.
    #[arg(long, default_value_t = 60)]
    least: usize,
    /// So many directions along which photographs' codes differ most: the main axes of their covariance.
    #[arg(long, value_name = "COUNT")]
    axes: Option<usize>,
    /// So many directions along which G's first layer changes most (SeFa; Shen and Zhou 2021).
    #[arg(long, value_name = "COUNT")]
    layer: Option<usize>,
    /// Print the directions' names and strengths as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// A model, and what was found of it.
struct Found {
    card: ModelCard,
    contents: Contents,
    /// Those with labels or measures.
    labelled: Vec<Direction>,
    /// Of the photographs, where the model does not know what codes are like.
    codes: Option<Mixture>,
    /// Photographs.
    images: Option<u64>,
}

/// Finds directions and writes them into the model's directory.
pub fn run(args: DirectionsArgs) -> Result<()> {
    let mut found = match &args.photos {
        Some(photos) => with_photographs(&args, photos)?,
        None => without(&args.model)?,
    };
    let unnamed = unnamed::find(&args, &found)?;
    let directions = together(&found, unnamed)?;
    let (name, bytes) = found.card.set_directions(&directions)?;
    model_dir::save_with(&args.model, &found.card, found.contents, (name, bytes))?;
    report(&args, &directions);
    Ok(())
}

fn with_photographs(args: &DirectionsArgs, folder: &Path) -> Result<Found> {
    let open = args.device.open()?;
    let Model {
        card,
        networks,
        preprocess,
        contents,
        ..
    } = model_dir::load(&args.model, &open)?;
    let photos = data::load_folder(folder, &preprocess)?;
    let codes = networks.encode(&photos.pixels)?;
    ensure!(
        codes.iter().all(|value| value.is_finite()),
        "the model's codes of these photographs are not numbers"
    );
    let latent = card.networks.latent;
    let mut labelled = find::colours(&codes, latent, &photos.pixels);
    let garments = find::garments(&codes, latent, &photos.labels, &labelled, |label, count| {
        count >= args.least && !args.leave_out.iter().any(|left| left == label)
    });
    labelled.extend(garments);
    ensure!(
        !labelled.is_empty(),
        "the photographs in {} are all alike: there is no direction from one to another",
        folder.display()
    );
    Ok(Found {
        codes: Gaussian::of(&codes, latent).map(Mixture::from),
        images: Some(photos.pixels.len() as u64),
        card,
        contents,
        labelled,
    })
}

/// Without photographs no network has to run.
fn without(model: &Path) -> Result<Found> {
    let inner = || -> Result<Found> {
        let (card, contents) = model_dir::read(model)?;
        let own = card.directions(&borrowed(&contents))?;
        Ok(Found {
            card,
            contents,
            labelled: own.map_or_else(Vec::new, |own| {
                let labelled = own.directions.into_iter();
                labelled.filter(|one| one.kind.is_labelled()).collect()
            }),
            codes: None,
            images: None,
        })
    };
    inner().with_context(|| format!("the model in {} cannot be used", model.display()))
}

/// What was found with labels, what the model had that was not looked for anew, and what was found without labels.
fn together(found: &Found, unnamed: Vec<Direction>) -> Result<Directions> {
    let own = found.card.directions(&borrowed(&found.contents))?;
    let images = match (found.images, &own) {
        (Some(images), _) => images,
        (None, Some(own)) => own.images,
        (None, None) => found.card.found_without_labels(Vec::new()).images,
    };
    let latent = found.card.networks.latent;
    let all = Directions::new(latent, images, found.labelled.clone());
    let anew = |one: &Direction| {
        let again = |other: &Direction| other.kind == one.kind;
        one.kind.is_labelled() || (one.is_unnamed() && unnamed.iter().any(again))
    };
    let own = own.map_or_else(Vec::new, |own| own.directions);
    let own: Vec<Direction> = own.into_iter().filter(|one| !anew(one)).collect();
    let new = unnamed
        .iter()
        .filter(|one| !own.iter().any(|other| one.is_like(other)));
    let new: Vec<Direction> = new.cloned().collect();
    Ok(all.with(own)?.with(new)?)
}

fn report(args: &DirectionsArgs, directions: &Directions) {
    if args.json {
        let all = directions.directions.iter();
        let all: Vec<_> = all
            .map(|one| json!({ "name": one.name, "kind": one.kind, "strength": one.strength }))
            .collect();
        println!(
            "{}",
            json!({ "images": directions.images, "directions": all })
        );
        return;
    }
    for one in &directions.directions {
        println!(
            "{:<16}{:.2}  {} to {}",
            one.name, one.strength, one.less, one.more
        );
    }
    let count = directions.directions.len();
    let from = match directions.images {
        0 => String::new(),
        images => format!(" from {images} photographs"),
    };
    println!("{}: {count} directions{from}", args.model.display());
}
