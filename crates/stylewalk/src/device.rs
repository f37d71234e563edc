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

    /// Opens the device of one rank among those on this machine: of several NVIDIA cards, that of its number.
    pub fn open_for(self, team: Team) -> Result<OpenDevice> {
        let open = pollster::block_on(kernels::open(of_rank(self.device, team.local())))?;
        if open.kind == DeviceKindName::SoftwareGpu {
            eprintln!(
                "{} is no GPU: it is emulated on the processor, and much slower than --device cpu",
                open.name
            );
        }
        Ok(open)
    }
}

/// What rank `local` of `count` on this machine takes where all were asked to take `choice`.
fn of_rank(choice: DeviceChoice, (local, count): (usize, usize)) -> DeviceChoice {
    match choice {
        DeviceChoice::Cuda(first) if count > 1 => DeviceChoice::Cuda(first + local),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rank_on_a_machine_has_a_card_of_its_own() {
        let taken = |choice, place| of_rank(choice, place);
        assert_eq!(taken(DeviceChoice::Cuda(0), (3, 4)), DeviceChoice::Cuda(3));
        assert_eq!(taken(DeviceChoice::Cuda(2), (0, 1)), DeviceChoice::Cuda(2));
        assert_eq!(taken(DeviceChoice::Cpu, (1, 2)), DeviceChoice::Cpu);
    }
}
