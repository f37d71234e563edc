//! Tables in documents that people wrote: what stands above a mark stays, what stands below is written by a command.

use anyhow::{Context, Result};
use std::fs;

use crate::workspace::Workspace;

/// A document that ends with what a command writes.
pub struct Document {
    /// Its place in the repository.
    pub path: &'static str,
    /// The line below which a command writes.
    pub begin: &'static str,
    /// Its first line, where there is no such document yet.
    pub title: &'static str,
}

impl Document {
    /// Prints what is new and puts it in the place of what was written before.
    pub fn write(&self, workspace: &Workspace, new: &str) -> Result<()> {
        println!("\n{new}");
        let path = workspace.root.join(self.path);
        let old = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, self.with(&old, new))
            .with_context(|| format!("could not write {}", self.path))
    }

    fn with(&self, old: &str, new: &str) -> String {
        let above = match old.split_once(self.begin) {
            Some((above, _)) => above,
            None if old.is_empty() => self.title,
            None => old,
        };
        format!("{}\n\n{}\n\n{new}", above.trim_end(), self.begin)
    }
}

/// The mean of `values`, and of more than one their standard deviation.
pub fn spread(values: Vec<f64>, digits: usize) -> String {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return format!("{mean:.digits$}");
    }
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let deviation = (squares.sum::<f64>() / (count - 1.0)).sqrt();
    format!("{mean:.digits$} ± {deviation:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_have_a_mean_and_a_spread() {
        assert_eq!(spread(vec![1.0, 2.0, 3.0], 1), "2.0 ± 1.0");
        assert_eq!(spread(vec![0.254], 2), "0.25");
    }

    #[test]
    fn what_people_wrote_stays_above_the_table() {
        let document = Document {
            path: "docs/experiments.md",
            begin: "<!-- Written. -->",
            title: "# The nine experiments",
        };
        let first = document.with("", "old table\n");
        assert!(first.starts_with("# The nine experiments\n\n<!--"));
        let edited = first.replace("experiments\n\n<!--", "experiments\n\nWords.\n\n<!--");
        let second = document.with(&edited, "new table\n");
        assert!(second.contains("Words.") && second.ends_with("new table\n"));
        assert!(!second.contains("old table"));
        assert_eq!(document.with(&second, "new table\n"), second);
    }
}
