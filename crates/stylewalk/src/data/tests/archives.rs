//! Archives as sources: the same photographs as the folder they were made of.

use super::super::photos::open_splits;
use super::super::source::Source;
use super::super::split::Split;
use super::prepared::{assert_same_data, divided};
use super::*;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use std::io::Write;

/// A tar file of all files below `folder`, in their paths' order; names begin with `prefix`.
pub fn tar_of(folder: &Path, prefix: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for name in find(folder).unwrap().pictures {
        let bytes = fs::read(folder.join(&name)).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let path = format!("{prefix}{}", name.display());
        builder
            .append_data(&mut header, path, bytes.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// The same as a ZIP file, every other member deflated.
fn zip_of(folder: &Path, prefix: &str) -> Vec<u8> {
    let members = find(folder).unwrap().pictures;
    let members = members.iter().enumerate().map(|(number, name)| {
        let bytes = fs::read(folder.join(name)).unwrap();
        (
            format!("{prefix}{}", name.display()),
            bytes,
            number % 2 == 0,
        )
    });
    zip(members)
}

/// A ZIP file of names, contents, and whether to deflate them.
fn zip(members: impl IntoIterator<Item = (String, Vec<u8>, bool)>) -> Vec<u8> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, bytes, deflate) in members {
        let method = match deflate {
            true => CompressionMethod::DEFLATE,
            false => CompressionMethod::STORE,
        };
        let (mut entry, config) = archive
            .new_file(&name)
            .compression_method(method)
            .start()
            .unwrap();
        if deflate {
            let encoder = DeflateEncoder::new(&mut entry, Compression::fast());
            let mut writer = config.wrap(encoder);
            writer.write_all(&bytes).unwrap();
            let (encoder, output) = writer.finish().unwrap();
            encoder.finish().unwrap();
            entry.finish(output).unwrap();
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(&bytes).unwrap();
            let (_, output) = writer.finish().unwrap();
            entry.finish(output).unwrap();
        }
    }
    archive.finish().unwrap()
}

#[test]
fn a_zip_file_is_the_folder_it_was_made_of() {
    let folder = divided("zip");
    let desk = Folder::new("zip-files");
    desk.write("plain.zip", &zip_of(&folder.0, ""));
    desk.write("outside.ZIP", &zip_of(&folder.0, "clothing/"));
    desk.write("two/train.zip", &zip_of(&folder.at("train"), ""));
    desk.write("two/test.zip", &zip_of(&folder.at("test"), ""));
    for name in ["plain.zip", "outside.ZIP", "two"] {
        assert_same_data(&folder.0, &desk.at(name));
    }
    let out = desk.at("prepared");
    super::prepared::prepare_into(&desk.at("plain.zip"), &out, &[]).unwrap();
    assert_same_data(&folder.0, &out);
}

#[test]
fn damaged_zip_files_are_told_and_their_good_part_used() {
    let folder = divided("zip-damaged");
    let whole = zip_of(&folder.0, "");
    let desk = Folder::new("zip-damaged-files");
    desk.write("a/cut.zip", &whole[..whole.len() / 2]);
    let mut broken = whole.clone();
    // Within a member's contents, far from any name.
    let middle = whole.len() / 2;
    broken[middle..middle + 64].fill(0xff);
    desk.write("b/broken.zip", &broken);
    let splits = open_splits(&desk.0, &padded()).unwrap();
    assert!(splits.train.len() > 30, "{}", splits.train.len());
    let told: Vec<String> = splits.refused.iter().map(ToString::to_string).collect();
    let tells = |start: &str, why: &str| {
        told.iter()
            .any(|line| line.starts_with(start) && line.contains(why))
    };
    assert!(tells("a/cut.zip: ", "no whole ZIP file"), "{told:#?}");
    assert!(
        tells("b/broken.zip/", "the archive is damaged at this picture"),
        "{told:#?}"
    );
}

/// A megabyte of zeros, announced as ten bytes and as a thousand million.
#[test]
fn a_zip_member_of_another_length_than_announced_is_refused() {
    let desk = Folder::new("zip-length");
    let good = ("good.png".to_owned(), picture(1, 20), false);
    let bomb = ("bomb.png".to_owned(), vec![0; 1 << 20], true);
    let bytes = zip([good, bomb]);
    // The central directory's entry: its signature, and 46 bytes before its name.
    let entry = bytes
        .windows(8)
        .rposition(|name| name == b"bomb.png")
        .unwrap()
        - 46;
    assert_eq!(bytes[entry..entry + 4], *b"PK\x01\x02");
    for (length, why) in [
        (10u32, "another than announced"),
        (1 << 30, "more than the limit"),
    ] {
        let mut changed = bytes.clone();
        changed[entry + 24..entry + 28].copy_from_slice(&length.to_le_bytes());
        desk.write("a.zip", &changed);
        let splits = open_splits(&desk.at("a.zip"), &padded()).unwrap();
        assert_eq!((splits.train.len(), splits.refused.len()), (1, 1));
        let refused = &splits.refused[0];
        assert!(
            refused.reason.contains(why) || refused.reason.contains("damaged at this picture"),
            "{refused}"
        );
    }
}

/// Python's `tarfile.add("../photos")` writes such names.
#[test]
fn members_that_lead_out_of_the_archive_are_used_where_they_are() {
    let folder = divided("tar-outside");
    let desk = Folder::new("tar-outside-files");
    let mut builder = tar::Builder::new(Vec::new());
    for name in find(&folder.0).unwrap().pictures {
        let bytes = fs::read(folder.0.join(&name)).unwrap();
        let mut header = tar::Header::new_ustar();
        let path = format!("../photos/{}", name.display());
        // `set_path` refuses what it should.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes.as_slice()).unwrap();
    }
    desk.write("rel.tar", &builder.into_inner().unwrap());
    assert_same_data(&folder.0, &desk.at("rel.tar"));
    assert!(!desk.at("../photos").exists());
}

#[test]
fn one_tar_file_is_the_folder_it_was_made_of() {
    let folder = divided("tar");
    let desk = Folder::new("tar-files");
    desk.write("plain.tar", &tar_of(&folder.0, ""));
    desk.write("dotted.tar", &tar_of(&folder.0, "./"));
    desk.write("outside.tar.gz", &gzip(&tar_of(&folder.0, "clothing/")));
    for name in ["plain.tar", "dotted.tar", "outside.tar.gz"] {
        assert_same_data(&folder.0, &desk.at(name));
    }
    let names: Vec<String> = Source::open(&desk.at("plain.tar"))
        .unwrap()
        .candidates
        .iter()
        .map(|c| c.name())
        .collect();
    let mut expected = find(&folder.0).unwrap().pictures;
    expected.sort();
    assert_eq!(
        names.iter().map(PathBuf::from).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn a_folder_of_tar_files_is_divided_by_their_names_or_folders() {
    let folder = divided("tars");
    let train = open_splits(&folder.at("train"), &padded()).unwrap().train;
    for (train_name, test_name) in [
        ("train-0000.tar", "test.tgz"),
        ("train/all.tar", "test/all.tar.gz"),
    ] {
        let desk = Folder::new("tars-files");
        desk.write(train_name, &tar_of(&folder.at("train"), ""));
        desk.write(test_name, &gzip(&tar_of(&folder.at("test"), "")));
        let source = Source::open(&desk.0).unwrap();
        let count = |split| {
            source
                .candidates
                .iter()
                .filter(|c| c.split == Some(split))
                .count()
        };
        assert_eq!((count(Split::Train), count(Split::Test)), (42, 6));
        let first = source
            .candidates
            .iter()
            .find(|c| c.split == Some(Split::Train))
            .unwrap();
        assert_eq!(first.label.as_deref(), Some("hat"));
        assert_eq!(first.name(), format!("{train_name}/hat/001.png"));
        let splits = open_splits(&desk.0, &padded()).unwrap();
        assert_eq!(splits.train.len(), 40);
        for number in 0..40 {
            assert_eq!(
                splits.train.read(number).unwrap(),
                train.read(number).unwrap()
            );
        }
    }
}

#[test]
fn damaged_archives_are_told_and_their_good_part_used() {
    let folder = divided("tar-damaged");
    let whole = tar_of(&folder.0, "");
    let half = whole.len() / 2;
    let desk = Folder::new("tar-damaged-files");
    desk.write("a/cut.tar", &whole[..half]);
    let mut broken = whole.clone();
    let header = half / 512 * 512;
    broken[header..header + 20_000].fill(0xff);
    desk.write("b/broken.tar", &broken);
    desk.write("c/none.tar.gz", b"this is no archive");
    desk.write("d/none.tar", &[7; 2000]);
    let splits = open_splits(&desk.0, &padded()).unwrap();
    assert!(splits.train.len() > 20, "{}", splits.train.len());
    let told: Vec<String> = splits
        .refused
        .iter()
        .map(|r| format!("{}: {}", r.file, r.reason))
        .collect();
    let tells = |start: &str, why: &str| {
        told.iter()
            .any(|line| line.starts_with(start) && line.contains(why))
    };
    assert!(
        tells("a/cut.tar/", "the archive is cut off inside this picture"),
        "{told:#?}"
    );
    assert!(
        tells("b/broken.tar: ", "the archive is damaged after"),
        "{told:#?}"
    );
    assert!(tells("c/none.tar.gz: ", "cannot unpack"), "{told:#?}");
    assert!(
        tells("d/none.tar: ", "the archive is damaged after 0 pictures"),
        "{told:#?}"
    );
}

#[test]
fn a_file_that_is_no_archive_is_refused() {
    let folder = Folder::new("no-archive");
    folder.write("a.rar", b"Rar!");
    let error = Source::open(&folder.at("a.rar")).unwrap_err().to_string();
    assert!(
        error.contains("neither a folder nor a tar or ZIP file"),
        "{error}"
    );
}

#[test]
fn a_member_that_claims_to_be_huge_is_refused_unread() {
    let folder = Folder::new("huge-member");
    let mut header = tar::Header::new_gnu();
    header.set_path("huge.jpg").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    let good = picture(1, 20);
    let mut good_header = tar::Header::new_gnu();
    good_header.set_path("good.png").unwrap();
    good_header.set_size(good.len() as u64);
    good_header.set_cksum();
    let mut bytes = good_header.as_bytes().to_vec();
    bytes.extend(&good);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes.extend(header.as_bytes());
    bytes.extend([0; 4096]);
    folder.write("a.tar", &bytes);
    let splits = open_splits(&folder.at("a.tar"), &padded()).unwrap();
    assert_eq!(splits.train.len(), 1);
    assert_eq!(splits.refused.len(), 1);
    assert!(
        splits.refused[0].reason.contains("more than the limit"),
        "{:?}",
        splits.refused
    );
}

/// Whatever a ZIP file's bytes are: photographs, or what is wrong, and never more than was announced.
#[test]
fn a_changed_zip_file_is_told_or_read() {
    let members = (0..4).map(|seed| (format!("{seed}.png"), picture(seed, 16), seed % 2 == 0));
    let whole = zip(members);
    let desk = Folder::new("zip-changed");
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut used = 0;
    for _ in 0..300 {
        let mut changed = whole.clone();
        for _ in 0..rng.random_range(1..4) {
            // The list at the end, half of the time: it is shorter than the pictures.
            let from = if rng.random() { 0 } else { changed.len() - 260 };
            let place = rng.random_range(from..changed.len());
            changed[place] = rng.random();
        }
        desk.write("a.zip", &changed);
        let Ok(source) = Source::open(&desk.at("a.zip")) else {
            continue;
        };
        for candidate in &source.candidates {
            used += usize::from(source.read(candidate).is_ok());
        }
    }
    assert!((300..1200).contains(&used), "{used} pictures");
}
