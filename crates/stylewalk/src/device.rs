//! `--device`, the same for every command that computes.

use anyhow::Result;
use kernels::{DeviceChoice, DeviceKindName, OpenDevice};

/// Where the networks run.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct DeviceArgs {
    /// auto, cpu, wgpu, vulkan, cuda or cuda:N; auto takes a real GPU where there is one, otherwise the CPU.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

impl DeviceArgs {
    /// Opens the device.
    pub fn open(&self) -> Result<OpenDevice> {
        let open = pollster::block_on(kernels::open(self.device))?;
        if open.kind == DeviceKindName::SoftwareGpu {
            eprintln!(
                "{} is no GPU: it is emulated on the processor, and much slower than --device cpu",
                open.name
            );
        }
        Ok(open)
    }
}
