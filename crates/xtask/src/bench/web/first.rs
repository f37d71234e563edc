//! The first picture: how long a visitor waits for it, what a browser downloads until then, and what memory that takes.

use serde::{Deserialize, Serialize};
use std::fmt::Write;

use super::Options;
use crate::bench::spread::Spread;

/// Who is opened, as the driver and the table call it; `ours` is the first.
const VISITED: [(&str, &str); 4] = [
    ("page", "this page"),
    ("page-before", "the page before"),
    ("onnx-wasm", "onnxruntime-web, wasm, one thread"),
    ("bare", "a worker fetches the weights, the page paints"),
];
/// Where files come from, as the driver calls it.
const DISK: &str = "disk";
const LINE: &str = "10 Mbit/s";
/// What is to be reached: this page's figure over another's, at most.
const RATIOS: [(&str, &str, Figure, &str, f64); 4] = [
    (
        "opened to first reconstruction, from disk",
        DISK,
        Figure::Milliseconds,
        "page-before",
        0.5,
    ),
    (
        "opened to first reconstruction, from disk",
        DISK,
        Figure::Milliseconds,
        "onnx-wasm",
        0.5,
    ),
    (
        "opened to first reconstruction, at 10 Mbit/s",
        LINE,
        Figure::Milliseconds,
        "page-before",
        0.45,
    ),
    (
        "renderer's memory at the first picture",
        DISK,
        Figure::Memory,
        "page-before",
        0.5,
    ),
];
/// The same of what this page downloads, in MB.
const DOWNLOADS: [(&str, Figure, f64); 2] = [
    (
        "wasm and JavaScript until the first picture",
        Figure::Program,
        0.5,
    ),
    (
        "everything until the first picture, the published model included",
        Figure::Bytes,
        4.6,
    ),
];

/// All openings of a page, with files from one place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct First {
    /// Its key.
    pub contestant: String,
    /// `disk` or `10 Mbit/s`.
    pub speed: String,
    /// One for each run.
    pub openings: Vec<Opening>,
    /// Why it could not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One opening, up to its first reconstruction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opening {
    /// From the navigation.
    pub milliseconds: f64,
    /// Bodies of the files that had come whole, as they were sent.
    pub bytes: u64,
    /// Those of wasm and JavaScript among them.
    pub program: u64,
    /// How many files.
    pub files: usize,
    /// The renderer's private bytes; none where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

#[derive(Clone, Copy)]
enum Figure {
    Milliseconds,
    /// In MB, as the two below.
    Bytes,
    Program,
    Memory,
}

impl Figure {
    fn of(self, opening: &Opening) -> Option<f64> {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        match self {
            Self::Milliseconds => Some(opening.milliseconds),
            Self::Bytes => Some(megabytes(opening.bytes)),
            Self::Program => Some(megabytes(opening.program)),
            Self::Memory => opening.memory.map(megabytes),
        }
    }
}

/// What the openings have of one figure, where they ended well.
fn spread(all: &[First], contestant: &str, speed: &str, figure: Figure) -> Option<Spread> {
    let found = all
        .iter()
        .find(|one| one.contestant == contestant && one.speed == speed && one.error.is_none())?;
    Spread::of(
        found
            .openings
            .iter()
            .filter_map(|opening| figure.of(opening))
            .collect(),
    )
}

/// Both tables, with what they are of; nothing where nothing was measured.
pub fn text(options: &Options, all: &[First]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "The first picture: from opening a page to its first reconstruction on the CPU, each in a browser of its own with \
         nothing cached, the published model included; medians (smallest to largest) of {} runs in turns, after one that is \
         not counted. Files are sent as a published page's server sends them, by Brotli at its best; the second time Chromium \
         itself slows what comes to 10 Mbit/s, with 40 ms until an answer begins (CDP's Network.emulateNetworkConditions). \
         Bytes are of the files that had come whole by then, over the slow line. Memory is the renderer's private bytes \
         (/proc/PID/smaps_rollup), from disk. Pages of this project get a JPEG of 600x800 pixels as soon as they take one; \
         onnxruntime-web, with the same E and G in f32, a picture that is numbers already. The last one has no networks: it is \
         the least that a page takes which runs any beside its own thread. {}\n\n\
         | | from disk | at 10 Mbit/s | MB until then | wasm and JavaScript, MB | renderer's memory, MB |\n\
         |---|---|---|---|---|---|\n",
        options.runs.max(1),
        match options.release {
            true => "This page is built as it is published.",
            false => "This page is the quick build of tests and demos, not the published one.",
        },
    );
    // Writing into a string cannot fail.
    for (contestant, title) in VISITED {
        if !all.iter().any(|one| one.contestant == contestant) {
            continue;
        }
        let time = |speed| {
            let times = spread(all, contestant, speed, Figure::Milliseconds);
            times.map_or_else(|| "failed".to_owned(), |times| times.text())
        };
        let megabytes = |speed, figure, digits| {
            let found = spread(all, contestant, speed, figure);
            found.map_or_else(String::new, |found| found.digits(digits))
        };
        let _ = writeln!(
            text,
            "| {title} | {} | {} | {} | {} | {} |",
            time(DISK),
            time(LINE),
            megabytes(LINE, Figure::Bytes, 2),
            megabytes(LINE, Figure::Program, 2),
            megabytes(DISK, Figure::Memory, 0),
        );
    }
    text + "\n" + &targets(all) + &failures(all) + "\n"
}

