//! `train --from`: the networks that a new training starts from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::Device;
use bigan::trainer::Published;
use bigan::weights::sha256;
use bigan::{Bigan, ModelCard, NetworkConfig, WeightsSource};

use super::run_dir::RunDir;
use crate::files;
use crate::model_dir::{self, Contents, borrowed};

/// The networks of a model or of a run.
pub struct Origin {
    source: WeightsSource,
    networks: NetworkConfig,
    what: What,
    /// All files that [`Origin::load`] needs.
    contents: Contents,
}

enum What {
    Model(Box<ModelCard>),
    /// A run's last checkpoint, with an average or without.
    Checkpoint {
        path: PathBuf,
        averaged: bool,
    },
}

impl Origin {
    /// Reads the model or the run in `path`.
    ///
    /// # Errors
    /// `path` is neither, or a file of it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        // Absolute, so that config.json names it wherever it lies.
        let path = path
            .canonicalize()
            .with_context(|| format!("--from: there is no model or run in {}", path.display()))?;
        let read = || match model_dir::is_model(&path) {
            true => Self::of_model(&path),
            false => Self::of_run(&path),
        };
        read().with_context(|| format!("cannot train from {}", path.display()))
    }

    fn of_model(path: &Path) -> Result<Self> {
        let (card, contents) = model_dir::read(path)?;
        let names: Vec<&str> = card.files().iter().map(|file| file.name.as_str()).collect();
        Ok(Self {
            source: source(path, &names, &contents)?,
            networks: card.networks,
            what: What::Model(Box::new(card)),
            contents,
        })
    }

    fn of_run(path: &Path) -> Result<Self> {
        let checkpoint = RunDir::open(path)
            .context("it is neither a model nor a run")?
            .last_checkpoint()?;
        let read = |name: &str| -> Result<(String, Vec<u8>)> {
            Ok((name.to_owned(), files::read(&checkpoint.join(name))?))
        };
        let mut contents = vec![read(Published::STATE)?];
        let config = Published::settings(&borrowed(&contents))?;
        let names = Published::files(&config);
        for name in names {
            contents.push(read(name)?);
        }
        Ok(Self {
            source: source(path, &names, &contents)?,
            networks: config.networks,
            what: What::Checkpoint {
                path: checkpoint,
                averaged: config.average_decay > 0.0,
            },
            contents,
        })
    }

    /// The networks' settings.
    pub fn networks(&self) -> NetworkConfig {
        self.networks
    }

    /// What `config.json` says of it.
    pub fn source(&self) -> &WeightsSource {
        &self.source
    }

    /// The networks on `device`.
    ///
    /// # Errors
    /// Says which file is damaged.
    pub fn load(&self, device: &Device) -> Result<Bigan> {
        let contents = borrowed(&self.contents);
        let load = || -> Result<Bigan> {
            match &self.what {
                What::Model(card) => Ok(Bigan::load(card, &contents, device)?),
                What::Checkpoint { .. } => Ok(Published::read(&contents, device)?.networks),
            }
        };
        load().with_context(|| format!("cannot train from {}", self.source.path.display()))
    }

    /// Which networks they are, for a person.
    pub fn describe(&self) -> String {
        match &self.what {
            What::Model(card) => format!(
                "the model {} in {}, of {} steps",
                card.name,
                self.source.path.display(),
                card.training.steps
            ),
            What::Checkpoint {
                path,
                averaged: true,
            } => format!("the average of G and E, and D, in {}", path.display()),
            What::Checkpoint { path, .. } => format!("the networks in {}", path.display()),
        }
    }
}

/// Where weights come from, with the hashes of the files that `names` G's, E's and D's.
fn source(path: &Path, names: &[&str], contents: &Contents) -> Result<WeightsSource> {
    let hash = |wanted: &&str| {
        let file = contents.iter().find(|(name, _)| name == wanted);
        file.map(|(_, bytes)| sha256(bytes))
            .with_context(|| format!("{wanted} is missing"))
    };
    let hashes = names.iter().map(hash).collect::<Result<Vec<_>>>()?;
    Ok(WeightsSource {
        path: path.to_owned(),
        sha256: hashes,
    })
}

/// Refuses networks that are set up otherwise than those of `origin`.
pub fn check(origin: &Origin, wanted: NetworkConfig) -> Result<()> {
    let found = origin.networks;
    let settings = |of: NetworkConfig| {
        [
            ("width", of.width.to_string()),
            ("latent", of.latent.to_string()),
            ("stochastic", of.stochastic.to_string()),
            ("minibatch-kernels", of.minibatch.kernels.to_string()),
            ("minibatch-dimensions", of.minibatch.dimensions.to_string()),
        ]
    };
    for ((flag, wanted), (_, found)) in settings(wanted).into_iter().zip(settings(found)) {
        ensure!(
            wanted == found,
            "--{flag} is {wanted}, but the networks in {} have {found}; leave it out with --from",
            origin.source.path.display()
        );
    }
    Ok(())
}
