//! The processes that train one model together, started by MPI's `mpirun` or by a cluster's `srun`: the ranks.
//!
//! All take the same steps; the first of them, rank 0, writes, and speaks for all.

mod launcher;
#[cfg(feature = "mpi")]
mod mpi;
#[cfg(any(feature = "mpi", test))]
#[cfg_attr(
    not(feature = "mpi"),
    expect(dead_code, reason = "one process takes all cores")
)]
mod threads;

use std::ops::Range;
use std::time::Duration;

use anyhow::{Result, ensure};
use bigan::Losses;
use bigan::trainer::Ranks;

#[cfg(feature = "mpi")]
use crate::{advice, say};

/// A process among those of a training.
pub trait Member: Ranks {
    /// Its place among the ranks on this machine, and how many those are.
    fn local(&self) -> (usize, usize);

    /// How long it has waited for sums so far, and summed.
    fn waited(&self) -> Duration;

    /// The machine's name.
    fn machine(&self) -> String;

    /// Says what is wrong, and ends all ranks.
    #[cfg(feature = "mpi")]
    fn fail(&self, error: &anyhow::Error) -> ! {
        let rank = match self.rank() {
            0 => String::new(),
            rank => format!("rank {rank}: "),
        };
        let sentence = advice::sentence(error);
        say::err(format_args!("error: {rank}{sentence}\n"));
        self.abort()
    }
}

