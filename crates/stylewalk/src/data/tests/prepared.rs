//! Prepared folders: the same photographs as the folder they come from, whatever happens on the way.

use super::super::batches::Batches;
use super::super::index::{Index, NAME};
use super::super::photos::open_splits;
use super::super::prepare::{PrepareArgs, prepare};
use super::super::sample::Layout;
use super::super::store::Store;
use super::*;
use bigan::trainer::Sampler;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Runs `data prepare`; `stop` is what Ctrl-C sets.
fn prepare_with(source: &Path, out: &Path, words: &[&str], stop: bool) -> anyhow::Result<()> {
    let words = [&[out.to_str().unwrap()], words].concat();
    prepare(
        &parse::<PrepareArgs>(source, &words)?,
        &AtomicBool::new(stop),
    )
}

pub fn prepare_into(source: &Path, out: &Path, words: &[&str]) -> anyhow::Result<()> {
    prepare_with(source, out, words, false)
}

pub fn sentence(result: anyhow::Result<impl Sized>) -> String {
    match result {
        Ok(_) => panic!("it was accepted"),
        Err(error) => format!("{error:#}"),
    }
}

/// `train` and `test` with labels, 40 and 6 pictures, and two that cannot be used.
pub fn divided(name: &str) -> Folder {
    let folder = Folder::new(name);
    for seed in 0..46 {
        let split = if seed < 40 { "train" } else { "test" };
        let label = ["skirt", "hat", "t-shirt"][seed as usize % 3];
        folder.write(
            &format!("{split}/{label}/{seed:03}.png"),
            &picture(seed, 50 + seed as u32),
        );
    }
    folder.write("train/hat/005.cut.png", &picture(1, 64)[..300]);
    folder.write("train/skirt/page.jpg", b"<!doctype html>");
    folder
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Two epochs' batches, mirrored at random.
fn batches(store: Store) -> Vec<Vec<f32>> {
    let store = Arc::new(store);
    let sampler = Sampler::new(5, store.len(), 7, true);
    let steps = 2 * store.len().div_ceil(7);
    let mut batches = Batches::new(&store, sampler, 0).unwrap();
    (0..steps).map(|_| batches.next().unwrap()).collect()
}

pub fn assert_same_data(one: &Path, other: &Path) {
    let open = |path: &Path| open_splits(path, &padded()).unwrap();
    let (one, other) = (open(one), open(other));
    assert_eq!(
        one.test.as_ref().map(Store::len),
        other.test.as_ref().map(Store::len)
    );
    assert!(
        batches(one.train) == batches(other.train),
        "training data differ"
    );
    if let (Some(one), Some(other)) = (one.test, other.test) {
        assert!(batches(one) == batches(other), "test data differ");
    }
}

#[test]
fn shards_and_the_folder_they_come_from_give_the_same_batches() {
    let (folder, desk) = (divided("same-batches"), Folder::new("same-batches-out"));
    let (out, all) = (desk.at("divided"), desk.at("all"));
    // Shards of a size that no batch divides, the last of them not full.
    prepare_into(&folder.0, &out, &["--shard-size", "9"]).unwrap();
    assert_same_data(&folder.0, &out);
    prepare_into(&folder.at("train"), &all, &["--test-share", "0"]).unwrap();
    assert_same_data(&folder.at("train"), &all);
    folder.write("extra/lost.png", &picture(1, 9));
    let again = desk.at("again");
    prepare_into(&folder.0, &again, &[]).unwrap();
    let origin = Index::read(&again).unwrap().source;
    assert_eq!((origin.pictures, origin.left_out), (49, 1));
    let index = Index::read(&out).unwrap();
    let counts: Vec<_> = index
        .splits
        .values()
        .map(|s| (s.photographs, s.shards.len()))
        .collect();
    assert_eq!(counts, [(40, 5), (6, 1)]);
    let refused = fs::read_to_string(out.join("refused.jsonl")).unwrap();
    let lines: Vec<Value> = refused
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((lines.len(), index.refused), (2, 2));
    assert_eq!(lines[0]["file"], "train/hat/005.cut.png");
    assert!(
        lines[1]["reason"].as_str().unwrap().contains("text file"),
        "{refused}"
    );
}

#[test]
fn batches_from_a_later_step_are_those_of_an_uninterrupted_run() {
    let folder = divided("later-step");
    let open = || Arc::new(open_splits(&folder.0, &padded()).unwrap().train);
    let sampler = |store: &Store| Sampler::new(5, store.len(), 7, true);
    let (store, again) = (open(), open());
    let mut straight = Batches::new(&store, sampler(&store), 0).unwrap();
    let all: Vec<_> = (0..20).map(|_| straight.next().unwrap()).collect();
    let mut later = Batches::new(&again, sampler(&again), 13).unwrap();
    for expected in &all[13..] {
        assert!(*expected == later.next().unwrap());
    }
}

#[test]
fn names_labels_and_sizes_are_kept() {
    let (folder, out) = (mixed("names"), Folder::new("names-out"));
    let out = out.at("new");
    prepare_into(&folder.0, &out, &["--test-share", "0"]).unwrap();
    let index = Index::read(&out).unwrap();
    let store = Store::prepared(&out, &index, super::super::split::Split::Train)
        .unwrap()
        .unwrap();
    let about: Vec<_> = (0..store.len())
        .map(|number| store.about(number).unwrap())
        .collect();
    let names: Vec<&str> = about.iter().map(|about| about.name.as_str()).collect();
    assert_eq!(
        names,
        ["hat/c.jpg", "skirt/b.PNG", "skirt/deep/a.png", "top.png"]
    );
    assert_eq!(about[2].label.as_deref(), Some("skirt"));
    assert_eq!((about[2].size, about[3].label.as_deref()), ((20, 20), None));
    let (photos, original) = (
        load_folder(&out, &padded()),
        load_folder(&folder.0, &padded()),
    );
    let (photos, original) = (photos.unwrap(), original.unwrap());
    assert_eq!(photos.names, original.names);
    assert_eq!(photos.pixels, original.pixels);
}

/// A folder, an archive and a prepared folder alike.
#[test]
fn of_divided_photographs_those_to_test_on_are_measured() {
    let folder = divided("measured");
    let (out, tar) = (Folder::new("measured-out"), Folder::new("measured-tar"));
    let prepared = out.at("prepared");
    prepare_into(&folder.0, &prepared, &[]).unwrap();
    tar.write("all.tar", &super::archives::tar_of(&folder.0, ""));
    let one = load_test(&folder.at("test"), &padded()).unwrap();
    assert_eq!(one.pixels.len(), 6);
    assert_eq!(one.labels[0].as_deref(), Some("hat"));
    for divided in [&folder.0, &prepared, &tar.at("all.tar")] {
        let photos = load_test(divided, &padded()).unwrap();
        assert_eq!(photos.pixels, one.pixels, "{}", divided.display());
        // The kind, not the split.
        assert_eq!(photos.labels, one.labels, "{}", divided.display());
    }
    assert_eq!(load_folder(&folder.0, &padded()).unwrap().pixels.len(), 46);
    // Without a test part there is nothing to prefer.
    let train = load_test(&folder.at("train"), &padded()).unwrap();
    assert_eq!(train.pixels.len(), 40);
}

#[test]
fn what_a_training_is_on_is_listed() {
    let folder = divided("listed");
    let open = || open_splits(&folder.0, &padded()).unwrap().listing;
    let before = open();
    // Test photographs change no training; those that cannot be used may be mended.
    assert_eq!(before.text().lines().count(), 42);
    fs::remove_file(folder.at("test/hat/040.png")).unwrap();
    assert_eq!(open(), before);
    fs::remove_file(folder.at("train/hat/001.png")).unwrap();
    assert_eq!(
        open().changes(&before),
        "1 is gone (train/hat/001.png)",
        "{}",
        open().text()
    );
    let (one, other) = (Folder::new("listed-1"), Folder::new("listed-2"));
    let (one, other) = (one.at("out"), other.at("out"));
    prepare_into(&folder.0, &one, &[]).unwrap();
    let listing = |path: &Path| open_splits(path, &padded()).unwrap().listing;
    fs::rename(
        folder.at("train/hat/004.png"),
        folder.at("train/hat/new.png"),
    )
    .unwrap();
    prepare_into(&folder.0, &other, &[]).unwrap();
    assert_ne!(listing(&one), listing(&other));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = divided("threads");
    let prepared = |threads: usize| {
        let out = Folder::new("threads-out");
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| prepare_into(&folder.0, &out.0, &["--shard-size", "11"]).unwrap());
        files(&out.0)
    };
    assert!(prepared(1) == prepared(3));
}

