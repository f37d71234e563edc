//! `--dataset` and `--licence`, the same for every command that writes a card.

use bigan::weights::Dataset;

/// What a network was trained on, for its card.
#[derive(clap::Args, Clone, Debug)]
pub struct DatasetArgs {
    /// What the photographs are and where they come from, for the card [default: unnamed photographs]
    #[arg(long)]
    dataset: Option<String>,
    /// The photographs' licence, for the card [default: not stated]
    #[arg(long)]
    licence: Option<String>,
}

impl DatasetArgs {
    /// As a card says it, with how many photographs were trained on.
    pub fn of(self, images: u64) -> Dataset {
        self.over(Dataset {
            name: "unnamed photographs".to_owned(),
            licence: "not stated".to_owned(),
            images,
        })
    }

    /// `known` with what was given in its place.
    pub fn over(self, known: Dataset) -> Dataset {
        Dataset {
            name: self.dataset.unwrap_or(known.name),
            licence: self.licence.unwrap_or(known.licence),
            images: known.images,
        }
    }
}
