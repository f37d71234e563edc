//! The real program as several processes, started by Open MPI or MPICH.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use machine::root;

use crate::program::{path_with_mpi, path_with_mpich};
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

/// The same by MPICH.
pub fn ranks_of_mpich<'a>(count: usize, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = mpich(count, path_with_mpich());
    command.args(arguments);
    command
}

/// Two ranks of a program with another MPI than the one that starts them, either way.
pub fn mistaken(arguments: &[&str]) -> [Command; 2] {
    let mut by_mpich = mpich(2, path_with_mpi());
    by_mpich.args(arguments);
    let program = path_with_mpich();
    let by_open_mpi = different(&[(program, arguments.to_vec()), (program, arguments.to_vec())]);
    [by_mpich, by_open_mpi]
}

fn mpich(count: usize, program: &Path) -> Command {
    let mut command = Command::new(machine::MPICH_LAUNCHER);
    command
        .args(["-n", &count.to_string()])
        .arg(program)
        .current_dir(root());
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

/// What tells a process its rank: Open MPI and MPICH.
const RANK: [&str; 2] = ["OMPI_COMM_WORLD_RANK", "PMI_RANK"];

/// The processes of a training at work, by their ranks, from Linux' list of all.
pub fn processes(launcher: &Running) -> BTreeMap<usize, String> {
    let launcher = launcher.id();
    let ids = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().into_string().ok());
    // MPICH has a program between.
    let descends = |id: &str| {
        let parent = parent(id)?;
        (parent == launcher || self::parent(&parent)? == launcher).then_some(())
    };
    let rank = |id: &String| -> Option<usize> {
        descends(id)?;
        let environment = std::fs::read(format!("/proc/{id}/environ")).ok()?;
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let mut variables = environment
            .split('\0')
            .filter_map(|pair| pair.split_once('='));
        variables
            .find(|(name, _)| RANK.contains(name))?
            .1
            .parse()
            .ok()
    };
    ids.filter_map(|id| Some((rank(&id)?, id))).collect()
}

/// The process that has started this one.
fn parent(id: &str) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the program's name, which may hold anything: its state, and its parent.
    let (_, after) = stat.rsplit_once(") ")?;
    after.split(' ').nth(1).map(str::to_owned)
}
