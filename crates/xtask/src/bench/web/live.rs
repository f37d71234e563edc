//! The page under a hand: pictures a second while something is dragged or walked, and how busy the page's thread is.

use serde::{Deserialize, Serialize};
use std::fmt::Write;

use super::Options;
use crate::bench::spread::Spread;

/// What was seen of one thing that a hand does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Live {
    /// `composites` or `walk`.
    pub what: String,
    /// From picture to picture, ms.
    pub times: Vec<f64>,
    /// The longest task of the page's own thread, ms; 0 where none took 50 ms, which browsers do not tell of.
    pub longest: f64,
}

/// What they are called, and the milliseconds that a picture may take.
const ROWS: [(&str, &str, f64); 2] = [
    ("composites", "two pins put together, while dragged", 33.0),
    ("walk", "walking, with the nearest photographs", 33.0),
];

/// The table, with what it is of; nothing where nothing was measured.
pub fn text(options: &Options, all: &[Live]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "The page under a hand, on the CPU with the published model{}: milliseconds from picture to picture, median (smallest \
         to largest), over five seconds.\n\n\
         | | ms a picture | asked | pictures a second | longest task of the page's thread, ms |\n|---|---|---|---|---|\n",
        match options.release {
            true => "",
            false => " and the quick build of tests and demos",
        },
    );
    for (what, title, asked) in ROWS {
        let Some(found) = all.iter().find(|one| one.what == what) else {
            continue;
        };
        let Some(times) = Spread::of(found.times.clone()) else {
            continue;
        };
        let rate = 1000.0 * found.times.len() as f64 / found.times.iter().sum::<f64>();
        let longest = match found.longest {
            0.0 => "below 50".to_owned(),
            longest => format!("{longest:.0}"),
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "| {title} | {} | {asked} | {rate:.0} | {longest} |",
            times.text()
        );
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn pictures_a_second_are_of_all_of_the_time() {
        let options = Cli::parse_from(["bench"]).options;
        let live = Live {
            what: "composites".into(),
            times: vec![10.0, 20.0, 30.0, 20.0],
            longest: 0.0,
        };
        let text = text(&options, &[live]);
        assert!(text.contains("| 33 | 50 | below 50 |"), "{text}");
        assert!(super::text(&options, &[]).is_empty());
    }

    #[test]
    fn rows_are_the_drivers() {
        let driver = include_str!("../../../../../tests/bench/web/live.mjs");
        for (what, ..) in ROWS {
            assert!(driver.contains(&format!("what: \"{what}\"")), "{what}");
        }
    }
}
