//! `--device`, the same for every command that computes.

use anyhow::Result;
use kernels::{DeviceChoice, DeviceKindName, OpenDevice};

use crate::ranks::Team;

/// Where the networks run.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct DeviceArgs {
    /// auto, cpu, wgpu, vulkan, cuda or cuda:N; auto takes a real GPU where there is one, otherwise the CPU.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

impl DeviceArgs {
    /// Opens the device.
    pub fn open(self) -> Result<OpenDevice> {
        self.open_for(Team::ALONE)
    }

    /// Opens the device of one rank among those on this machine, each of which has a card of its own, as far as there are any.
    pub fn open_for(self, team: Team) -> Result<OpenDevice> {
        let (number, _) = team.local();
        let open = pollster::block_on(kernels::open_among(self.device, number))?;
        if open.kind == DeviceKindName::SoftwareGpu {
            eprintln!(
                "{} is no GPU: it is emulated on the processor, and much slower than --device cpu",
                open.name
            );
        }
        Ok(open)
    }
}
