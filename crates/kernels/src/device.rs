//! Opening a device without panicking.

use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuSetup, wgpu};
use compute::Gpu;
use compute::adapter::{self, GpuError, Reach};
use compute::share;

use crate::choice::{DeviceChoice, DeviceError};
use crate::{backend, gpu, registry};

/// The kind of hardware behind a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKindName {
    /// Burn's CPU code.
    Cpu,
    /// A GPU.
    Gpu,
    /// A GPU emulated on the CPU (SwiftShader, llvmpipe, WARP): correct but slow.
    SoftwareGpu,
}

/// A device that is ready for tensors.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// Burn's device, to create tensors and networks on.
    pub device: Device,
    /// Name to show: the adapter's name, or `CPU (burn-flex, 8 threads)`.
    pub name: String,
    /// CPU, GPU, or emulated GPU.
    pub kind: DeviceKindName,
    /// wgpu's own handles, which share the device with Burn. None for CPU and CUDA.
    pub gpu: Option<Gpu>,
}

/// Opens a device. Each call for wgpu makes a new one, so that a page whose device was lost can open another.
///
/// # Errors
/// A [`DeviceError`], whose message is one sentence for users.
pub async fn open(choice: DeviceChoice) -> Result<OpenDevice, DeviceError> {
    open_among(choice, 0).await
}

/// The same for one of several programs on a machine, which each have a `number`, from 0 on: each takes a card of its own, as
/// far as there are cards. NVIDIA's are counted from the one that was chosen.
///
/// # Errors
/// As [`open`].
pub async fn open_among(choice: DeviceChoice, number: usize) -> Result<OpenDevice, DeviceError> {
    match choice {
        DeviceChoice::Auto => Ok(auto(number).await),
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Wgpu => graphics(Reach::Any, number).await,
        DeviceChoice::Vulkan if cfg!(target_family = "wasm") => {
            Err(DeviceError::NotInBrowser("Vulkan"))
        }
        DeviceChoice::Vulkan => graphics(Reach::Vulkan, number).await,
        DeviceChoice::Cuda(_) if cfg!(target_family = "wasm") => {
            Err(DeviceError::NotInBrowser("CUDA"))
        }
        DeviceChoice::Cuda(first) => cuda(first + number),
    }
}

/// A CUDA card, else a real GPU, else the CPU. A card or GPU that does not start is passed over.
async fn auto(number: usize) -> OpenDevice {
    match cuda(number) {
        Ok(card) => return card,
        // More programs than cards share them.
        Err(DeviceError::NoCudaCard { found, .. }) if found > 0 => {
            if let Ok(card) = cuda(number % found) {
                return card;
            }
        }
        Err(_) => {}
    }
    if let Ok(adapter) = adapter::find_among(Reach::Any, number).await
        && !adapter::is_software(&adapter.adapter.get_info())
        && let Ok(gpu) = start(adapter).await
    {
        return gpu;
    }
    cpu()
}

fn cpu() -> OpenDevice {
    // Burn's flex runs on one thread in wasm and on rayon's pool elsewhere.
    let threads = share::threads();
    let plural = if threads == 1 { "" } else { "s" };
    OpenDevice {
        device: Device::flex(),
        name: format!("CPU (burn-flex, {threads} thread{plural})"),
        kind: DeviceKindName::Cpu,
        gpu: None,
    }
}

fn cuda(index: usize) -> Result<OpenDevice, DeviceError> {
    let (device, name) = gpu::cuda(index)?;
    Ok(OpenDevice {
        device,
        name,
        kind: DeviceKindName::Gpu,
        gpu: None,
    })
}

async fn graphics(reach: Reach, number: usize) -> Result<OpenDevice, DeviceError> {
    start(adapter::find_among(reach, number).await?).await
}

/// Starts an adapter's device and hands it to Burn, which gives it an id of its own.
async fn start(found: adapter::Found) -> Result<OpenDevice, DeviceError> {
    hand_to_burn(adapter::start(found).await?)
}

pub(crate) fn hand_to_burn(gpu: Gpu) -> Result<OpenDevice, DeviceError> {
    let name = gpu.name();
    let setup = WgpuSetup {
        instance: gpu.instance.clone(),
        adapter: gpu.adapter.clone(),
        device: gpu.device.clone(),
        queue: gpu.queue.clone(),
        backend: gpu.adapter.get_info().backend,
    };
    let device = Device::wgpu_options()
        .setup(setup)
        .init()
        .map_err(|error| GpuError::Refused {
            name: name.clone(),
            reason: error.to_string(),
        })?;
    let emulated = gpu.is_software();
    if let Some(device) = backend::wgpu(&device) {
        registry::enter(device, gpu.clone());
    }
    Ok(OpenDevice {
        device,
        name,
        kind: match emulated {
            true => DeviceKindName::SoftwareGpu,
            false => DeviceKindName::Gpu,
        },
        gpu: Some(gpu),
    })
}

impl OpenDevice {
    /// What wgpu reports of the adapter. None for CPU and CUDA.
    #[must_use]
    pub fn adapter_info(&self) -> Option<wgpu::AdapterInfo> {
        self.gpu.as_ref().map(|gpu| gpu.adapter.get_info())
    }
}

#[cfg(test)]
mod tests;
