//! What came of each check, the counts in other programs' output, and the summary.

use anyhow::Result;
use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many tests passed and failed; a check that is no set of tests counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl Counts {
    /// A check that is one thing, and holds.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// The sums of all `test result:` lines of `cargo test`.
    pub fn of_cargo_test(printed: &str) -> Self {
        let mut counts = Self::default();
        for line in printed.lines() {
            if let Some(rest) = line.trim().strip_prefix("test result:") {
                counts.passed += number_before(rest, " passed");
                counts.failed += number_before(rest, " failed");
            }
        }
        counts
    }

    /// The counts that end the output of `node --test`, as `# pass 3` or `ℹ pass 3`.
    pub fn of_node_test(printed: &str) -> Self {
        let mut counts = Self::default();
        for line in printed.lines() {
            let mut words = line.split_whitespace();
            if !matches!(words.next(), Some("#" | "ℹ")) {
                continue;
            }
            let (what, number) = (
                words.next(),
                words.next().and_then(|word| word.parse::<u64>().ok()),
            );
            match (what, number) {
                (Some("pass"), Some(number)) => counts.passed += number,
                // A test that was cut off by its time limit did not pass.
                (Some("fail" | "cancelled"), Some(number)) => counts.failed += number,
                _ => {}
            }
        }
        counts
    }

    /// These counts, with one failure more where the program failed though no test of its did.
    pub fn with_status(mut self, succeeded: bool) -> Self {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    let number = before
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    if text.contains(word) {
        number.parse().unwrap_or(0)
    } else {
        0
    }
}

/// All checks so far.
#[derive(Default)]
pub struct Report {
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    time: Duration,
    result: Result<Counts>,
}

impl Line {
    fn counts(&self) -> Counts {
        match &self.result {
            Ok(counts) => *counts,
            Err(_) => Counts {
                passed: 0,
                failed: 1,
            },
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { passed, failed } = self.counts();
        let (word, detail) = match &self.result {
            Ok(_) if failed > 0 => ("FAILED", format!("{passed} passed, {failed} failed")),
            Ok(_) if passed == 1 => ("ok", String::new()),
            Ok(_) => ("ok", format!("{passed} passed")),
            Err(error) => ("FAILED", format!("{error:#}")),
        };
        let line = format!(
            "{word:<8}{:>7.1} s  {:<20}{detail}",
            self.time.as_secs_f64(),
            self.name
        );
        f.write_str(line.trim_end())
    }
}

impl Report {
    /// Runs one check and keeps what came of it.
    pub fn check(&mut self, name: &'static str, check: impl FnOnce() -> Result<Counts>) {
        println!("\n== {name}");
        let started = Instant::now();
        let line = Line {
            name,
            result: check(),
            time: started.elapsed(),
        };
        println!("{line}");
        self.lines.push(line);
    }

    /// Prints every check again in one line each, then the sum.
    pub fn finish(self) -> ExitCode {
        println!("\n== summary");
        for line in &self.lines {
            println!("{line}");
        }
        let total = self.total();
        println!("{} passed, {} failed", total.passed, total.failed);
        if total.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn total(&self) -> Counts {
        self.lines
            .iter()
            .map(Line::counts)
            .fold(Counts::default(), |a, b| Counts {
                passed: a.passed + b.passed,
                failed: a.failed + b.failed,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    const fn counts(passed: u64, failed: u64) -> Counts {
        Counts { passed, failed }
    }

    #[test]
    fn cargo_test_is_summed_over_its_programs() {
        let printed = "running 2 tests\ntest a ... ok\n\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(Counts::of_cargo_test(printed), counts(15, 2));
    }

    #[test]
    fn node_test_is_read_in_both_of_its_styles() {
        let tap =
            "ok 1 - drop\n# tests 5\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 0\n";
        assert_eq!(Counts::of_node_test(tap), counts(3, 2));
        let spec = "✔ drop (5 ms)\nℹ tests 4\nℹ pass 4\nℹ fail 0\nℹ cancelled 0\n";
        assert_eq!(Counts::of_node_test(spec), counts(4, 0));
    }

    #[test]
    fn a_program_that_fails_without_a_failed_test_is_a_failure() {
        assert_eq!(counts(3, 0).with_status(false), counts(3, 1));
        assert_eq!(counts(3, 2).with_status(false), counts(3, 2));
        assert_eq!(counts(3, 0).with_status(true), counts(3, 0));
    }

    #[test]
    fn the_total_counts_errors() {
        let mut report = Report::default();
        report.check("a", || Ok(counts(4, 0)));
        report.check("b", || Ok(Counts::ONE));
        assert_eq!(report.total(), counts(5, 0));
        report.check("c", || bail!("it broke"));
        assert_eq!(report.total(), counts(5, 1));
        assert!(report.lines[2].to_string().starts_with("FAILED"));
        assert!(report.lines[2].to_string().ends_with("it broke"));
    }
}
