//! Vulkan's validator of shaders. Nothing fails without it: its test shows as ignored.

use super::{Need, apt};
use crate::command;
use anyhow::Result;

/// `spirv-val`.
pub struct SpirvTools;

impl Need for SpirvTools {
    fn name(&self) -> String {
        "spirv-val".to_owned()
    }

    fn plan(&self) -> String {
        "installing the package spirv-tools".to_owned()
    }

    fn is_there(&self) -> Result<bool> {
        Ok(!apt::is_here() || command::find("spirv-val").is_some())
    }

    fn make(&self) -> Result<()> {
        apt::install(&["spirv-tools"], "install Khronos' SPIRV-Tools")
    }
}
