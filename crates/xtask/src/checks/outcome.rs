//! What came of each check, the counts in other programs' output, and the summary.

use anyhow::Result;
use std::fmt;
use std::ops::Add;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many tests passed, failed and did not run; a check that is no set of tests counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that did not run, because this machine lacks something or somebody left them out.
    pub ignored: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {ignored} ignored")
    }
}

impl Counts {
    /// A check that is one thing, and holds.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
        ignored: 0,
    };

    /// A check that is one thing, on a machine that lacks something for it.
    pub const IGNORED: Self = Self {
        passed: 0,
        failed: 0,
        ignored: 1,
    };

    /// The sums of all `test result:` lines of `cargo test`.
    pub fn of_cargo_test(printed: &str) -> Self {
        let mut counts = Self::default();
        for line in printed.lines() {
            if let Some(rest) = line.trim().strip_prefix("test result:") {
                counts.passed += number_before(rest, " passed");
                counts.failed += number_before(rest, " failed");
                counts.ignored += number_before(rest, " ignored");
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
                (Some("skipped" | "todo"), Some(number)) => counts.ignored += number,
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
        let failure = Counts {
            failed: 1,
            ..Counts::default()
        };
        *self.result.as_ref().unwrap_or(&failure)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let word = if counts.failed > 0 { "FAILED" } else { "ok" };
        let detail = match &self.result {
            Ok(Counts::ONE) => String::new(),
            Ok(counts) => counts.to_string(),
            Err(error) => format!("{error:#}"),
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
        println!("{total}");
        if total.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn total(&self) -> Counts {
        let counts = self.lines.iter().map(Line::counts);
        counts.fold(Counts::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    const fn counts(passed: u64, failed: u64, ignored: u64) -> Counts {
        Counts {
            passed,
            failed,
            ignored,
        }
    }

    #[test]
    fn cargo_test_is_summed_over_its_programs() {
        let printed = "running 2 tests\ntest a ... ok\n\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(Counts::of_cargo_test(printed), counts(15, 2, 1));
    }

    #[test]
    fn node_test_is_read_in_both_of_its_styles() {
        let tap = "ok 1 - drop\n# tests 5\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 1\n";
        assert_eq!(Counts::of_node_test(tap), counts(3, 2, 3));
        let spec = "✔ drop (5 ms)\nℹ tests 4\nℹ pass 4\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\n";
        assert_eq!(Counts::of_node_test(spec), counts(4, 0, 0));
    }

    #[test]
    fn a_program_that_fails_without_a_failed_test_is_a_failure() {
        assert_eq!(counts(3, 0, 1).with_status(false), counts(3, 1, 1));
        assert_eq!(counts(3, 2, 0).with_status(false), counts(3, 2, 0));
        assert_eq!(counts(3, 0, 0).with_status(true), counts(3, 0, 0));
    }

    #[test]
    fn the_total_counts_errors_and_says_what_did_not_run() {
        let mut report = Report::default();
        report.check("a", || Ok(counts(4, 0, 2)));
        report.check("b", || Ok(Counts::ONE));
        assert_eq!(report.total().to_string(), "5 passed, 0 failed, 2 ignored");
        report.check("c", || bail!("it broke"));
        assert_eq!(report.total(), counts(5, 1, 2));
        let lines: Vec<_> = report.lines.iter().map(Line::to_string).collect();
        assert!(lines[0].ends_with("4 passed, 0 failed, 2 ignored"));
        assert!(lines[1].ends_with('b'));
        assert!(lines[2].starts_with("FAILED") && lines[2].ends_with("it broke"));
    }
}
