//! `stylewalk directions`: what to add to a code so that its picture gets lighter, or becomes a dress.

mod colour;
mod find;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use bigan::latent::Directions;
use clap::Args;
use serde_json::json;

use crate::data;
use crate::device::DeviceArgs;
use crate::model_dir::{self, Model};

/// `stylewalk directions`
#[derive(Args)]
pub struct DirectionsArgs {
    /// The model's directory. It gets a file of directions, in place of one that is there.
    model: PathBuf,
    /// Folder of photographs; the folders in it are the kinds of garment.
    photos: PathBuf,
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
    /// Print the directions' names and strengths as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Finds directions and writes them into the model's directory.
pub fn run(args: DirectionsArgs) -> Result<()> {
    let open = args.device.open()?;
    let Model {
        mut card,
        networks,
        preprocess,
        mut contents,
        ..
    } = model_dir::load(&args.model, &open)?;
    let photos = data::load_folder(&args.photos, &preprocess)?;
    let codes = networks.encode(&photos.pixels)?;
    ensure!(
        codes.iter().all(|value| value.is_finite()),
        "the model's codes of these photographs are not numbers"
    );
    let latent = card.networks.latent;
    let mut found = find::colours(&codes, latent, &photos.pixels);
    let garments = find::garments(&codes, latent, &photos.labels, &found, |label, count| {
        count >= args.least && !args.leave_out.iter().any(|left| left == label)
    });
    found.extend(garments);
    ensure!(
        !found.is_empty(),
        "the photographs in {} are all alike: there is no direction from one to another",
        args.photos.display()
    );
    let directions = Directions::new(latent, photos.pixels.len() as u64, found);
    let (name, bytes) = card.set_directions(&directions)?;
    contents.retain(|(old, _)| old != name);
    contents.push((name.to_owned(), bytes));
    model_dir::save(&args.model, &card, contents)
        .with_context(|| format!("{} keeps its old files", args.model.display()))?;
    report(&args, &directions);
    Ok(())
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
    println!(
        "{}: {} directions from {} photographs",
        args.model.display(),
        directions.directions.len(),
        directions.images
    );
}
