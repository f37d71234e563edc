//! Folders of drawn outfits, photographs that need no download, and trainings on them.

use std::path::{Path, PathBuf};
use std::process::Output;

use images::png;

use crate::program::stylewalk;

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

/// Draws outfits into FOLDER/data, unless they are there, and trains tiny networks on them with the flags `more`, on the
/// CPU: the run is [`run_dir`].
pub fn train(folder: &Path, more: &str) -> Output {
    let [data, runs] = ["data", "runs"].map(|name| folder.join(name));
    if !data.exists() {
        draw_splits(&data);
    }
    let mut arguments = vec!["train", data.to_str().unwrap()];
    arguments.extend(["--runs", runs.to_str().unwrap(), "--device", "cpu"]);
    arguments.extend("--batch 4 --width 2 --latent 6".split(' '));
    arguments.extend(more.split(' '));
    stylewalk(arguments)
}

/// The first run of [`train`] in `folder`.
pub fn run_dir(folder: &Path) -> PathBuf {
    folder.join("runs/00000-run")
}
