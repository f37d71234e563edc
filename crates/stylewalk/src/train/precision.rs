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
                "f16 cannot train these networks: it rounds Adam's second moments below 3e-8 to zero, and also the epsilon that \
                 keeps Adam from dividing by zero; use f32 (`export --dtype f16` makes the published weights small)"
                    .to_owned(),
            ),
            "bf16" => Err(
                "bf16 cannot train these networks: near 0.015, the weights' usual size, its steps are 6e-5 wide, so that it \
                 loses many of Adam's updates, which are 2e-4 at most; use f32"
                    .to_owned(),
            ),
            other => Err(format!("unknown precision `{other}`; use f32")),
        }
    }
}