/// Stopped at once, in the middle of a shard with half a photograph behind the last note, and between shards.
#[test]
fn a_stopped_preparation_ends_as_an_uninterrupted_one() {
    let folder = divided("stopped");
    let (whole, out) = (Folder::new("stopped-whole"), Folder::new("stopped-out"));
    let (whole, out) = (whole.at("data"), out.at("data"));
    let words = ["--shard-size", "9"];
    prepare_into(&folder.0, &whole, &words).unwrap();
    let said = sentence(prepare_with(&folder.0, &out, &words, true));
    assert!(said.contains("the same command goes on"), "{said}");
    assert!(!out.join(NAME).exists());

    // As if power had gone: two photographs are noted, half of the third is written.
    let stride = Layout::new(64).stride() as usize;
    let shard = fs::read(whole.join("train-00000.tar")).unwrap();
    let growing = out.join("unfinished/train-00000.tar");
    fs::write(&growing, &shard[..2 * stride + stride / 2]).unwrap();
    let note = json!({
        "done": 2, "photographs": 2, "whole": 0, "labels": { "hat": 2 }, "refused": [], "made": null
    });
    fs::write(
        out.join("unfinished/train-00000.tar.json"),
        note.to_string(),
    )
    .unwrap();
    prepare_into(&folder.0, &out, &words).unwrap();
    assert!(
        files(&whole) == files(&out),
        "a stopped preparation ends differently"
    );
    assert!(!out.join("unfinished").exists());

    // Everything is there: nothing is done, and nothing changes.
    prepare_into(&folder.0, &out, &words).unwrap();
    assert!(files(&whole) == files(&out));

    // Stopped before the index, and a finished shard was lost meanwhile: it is made again.
    fs::remove_dir_all(&out).unwrap();
    assert!(prepare_with(&folder.0, &out, &words, true).is_err());
    let part = json!({
        "done": 9, "photographs": 9, "whole": 0, "labels": { "hat": 9 }, "refused": [],
        "made": { "bytes": shard.len(), "sha256": "0" }
    });
    fs::write(
        out.join("unfinished/train-00000.tar.json"),
        part.to_string(),
    )
    .unwrap();
    prepare_into(&folder.0, &out, &words).unwrap();
    assert!(files(&whole) == files(&out));
}

