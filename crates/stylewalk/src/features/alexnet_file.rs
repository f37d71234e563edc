//! AlexNet's weights from a file: torchvision's `.pth`, or safetensors with the same names.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bigan::Features;
use bigan::burn::tensor::Device;
use bigan::weights::sha256;

use crate::files;
use crate::weight_file::WeightFile;

/// torchvision's has 233 MB; a film named by mistake should not fill the memory.
const MAX_BYTES: u64 = 1 << 30;

/// Reads the network in `path` and checks that its SHA-256 begins with `sha256` and with the digits in its name.
pub fn load(path: &Path, sha256: Option<&str>, device: &Device) -> Result<Features> {
    let length = fs::metadata(path).context("it cannot be read")?.len();
    ensure!(
        length <= MAX_BYTES,
        "the file has {length} bytes, and AlexNet's weights have at most {MAX_BYTES}"
    );
    let bytes = files::read(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    check_hash(&name, &bytes, sha256)?;
    let file = WeightFile::open(&bytes)?;
    Ok(Features::alexnet(&name, &file, device)?)
}

/// Refuses `bytes` whose SHA-256 does not begin as `expected` and as the file's `name` say.
pub fn check_hash(name: &str, bytes: &[u8], expected: Option<&str>) -> Result<()> {
    let promised = promised_hash(name);
    if expected.is_none() && promised.is_none() {
        return Ok(());
    }
    let found = sha256(bytes);
    if let Some(expected) = expected {
        ensure!(
            found.starts_with(expected),
            "its sha256 is {found}, and --features-sha256 says {expected}"
        );
    }
    if let Some(promised) = promised {
        ensure!(
            found.starts_with(promised),
            "its sha256 begins with {}, and its name says {promised}: it is truncated or damaged",
            &found[..promised.len()]
        );
    }
    Ok(())
}

/// The hash in a name such as `alexnet-owt-7be5be79.pth`, as torchvision writes it.
fn promised_hash(name: &str) -> Option<&str> {
    let (stem, _) = name.rsplit_once('.')?;
    let (_, digits) = stem.rsplit_once('-')?;
    let is_hash = (8..=64).contains(&digits.len())
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_promises_a_hash_as_torchvisions_do() {
        assert_eq!(promised_hash("alexnet-owt-7be5be79.pth"), Some("7be5be79"));
        for name in [
            "alexnet.pth",
            "alexnet-owt.pth",
            "alexnet-facade.pth",
            "7be5be79",
            "a-7be5be7x.pth",
        ] {
            assert_eq!(promised_hash(name), None, "{name}");
        }
    }

    #[test]
    fn another_hash_than_promised_or_asked_for_is_refused() {
        // sha256 of "abc" begins with ba7816bf.
        check_hash("x-ba7816bf.pth", b"abc", Some("ba7816bf8f01")).unwrap();
        check_hash("x.pth", b"abd", None).unwrap();
        let told = check_hash("x-ba7816bf.pth", b"abd", None)
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("ba7816bf") && told.contains("damaged"),
            "{told}"
        );
        let told = check_hash("x.pth", b"abd", Some("ba7816bf"))
            .unwrap_err()
            .to_string();
        assert!(told.contains("--features-sha256"), "{told}");
    }
}
