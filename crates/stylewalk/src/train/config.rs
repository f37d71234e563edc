//! A run's settings: those of a file or the paper's, and flags over them. [`RunConfig`] has them all.

mod file;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::Device;
use bigan::{Features, Need, Preset, RunConfig, Shape, WeightsSource};
use clap::Args;
use serde_json::Value;

use super::features_source;
use super::origin::{self, Origin};
use crate::features::FeaturesArgs;
use crate::files;
use crate::flags::Flags;

pub use file::check;
use file::{merged, settings};

/// The settings of a new run as flags.
#[derive(Args)]
pub struct Settings {
    /// Settings from a file such as a run's config.json; flags count more.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Start from one of the paper's experiments, ex1 to ex9, which set l1, l2 and l3; flags beside it count more
    /// [default: ex8]
    #[arg(long)]
    preset: Option<Preset>,
    /// Start from the networks in a model's or a run's directory instead of fresh ones: of a run the average that it
    /// publishes, where it keeps one. Optimizers, schedule and steps begin anew; the networks' settings are theirs.
    #[arg(long, value_name = "MODEL_OR_RUN")]
    from: Option<PathBuf>,
    #[command(flatten)]
    features: FeaturesArgs,
    #[command(flatten)]
    flags: Flags<RunConfig>,
}

impl Settings {
    /// What a run on `data` is started with, checked, and the networks that it starts from, where they are not fresh.
    ///
    /// # Errors
    /// Names the file and the field that is unknown or wrong, or the flag.
    pub fn into_config(self, data: Option<&Path>) -> Result<(RunConfig, Option<Origin>)> {
        let Some(file) = &self.config else {
            let origin = self.from.as_deref().map(Origin::open).transpose()?;
            let config = self.over(start(origin.as_ref()), origin.as_ref(), data)?;
            return Ok((config, origin));
        };
        let read = || -> Result<(RunConfig, Option<Origin>)> {
            let settings = settings(&files::read(file)?)?;
            let origin = self.origin(&settings, file)?;
            let config = merged(settings, start(origin.as_ref()), file)?;
            let config = self.over(config, origin.as_ref(), data)?;
            Ok((config, origin))
        };
        read().with_context(|| format!("cannot train with {}", file.display()))
    }

    /// The networks that --from names, or else the settings of `file` do, if those are still the same.
    fn origin(&self, settings: &Value, file: &Path) -> Result<Option<Origin>> {
        if let Some(path) = &self.from {
            return Origin::open(path).map(Some);
        }
        let Some(from) = settings.get("from").filter(|from| !from.is_null()) else {
            return Ok(None);
        };
        let source: WeightsSource = serde_json::from_value(from.clone()).context("`from`")?;
        let folder = file.parent().unwrap_or(file);
        let origin = Origin::open(&folder.join(&source.path))?;
        ensure!(
            origin.source().sha256 == source.sha256,
            "the weights in {} are no longer those that `from` names by their sha256; name others with --from",
            origin.source().path.display()
        );
        Ok(Some(origin))
    }

    /// These flags over `config`.
    fn over(
        &self,
        mut config: RunConfig,
        origin: Option<&Origin>,
        data: Option<&Path>,
    ) -> Result<RunConfig> {
        if let Some(preset) = self.preset {
            preset.put_over(&mut config.trainer.losses);
        }
        self.flags.lay_over(&mut config)?;
        if let Some(source) = features_source::of(&self.features)? {
            config.features = Some(source);
        }
        let data = data.unwrap_or(&config.data);
        ensure!(
            !data.as_os_str().is_empty(),
            "name a folder of photographs, or a --config that does"
        );
        // Absolute, so that `resume` works from anywhere.
        let found = data.canonicalize();
        config.data = found.with_context(|| format!("there is no folder {}", data.display()))?;
        config.trainer.schedule.end = schedule_end(&config);
        if let Some(origin) = origin {
            origin::check(origin, config.trainer.networks)?;
        }
        config.from = origin.map(|origin| origin.source().clone());
        ensure!(config.steps > 0, "--steps is 0, but must be at least 1");
        check(&config)?;
        Ok(config)
    }
}

/// What settings go over: the paper's, and the networks of `origin`.
fn start(origin: Option<&Origin>) -> RunConfig {
    let mut config = RunConfig::default();
    if let Some(origin) = origin {
        config.trainer.networks = origin.networks();
    }
    config
}

/// H on `device`, where the objective asks for one.
pub fn load_features(config: &RunConfig, device: &Device) -> Result<Option<Features>> {
    if !config.trainer.losses.need(Need::Features) {
        return Ok(None);
    }
    let source = config.features.as_ref();
    source
        .map(|source| features_source::load(source, device))
        .transpose()
}

/// Where the learning rate reaches zero. A constant one has no end, so that `resume --steps` changes nothing that was
/// trained before.
fn schedule_end(config: &RunConfig) -> u64 {
    match config.trainer.schedule.shape {
        Shape::Constant => 0,
        Shape::Linear | Shape::Cosine => config.steps,
    }
}

#[cfg(test)]
mod tests;