#[test]
fn a_folder_is_gone_on_with_only_for_the_same_settings_and_photographs() {
    let folder = divided("settings");
    let desk = Folder::new("settings-out");
    let out = desk.at("data");
    assert!(prepare_with(&folder.0, &out, &[], true).is_err());
    let said = sentence(prepare_into(&folder.0, &out, &["--fit", "crop"]));
    assert!(
        said.contains("settings-out") && said.contains("other settings"),
        "{said}"
    );
    folder.write("train/hat/new.png", &picture(9, 30));
    let said = sentence(prepare_into(&folder.0, &out, &[]));
    assert!(said.contains("other photographs"), "{said}");
    fs::remove_dir_all(&out).unwrap();
    prepare_into(&folder.0, &out, &[]).unwrap();
    let said = sentence(prepare_into(&folder.0, &out, &["--seed", "3"]));
    assert!(said.contains("other settings"), "{said}");
    let said = sentence(prepare_into(&out, &desk.at("twice"), &[]));
    assert!(said.contains("is prepared already"), "{said}");
    let said = sentence(prepare_into(
        &out.join("unfinished"),
        &folder.at("none"),
        &[],
    ));
    assert!(said.contains("is not a folder"), "{said}");
    let said = sentence(prepare_into(&folder.0, &folder.at("train"), &[]));
    assert!(said.contains("lies in the source"), "{said}");
    let said = sentence(prepare_into(&folder.at("train"), &folder.at("test"), &[]));
    assert!(said.contains("was not started by this command"), "{said}");
    let said = sentence(open_splits(
        &out,
        &Preprocess::whole(Fit::Crop, bigan::SIDE),
    ));
    assert!(said.contains("prepared with --fit pad"), "{said}");
}

