//! TensorBoard's event files: a stream of records, each a protobuf `Event`.

mod message;
mod record;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use images::RgbImage;
use message::What;

use crate::files::Log;

/// An event file, open to append to.
pub struct Events(Log);

impl Events {
    /// Starts a new event file in `folder`, for steps after `step`.
    ///
    /// A resumed run writes a file of its own and repeats the steps that an earlier file has after `step`; this file tells
    /// TensorBoard to forget those. What says so waits where the disk is full.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(folder: &Path, step: u64) -> Result<Self> {
        let seconds = now() as u64;
        let log = (0..1000)
            .map(|number| {
                folder.join(format!(
                    "events.out.tfevents.{seconds:010}.stylewalk.{number}"
                ))
            })
            .find_map(|path| {
                let file = OpenOptions::new().create_new(true).write(true).open(&path);
                match file.and_then(|file| Log::of(file, &path)) {
                    Ok(log) => Some(Ok(log)),
                    // Of a run that was stopped and resumed within a second.
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => None,
                    Err(error) => Some(Err(error)),
                }
            })
            .context("there is no free name for TensorBoard's events")?
            .with_context(|| {
                format!(
                    "could not write TensorBoard's events in {}",
                    folder.display()
                )
            })?;
        let mut events = Self(log);
        // What cannot be written yet goes before the first number.
        let _ = events.append(0, What::Version);
        if step > 0 {
            let _ = events.append(step + 1, What::SessionStart);
        }
        Ok(events)
    }

    /// A number at a step.
    ///
    /// # Errors
    /// The file cannot be written; it waits.
    pub fn scalar(&mut self, step: u64, tag: &str, value: f32) -> Result<()> {
        self.append(step, What::Scalar(tag, value))
    }

    /// A picture at a step.
    ///
    /// # Errors
    /// The file cannot be written; it waits.
    pub fn picture(&mut self, step: u64, tag: &str, picture: &RgbImage) -> Result<()> {
        let size = [picture.width(), picture.height()];
        self.append(step, What::Picture(tag, size, &images::png(picture)))
    }

    fn append(&mut self, step: u64, what: What<'_>) -> Result<()> {
        let event = message::event(now(), step, what);
        // One write, so that whoever reads meanwhile sees whole records, or the start of the last one.
        self.0.append(&record::framed(&event))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of `make_events.py`, framed as [`Events::append`] frames them.
    fn ours() -> Vec<u8> {
        let events = [
            (0, What::Version),
            (8, What::SessionStart),
            (10, What::Scalar("loss/total", 2.5)),
            (20, What::Scalar("loss/total", 0.0)),
            (300, What::Picture("grids/samples", [3, 2], b"PNG")),
        ];
        let framed = events
            .map(|(step, what)| record::framed(&message::event(1_700_000_000.25, step, what)));
        framed.concat()
    }

    /// The file is TensorBoard's own writer's (`tests/golden/make_events.py`).
    #[test]
    fn byte_for_byte_what_tensorboard_writes() {
        let theirs = include_bytes!("../../../../tests/golden/events.tfevents");
        assert_eq!(ours(), theirs);
    }
}
