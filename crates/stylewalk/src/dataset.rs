//! `--dataset` and `--licence`, the same for every command that writes a card.

use bigan::weights::Dataset;

/// What a network was trained on, for its card.
#[derive(clap::Args, Clone, Debug)]
pub struct DatasetArgs {
    /// What the photographs are and where they come from, for the card.
    #[arg(long, default_value = "unnamed photographs")]
    dataset: String,
    /// The photographs' licence, for the card.
    #[arg(long, default_value = "not stated")]
    licence: String,
}

impl DatasetArgs {
    /// As a card says it, with how many photographs were trained on.
    pub fn of(self, images: u64) -> Dataset {
        Dataset {
            name: self.dataset,
            licence: self.licence,
            images,
        }
    }
}
