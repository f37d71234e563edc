//! `--precision`: what to compute in while training.

use std::str::FromStr;

/// The types that training works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingPrecision {
    /// 32 bits.
    F32,
}

impl FromStr for TrainingPrecision {
    type Err = String;

    /// Burn 0.22 computes in one type throughout: weights and Adam's moments would be in the short one as well.
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "f32" => Ok(Self::F32),
            "f16" => Err(
                "f16 does not train these networks: Adam's second moments would be kept in it too, and where they are below \
                 3e-8, which some always are, it has only zero for them and for the epsilon that keeps Adam from dividing \
                 by zero; use f32 (`export --dtype f16` makes the published weights small)"
                    .to_owned(),
            ),
            "bf16" => Err(
                "bf16 does not train these networks: weights of 0.015, which is their usual size, would be kept in steps of \
                 6e-5, and what Adam moves them by, 2e-4 at most, would often be lost; use f32"
                    .to_owned(),
            ),
            other => Err(format!("`{other}` is no precision; use f32")),
        }
    }
}