fn targets(all: &[First]) -> String {
    let mut text = String::from("| | this page | at most |\n|---|---|---|\n");
    for (what, speed, figure, other, most) in RATIOS {
        let [ours, theirs] = ["page", other].map(|one| spread(all, one, speed, figure));
        let ratio = ours
            .zip(theirs)
            .map(|(ours, theirs)| ours.median() / theirs.median());
        let title = VISITED
            .iter()
            .find(|(key, _)| *key == other)
            .map_or(other, |(_, title)| title);
        let _ = writeln!(
            text,
            "| {what}, over {title} | {} | {most} |",
            shown(ratio, "")
        );
    }
    for (what, figure, most) in DOWNLOADS {
        let ours = spread(all, "page", LINE, figure).map(|found| found.median());
        let _ = writeln!(text, "| {what} | {} | {most} MB |", shown(ours, " MB"));
    }
    text
}

fn shown(figure: Option<f64>, unit: &str) -> String {
    figure.map_or_else(
        || "not measured".to_owned(),
        |figure| format!("{figure:.2}{unit}"),
    )
}

fn failures(all: &[First]) -> String {
    let failed = all.iter().filter_map(|one| {
        let error = one.error.as_ref()?;
        Some(format!(
            "\n`{}` failed, from {}: {error}.\n",
            one.contestant, one.speed
        ))
    });
    failed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(contestant: &str, speed: &str, times: &[f64]) -> First {
        let opening = |&milliseconds: &f64| Opening {
            milliseconds,
            bytes: 4_000_000,
            program: 450_000,
            files: 60,
            memory: Some((milliseconds * 1e6) as u64),
        };
        First {
            contestant: contestant.into(),
            speed: speed.into(),
            openings: times.iter().map(opening).collect(),
            error: None,
        }
    }

    #[test]
    fn the_tables_have_medians_ratios_and_failures() {
        let failed = First {
            error: Some("no picture".into()),
            ..opened("onnx-wasm", DISK, &[1.0])
        };
        let all = [
            opened("page", DISK, &[300.0, 200.0, 250.0]),
            opened("page", LINE, &[4000.0]),
            opened("page-before", DISK, &[1000.0]),
            failed,
        ];
        let text = text(&super::super::table::tests::options(), &all);
        let row = "| this page | 250 ms (200 to 300) | 4000 ms (4000 to 4000) | 4.00 (4.00 to 4.00) | 0.45 (0.45 to 0.45) | 250 (200 to 300) |";
        assert!(text.contains(row), "{text}");
        assert!(
            text.contains("from disk, over the page before | 0.25 | 0.5 |"),
            "{text}"
        );
        assert!(
            text.contains("at 10 Mbit/s, over the page before | not measured | 0.45 |"),
            "{text}"
        );
        assert!(
            text.contains("first picture, over the page before | 0.25 | 0.5 |"),
            "{text}"
        );
        assert!(text.contains("| 4.00 MB | 4.6 MB |"), "{text}");
        assert!(
            text.contains("`onnx-wasm` failed, from disk: no picture."),
            "{text}"
        );
    }

    #[test]
    fn pages_and_speeds_are_the_drivers() {
        let driver = include_str!("../../../../../tests/bench/web/first.mjs");
        for name in VISITED.map(|(key, _)| key).into_iter().chain([DISK, LINE]) {
            assert!(driver.contains(&format!("name: \"{name}\"")), "{name}");
        }
    }
}
