//! What the native program reads photographs from that somebody else has packed: prepared folders and archives.

#[path = "../../../crates/stylewalk/src/data/source/archive.rs"]
mod archive;
#[path = "../../../crates/stylewalk/src/data/cropped.rs"]
mod cropped;
#[path = "../../../crates/stylewalk/src/data/folder.rs"]
mod folder;
#[path = "../../../crates/stylewalk/src/data/index.rs"]
mod index;
#[path = "../../../crates/stylewalk/src/data/read_at.rs"]
mod read_at;
#[path = "../../../crates/stylewalk/src/data/sample.rs"]
mod sample;
#[path = "../../../crates/stylewalk/src/data/split.rs"]
mod split;
#[path = "../../../crates/stylewalk/src/data/store.rs"]
mod store;
#[path = "../../../crates/stylewalk/src/data/source/zip.rs"]
mod zip;

use archive::Archive;
use index::Index;
use inference::weights::sha256;
use serde_json::Value;
use split::Split;
use std::path::{Component, Path};
use store::Store;

/// Photographs of a folder that a campaign has time to read.
const MOST: usize = 4;

/// A prepared folder: its `index.json`, a zero byte, and its shards one after the other, as long as the index says. They
/// count as those of its hashes, so that what reads them is reached.
pub fn shards(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0);
    let (json, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let folder = folder.path();
    let mut json = json.to_vec();
    if let Ok(mut said) = serde_json::from_slice(&json) {
        unpack(&mut said, rest.get(1..).unwrap_or_default(), folder);
        json = said.to_string().into_bytes();
    }
    if std::fs::write(folder.join(index::NAME), json).is_err() {
        return;
    }
    let Ok(index) = Index::read(folder) else {
        return;
    };
    for split in Split::ALL {
        if let Ok(Some(store)) = Store::prepared(folder, &index, split) {
            read(&store, index.side);
        }
    }
}

/// Writes the shards that an index names into `folder`, and their hashes into the index.
fn unpack(said: &mut Value, mut rest: &[u8], folder: &Path) {
    let splits = said.get_mut("splits").and_then(Value::as_object_mut);
    let splits = splits.into_iter().flat_map(|splits| splits.values_mut());
    let shards = splits.filter_map(|split| split.get_mut("shards")?.as_array_mut());
    for shard in shards.flatten() {
        let length = shard.get("bytes").and_then(Value::as_u64).unwrap_or(0);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (contents, others) = rest.split_at(length.min(rest.len()));
        rest = others;
        let name = shard.get("file").and_then(Value::as_str).map(Path::new);
        if let Some(name) = name.filter(|name| is_plain(name)) {
            let _ = std::fs::write(folder.join(name), contents);
        }
        if let Some(hash) = shard.get_mut("sha256") {
            *hash = sha256(contents).into();
        }
    }
}

/// Whether a file of this name lies in the folder itself.
fn is_plain(name: &Path) -> bool {
    matches!(
        name.components().collect::<Vec<_>>()[..],
        [Component::Normal(_)]
    )
}

/// Reads photographs with all that is said of them.
fn read(store: &Store, side: u32) {
    for number in 0..store.len().min(MOST) {
        // Refused is as well as taken.
        let _ = store.about(number);
        if let Ok(picture) = store.read(number) {
            assert_eq!(picture.dimensions(), (side, side));
        }
    }
    let _ = store.spread(MOST);
}

/// An archive of photographs: the first byte says of which kind, the others are it. What is in it is not decoded.
pub fn archives(bytes: &[u8]) {
    let Some((which, contents)) = bytes.split_first() else {
        return;
    };
    let endings = ["tar", "zip", "tgz"];
    let name = format!(
        "photographs.{}",
        endings[usize::from(*which) % endings.len()]
    );
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let path = folder.path().join(name);
    if std::fs::write(&path, contents).is_err() {
        return;
    }
    let Ok(archive) = Archive::open(&path) else {
        return;
    };
    let (members, _) = archive.list();
    let limit = images::Limits::default().max_bytes as u64;
    for member in members.pictures.iter().take(MOST) {
        assert!(member.path.file_name().is_some_and(folder::is_picture));
        if member.bytes > limit {
            continue;
        }
        if let Ok(contents) = archive.read(member.offset, member.bytes) {
            assert_eq!(contents.len() as u64, member.bytes);
        }
    }
}
