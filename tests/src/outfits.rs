//! Folders of drawn outfits: photographs that need no download.

use std::path::Path;

use images::png;

/// Draws `train` and `test` folders below `folder`.
pub fn draw_splits(folder: &Path) {
    draw(&folder.join("train"), 10);
    draw(&folder.join("test"), 3);
}

/// Draws `count` outfits into `folder`.
pub fn draw(folder: &Path, count: u64) {
    std::fs::create_dir_all(folder).unwrap();
    for seed in 0..count {
        let outfit = outfits::outfit(seed, 96);
        std::fs::write(folder.join(format!("{seed}.png")), png(&outfit.image)).unwrap();
    }
}
