//! What `data prepare` prints at its end.

use crate::data::index::{Index, REFUSED};
use crate::data::split::Split;
use serde::Serialize;
use std::path::Path;

/// What was made, in photographs.
#[derive(Serialize)]
struct Summary {
    train: u64,
    test: u64,
    whole: u64,
    refused: u64,
    left_out: u64,
    shards: usize,
    bytes: u64,
}

/// Says what was made, as text or as JSON.
pub fn print(index: &Index, out: &Path, json: bool) -> anyhow::Result<()> {
    let summary = Summary::of(index);
    if json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        summary.print(out);
    }
    Ok(())
}

impl Summary {
    fn of(index: &Index) -> Self {
        let count = |split| {
            index
                .splits
                .get(&split)
                .map_or(0, |split| split.photographs)
        };
        let all = || index.splits.values();
        let shards = || all().flat_map(|contents| &contents.shards);
        let (train, test) = (count(Split::Train), count(Split::Test));
        Self {
            train,
            test,
            whole: all().map(|contents| contents.whole).sum(),
            refused: index.refused,
            left_out: index.source.left_out,
            shards: shards().count(),
            bytes: shards().map(|shard| shard.bytes).sum(),
        }
    }

    fn print(&self, out: &Path) {
        let folder = out.display();
        println!(
            "{} photographs for training and {} for testing are in {folder}: {} shards, {:.1} MB",
            self.train,
            self.test,
            self.shards,
            self.bytes as f64 / 1e6
        );
        if self.whole > 0 {
            println!(
                "{} were kept whole: nothing to crop to was found",
                self.whole
            );
        }
        if self.left_out > 0 {
            println!(
                "{} lie outside train and test and were left out",
                self.left_out
            );
        }
        if self.refused > 0 {
            let list = out.join(REFUSED);
            println!(
                "{} could not be used; {} says why",
                self.refused,
                list.display()
            );
        }
    }
}
