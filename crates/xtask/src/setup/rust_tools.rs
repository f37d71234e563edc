//! rustfmt and clippy, rustup's components that a minimal installation leaves out.

use super::Need;
use crate::command;
use anyhow::{Context, Result};

/// A component of the Rust toolchain on the PATH.
pub struct Component {
    name: &'static str,
    program: &'static str,
}

/// The two that the checks use.
pub const COMPONENTS: [Component; 2] = [
    Component {
        name: "rustfmt",
        program: "rustfmt",
    },
    Component {
        name: "clippy",
        program: "clippy-driver",
    },
];

impl Need for Component {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn plan(&self) -> String {
        format!("`rustup component add {}`", self.name)
    }

    fn is_there(&self) -> Result<bool> {
        // rustup leaves a program of this name on the PATH even where the component is missing, hence the call.
        Ok(command::text(command::new(self.program).arg("--version")).is_ok())
    }

    fn make(&self) -> Result<()> {
        let rustup = command::find("rustup").with_context(|| {
            format!(
                "{} is not installed and there is no rustup to add it",
                self.name
            )
        })?;
        command::run(command::new(rustup).args(["component", "add", self.name]))
    }
}
