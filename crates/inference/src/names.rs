//! What is said of a word that should name one of an enum's variants and does not.

use strum::VariantNames;

/// A word that names none of an enum's variants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is unknown, and must be {}", .known.join(" or "))]
pub struct UnknownName {
    /// The word.
    pub word: String,
    /// The names of the variants.
    pub known: &'static [&'static str],
}

impl UnknownName {
    /// Of the enum `E`, as strum's `parse_err_fn` takes it.
    pub fn of<E: VariantNames>(word: &str) -> Self {
        Self {
            word: word.to_owned(),
            known: E::VARIANTS,
        }
    }
}
