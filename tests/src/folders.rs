//! What tests find in folders that the program wrote, and how long they wait for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every file below `folder`, by its path in it.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Copies everything below `from` to `to`, which may be new.
pub fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let copied = to.join(name);
        std::fs::create_dir_all(copied.parent().unwrap()).unwrap();
        std::fs::write(copied, bytes).unwrap();
    }
}

/// A file of JSON.
pub fn read_json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap()
}

/// The lines of a run's `stats.jsonl`.
pub fn stats(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("stats.jsonl")).unwrap();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// Looks until `holds`.
///
/// # Panics
/// With `what` is wrong, after a minute.
pub fn wait_until(holds: impl Fn() -> bool, what: &str) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
