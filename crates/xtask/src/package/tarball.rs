//! A tarball as npm takes it: every file under `package/`, the same bytes for the same files.

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

/// A file's path in the package, and its bytes.
pub type Entry = (String, Vec<u8>);

/// What npm gives as the time of every file: 26 October 1985.
const TIME: u64 = 499_162_500;

/// Packs and compresses them.
pub fn pack(entries: &[Entry]) -> Result<Vec<u8>> {
    let gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(gzip);
    for (name, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(TIME);
        archive
            .append_data(&mut header, format!("package/{name}"), bytes.as_slice())
            .with_context(|| format!("packing {name}"))?;
    }
    let gzip = archive.into_inner().context("ending the package")?;
    gzip.finish().context("compressing the package")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn files_come_back_and_the_same_files_give_the_same_bytes() {
        let entries = [
            ("package.json".to_owned(), b"{}".to_vec()),
            ("js/a.js".to_owned(), vec![b'a'; 3000]),
        ];
        let packed = pack(&entries).unwrap();
        assert_eq!(pack(&entries).unwrap(), packed);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            found.push((path.strip_prefix("package/").unwrap().to_owned(), bytes));
        }
        assert_eq!(found, entries);
    }
}
