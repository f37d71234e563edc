//! MPI, for trainings of several processes: two of them, as clusters have one or the other. Nothing fails without: tests show
//! as ignored.

use super::{Need, apt};
use crate::command;
use anyhow::Result;

/// What compiles against it, what starts it, and what the binding to it is made with.
const PROGRAMS: [&str; 3] = ["mpicc", "mpirun", "clang"];
const PACKAGES: [&str; 4] = ["libopenmpi-dev", "openmpi-bin", "libclang-dev", "clang"];

/// Open MPI, and what its binding for Rust is built with.
pub struct Mpi;

impl Mpi {
    /// Whether all of it can be found.
    pub fn is_found() -> bool {
        PROGRAMS
            .iter()
            .all(|program| command::find(program).is_some())
    }
}

impl Need for Mpi {
    fn name(&self) -> String {
        "Open MPI".to_owned()
    }

    fn plan(&self) -> String {
        format!("installing the packages {}", PACKAGES.join(", "))
    }

    fn is_there(&self) -> Result<bool> {
        Ok(!apt::is_here() || Self::is_found() && apt::missing(&PACKAGES).is_empty())
    }

    fn make(&self) -> Result<()> {
        apt::install(&PACKAGES, "install an MPI, libclang and clang")
    }
}

/// What compiles against MPICH where Open MPI is installed, too.
pub const MPICH_COMPILER: &str = "mpicc.mpich";
const MPICH_PACKAGES: [&str; 2] = ["mpich", "libmpich-dev"];

/// MPICH, beside Open MPI.
pub struct Mpich;

impl Mpich {
    /// Whether both can be found.
    pub fn is_found() -> bool {
        Mpi::is_found() && command::find(MPICH_COMPILER).is_some()
    }
}

impl Need for Mpich {
    fn name(&self) -> String {
        "MPICH".to_owned()
    }

    fn plan(&self) -> String {
        format!("installing the packages {}", MPICH_PACKAGES.join(", "))
    }

    fn is_there(&self) -> Result<bool> {
        Ok(!apt::is_here() || apt::missing(&MPICH_PACKAGES).is_empty())
    }

    fn make(&self) -> Result<()> {
        apt::install(&MPICH_PACKAGES, "install MPICH beside Open MPI")
    }
}
