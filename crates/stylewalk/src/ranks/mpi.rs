//! The ranks by MPI.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::{Tensor, TensorData};
use bigan::trainer::Ranks;
use kernels::AllReduce;
use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::environment::{self, Universe};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Equivalence};

use super::Member;

/// What this program was built with, such as `Open MPI v4.1.4`.
pub fn library() -> String {
    let told = environment::library_version().unwrap_or_default();
    // Long, and where it says it at all, the first words say which.
    let words = told.split([',', '\n']).next().unwrap_or_default();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All processes that were started together.
#[derive(Debug)]
pub struct World {
    rank: usize,
    count: usize,
    local: (usize, usize),
    /// Nanoseconds spent on sums.
    waited: AtomicU64,
    /// What is sent, and what comes: two, as summing in place has crashed (Open MPI's issue 11473).
    buffers: Mutex<[Vec<f32>; 2]>,
}

impl World {
    /// Joins the others. They part when the first value is dropped.
    ///
    /// # Errors
    /// MPI does not start.
    pub fn join() -> Result<(Universe, &'static Self)> {
        // The thread that trains is the only one that asks for sums.
        let (universe, threading) = environment::initialize_with_threading(Threading::Funneled)
            .context("MPI was started already")?;
        ensure!(
            threading >= Threading::Funneled,
            "this MPI was built without support for threads (MPI_THREAD_FUNNELED), which training needs"
        );
        let world = universe.world();
        let machine = world.split_shared(world.rank());
        let found = Self {
            rank: world.rank() as usize,
            count: world.size() as usize,
            local: (machine.rank() as usize, machine.size() as usize),
            waited: AtomicU64::new(0),
            buffers: Mutex::default(),
        };
        // Gradients hold it, which know no lifetimes. There is one in a program.
        Ok((universe, Box::leak(Box::new(found))))
    }

    fn sum_into<T: Equivalence>(&self, own: &[T], sums: &mut [T]) {
        let began = Instant::now();
        SimpleCommunicator::world().all_reduce_into(own, sums, SystemOperation::sum());
        let took = began.elapsed().as_nanos() as u64;
        self.waited.fetch_add(took, Ordering::Relaxed);
    }
}

impl AllReduce for World {
    fn count(&self) -> usize {
        self.count
    }

    fn sum(&self, values: &mut [f64]) {
        let own = values.to_vec();
        self.sum_into(&own, values);
    }
}

impl Ranks for World {
    fn rank(&self) -> usize {
        self.rank
    }

    fn sum_tensors(&self, tensors: Vec<Tensor<1>>) -> Vec<Tensor<1>> {
        let Some(device) = tensors.first().map(Tensor::device) else {
            return tensors;
        };
        let lengths: Vec<usize> = tensors.iter().map(|tensor| tensor.dims()[0]).collect();
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let [own, sums] = &mut *buffers;
        own.clear();
        match pollster::block_on(bigan::read_all(tensors)) {
            Ok(values) => values.iter().for_each(|values| own.extend(values)),
            Err(error) => {
                self.fail(&anyhow::Error::new(error).context("the device failed while training"))
            }
        }
        sums.resize(own.len(), 0.0);
        self.sum_into(own, sums);
        let mut rest = &sums[..];
        let next = |length: usize| {
            let (values, others) = rest.split_at(length);
            rest = others;
            Tensor::from_data(TensorData::new(values.to_vec(), [length]), &device)
        };
        lengths.into_iter().map(next).collect()
    }

    fn abort(&self) -> ! {
        SimpleCommunicator::world().abort(1)
    }
}

impl Member for World {
    fn local(&self) -> (usize, usize) {
        self.local
    }

    fn waited(&self) -> Duration {
        Duration::from_nanos(self.waited.load(Ordering::Relaxed))
    }

    fn machine(&self) -> String {
        environment::processor_name().unwrap_or_default()
    }
}
