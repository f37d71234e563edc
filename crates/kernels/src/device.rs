//! Which device does the arithmetic: chosen by name, opened without panicking.

use std::{fmt, str::FromStr};

use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuInitError, WgpuSetup, wgpu};
use thiserror::Error;

use crate::adapter::{self, Reach};

/// What the caller asks for, as in `--device auto|cpu|wgpu|vulkan|cuda[:N]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A real GPU if there is one, otherwise the CPU. Never a GPU emulated on the CPU: that is many times slower than
    /// the CPU's own code.
    #[default]
    Auto,
    /// Burn's `flex` on all cores; in a browser on one.
    Cpu,
    /// The best adapter that wgpu reaches, an emulated one if there is no other. In a browser: its WebGPU.
    Wgpu,
    /// As [`Wgpu`](Self::Wgpu), but through Vulkan only.
    Vulkan,
    /// The NVIDIA card with this index.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(name.to_string());
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "wgpu" => Ok(Self::Wgpu),
            "vulkan" => Ok(Self::Vulkan),
            "cuda" => Ok(Self::Cuda(0)),
            _ => {
                let index = name.strip_prefix("cuda:").ok_or_else(unknown)?;
                Ok(Self::Cuda(index.parse().map_err(|_| unknown())?))
            }
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Wgpu => f.write_str("wgpu"),
            Self::Vulkan => f.write_str("vulkan"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// Why a device could not be opened.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// The name is none of ours.
    #[error(
        "unknown device `{0}`: choose auto, cpu, wgpu, vulkan, cuda or cuda:N (N counts the NVIDIA cards from 0)"
    )]
    Unknown(String),
    /// No adapter answers on the graphics interface.
    #[error(
        "no GPU found through {interface} ({reason}): install the GPU's driver or choose the device `cpu`"
    )]
    NoAdapter {
        /// The graphics interface that was asked.
        interface: &'static str,
        /// What wgpu said.
        reason: String,
    },
    /// A browser offers WebGPU only.
    #[error("a browser offers no {0}: choose auto, cpu or wgpu")]
    NotInBrowser(&'static str),
    /// This program was built without CUDA.
    #[error(
        "this program was built without CUDA: build it with `cargo build --release -p stylewalk --features cuda`, \
         or choose auto, cpu, wgpu or vulkan"
    )]
    NoCuda,
    /// No such NVIDIA card.
    #[error(
        "there is no CUDA device {index}: NVIDIA's driver reports {found} of them (counted from 0)"
    )]
    NoCudaCard {
        /// The index asked for.
        index: usize,
        /// How many cards there are.
        found: usize,
    },
    /// The adapter is there but gives no device.
    #[error(
        "the GPU `{name}` refused to start ({reason}): update its driver or choose the device `cpu`"
    )]
    Refused {
        /// The adapter's name.
        name: String,
        /// What wgpu said.
        reason: String,
    },
    /// Burn would not work with the device.
    #[error("the GPU `{name}` cannot be used for computing: choose the device `cpu`")]
    Unusable {
        /// The adapter's name.
        name: String,
        /// What Burn said.
        source: WgpuInitError,
    },
}

/// What kind of machinery stands behind a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKindName {
    /// Burn's CPU code.
    Cpu,
    /// A GPU.
    Gpu,
    /// A GPU emulated on the CPU (SwiftShader, llvmpipe, WARP): right, but slow.
    SoftwareGpu,
}

/// A device that is ready for tensors.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// Where tensors and networks are made.
    pub device: Device,
    /// For people: the adapter's name, or `CPU (burn-flex, 8 threads)`.
    pub name: String,
    /// CPU, GPU, or a GPU that is none.
    pub kind: DeviceKindName,
    /// wgpu's own handles, which share the device with Burn. None for CPU and CUDA.
    pub setup: Option<WgpuSetup>,
}

/// Opens a device. Each call for wgpu makes a new one, so that a page whose device was lost can open another.
///
/// # Errors
/// One sentence for people, in [`DeviceError`].
pub async fn open(choice: DeviceChoice) -> Result<OpenDevice, DeviceError> {
    match choice {
        DeviceChoice::Auto => Ok(auto().await),
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Wgpu => graphics(Reach::Any).await,
        DeviceChoice::Vulkan if cfg!(target_family = "wasm") => {
            Err(DeviceError::NotInBrowser("Vulkan"))
        }
        DeviceChoice::Vulkan => graphics(Reach::Vulkan).await,
        DeviceChoice::Cuda(_) if cfg!(target_family = "wasm") => {
            Err(DeviceError::NotInBrowser("CUDA"))
        }
        DeviceChoice::Cuda(index) => cuda(index),
    }
}

