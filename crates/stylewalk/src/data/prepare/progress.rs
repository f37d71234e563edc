//! What goes into a shard, and how far it is.

use crate::data::index::Shard;
use crate::data::sample::Layout;
use crate::data::source::{Candidate, Refused};
use crate::data::split::Split;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A shard to be made.
#[derive(Debug)]
pub struct ShardPlan<'a> {
    /// What its photographs are for.
    pub split: Split,
    /// Its name.
    pub file: String,
    /// The number of its first candidate in the split.
    pub first: u64,
    /// What goes into it, as far as it is usable.
    pub candidates: Vec<&'a Candidate>,
}

/// How far a shard is, as it is written beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardProgress {
    /// Candidates worked through.
    pub done: u64,
    /// Photographs written.
    pub photographs: u64,
    /// How many of them were kept whole because nothing to crop to was found.
    pub whole: u64,
    /// How many there are of each label.
    pub labels: BTreeMap<String, u64>,
    /// What was not used.
    pub refused: Vec<Refused>,
    /// The finished file.
    pub made: Option<Made>,
}

/// A finished file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// Its length.
    pub bytes: u64,
    /// Its hash.
    pub sha256: String,
}

impl ShardProgress {
    /// The length of the growing file.
    pub fn bytes(&self, layout: Layout) -> u64 {
        self.photographs * layout.stride()
    }

    /// The finished shard, as the index lists it. None when nothing in it could be used.
    pub fn shard(&self, file: &str) -> Option<Shard> {
        let made = self.made.as_ref().filter(|_| self.photographs > 0)?;
        Some(Shard {
            file: file.to_owned(),
            photographs: self.photographs,
            bytes: made.bytes,
            sha256: made.sha256.clone(),
        })
    }
}
