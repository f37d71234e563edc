//! What the cut-out network makes of photographs, in a sheet: each photo, padded, and beside it the garment on white.
//! `cargo run --profile quick --workspace --example cutouts -- CUTOUT OUT.png PHOTO...`

use std::error::Error;
use std::path::Path;

use bigan::SIDE;
use bigan::cutout::{CutoutCard, Cutter, Preprocess};
use images::{Fit, Limits, RgbImage, decode, enlarge, grid, png};

/// Photographs in a row of the sheet.
const COLUMNS: u32 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, photos @ ..] = &words[..] else {
        return Err(
            "name a directory of `stylewalk train-cutout`, the picture to write, and photos".into(),
        );
    };
    let preprocess = Preprocess {
        side: bigan::SIDE,
        fit: Fit::Pad,
        cutter: Some(read(Path::new(folder))?.into()),
    };
    let mut tiles = Vec::new();
    for photo in photos {
        let bytes = std::fs::read(photo)?;
        let photo = decode(&bytes, &Limits::default())?;
        let padded = images::square(&photo, SIDE as u32, Fit::Pad);
        tiles.extend([padded, preprocess.see(&photo).picture].map(|tile| enlarge(&tile, 2)));
    }
    let sheet: RgbImage = grid(&tiles, 2 * COLUMNS, 2);
    Ok(std::fs::write(out, png(&sheet))?)
}

fn read(folder: &Path) -> Result<Cutter, Box<dyn Error>> {
    let card = CutoutCard::parse(&std::fs::read(folder.join(CutoutCard::NAME))?)?;
    Ok(card.cutter(&std::fs::read(folder.join(&card.file().name))?)?)
}
