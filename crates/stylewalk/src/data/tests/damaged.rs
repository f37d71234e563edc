//! Prepared folders that are damaged, by chance or on purpose.

use super::super::index::NAME;
use super::super::photos::open_splits;
use super::super::sample::Layout;
use super::prepared::{divided, prepare_into, sentence};
use super::*;
use serde_json::{Value, json};

/// Damages a prepared folder in one way and returns what opening it says.
fn damaged(name: &str, damage: impl FnOnce(&Path)) -> String {
    let folder = divided(name);
    let desk = Folder::new(&format!("{name}-damaged"));
    let out = desk.at("data");
    prepare_into(&folder.0, &out, &["--shard-size", "15"]).unwrap();
    assert!(check::run(&parse::<CheckArgs>(&out, &["--json"]).unwrap()).is_ok());
    damage(&out);
    let said = sentence(open_splits(&out, &padded()));
    assert!(check::run(&parse::<CheckArgs>(&out, &["--json"]).unwrap()).is_err());
    said
}

#[test]
fn a_damaged_shard_is_named_with_what_to_do() {
    let shard = |out: &Path| out.join("train-00001.tar");
    let change = |change: fn(&mut Vec<u8>)| {
        move |out: &Path| {
            let mut bytes = fs::read(shard(out)).unwrap();
            change(&mut bytes);
            fs::write(shard(out), bytes).unwrap();
        }
    };
    let cut = damaged("cut", change(|bytes| bytes.truncate(9000)));
    assert!(cut.contains("it has 9000 bytes instead of"), "{cut}");
    let flipped = damaged("flipped", change(|bytes| bytes[30_000] ^= 1));
    assert!(flipped.contains("its contents have changed"), "{flipped}");
    let missing = damaged("missing", |out| fs::remove_file(shard(out)).unwrap());
    assert!(missing.contains("it is missing"), "{missing}");
    for said in [cut, flipped, missing] {
        assert!(said.contains("train-00001.tar"), "{said}");
        assert!(said.contains("prepare the photographs again"), "{said}");
    }
}

#[test]
fn an_index_that_cannot_be_true_is_refused_before_anything_is_allocated() {
    let change = |change: fn(&mut Value)| {
        move |out: &Path| {
            let path = out.join(NAME);
            let mut index: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            change(&mut index);
            fs::write(path, index.to_string()).unwrap();
        }
    };
    type Damage = fn(&mut Value);
    let cases: [(&str, Damage, &str); 8] = [
        (
            "huge",
            |i| i["splits"]["train"]["photographs"] = json!(u64::MAX),
            "it announces",
        ),
        (
            "many",
            |i| i["splits"]["train"]["shards"][0]["photographs"] = json!(u64::MAX),
            "do not take",
        ),
        (
            "long",
            |i| {
                let many = 1_000_000_000_000u64;
                i["splits"]["train"]["shards"][0]["photographs"] = json!(many);
                i["splits"]["train"]["shards"][0]["bytes"] = json!(Layout::new(64).length(many));
            },
            "it announces",
        ),
        (
            "outside",
            |i| i["splits"]["train"]["shards"][0]["file"] = json!("../secret"),
            "not a plain file name",
        ),
        (
            "side",
            |i| i["side"] = json!(4_000_000_000u32),
            "must be 32, 64 or 128",
        ),
        ("version", |i| i["version"] = json!(2), "version 2"),
        (
            "kind",
            |i| i["format"] = json!("cooking recipes"),
            "its format is",
        ),
        (
            "empty",
            |i| i["splits"] = json!({}),
            "no photographs to train on",
        ),
    ];
    for (name, damage, why) in cases {
        let said = damaged(name, change(damage));
        assert!(
            said.contains("index.json cannot be used") && said.contains(why),
            "{name}: {said}"
        );
    }
    let said = damaged("text", |out| fs::write(out.join(NAME), b"{").unwrap());
    assert!(said.contains("index.json cannot be used"), "{said}");
}
