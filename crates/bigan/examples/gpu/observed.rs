//! What the shaders of some work take, on the device's own clock where it has one, while they run back to back.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use cubecl_runtime::config::{TypeNameFormatLevel, type_name_format};
use cubecl_runtime::logging::{
    Duration, LaunchObservation, LaunchObserver, ProfileDuration, TimingMethod, TimingRequest,
};
use pollster::block_on;

/// A dispatch.
pub struct Dispatch {
    /// The shader.
    pub shader: String,
    /// What it took; `None` where nobody knows.
    pub milliseconds: Option<f64>,
    /// Whether the clock was the device's own.
    pub on_device: bool,
}

/// All dispatches of `work`, in their order.
pub fn observe(
    work: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<Vec<Dispatch>, Box<dyn Error>> {
    let observer = Arc::new(Observer::default());
    let observation = LaunchObservation::new(Arc::clone(&observer) as Arc<dyn LaunchObserver>);
    work()?;
    drop(observation);
    let mut all = observer.0.lock().unwrap_or_else(PoisonError::into_inner);
    let dispatches = all.drain(..).map(|(name, took)| took.of(name));
    Ok(dispatches.collect())
}

/// What was told of a dispatch.
enum Took {
    /// It waits to be read.
    Unread(ProfileDuration),
    Known(Duration, TimingMethod),
}

impl Took {
    fn of(self, name: &str) -> Dispatch {
        let (milliseconds, method) = match self {
            Self::Unread(profile) => {
                let method = profile.timing_method();
                let ticks = block_on(profile.resolve());
                (ticks.map(|ticks| ticks.duration()), method)
            }
            Self::Known(duration, method) => (Some(duration), method),
        };
        Dispatch {
            shader: type_name_format(name, TypeNameFormatLevel::Short),
            milliseconds: milliseconds.map(|duration| 1e3 * duration.as_secs_f64()),
            on_device: method == TimingMethod::Device,
        }
    }
}

#[derive(Default)]
struct Observer(Mutex<Vec<(&'static str, Took)>>);

impl Observer {
    fn keep(&self, kernel: &'static str, took: Took) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((kernel, took));
    }
}

impl LaunchObserver for Observer {
    fn launched(&self, _: &'static str) {}

    fn timing(&self) -> TimingRequest {
        TimingRequest::Deferred
    }

    fn profiled(&self, kernel: &'static str, profile: ProfileDuration) {
        self.keep(kernel, Took::Unread(profile));
    }

    fn timed(&self, kernel: &'static str, duration: Duration, method: TimingMethod) {
        self.keep(kernel, Took::Known(duration, method));
    }
}
