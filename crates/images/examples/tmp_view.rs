//! Temporary.
#[allow(clippy::unwrap_used)]
fn main() {
    let tiles: Vec<_> = [(64, "87%"), (128, "100%"), (192, "3%"), (512, "46%")]
        .into_iter()
        .enumerate()
        .map(|(i, (side, text))| {
            let outfit = outfits::outfit(i as u64, 64).image;
            let mut tile = images::enlarge(&outfit, side / 64);
            images::stamp(&mut tile, text);
            tile
        })
        .collect();
    std::fs::write(
        "/tmp/images_stamps.png",
        images::png(&images::grid(&tiles, 2, 4)),
    )
    .unwrap();
}
