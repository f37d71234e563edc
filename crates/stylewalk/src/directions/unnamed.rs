//! Directions that take no labels, as many as were asked for.

use anyhow::{Result, ensure};
use bigan::latent::{self, Direction};

use super::{DirectionsArgs, Found};
use crate::model_dir::borrowed;

/// The main axes and the first layer's directions.
pub fn find(args: &DirectionsArgs, found: &Found) -> Result<Vec<Direction>> {
    let files = borrowed(&found.contents);
    let mut directions = Vec::new();
    if let Some(count) = args.axes {
        let axes = match (found.card.codes(&files)?, &found.codes) {
            (Some(_), _) => found.card.axes(&files, count)?,
            (None, Some(codes)) => latent::axes(codes, count)?,
            (None, None) => Vec::new(),
        };
        ensure!(
            count == 0 || !axes.is_empty(),
            "--axes: the model in {} does not know what photographs' codes are like: name a folder of photographs, too",
            args.model.display()
        );
        directions.extend(axes);
    }
    if let Some(count) = args.layer {
        directions.extend(found.card.first_layer(&files, count)?);
    }
    Ok(directions)
}
