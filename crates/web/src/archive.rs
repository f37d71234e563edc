//! Folders as zip archives: how weights leave the page, and one way in which they come back.

use std::io::{Cursor, Read, Write};

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use crate::WebError;

/// A file of a folder: its path with `/` between names, and its contents.
pub type NamedFile = (String, Vec<u8>);

/// Files as whoever reads them wants them.
#[must_use]
pub fn borrowed(files: &[NamedFile]) -> Vec<(&str, &[u8])> {
    let files = files.iter();
    files
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect()
}

/// Contents of one archive, unpacked, in bytes: a run of the paper's networks and some thousand photographs.
const MAX_BYTES: u64 = 768 << 20;
/// Files of one archive.
const MAX_FILES: usize = 100_000;

/// An archive with these files, not compressed: weights hardly would be.
///
/// # Errors
/// An archive cannot hold one of the paths.
pub fn pack(files: &[NamedFile]) -> Result<Vec<u8>, WebError> {
    let room = files
        .iter()
        .map(|(path, bytes)| 256 + 2 * path.len() + bytes.len());
    let mut archive = ZipArchiveWriter::new(Cursor::new(Vec::with_capacity(room.sum())));
    let failed = |error: rawzip::Error| WebError::Archive(error.to_string());
    for (path, bytes) in files {
        let (mut entry, config) = archive.new_file(path.as_str()).start().map_err(failed)?;
        let mut writer = config.wrap(&mut entry);
        let written = writer.write_all(bytes);
        written.map_err(|error| WebError::Archive(error.to_string()))?;
        let (_, described) = writer.finish().map_err(failed)?;
        entry.finish(described).map_err(failed)?;
    }
    Ok(archive.finish().map_err(failed)?.into_inner())
}

/// The files in an archive, folders left out; stored or deflated, as every program writes them.
///
/// # Errors
/// It is not a zip archive, is damaged, or holds more than the page takes.
pub fn unpack(bytes: &[u8]) -> Result<Vec<NamedFile>, WebError> {
    let failed = |error: rawzip::Error| WebError::Archive(error.to_string());
    let archive = ZipArchive::from_slice(bytes).map_err(failed)?;
    let mut entries = archive.entries();
    let (mut files, mut room) = (Vec::new(), MAX_BYTES);
    while let Some(entry) = entries.next_entry().map_err(failed)? {
        if entry.is_dir() {
            continue;
        }
        let path = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let found = archive.get_entry(entry.wayfinder()).map_err(failed)?;
        let contents = match entry.compression_method() {
            CompressionMethod::STORE => read(found.verifying_reader(found.data()), room),
            CompressionMethod::DEFLATE => read(
                found.verifying_reader(DeflateDecoder::new(found.data())),
                room,
            ),
            other => Err(format!(
                "it is compressed by {other:?}, and the page reads Deflate"
            )),
        };
        let contents =
            contents.map_err(|reason| WebError::Archive(format!("`{path}` in it: {reason}")))?;
        room -= contents.len() as u64;
        files.push((path, contents));
        if files.len() > MAX_FILES {
            let reason = format!("it holds more than {MAX_FILES} files");
            return Err(WebError::Archive(reason));
        }
    }
    Ok(files)
}

/// All that `reader` gives, whatever a header promised, if that is at most `room` bytes.
fn read(reader: impl Read, room: u64) -> Result<Vec<u8>, String> {
    let mut contents = Vec::new();
    let count = reader.take(room + 1).read_to_end(&mut contents);
    match count.map_err(|error| error.to_string())? as u64 {
        count if count > room => Err(format!(
            "with it the archive is over {} MiB",
            MAX_BYTES >> 20
        )),
        _ => Ok(contents),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<NamedFile> {
        vec![
            ("model.json".to_owned(), b"{}".to_vec()),
            ("checkpoints/step-1/weights".to_owned(), vec![7; 5000]),
            ("empty".to_owned(), Vec::new()),
        ]
    }

    #[test]
    fn a_folder_comes_back_out_of_its_archive() {
        assert_eq!(unpack(&pack(&files()).unwrap()).unwrap(), files());
    }

    #[test]
    fn other_files_and_damaged_archives_are_refused() {
        let mut archive = pack(&files()).unwrap();
        for wrong in [&b"PK"[..], b"", b"{}", &archive[..archive.len() / 2]] {
            let error = unpack(wrong).unwrap_err().to_string();
            assert!(error.starts_with("the archive cannot be used: "), "{error}");
        }
        let middle = archive.len() / 2;
        archive[middle] ^= 1;
        let error = unpack(&archive).unwrap_err().to_string();
        assert!(error.contains("step-1/weights"), "{error}");
    }

    #[test]
    fn deflated_files_are_read() {
        let mut archive = ZipArchiveWriter::new(Cursor::new(Vec::new()));
        let builder = archive.new_file("a.txt");
        let builder = builder.compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = builder.start().unwrap();
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::best());
        let mut writer = config.wrap(encoder);
        writer.write_all(&[b'x'; 3000]).unwrap();
        let (encoder, described) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(described).unwrap();
        let archive = archive.finish().unwrap().into_inner();
        assert!(archive.len() < 500);
        assert_eq!(
            unpack(&archive).unwrap(),
            [("a.txt".to_owned(), vec![b'x'; 3000])]
        );
    }
}
