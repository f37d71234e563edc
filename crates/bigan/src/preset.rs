//! The nine experiments of the paper's table 1.

use serde::Serialize;

use crate::trainer::LossWeights;

/// One of the paper's experiments: what it weighs the penalties with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Preset {
    /// `ex1` to `ex9`.
    pub name: &'static str,
    /// Of L_AD.
    pub l1: f64,
    /// Of L_AE.
    pub l2: f64,
    /// Of L_H.
    pub l3: f64,
}

const fn experiment(name: &'static str, l1: f64, l2: f64, l3: f64) -> Preset {
    Preset { name, l1, l2, l3 }
}

impl Preset {
    /// Table 1.
    pub const ALL: [Self; 9] = [
        experiment("ex1", 0.05, 0.0, 0.0),
        experiment("ex2", 0.05, 1.0, 0.0),
        experiment("ex3", 0.05, 0.0, 1.0),
        experiment("ex4", 1.0, 0.0, 0.0),
        experiment("ex5", 1.0, 1.0, 0.0),
        experiment("ex6", 1.0, 0.0, 1.0),
        experiment("ex7", 2.5, 0.0, 0.0),
        experiment("ex8", 2.5, 1.0, 0.0),
        experiment("ex9", 2.5, 0.0, 1.0),
    ];

    /// Sets the weights of equation 8 as the experiment does, and no other.
    pub fn put_over(&self, losses: &mut LossWeights) {
        losses.adversarial_latent = self.l1;
        losses.autoencoder = self.l2;
        losses.features = self.l3;
    }
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|preset| preset.name == name);
        found.ok_or_else(|| format!("`{name}` is none of ex1 to ex9"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_1_row_by_row() {
        let row = |weight: fn(&Preset) -> f64| Preset::ALL.iter().map(weight).collect::<Vec<_>>();
        assert_eq!(
            row(|p| p.l1),
            [0.05, 0.05, 0.05, 1.0, 1.0, 1.0, 2.5, 2.5, 2.5]
        );
        assert_eq!(row(|p| p.l2), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(row(|p| p.l3), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        for (index, preset) in Preset::ALL.iter().enumerate() {
            assert_eq!(preset.name, format!("ex{}", index + 1));
            assert_eq!(preset.name.parse::<Preset>(), Ok(*preset));
        }
    }

    #[test]
    fn the_eighth_is_the_default_and_a_tenth_is_refused() {
        let mut losses = LossWeights::default();
        Preset::ALL[7].put_over(&mut losses);
        assert_eq!(losses, LossWeights::default());
        let refused = "ex10".parse::<Preset>().unwrap_err();
        assert!(refused.contains("`ex10`"), "{refused}");
    }
}
