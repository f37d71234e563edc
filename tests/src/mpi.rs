//! The real program as several processes, started by Open MPI.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use machine::root;

use crate::program::path_with_mpi;
use crate::running::Running;

/// `stylewalk` with `arguments` on `count` ranks, to be started.
pub fn ranks<'a>(count: usize, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = launcher();
    command
        .args(["-n", &count.to_string()])
        .arg(path_with_mpi());
    command.args(arguments);
    command
}

/// A rank for each of `programs`, with its arguments, which may differ.
pub fn different(programs: &[(&Path, Vec<&str>)]) -> Command {
    let mut command = launcher();
    for (number, (program, arguments)) in programs.iter().enumerate() {
        if number > 0 {
            command.arg(":");
        }
        command.args(["-n", "1"]).arg(program).args(arguments);
    }
    command
}

/// Two ranks of the program without MPI.
pub fn without_mpi(program: &Path, arguments: &[&str]) -> Command {
    different(&[(program, arguments.to_vec()), (program, arguments.to_vec())])
}

/// `mpirun`, for more processes than there may be cores, and for root, as whom containers run.
fn launcher() -> Command {
    let program = machine::mpirun().unwrap_or("mpirun");
    let mut command = Command::new(program);
    command
        .args(["--oversubscribe", "--bind-to", "none"])
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        // Containers may forbid to read another process's memory.
        .env("OMPI_MCA_btl_vader_single_copy_mechanism", "none")
        // More processes than cores would wait for each other in loops.
        .env("OMPI_MCA_mpi_yield_when_idle", "1")
        .current_dir(root());
    command
}

/// The processes of a training at work, by their ranks, from Linux' list of all.
pub fn processes(launcher: &Running) -> BTreeMap<usize, String> {
    let parent = launcher.id();
    let ids = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().into_string().ok());
    let rank = |id: &String| -> Option<usize> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // After the program's name, which may hold anything: its state, and its parent.
        let (_, after) = stat.rsplit_once(") ")?;
        (after.split(' ').nth(1)? == parent).then_some(())?;
        let environment = std::fs::read(format!("/proc/{id}/environ")).ok()?;
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let mut variables = environment.split('\0');
        variables.find_map(|pair| pair.strip_prefix("OMPI_COMM_WORLD_RANK=")?.parse().ok())
    };
    ids.filter_map(|id| Some((rank(&id)?, id))).collect()
}
