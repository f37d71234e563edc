//! Which photographs a training is on, so that one that goes on later notices others.

use super::index::Contents;
use super::source::Candidate;
use bigan::weights::sha256;
use std::collections::BTreeMap;

/// How many names a sentence has, of those that changed.
const NAMED: usize = 3;

/// A line for each photograph, or for each shard of a prepared folder: its size in bytes or its hash, a tab, its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing(Vec<String>);

impl Listing {
    /// Of photographs, in their order.
    pub fn of_photographs<'a>(candidates: impl IntoIterator<Item = &'a Candidate>) -> Self {
        let line = |found: &Candidate| line(&found.bytes().to_string(), &found.name());
        Self(candidates.into_iter().map(line).collect())
    }

    /// Of a prepared folder's split, whose photographs all have one size.
    pub fn of_shards(contents: &Contents) -> Self {
        let shards = contents.shards.iter();
        Self(
            shards
                .map(|shard| line(&shard.sha256, &shard.file))
                .collect(),
        )
    }

    /// Of what [`Listing::text`] has written.
    pub fn parse(text: &str) -> Self {
        Self(text.lines().map(str::to_owned).collect())
    }

    /// The lines.
    pub fn text(&self) -> String {
        self.0.iter().flat_map(|line| [line, "\n"]).collect()
    }

    /// Of all of it, in lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        sha256(self.text().as_bytes())
    }

    /// What is other than in `earlier`, for a sentence: "2 are gone (a.png, b.png), 1 is new (c.png)".
    pub fn changes(&self, earlier: &Self) -> String {
        let (now, before) = (self.by_name(), earlier.by_name());
        let gone: Vec<&str> = before
            .keys()
            .filter(|name| !now.contains_key(*name))
            .copied()
            .collect();
        let new: Vec<&str> = now
            .keys()
            .filter(|name| !before.contains_key(*name))
            .copied()
            .collect();
        let other = now
            .iter()
            .filter(|(name, size)| before.get(*name).is_some_and(|old| old != *size));
        let other: Vec<&str> = other.map(|(name, _)| *name).collect();
        let told = [(gone, "gone"), (new, "new"), (other, "other than it was")];
        let told: Vec<String> = told
            .iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, what)| counted(names, what))
            .collect();
        match told.is_empty() {
            true => "their order is another".to_owned(),
            false => told.join(", "),
        }
    }

    fn by_name(&self) -> BTreeMap<&str, &str> {
        let named = self.0.iter().filter_map(|line| line.split_once('\t'));
        named.map(|(size, name)| (name, size)).collect()
    }
}

/// Names may hold anything, a line end included.
fn line(size: &str, name: &str) -> String {
    format!("{size}\t{}", name.escape_debug())
}

fn counted(names: &[&str], what: &str) -> String {
    let is = if names.len() == 1 { "is" } else { "are" };
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>();
    let more = if names.len() > NAMED { ", ..." } else { "" };
    format!("{} {is} {what} ({}{more})", names.len(), first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let listing = |lines: &str| Listing::parse(&lines.replace(' ', "\t"));
        let before = listing("10 a.png\n20 b.png\n30 c.png\n");
        assert_eq!(Listing::parse(&before.text()), before);
        let now = listing("10 a.png\n21 b.png\n40 d.png\n50 e.png\n60 f.png\n70 g.png\n");
        assert_ne!(now.sha256(), before.sha256());
        assert_eq!(
            now.changes(&before),
            "1 is gone (c.png), 4 are new (d.png, e.png, f.png, ...), 1 is other than it was (b.png)"
        );
        assert_eq!(
            before.changes(&now).split(',').next(),
            Some("4 are gone (d.png")
        );
        let turned = listing("20 b.png\n10 a.png\n30 c.png\n");
        assert!(turned.changes(&before).contains("order"));
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(line("1", "a\nb \u{1b}[31m.png"), "1\ta\\nb \\u{1b}[31m.png");
    }
}
