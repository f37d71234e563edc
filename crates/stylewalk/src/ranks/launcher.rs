//! Whether an MPI launcher has started this process.

use std::env;

/// What the launcher tells by the environment.
#[derive(Debug, PartialEq)]
pub struct Launched {
    /// How many processes it has started; 1 where it does not tell.
    pub count: usize,
}

/// Variables with the number of processes: Open MPI's, and that of MPICH, Intel MPI and Slurm (PMI).
const COUNTS: [&str; 2] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];
/// Of PMIx, by which Slurm and others start Open MPI's processes, and which leaves the number to Slurm's own.
const PMIX: &str = "PMIX_RANK";
const SLURM: &str = "SLURM_NTASKS";

/// The launcher of this process; none where it was started by hand.
pub fn found() -> Option<Launched> {
    of(|name| env::var(name).ok())
}

fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Launched> {
    let number = |name: &str| variable(name)?.parse::<usize>().ok();
    let count = COUNTS.into_iter().find_map(number).or_else(|| {
        variable(PMIX)?;
        Some(number(SLURM).unwrap_or(1))
    })?;
    Some(Launched { count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_launcher_is_known_by_its_variables() {
        let found = |pairs: &[(&str, &str)]| {
            let launched = of(|name: &str| {
                let pair = pairs.iter().find(|(key, _)| *key == name)?;
                Some(pair.1.to_owned())
            });
            launched.map(|launched| launched.count)
        };
        assert_eq!(found(&[("OMPI_COMM_WORLD_SIZE", "4")]), Some(4));
        assert_eq!(found(&[("PMI_SIZE", "2")]), Some(2));
        assert_eq!(found(&[("PMIX_RANK", "0"), ("SLURM_NTASKS", "8")]), Some(8));
        // A job of Slurm's that was started without MPI.
        assert_eq!(found(&[("SLURM_NTASKS", "8")]), None);
        assert_eq!(found(&[]), None);
    }
}
