//! The devices that a user can ask for by name, and why one could not be opened.

use std::{fmt, str::FromStr};

use compute::GpuError;
use thiserror::Error;

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
    /// No device has this name.
    #[error(
        "unknown device `{0}`: choose auto, cpu, wgpu, vulkan, cuda or cuda:N (N counts the NVIDIA cards from 0)"
    )]
    Unknown(String),
    /// There is no GPU, or it does not start.
    #[error(transparent)]
    Gpu(#[from] GpuError),
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
        let first: DeviceChoice = "cuda".parse().expect("cuda");
        assert_eq!(first, DeviceChoice::Cuda(0));
    }

    #[test]
    fn other_names_are_refused_by_name() {
        for name in ["", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:x", "webgpu"] {
            let error = name.parse::<DeviceChoice>().expect_err(name);
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
}