/// A card that CUDA reaches, else a GPU that is one, else the CPU; a card that does not start counts as none.
async fn auto() -> OpenDevice {
    if let Ok(card) = cuda(0) {
        return card;
    }
    if let Ok(adapter) = adapter::find(Reach::Any).await
        && !adapter::is_software(&adapter.adapter.get_info())
        && let Ok(gpu) = start(adapter).await
    {
        return gpu;
    }
    cpu()
}

fn cpu() -> OpenDevice {
    // Burn's flex runs on one thread in wasm and on rayon's pool elsewhere, which has a thread per core.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let plural = if threads == 1 { "" } else { "s" };
    OpenDevice {
        device: Device::flex(),
        name: format!("CPU (burn-flex, {threads} thread{plural})"),
        kind: DeviceKindName::Cpu,
        setup: None,
    }
}

#[cfg(feature = "cuda")]
fn cuda(index: usize) -> Result<OpenDevice, DeviceError> {
    // Only asks; `Device::cuda` itself panics at the first tensor where there is no driver.
    let found = Device::enumerate(burn::tensor::DeviceType::Cuda).len();
    if index >= found {
        return Err(DeviceError::NoCudaCard { index, found });
    }
    let device = Device::cuda(index);
    let card = device.identity().map(|card| card.name);
    Ok(OpenDevice {
        device,
        name: card.unwrap_or_else(|| format!("CUDA device {index}")),
        kind: DeviceKindName::Gpu,
        setup: None,
    })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_index: usize) -> Result<OpenDevice, DeviceError> {
    Err(DeviceError::NoCuda)
}

async fn graphics(reach: Reach) -> Result<OpenDevice, DeviceError> {
    start(adapter::find(reach).await?).await
}

/// Starts an adapter's device and gives it to Burn under an identity of its own.
async fn start(found: adapter::Found) -> Result<OpenDevice, DeviceError> {
    let info = found.adapter.get_info();
    let name = adapter::name(&info);
    let setup = adapter::start(found).await?;
    let device = Device::wgpu_options()
        .setup(setup.clone())
        .init()
        .map_err(|source| DeviceError::Unusable {
            name: name.clone(),
            source,
        })?;
    let kind = match adapter::is_software(&info) {
        true => DeviceKindName::SoftwareGpu,
        false => DeviceKindName::Gpu,
    };
    Ok(OpenDevice {
        device,
        name,
        kind,
        setup: Some(setup),
    })
}

impl OpenDevice {
    /// Calls `callback` with the browser's message when the device is lost; at once if it already is. Nothing happens on
    /// a CPU. Every tensor on the device is gone then: [`open`] again, and load again.
    ///
    /// Only in the browser, where listeners add up. Natively there is one listener, it is Burn's, and a lost device is
    /// an error of the next read or `Device::sync`.
    #[cfg(target_family = "wasm")]
    pub fn on_lost(&self, callback: impl Fn(String) + Send + 'static) {
        if let Some(setup) = &self.setup {
            setup
                .device
                .set_device_lost_callback(move |_, message| callback(message));
        }
    }

    /// Calls `callback` with each error that nobody waited for: a shader that does not compile, memory that ran out.
    /// What was computed since is worthless. Without this call Burn's own listener panics instead.
    #[cfg(target_family = "wasm")]
    pub fn on_error(&self, callback: impl Fn(String) + Send + Sync + 'static) {
        if let Some(setup) = &self.setup {
            let listener = move |error: wgpu::Error| callback(error.to_string());
            setup
                .device
                .on_uncaptured_error(std::sync::Arc::new(listener));
        }
    }

    /// What wgpu knows of the adapter. None for CPU and CUDA.
    #[must_use]
    pub fn adapter_info(&self) -> Option<wgpu::AdapterInfo> {
        self.setup.as_ref().map(|setup| setup.adapter.get_info())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in ["auto", "cpu", "wgpu", "vulkan", "cuda:0", "cuda:12"] {
            let choice: DeviceChoice = name.parse().expect(name);
            assert_eq!(choice.to_string(), name);
        }
        assert_eq!(
            "cuda".parse::<DeviceChoice>().expect("cuda"),
            DeviceChoice::Cuda(0)
        );
    }

    #[test]
    fn other_names_are_refused_by_name() {
        for name in ["", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:x", "webgpu"] {
            let error = name.parse::<DeviceChoice>().expect_err(name);
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
}
