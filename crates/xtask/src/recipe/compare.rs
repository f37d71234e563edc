//! The adversarial stage with and without each of its parts, from the same autoencoder each time: what each is for.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{ADVERSARIAL, Recipe};
use crate::workspace::Workspace;
use crate::written::{Document, spread};

/// Where the table goes; what stands above it was written by people, and stays.
const TABLE: Document = Document {
    path: "docs/model.md",
    begin: "<!-- The rest of this file is written by `cargo xtask recipe --compare`. -->",
    title: "# The model",
};

/// A recipe, as the flags in which it differs from the adversarial stage's; one without a value is left out.
struct Variation {
    name: &'static str,
    flags: &'static [(&'static str, Option<&'static str>)],
}

const VARIATIONS: [Variation; 9] = [
    Variation {
        name: "the recipe",
        flags: &[],
    },
    Variation {
        name: "no L_GAN: an autoencoder",
        flags: &[
            ("--l-gan", Some("0")),
            ("--l-gan-reconstruction", None),
            ("--feature-distance", None),
            ("--feature-layer", None),
            ("--clamp-codes", None),
            ("--augment", None),
        ],
    },
    Variation {
        name: "D sees no reconstructions",
        flags: &[("--l-gan-reconstruction", None)],
    },
    Variation {
        name: "no distance of feature maps",
        flags: &[("--feature-distance", None), ("--feature-layer", None)],
    },
    Variation {
        name: "neither of the two",
        flags: &[
            ("--l-gan-reconstruction", None),
            ("--feature-distance", None),
            ("--feature-layer", None),
        ],
    },
    Variation {
        name: "codes as they are",
        flags: &[("--clamp-codes", None)],
    },
    Variation {
        name: "with the noise penalty",
        flags: &[
            ("--noise-penalty", Some("100")),
            ("--noise-penalty-every", Some("8")),
        ],
    },
    Variation {
        name: "no DiffAugment",
        flags: &[("--augment", None)],
    },
    Variation {
        name: "batches of 16",
        flags: &[("--batch", Some("16"))],
    },
];

impl Variation {
    /// The flags of its training.
    fn arguments(&self) -> Vec<&'static str> {
        let changed = |flag: &str| self.flags.iter().any(|(other, _)| *other == flag);
        let kept = ADVERSARIAL.into_iter().filter(|(flag, _)| !changed(flag));
        let own = self.flags.iter();
        let own = own.filter_map(|(flag, value)| Some((*flag, (*value)?)));
        let all = kept.chain(own).flat_map(|(flag, value)| [flag, value]);
        all.filter(|word| !word.is_empty()).collect()
    }

    /// For folders.
    fn slug(&self) -> String {
        let words = self
            .name
            .split(|letter: char| !letter.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.join("-").to_lowercase()
    }

    /// Trains, publishes and measures it on the photographs kept apart; what is done already is not done again.
    fn measured(&self, recipe: &Recipe<'_>, seed: u64) -> Result<Figures> {
        let options = recipe.options;
        let start = recipe.autoencoder(&format!("compare-autoencoder-{seed}"), seed)?;
        let name = format!("compare-{}-{seed}", self.slug());
        println!("{} (seed {seed})", self.name);
        let mut train = recipe.stylewalk("train");
        train.arg("--from").arg(start).args(self.arguments());
        let run = recipe.trained(&name, &mut train, options.adversarial_steps, seed)?;
        let model = recipe.path(&format!("{name}-model"));
        recipe.exported(&run, &model)?;
        let figures = recipe.evaluate(&model, "train")?;
        serde_json::from_str(&figures).with_context(|| format!("figures of {name}: {figures}"))
    }
}

/// What `stylewalk evaluate --json` says, as far as the table shows it.
#[derive(Deserialize)]
struct Figures {
    images: u64,
    psnr: f64,
    sharpness_reconstruction: f64,
    codes_outside_prior: f64,
    diversity_like_photographs: f64,
    sharpness_like_photographs: f64,
    reconstructions: Fid,
    like_photographs: Fid,
}

#[derive(Deserialize)]
struct Fid {
    fid: f64,
}

/// Trains what is missing, prints the table and writes it below what people wrote.
pub fn run(workspace: &Workspace, recipe: &Recipe<'_>, seeds: u64) -> Result<()> {
    let mut rows = Vec::new();
    for variation in &VARIATIONS {
        let measured = (0..seeds).map(|seed| variation.measured(recipe, seed));
        rows.push((variation.name, measured.collect::<Result<Vec<_>>>()?));
    }
    TABLE.write(workspace, &table(recipe, seeds, &rows))
}

fn table(recipe: &Recipe<'_>, seeds: u64, rows: &[(&str, Vec<Figures>)]) -> String {
    let options = recipe.options;
    let images = rows.first().and_then(|(_, figures)| figures.first());
    let mut table = format!(
        "## Recipes compared\n\nWidth {}, {} adversarial steps after {} of an autoencoder, {}, on {} photographs kept apart, on \
         the CPU. Energy is gradient energy over that of the photographs; diversity, energy and FID of samples are of those \
         like the photographs.\n\n\
         | | PSNR | energy | FID, rebuilt | codes outside the prior | samples: diversity | energy | FID |\n\
         |---|---|---|---|---|---|---|---|\n",
        options.width,
        options.adversarial_steps,
        options.autoencoder_steps,
        match seeds {
            1 => "one seed".to_owned(),
            seeds => format!("{seeds} seeds (mean ± standard deviation)"),
        },
        images.map_or(0, |figures| figures.images),
    );
    for (name, figures) in rows {
        let number = |value: fn(&Figures) -> f64, digits: usize| {
            spread(figures.iter().map(value).collect(), digits)
        };
        table.push_str(&format!(
            "| {name} | {} dB | {} | {} | {} % | {} | {} | {} |\n",
            number(|figures| figures.psnr, 2),
            number(|figures| figures.sharpness_reconstruction, 2),
            number(|figures| figures.reconstructions.fid, 2),
            number(|figures| 100.0 * figures.codes_outside_prior, 1),
            number(|figures| figures.diversity_like_photographs, 2),
            number(|figures| figures.sharpness_like_photographs, 2),
            number(|figures| figures.like_photographs.fid, 2),
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> &'static Variation {
        VARIATIONS.iter().find(|one| one.name == name).unwrap()
    }

    #[test]
    fn a_variation_changes_its_flags_and_leaves_the_others() {
        let whole = of("the recipe").arguments();
        assert!(whole.ends_with(&["--clamp-codes", "--augment", "color,translation"]));
        let plain = of("no DiffAugment").arguments();
        assert_eq!(plain[..], whole[..whole.len() - 2]);
        let small = of("batches of 16").arguments();
        let at = small.iter().position(|word| *word == "--batch").unwrap();
        assert_eq!(small[at + 1], "16");
        assert_eq!(small.iter().filter(|word| **word == "--batch").count(), 1);
        let alone = of("no L_GAN: an autoencoder");
        assert_eq!(alone.slug(), "no-l-gan-an-autoencoder");
        assert!(!alone.arguments().contains(&"--clamp-codes"));
    }

    #[test]
    fn every_variation_is_another() {
        for (at, one) in VARIATIONS.iter().enumerate() {
            for other in &VARIATIONS[..at] {
                assert_ne!(one.arguments(), other.arguments(), "{}", one.name);
                assert_ne!(one.slug(), other.slug());
            }
        }
    }
}
