//! Folders as people have them: links, pipes, other systems' leavings, names of every kind.

use super::super::photos::open_splits;
use super::super::source::Source;
use super::super::store::Store;
use super::prepared::{assert_same_data, divided};
use super::*;

fn names(folder: &Path) -> Vec<String> {
    let source = Source::open(folder).unwrap();
    source.candidates.iter().map(|found| found.name()).collect()
}

fn told(folder: &Path) -> Vec<String> {
    let source = Source::open(folder).unwrap();
    source.damaged.iter().map(ToString::to_string).collect()
}

#[test]
fn what_systems_leave_behind_is_no_photograph() {
    let folder = Folder::new("system");
    for name in [
        "a.png",
        "@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg",
        "hat/@eaDir/b.jpg",
        "#recycle/c.png",
        "__MACOSX/._a.png",
    ] {
        folder.write(name, &picture(1, 20));
    }
    assert_eq!(names(&folder.0), ["a.png"]);
}

#[test]
fn folders_in_capitals_divide_as_those_in_small_letters() {
    let folder = divided("capitals");
    let other = Folder::new("capitals-other");
    for (from, to) in [("train", "Train"), ("test", "VAL")] {
        fs::rename(folder.at(from), other.at(to)).unwrap();
    }
    let splits = open_splits(&other.0, &padded()).unwrap();
    assert_eq!(
        (splits.train.len(), splits.test.as_ref().map(Store::len)),
        (40, Some(6))
    );
    let report = serde_json::to_value(examine(&other.0).unwrap()).unwrap();
    assert_eq!(
        report["splits"],
        serde_json::json!({ "train": 40, "test": 6 })
    );
    assert!(
        report["notes"][0]
            .as_str()
            .unwrap()
            .contains("VAL is taken for testing"),
        "{report}"
    );
}

#[test]
fn pictures_of_other_formats_are_photographs() {
    let folder = Folder::new("other-formats");
    for (name, format) in [
        ("a.tif", image::ImageFormat::Tiff),
        ("b.BMP", image::ImageFormat::Bmp),
        ("c.gif", image::ImageFormat::Gif),
    ] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        outfits::outfit(3, 40)
            .image
            .write_to(&mut bytes, format)
            .unwrap();
        folder.write(name, bytes.get_ref());
    }
    let photos = load_folder(&folder.0, &padded()).unwrap();
    assert_eq!((photos.pixels.len(), photos.refused.len()), (3, 0));
    assert!(photos.pixels[0] == photos.pixels[1], "without loss");
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_followed_once() {
    use std::os::unix::fs::symlink;
    let folder = divided("linked");
    let desk = Folder::new("linked-desk");
    for split in ["train", "test"] {
        symlink(folder.at(split), desk.at(split)).unwrap();
    }
    assert_same_data(&folder.0, &desk.0);
    // A loop, a second way to the same folder, and a link to nothing.
    symlink(&desk.0, desk.at("loop")).unwrap();
    symlink(folder.at("train/hat"), desk.at("zz")).unwrap();
    symlink("nowhere", desk.at("gone")).unwrap();
    assert_same_data(&folder.0, &desk.0);
    let told = told(&desk.0);
    assert_eq!(told.len(), 2, "{told:?}");
    for (line, link) in told.iter().zip(["loop", "zz"]) {
        assert!(
            line.starts_with(link) && line.contains("read already"),
            "{told:?}"
        );
    }
}

/// Reading a pipe would wait for ever for somebody to write into it.
#[cfg(unix)]
#[test]
fn pipes_are_passed_over() {
    let folder = Folder::new("pipe");
    folder.write("a.png", &picture(1, 20));
    let made = std::process::Command::new("mkfifo")
        .arg(folder.at("p.jpg"))
        .status();
    assert!(made.unwrap().success());
    assert_eq!(load_folder(&folder.0, &padded()).unwrap().pixels.len(), 1);
    let told = told(&folder.0);
    assert!(
        told.len() == 1 && told[0].starts_with("p.jpg: this is a pipe"),
        "{told:?}"
    );
}

/// Where the tests run as root, who may read any folder, both pictures are found.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_refuses_itself_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("unreadable");
    folder.write("hat/a.png", &picture(1, 20));
    folder.write("closed/b.png", &picture(2, 20));
    let closed = folder.at("closed");
    let access = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    access(0o000);
    let all_powerful = fs::read_dir(&closed).is_ok();
    let (found, told) = (names(&folder.0), told(&folder.0));
    access(0o755);
    if all_powerful {
        assert_eq!(found, ["closed/b.png", "hat/a.png"]);
    } else {
        assert_eq!(found, ["hat/a.png"]);
        assert!(
            told[0].starts_with("closed: the folder cannot be read"),
            "{told:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn names_reach_a_terminal_without_their_codes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new("codes");
    folder.write("a\u{1b}[31m/red\n.png", b"no picture");
    fs::write(folder.0.join(OsStr::from_bytes(b"gr\xfcn.png")), b"none").unwrap();
    folder.write("a\u{1b}[31m/good.png", &picture(1, 20));
    let report = examine(&folder.0).unwrap();
    let text = report.text();
    assert!(
        text.contains("a\\u{1b}[31m/red\\n.png: this is a text file"),
        "{text}"
    );
    assert!(text.contains("gr\u{fffd}n.png"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(serde_json::to_string(&report).is_ok());
}