#[test]
fn a_share_is_kept_apart_where_the_source_has_no_test() {
    let folder = divided("share");
    let counts = |source: &str, words: &[&str]| {
        let desk = Folder::new("share-out");
        let out = desk.at("data");
        prepare_into(&folder.at(source), &out, words)?;
        let splits = Index::read(&out)?.splits;
        Ok::<_, anyhow::Error>(splits.values().map(|s| s.photographs).collect::<Vec<_>>())
    };
    let halves = counts("train", &["--test-share", "0.5", "--seed", "1"]).unwrap();
    assert_eq!(halves.iter().sum::<u64>(), 40);
    assert!((10..30).contains(&halves[1]), "{halves:?}");
    assert_eq!(counts("", &[]).unwrap(), [40, 6]);
    let said = sentence(counts("", &["--test-share", "0.5"]));
    assert!(said.contains("has a test split of its own"), "{said}");
    fs::remove_dir_all(folder.at("test")).unwrap();
    assert_eq!(counts("", &[]).unwrap(), [40]);
}

#[test]
fn a_crop_needs_what_finds_the_part_to_keep() {
    let folder = divided("crop");
    let never = std::env::temp_dir().join("never-made");
    for (target, flag) in [("person", "--detector"), ("garment", "--cutout")] {
        let said = sentence(prepare_into(&folder.0, &never, &["--crop", target]));
        assert!(said.contains(flag), "{said}");
    }
}

#[test]
fn a_folder_that_an_older_version_cropped_is_read() {
    let folder = divided("cropped");
    let desk = Folder::new("cropped-out");
    let out = desk.at("data");
    prepare_into(&folder.0, &out, &[]).unwrap();
    let mut index: Value = serde_json::from_slice(&fs::read(out.join(NAME)).unwrap()).unwrap();
    index["settings"]["crop"] = json!({ "to": "background", "margin": 0.25, "required": false });
    fs::write(out.join(NAME), index.to_string()).unwrap();
    assert_eq!(open_splits(&out, &padded()).unwrap().train.len(), 40);
}

#[test]
fn the_check_knows_prepared_folders() {
    let folder = divided("check-prepared");
    let desk = Folder::new("check-prepared-out");
    let out = desk.at("data");
    prepare_into(&folder.0, &out, &[]).unwrap();
    let report = serde_json::to_value(examine(&out).unwrap()).unwrap();
    assert_eq!(report["splits"], json!({ "test": 6, "train": 40 }));
    assert_eq!(
        report["labels"],
        json!({ "hat": 15, "skirt": 16, "t-shirt": 15 })
    );
    let source = serde_json::to_value(examine(&folder.0).unwrap()).unwrap();
    assert_eq!(source["labels"], report["labels"]);
    assert_eq!(source["splits"], report["splits"]);
}
