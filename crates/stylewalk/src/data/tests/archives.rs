//! Tar files as sources: the same photographs as the folder they were made of.

use super::super::photos::open_splits;
use super::super::source::Source;
use super::super::split::Split;
use super::prepared::{assert_same_data, divided};
use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
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
    folder.write("a.zip", b"PK");
    let error = Source::open(&folder.at("a.zip")).unwrap_err().to_string();
    assert!(error.contains("neither a folder nor a tar file"), "{error}");
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