/// The ranks of a training, as one of them sees them; nobody else where the program was started as usual.
#[derive(Debug, Clone, Copy)]
pub struct Team(Option<&'static dyn Member>);

/// Calls `work` with the ranks that this process was started with. An error of one ends all.
///
/// # Errors
/// Those of `work`, and that several processes were started of a program without MPI, or by another MPI than its own.
pub fn together(work: impl FnOnce(Team) -> Result<()> + Send) -> Result<()> {
    match launcher::found() {
        Some(launched) => start(&launched, work),
        None => alone(work),
    }
}

/// One process, whose steps are taken where they are computed.
fn alone(work: impl FnOnce(Team) -> Result<()> + Send) -> Result<()> {
    kernels::on_computing_thread(|| work(Team::ALONE))
}

#[cfg(not(feature = "mpi"))]
fn start(
    launched: &launcher::Launched,
    work: impl FnOnce(Team) -> Result<()> + Send,
) -> Result<()> {
    let count = launched.count;
    ensure!(
        count <= 1,
        "{count} of these processes were started together, but this program was built without MPI: build it with \
         `cargo build --release -p stylewalk --features mpi`"
    );
    alone(work)
}

#[cfg(feature = "mpi")]
fn start(
    launched: &launcher::Launched,
    work: impl FnOnce(Team) -> Result<()> + Send,
) -> Result<()> {
    let (_until_the_end, world) = mpi::World::join()?;
    let team = match kernels::AllReduce::count(world) {
        1 => {
            let count = launched.count;
            // Each would make the whole training, in a run of its own.
            ensure!(
                count <= 1,
                "{count} of these processes were started together, but by another MPI than this program was built with ({}): \
                 start it by the mpirun of that one, or build it with the other, whose compiler MPICC names",
                mpi::library()
            );
            Team::ALONE
        }
        _ => Team(Some(world)),
    };
    if let Some(member) = team.0 {
        if !team.leads() {
            say::hush();
        }
        threads::share(member.local().1);
    }
    // MPI is called on the thread that joined.
    let result = match team.0 {
        None => alone(work),
        Some(_) => work(team),
    };
    if let (Err(error), Some(member)) = (&result, team.0) {
        member.fail(error);
    }
    result
}

impl Team {
    /// One process.
    pub const ALONE: Self = Self(None);

    /// The ranks as the training step sees them.
    pub fn ranks(self) -> Option<&'static dyn Ranks> {
        let member = self.0?;
        Some(member)
    }

    /// How many they are.
    pub fn count(self) -> usize {
        self.0.map_or(1, |member| member.count())
    }

    /// Which of them this is, from 0 on.
    pub fn rank(self) -> usize {
        self.0.map_or(0, |member| member.rank())
    }

    /// Whether this is the rank that writes.
    pub fn leads(self) -> bool {
        self.rank() == 0
    }

    /// Its place among the ranks on this machine, and how many those are.
    pub fn local(self) -> (usize, usize) {
        self.0.map_or((0, 1), Member::local)
    }

    /// How long this rank has waited for sums so far, and summed; none for one alone.
    pub fn waited(self) -> Option<Duration> {
        self.0.map(Member::waited)
    }

    /// This machine's name, for several ranks.
    pub fn machine(self) -> String {
        self.0.map(Member::machine).unwrap_or_default()
    }

    /// Which pictures of a batch are this rank's.
    ///
    /// # Errors
    /// Not all would have as many.
    pub fn rows(self, batch: usize) -> Result<Range<usize>> {
        let (rank, count) = (self.rank(), self.count());
        ensure!(
            batch.is_multiple_of(count),
            "--batch is {batch}, but must be a multiple of the {count} ranks that share it"
        );
        let rows = batch / count;
        Ok(rank * rows..(rank + 1) * rows)
    }

    /// For each flag, whether it is set on any rank.
    pub fn any<const N: usize>(self, flags: [bool; N]) -> [bool; N] {
        let mut sums = flags.map(|flag| f64::from(u8::from(flag)));
        self.sum(&mut sums);
        sums.map(|sum| sum > 0.0)
    }

    /// Waits until all ranks are here.
    pub fn meet(self) {
        self.any([false]);
    }

    /// The mean of the ranks' losses, of which each has those of its rows.
    pub fn mean(self, losses: Losses) -> Losses {
        if self.0.is_none() {
            return losses;
        }
        let mut sums = losses.into_array().map(f64::from);
        self.sum(&mut sums);
        let count = self.count() as f64;
        Losses::from_array(sums.map(|sum| (sum / count) as f32))
    }

    /// What rank `from` has.
    pub fn told(self, from: usize, own: &str) -> String {
        let speaks = self.rank() == from;
        let mut length = [if speaks { own.len() as f64 } else { 0.0 }];
        self.sum(&mut length);
        let mut bytes = match speaks {
            true => own.bytes().map(f64::from).collect(),
            false => vec![0.0; length[0] as usize],
        };
        self.sum(&mut bytes);
        let bytes = bytes.into_iter().map(|byte| byte as u8).collect();
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// What each rank has, in order.
    pub fn all(self, own: &str) -> Vec<String> {
        (0..self.count()).map(|rank| self.told(rank, own)).collect()
    }

    /// Refuses to go on where ranks have different `things`, of which this rank has `own`.
    ///
    /// # Errors
    /// Names the ranks.
    pub fn same(self, things: &str, own: &str) -> Result<()> {
        let all = self.all(own);
        let others: Vec<String> = (1..all.len())
            .filter(|rank| all[*rank] != all[0])
            .map(|rank| rank.to_string())
            .collect();
        let (ranks, have) = match others.len() {
            1 => ("rank", "has"),
            _ => ("ranks", "have"),
        };
        ensure!(
            others.is_empty(),
            "{ranks} {} {have} other {things} than rank 0",
            others.join(", ")
        );
        Ok(())
    }

    fn sum(self, values: &mut [f64]) {
        if let Some(member) = self.0 {
            member.sum(values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_has_all_rows_and_agrees_with_itself() {
        let team = Team::ALONE;
        assert!(team.leads() && team.waited().is_none());
        assert_eq!(team.rows(5).unwrap(), 0..5);
        assert_eq!(team.any([true, false]), [true, false]);
        assert_eq!(team.all("it"), ["it"]);
        team.same("photographs", "these").unwrap();
        let losses = Losses::from_array([0.1; Losses::KEYS.len()]);
        assert_eq!(team.mean(losses), losses);
    }
}
