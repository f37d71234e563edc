//! Compressed copies beside the page's files, for servers that send them: `viewer_bg.wasm.br`, `viewer_bg.wasm.gz`.

use anyhow::{Context, Result};
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// What compressing did to all files together, in bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    plain: u64,
    gzip: u64,
    brotli: u64,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let (plain, gzip, brotli) = (mb(self.plain), mb(self.gzip), mb(self.brotli));
        write!(
            f,
            "{plain:.2} MB to download, {gzip:.2} MB with gzip, {brotli:.2} MB with Brotli"
        )
    }
}

/// Writes the compressed copies of a whole folder.
pub fn folder(folder: &Path) -> Result<Sizes> {
    let mut sizes = Sizes::default();
    // All of them first, because more are written below.
    for file in &files(folder)? {
        let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        sizes.plain += bytes.len() as u64;
        sizes.gzip += write_smaller(file, "gz", &bytes, gzip(&bytes)?)?;
        sizes.brotli += write_smaller(file, "br", &bytes, brotli(&bytes)?)?;
    }
    Ok(sizes)
}

/// Every file under a folder but compressed copies, in a settled order.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = WalkDir::new(folder).sort_by_file_name();
    let files = entries.into_iter().filter_map(|entry| match entry {
        Ok(entry) if !entry.file_type().is_file() || is_copy(entry.path()) => None,
        entry => Some(entry.map(DirEntry::into_path)),
    });
    let files: Result<Vec<_>, _> = files.collect();
    files.with_context(|| format!("reading {}", folder.display()))
}

fn is_copy(file: &Path) -> bool {
    file.extension()
        .is_some_and(|end| end == "gz" || end == "br")
}

/// Keeps a compressed copy only where it saves a tenth; returns the bytes that will be sent.
fn write_smaller(file: &Path, ending: &str, plain: &[u8], packed: Vec<u8>) -> Result<u64> {
    if packed.len() * 10 > plain.len() * 9 {
        return Ok(plain.len() as u64);
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    fs::write(&name, &packed).with_context(|| format!("writing {}", Path::new(&name).display()))?;
    Ok(packed.len() as u64)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).context("compressing with gzip")?;
    encoder.finish().context("compressing with gzip")
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)
        .context("compressing with Brotli")?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn copies_unpack_to_the_file_and_noise_has_none() {
        let dist = std::env::temp_dir().join(format!("stylewalk-compress-{}", std::process::id()));
        fs::create_dir_all(dist.join("js")).unwrap();
        let text = "const twice = 1;\n".repeat(200);
        fs::write(dist.join("js/a.js"), &text).unwrap();
        let mut state = 1u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(2000)
        .collect();
        fs::write(dist.join("weights.bin"), &noise).unwrap();

        let sizes = folder(&dist).unwrap();

        assert_eq!(sizes.plain, (text.len() + noise.len()) as u64);
        assert!(sizes.brotli < sizes.plain && sizes.gzip < sizes.plain);
        let mut unpacked = String::new();
        let packed = fs::File::open(dist.join("js/a.js.gz")).unwrap();
        flate2::read::GzDecoder::new(packed)
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);
        let packed = fs::read(dist.join("js/a.js.br")).unwrap();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text.as_bytes());
        assert!(!dist.join("weights.bin.br").exists());
        // A second run takes no copy for a file of the page.
        assert_eq!(folder(&dist).unwrap(), sizes);
        fs::remove_dir_all(&dist).unwrap();
    }
}
