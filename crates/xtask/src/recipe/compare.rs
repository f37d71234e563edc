//! The adversarial stage with and without each of its parts, from the same autoencoder each time: what each is for.
//! Figures are kept in the repository, and the table is written whenever a training has ended, a seed after the other.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::Path;

use super::{ADVERSARIAL, AUTOENCODER, BOTH, Recipe};
use crate::trainings::{self, Photographs, unfinished};
use crate::workspace::Workspace;
use crate::written::{Document, spread};

/// Where the table goes; what stands above it was written by people, and stays.
const TABLE: Document = Document {
    path: "docs/model.md",
    begin: "<!-- The rest of this file is written by `cargo xtask recipe --compare`. -->",
    title: "# The model",
};
/// Where the figures of each training are kept.
const FIGURES: &str = "docs/recipes.jsonl";

/// A recipe, as the flags in which it differs from the adversarial stage's; one without a value is left out.
struct Variation {
    name: &'static str,
    /// From drawn weights, for as many steps as the autoencoder and the adversarial stage together.
    from_nothing: bool,
    flags: &'static [(&'static str, Option<&'static str>)],
}

const VARIATIONS: [Variation; 10] = [
    Variation::new("the recipe", &[]),
    Variation::new(
        "no L_GAN: an autoencoder",
        &[
            ("--l-gan", Some("0")),
            ("--l-gan-reconstruction", None),
            ("--feature-distance", None),
            ("--feature-layer", None),
            ("--clamp-codes", None),
            ("--augment", None),
        ],
    ),
    Variation::new(
        "D sees no reconstructions",
        &[("--l-gan-reconstruction", None)],
    ),
    Variation::new(
        "no distance of feature maps",
        &[("--feature-distance", None), ("--feature-layer", None)],
    ),
    Variation::new(
        "neither of the two",
        &[
            ("--l-gan-reconstruction", None),
            ("--feature-distance", None),
            ("--feature-layer", None),
        ],
    ),
    Variation::new("codes as they are", &[("--clamp-codes", None)]),
    Variation::new(
        "with the noise penalty",
        &[
            ("--noise-penalty", Some("100")),
            ("--noise-penalty-every", Some("8")),
        ],
    ),
    Variation::new("no DiffAugment", &[("--augment", None)]),
    Variation::new("batches of 16", &[("--batch", Some("16"))]),
    Variation::new(
        "the recipe before",
        &[
            ("--batch", Some("16")),
            ("--l2", Some("50")),
            ("--l-gan-reconstruction", None),
            ("--feature-distance", None),
            ("--feature-layer", None),
            ("--clamp-codes", None),
            ("--augment", None),
        ],
    )
    .started_from_nothing(),
];

impl Variation {
    const fn new(
        name: &'static str,
        flags: &'static [(&'static str, Option<&'static str>)],
    ) -> Self {
        Self {
            name,
            from_nothing: false,
            flags,
        }
    }

    const fn started_from_nothing(self) -> Self {
        Self {
            from_nothing: true,
            ..self
        }
    }

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

    /// Trains from `start`, publishes and measures it on the photographs kept apart, and returns what was printed of it.
    fn measured(&self, recipe: &Recipe<'_>, start: &Path, seed: u64) -> Result<String> {
        let options = recipe.options;
        let name = format!("compare-{}-{seed}", self.slug());
        println!("{} (seed {seed})", self.name);
        let mut train = recipe.stylewalk("train");
        let steps = match self.from_nothing {
            true => {
                train.args(["--width", &options.width.to_string()]);
                options.autoencoder_steps + options.adversarial_steps
            }
            false => {
                train.arg("--from").arg(start);
                options.adversarial_steps
            }
        };
        train.args(self.arguments());
        let run = recipe.trained(&name, &mut train, steps, seed)?;
        let model = recipe.path(&format!("{name}-model"));
        recipe.exported(&run, &model)?;
        recipe.evaluate(&model, "train")
    }
}

/// All that a variation's figures depend on.
#[derive(Serialize)]
struct Training<'a> {
    adversarial: String,
    /// None where there was none.
    autoencoder: Option<&'a str>,
    both: &'a str,
    seed: u64,
    width: usize,
    autoencoder_steps: u64,
    adversarial_steps: u64,
    photographs: &'a Photographs,
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

/// Trains what is missing, and writes the table below what people wrote.
pub fn run(workspace: &Workspace, recipe: &Recipe<'_>, seeds: u64) -> Result<()> {
    let options = recipe.options;
    let photographs = Photographs::in_folder(&recipe.garments)?;
    let kept = trainings::Figures::open(workspace, FIGURES)?;
    let each = (0..seeds).flat_map(|seed| VARIATIONS.iter().map(move |one| (one, seed)));
    let each: Vec<_> = each.collect();
    let trainings = each.iter().map(|(variation, seed)| Training {
        adversarial: variation.arguments().join(" "),
        autoencoder: (!variation.from_nothing).then_some(AUTOENCODER),
        both: BOTH,
        seed: *seed,
        width: options.width,
        autoencoder_steps: options.autoencoder_steps,
        adversarial_steps: options.adversarial_steps,
        photographs: &photographs,
    });
    let trainings: Vec<_> = trainings.collect();
    let mut starts = Vec::new();
    if !kept.hold(&trainings)? {
        recipe.prepared()?;
        for seed in 0..seeds {
            starts.push(recipe.autoencoder(&format!("compare-autoencoder-{seed}"), seed)?);
        }
    }
    let mut rows: Vec<_> = VARIATIONS.iter().map(|one| (one.name, vec![])).collect();
    trainings::collect(
        kept,
        &trainings,
        options.jobs,
        |at, _| {
            let (variation, seed) = each[at];
            variation.measured(recipe, &starts[seed as usize], seed)
        },
        |at, figures| {
            rows[at % VARIATIONS.len()].1.push(figures);
            TABLE.write(workspace, &table(recipe, seeds, &rows))
        },
    )
}

fn table(recipe: &Recipe<'_>, seeds: u64, rows: &[(&str, Vec<Figures>)]) -> String {
    let options = recipe.options;
    let measured = rows.iter().filter(|(_, figures)| !figures.is_empty());
    let images = measured.clone().flat_map(|(_, figures)| figures).next();
    let mut table = format!(
        "## Recipes compared\n\nWidth {}, {} adversarial steps after {} of an autoencoder, {}{}, on {} photographs kept apart, on \
         the CPU. Energy is gradient energy over that of the photographs; diversity, energy and FID of samples are of those \
         like the photographs. The recipe before has as many steps in all, from drawn weights.\n\n\
         | | PSNR | energy | FID, rebuilt | codes outside the prior | samples: diversity | energy | FID |\n\
         |---|---|---|---|---|---|---|---|\n",
        options.width,
        options.adversarial_steps,
        options.autoencoder_steps,
        match seeds {
            1 => "one seed".to_owned(),
            seeds => format!("{seeds} seeds (mean ± standard deviation)"),
        },
        unfinished(rows, seeds),
        images.map_or(0, |figures| figures.images),
    );
    for (name, figures) in measured {
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
