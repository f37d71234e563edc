//! Folders of photographs: reading, checking and drawing them.

mod archives;
mod damaged;
mod folders;
mod prepared;

use super::check::{CheckArgs, examine};
use super::draw::DrawArgs;
use super::folder::{find, label};
use super::photos::Photos;
use super::{check, draw, load_folder, load_test, open};
use bigan::cutout::Preprocess;
use clap::{Args, FromArgMatches};
use images::Fit;
use std::fs;
use std::path::{Path, PathBuf};

/// Photographs as models without a cut-out network see them.
fn padded() -> Preprocess {
    Preprocess::whole(Fit::Pad, bigan::SIDE)
}

/// A folder of its own for each test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stylewalk-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn parse<T: Args + FromArgMatches>(folder: &Path, words: &[&str]) -> Result<T, clap::Error> {
    let first = ["program", folder.to_str().unwrap()];
    let words = first.iter().chain(words);
    let matches = T::augment_args(clap::Command::new("program")).try_get_matches_from(words)?;
    T::from_arg_matches(&matches)
}

fn draw_into(folder: &Path, words: &[&str]) -> anyhow::Result<()> {
    draw::run(&parse::<DrawArgs>(folder, words)?)
}

fn picture(seed: u64, side: u32) -> Vec<u8> {
    images::png(&outfits::outfit(seed, side).image)
}

/// Good and bad files, in two labels and outside any.
fn mixed(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("skirt/b.PNG", &picture(1, 40));
    folder.write("skirt/deep/a.png", &picture(2, 20));
    folder.write("hat/c.jpg", &picture(3, 64)); // PNG inside: content counts, not the name
    folder.write("top.png", &picture(4, 64));
    folder.write("hat/zip.jpg", b"PK\x03\x04 and so on");
    folder.write("hat/cut.png", &picture(5, 64)[..300]);
    folder.write("hat/old.gif", b"GIF89a");
    folder.write("hat/._c.jpg", b"what macOS leaves");
    folder.write(".hidden/d.png", &picture(6, 64));
    folder.write("LICENSE", b"CC0");
    folder
}

#[test]
fn pictures_are_found_in_order_and_other_files_counted() {
    let folder = mixed("find");
    let found = find(&folder.0).unwrap();
    let names = [
        "hat/c.jpg",
        "hat/cut.png",
        "hat/old.gif",
        "hat/zip.jpg",
        "skirt/b.PNG",
        "skirt/deep/a.png",
        "top.png",
    ];
    assert_eq!(found.pictures, names.map(PathBuf::from));
    assert_eq!(found.others, 1);
    assert_eq!(label(Path::new("skirt/deep/a.png")), Some("skirt".into()));
    assert_eq!(label(Path::new("top.png")), None);
}

#[test]
fn damaged_files_are_skipped_and_told() {
    let folder = mixed("load");
    let photos: Photos = load_folder(&folder.0, &padded()).unwrap();
    assert_eq!(photos.pixels.len(), 4);
    assert!(photos.pixels.iter().all(|p| p.dimensions() == (64, 64)));
    let names = ["hat/c.jpg", "skirt/b.PNG", "skirt/deep/a.png", "top.png"];
    assert_eq!(photos.names, names.map(PathBuf::from));
    assert!(
        photos
            .pixels
            .iter()
            .all(|pixels| pixels.dimensions() == (64, 64))
    );
    let told: Vec<_> = photos
        .refused
        .iter()
        .map(|(name, why)| (name.to_str().unwrap(), why.as_str()))
        .collect();
    assert_eq!(told.len(), 3);
    assert!(
        told[0].0 == "hat/cut.png" && told[0].1.contains("cut off"),
        "{told:?}"
    );
    assert!(
        told[1].0 == "hat/old.gif" && told[1].1.contains("the GIF file cannot be read"),
        "{told:?}"
    );
    assert!(
        told[2].0 == "hat/zip.jpg" && told[2].1.contains("zip archive"),
        "{told:?}"
    );
}

#[test]
fn a_folder_without_usable_pictures_is_one_sentence() {
    let folder = Folder::new("none");
    let error = load_folder(&folder.0, &padded()).unwrap_err().to_string();
    assert!(error.contains("there are no photos under"), "{error}");
    folder.write("a.jpg", b"text");
    let error = load_folder(&folder.0, &padded()).unwrap_err().to_string();
    assert!(
        error.contains("none of the 1 pictures") && error.contains("a.jpg: this is a text file"),
        "{error}"
    );
    assert!(check::run(&parse::<CheckArgs>(&folder.0, &["--json"]).unwrap()).is_err());
    let error = load_folder(&folder.0.join("nowhere"), &padded())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is not a folder"), "{error}");
    let error = format!("{:#}", open(&folder.0.join("b.jpg")).unwrap_err());
    assert!(
        error.contains("cannot use") && error.contains("b.jpg"),
        "{error}"
    );
}

#[test]
fn the_report_counts_labels_sizes_and_refusals() {
    let folder = mixed("check");
    let report = serde_json::to_value(examine(&folder.0).unwrap()).unwrap();
    assert_eq!(report["usable"], 4);
    assert_eq!(
        report["labels"],
        serde_json::json!({ "": 1, "hat": 1, "skirt": 2 })
    );
    assert_eq!(
        report["sides"],
        serde_json::json!({ "smallest": 20, "median_of_the_shorter": 64, "largest": 64 })
    );
    assert_eq!(report["other_files"], 1);
    assert_eq!(report["refused"][0]["file"], "hat/cut.png");
    assert_eq!(report["refused"].as_array().unwrap().len(), 3);
}

#[test]
fn drawn_outfits_fill_both_splits_and_repeat_with_their_seed() {
    let folder = Folder::new("draw");
    let (first, second) = (folder.0.join("first"), folder.0.join("second"));
    let words = [
        "--count",
        "40",
        "--seed",
        "7",
        "--side",
        "16",
        "--test-share",
        "0.25",
    ];
    draw_into(&first, &words).unwrap();
    draw_into(&second, &words).unwrap();
    let train = load_folder(&first.join("train"), &padded()).unwrap();
    let test = load_folder(&first.join("test"), &padded()).unwrap();
    assert_eq!((train.pixels.len(), test.pixels.len()), (30, 10));
    let labels = train.names.iter().map(|name| label(name).unwrap());
    assert!(
        labels
            .into_iter()
            .all(|label| outfits::LABELS.contains(&label.as_str()))
    );
    let again = load_folder(&second.join("train"), &padded()).unwrap();
    assert_eq!((train.names, train.pixels), (again.names, again.pixels));
    let unfinished = find(&first).unwrap().others;
    assert_eq!(unfinished, 0);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let folder = Folder::new("force");
    folder.write("mine.txt", b"precious");
    let error = draw_into(&folder.0, &["--count", "1"])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is not empty") && error.contains("--force"),
        "{error}"
    );
    draw_into(&folder.0, &["--count", "2", "--side", "8", "--force"]).unwrap();
    assert_eq!(fs::read(folder.0.join("mine.txt")).unwrap(), b"precious");
    assert_eq!(find(&folder.0).unwrap().pictures.len(), 2);
}

#[test]
fn shares_and_counts_outside_their_range_are_refused() {
    let nowhere = Path::new("nowhere");
    for words in [
        ["--test-share", "1.5"],
        ["--test-share", "nan"],
        ["--count", "0"],
        ["--side", "4"],
    ] {
        assert!(parse::<DrawArgs>(nowhere, &words).is_err(), "{words:?}");
    }
}
