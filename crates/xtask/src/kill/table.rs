//! What became of the moments.

use super::acts::Act;
use super::moments::{How, Moment};
use anyhow::Result;

/// A moment, and what became of it.
pub struct Outcome {
    moment: Moment,
    /// Whether the program was at work, or why what it went on to is not right.
    tried: Result<bool>,
}

impl Outcome {
    /// What became of `moment`.
    pub fn of(moment: Moment, tried: Result<bool>) -> Self {
        Self { moment, tried }
    }

    /// What went wrong.
    pub fn failure(&self) -> Option<String> {
        self.tried.as_ref().err().map(|error| format!("{error:#}"))
    }
}

/// A row for each act and way to end it.
pub fn text(outcomes: &[Outcome]) -> String {
    let mut text = format!(
        "{:<14}{:<12}{:>8}{:>10}{:>10}",
        "act", "ended by", "moments", "at work", "the same"
    );
    for act in Act::ALL {
        for (how, name) in [(How::Killed, "kill -9"), (How::Terminated, "SIGTERM")] {
            let of = |outcome: &&Outcome| outcome.moment.act == act && outcome.moment.how == how;
            let row = || outcomes.iter().filter(of);
            let at_work = row().filter(|outcome| matches!(outcome.tried, Ok(true) | Err(_)));
            let same = row().filter(|outcome| outcome.tried.is_ok());
            text += &format!(
                "\n{:<14}{name:<12}{:>8}{:>10}{:>10}",
                act.name(),
                row().count(),
                at_work.count(),
                same.count()
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::moments::Moments;
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_row_counts_moments_and_what_failed_is_told() {
        let mut moments = Moments::new(0).filter(|moment| moment.how == How::Killed);
        let mut outcome = |tried| {
            Outcome::of(
                moments.by_ref().find(|m| m.act == Act::Export).unwrap(),
                tried,
            )
        };
        let outcomes = [
            outcome(Ok(true)),
            outcome(Ok(false)),
            outcome(Err(anyhow!("a differs"))),
        ];
        let table = text(&outcomes);
        let row = table
            .lines()
            .find(|line| line.starts_with("export"))
            .unwrap();
        let numbers: Vec<&str> = row.split_whitespace().skip(3).collect();
        assert_eq!(numbers, ["3", "2", "2"]);
        let failed: Vec<String> = outcomes.iter().filter_map(Outcome::failure).collect();
        assert_eq!(failed, ["a differs"]);
    }
}
