//! Tuned shaders: the fastest variants on this GPU, measured once and kept in the user's cache folder.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bigan::TrainerConfig;
use bigan::weights::sha256;
use kernels::{OpenDevice, tune};

use crate::files;

/// Time between lines of progress: on a GPU there is none, on an emulated one there are several.
const PAUSE: Duration = Duration::from_secs(3);

/// Chooses the variants for a training on `batch` pictures a step, unless it has been done on this device
/// before. Does nothing on a CPU. A cache that cannot be read or written costs time, not the training.
pub fn choose(device: &OpenDevice, config: &TrainerConfig, batch: usize) -> Result<()> {
    let Some(identity) = tune::identity(device) else {
        return Ok(());
    };
    let file = folder(|name| env::var_os(name).map(PathBuf::from))
        .map(|folder| folder.join(file_name(&identity)));
    if let Some(text) = file.as_deref().and_then(|file| read(file, &identity)) {
        tune::from_text(device, &text);
    }
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64() * 1e3;
    let cases = config.convolutions(batch);
    let mut measured = 0;
    let mut said = Instant::now();
    for (number, case) in cases.iter().enumerate() {
        if said.elapsed() >= PAUSE {
            eprintln!(
                "tuning the shaders on {}: {number} of {} layer shapes are measured",
                device.name,
                cases.len()
            );
            said = Instant::now();
        }
        let one = tune::tune(device, std::slice::from_ref(case), &now);
        measured += pollster::block_on(one)
            .with_context(|| format!("could not measure {}", device.name))?;
    }
    if measured == 0 {
        return Ok(());
    }
    eprintln!(
        "tuned the shaders for {measured} layer shapes on {} in {:.1} s",
        device.name,
        now() / 1e3
    );
    if let Some(file) = file {
        let text = format!("{identity}\n{}", tune::to_text(device));
        if let Err(error) = keep(&file, &text) {
            eprintln!("the tuned shaders could not be saved for the next run: {error:#}");
        }
    }
    Ok(())
}

/// The cached choice, if it was made on this device.
fn read(file: &Path, identity: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let (first, rest) = text.split_once('\n')?;
    (first == identity).then(|| rest.to_owned())
}

fn keep(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
    }
    files::write(file, text.as_bytes())
}

fn file_name(identity: &str) -> String {
    format!("{:.16}.txt", sha256(identity.as_bytes()))
}

/// `STYLEWALK_CACHE`, else the user's cache folder by the platform's custom.
fn folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let home = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    let base = variable("STYLEWALK_CACHE").or_else(|| {
        variable("XDG_CACHE_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| variable("LOCALAPPDATA"))
            .or_else(|| variable("HOME").map(|user| user.join(home)))
            .map(|folder| folder.join("stylewalk"))
    })?;
    Some(base.join("kernels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_for_the_same_device_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder
            .path()
            .join("kernels")
            .join(file_name("a card / driver 1"));
        keep(&file, "a card / driver 1\nconv2d_weight 8 3 16 64 64 5 2\n").unwrap();
        let found = read(&file, "a card / driver 1").unwrap();
        assert_eq!(found, "conv2d_weight 8 3 16 64 64 5 2\n");
        assert_eq!(read(&file, "a card / driver 2"), None);
        assert_ne!(
            file_name("a card / driver 2"),
            file_name("a card / driver 1")
        );
        assert_eq!(read(Path::new("nowhere"), "a card / driver 1"), None);
    }

    #[test]
    fn a_chosen_folder_wins() {
        let chosen = |name: &str| (name == "STYLEWALK_CACHE").then(|| PathBuf::from("/tools"));
        assert_eq!(folder(chosen), Some(PathBuf::from("/tools/kernels")));
        assert_eq!(folder(|_| None), None);
    }
}
