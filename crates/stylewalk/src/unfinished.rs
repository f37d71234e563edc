//! Training one network that helps, such as H: the loop, and what its directory keeps of a training that is not finished,
//! for the same command to go on from.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};
use bigan::CheckpointError;
use bigan::burn::tensor::Tensor;
use indicatif::{ProgressBar, ProgressStyle};

use crate::files::{self, Lock};
use crate::interrupt::stop_on_interrupt;
use crate::train::Trouble;

/// Steps between looks at the loss.
const LOOK_EVERY: u64 = 20;
/// Steps between lines where there is no terminal for a bar.
const LINE_EVERY: u64 = 100;
/// Steps between checkpoints: a quarter of a minute of work.
const SAVE_EVERY: u64 = 250;
/// The file that a program at work locks, hidden since the folder is published afterwards.
const LOCK: &str = ".lock";

/// A network in training.
pub trait Learning {
    /// The names of the files of its state.
    const FILES: [&'static str; 3];

    /// Steps taken.
    fn steps(&self) -> u64;

    /// Takes one more. Returns the loss, `[1]`.
    fn step(&mut self) -> Tensor<1>;

    /// Its state, as files.
    ///
    /// # Errors
    /// The device fails, or a weight is no number.
    fn checkpoint(&self) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError>;
}

/// A training's place, locked for this program.
pub struct Unfinished {
    out: PathBuf,
    _lock: Lock,
}

impl Unfinished {
    /// Locks the training in `out`.
    ///
    /// # Errors
    /// Another program is training there.
    pub fn open(out: &Path) -> Result<Self> {
        std::fs::create_dir_all(out)
            .with_context(|| format!("could not make {}", out.display()))?;
        let lock = files::lock(&out.join(LOCK))?.with_context(|| {
            let out = out.display();
            format!("another program is training in {out}; wait for it, or stop it")
        })?;
        Ok(Self {
            out: out.to_owned(),
            _lock: lock,
        })
    }

    /// The training that stopped here, by what `resume` makes of its files. None where there is none.
    ///
    /// # Errors
    /// What it left is damaged, or of other settings or photographs.
    pub fn resume<T>(
        &self,
        names: [&'static str; 3],
        resume: impl FnOnce(&[(&str, &[u8])]) -> Result<T, CheckpointError>,
    ) -> Result<Option<T>> {
        let folder = folder(&self.out);
        if !folder.is_dir() {
            return Ok(None);
        }
        let inner = || -> Result<T> {
            let read = |name| Ok((name, files::read(&folder.join(name))?));
            let contents: Vec<_> = names.into_iter().map(read).collect::<Result<_>>()?;
            let borrowed: Vec<_> = contents
                .iter()
                .map(|(name, bytes): &(_, Vec<u8>)| (*name, bytes.as_slice()))
                .collect();
            Ok(resume(&borrowed)?)
        };
        inner().map(Some).with_context(|| {
            let folder = folder.display();
            format!("the training in {folder} cannot go on; delete that folder to begin anew")
        })
    }

    /// Trains until the last of `steps` or Ctrl-C, which saves. Returns whether it came to the end.
    ///
    /// # Errors
    /// The device fails, the loss is no number, or the step at which it was to stop cannot be saved.
    pub fn train<T: Learning>(&self, learning: &mut T, steps: u64) -> Result<bool> {
        let stop = stop_on_interrupt(
            "stopping after this step; Ctrl-C again ends at once, without saving",
        )?;
        let bar = bar(steps);
        if learning.steps() > 0 {
            eprintln!("going on from step {}", learning.steps());
            bar.set_position(learning.steps());
        }
        let mut trouble = Trouble::until("checkpoints can be written again");
        while learning.steps() < steps {
            if stop.load(Ordering::Relaxed) {
                bar.abandon();
                self.save(learning)?;
                self.say_stopped(learning.steps());
                return Ok(false);
            }
            let step = learning.steps();
            let loss = learning.step();
            bar.inc(1);
            if step.is_multiple_of(LOOK_EVERY) || step + 1 == steps {
                look(loss, step, steps, &bar)?;
            }
            if learning.steps().is_multiple_of(SAVE_EVERY) {
                let saved = self.save(learning);
                trouble.see(saved, |line| bar.suspend(|| eprintln!("{line}")));
            }
        }
        bar.abandon();
        Ok(true)
    }

    fn save<T: Learning>(&self, learning: &T) -> Result<()> {
        files::write_dir(&folder(&self.out), &learning.checkpoint()?)
    }

    fn say_stopped(&self, step: u64) {
        eprintln!(
            "stopped at step {step}; the same command goes on from there, in {}",
            self.out.display()
        );
    }

    /// Removes what was kept to go on from; what others keep there stays.
    ///
    /// # Errors
    /// A file of ours cannot be removed.
    pub fn remove<T: Learning>(self) -> Result<()> {
        let folder = folder(&self.out);
        for name in T::FILES {
            files::remove_if_there(&folder.join(name))?;
        }
        files::remove_if_there(&self.out.join(LOCK))?;
        files::remove_dir_if_empty(&folder);
        Ok(())
    }
}

/// Whether `out` holds a training that is not finished.
pub fn is_in(out: &Path) -> bool {
    folder(out).is_dir()
}

fn folder(out: &Path) -> PathBuf {
    out.join("checkpoint")
}

fn bar(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} left {eta}");
    let bar = ProgressBar::new(steps);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Reads the loss of step `step` and shows it.
fn look(loss: Tensor<1>, step: u64, steps: u64, bar: &ProgressBar) -> Result<()> {
    let loss = loss.try_into_scalar::<f32>();
    let loss = loss.context("the device failed while training")?;
    ensure!(
        loss.is_finite(),
        "the loss is not a number at step {step}; take a lower --learning-rate"
    );
    if !std::io::stderr().is_terminal() && step.is_multiple_of(LINE_EVERY) {
        eprintln!("step {step}/{steps}  loss {loss:.3}");
    }
    bar.set_message(format!("loss {loss:.3}"));
    Ok(())
}
