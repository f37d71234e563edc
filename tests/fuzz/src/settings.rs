//! The settings of a training, as a file has them.

#[path = "../../../crates/stylewalk/src/train/config/file.rs"]
mod file;

use bigan::RunConfig;
use std::path::Path;

/// A run's own `config.json`, and the same bytes as a file of settings that somebody wrote.
pub fn settings(bytes: &[u8]) {
    if let Ok(config) = serde_json::from_slice(bytes)
        && file::check(&config).is_ok()
    {
        is_read_again(config);
    }
    let path = Path::new("/settings/config.json");
    let merged = file::settings(bytes)
        .and_then(|settings| file::merged(settings, RunConfig::default(), path));
    if let Ok(config) = merged
        && file::check(&config).is_ok()
    {
        is_read_again(config);
    }
}

/// What a run writes down of settings that it may work with is settings that it may work with.
fn is_read_again(config: RunConfig) {
    let run = Path::new("/runs/00000-run");
    let written = serde_json::to_vec(&config.within(run).from_within(run));
    let written = written.unwrap_or_else(|error| panic!("not written: {error}"));
    let again = serde_json::from_slice(&written);
    let again = again.unwrap_or_else(|error| panic!("not read again: {error}"));
    file::check(&again).unwrap_or_else(|error| panic!("not taken again: {error:#}"));
}
