//! Several ranks that share each batch make of the networks what one process makes of them. Here they are threads, which
//! sum in memory; tests/mpi.rs has them as processes.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::trainer::Ranks;
use bigan::{Losses, TrainError, Trainer, TrainerConfig, UnrollConfig, VirtualBatchNorm};
use kernels::AllReduce;
use pollster::block_on;
use tests::model::bytes;
use tests::training::{BATCH, batch, everything, features};

/// What ranks in threads have in common.
#[derive(Debug)]
struct Table {
    all_here: Barrier,
    brought: Mutex<Vec<Vec<f64>>>,
}

/// A rank in a thread.
#[derive(Debug)]
struct Seat {
    rank: usize,
    count: usize,
    table: Arc<Table>,
}

/// `count` ranks.
fn seats(count: usize) -> Vec<&'static Seat> {
    let table = Arc::new(Table {
        all_here: Barrier::new(count),
        brought: Mutex::new(vec![Vec::new(); count]),
    });
    let seat = |rank| -> &'static Seat {
        Box::leak(Box::new(Seat {
            rank,
            count,
            table: table.clone(),
        }))
    };
    (0..count).map(seat).collect()
}

impl AllReduce for Seat {
    fn count(&self) -> usize {
        self.count
    }

    fn sum(&self, values: &mut [f64]) {
        self.table.brought.lock().unwrap()[self.rank] = values.to_vec();
        self.table.all_here.wait();
        let brought = self.table.brought.lock().unwrap().clone();
        for (index, value) in values.iter_mut().enumerate() {
            *value = brought.iter().map(|values| values[index]).sum();
        }
        self.table.all_here.wait();
    }
}

impl Ranks for Seat {
    fn rank(&self) -> usize {
        self.rank
    }

    fn sum_tensors(&self, tensors: Vec<Tensor<1>>) -> Vec<Tensor<1>> {
        let sum = |tensor: Tensor<1>| {
            let device = tensor.device();
            let values: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
            let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
            self.sum(&mut values);
            let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
            let count = values.len();
            Tensor::from_data(TensorData::new(values, [count]), &device)
        };
        tensors.into_iter().map(sum).collect()
    }

    fn abort(&self) -> ! {
        panic!("rank {} ends all", self.rank)
    }
}

/// Every loss and technique at once that ranks share.
fn shared() -> TrainerConfig {
    let mut config = everything();
    config.networks.minibatch = Default::default();
    config.losses.feature_matching = 0.0;
    config.unroll = UnrollConfig::default();
    config.virtual_batch_norm = VirtualBatchNorm::default();
    config
}

const STEPS: usize = 4;

fn trainer(config: TrainerConfig) -> Trainer {
    let device = Device::flex();
    Trainer::new(config, 5, &device).with_features(features(&device))
}

/// The losses of each step, and the networks after the last.
fn trained(mut trainer: Trainer, rows: impl Fn(Tensor<4>) -> Tensor<4>) -> (Vec<Losses>, Vec<u8>) {
    let losses = (0..STEPS).map(|step| {
        let batch = rows(batch(step, &Device::flex()));
        block_on(trainer.step(batch).unwrap().read()).unwrap()
    });
    let losses = losses.collect();
    let networks = trainer.networks();
    let of_networks = [
        bytes(&networks.generator),
        bytes(&networks.encoder),
        bytes(&networks.discriminator),
    ];
    (losses, of_networks.concat())
}

/// The same of each rank.
fn trained_by(count: usize, config: TrainerConfig) -> Vec<(Vec<Losses>, Vec<u8>)> {
    let rank = |seat: &'static Seat| {
        thread::spawn(move || {
            let rows = BATCH / seat.count;
            let trainer = trainer(config).with_ranks(seat).unwrap();
            trained(trainer, |all| all.narrow(0, seat.rank * rows, rows))
        })
    };
    let threads: Vec<_> = seats(count).into_iter().map(rank).collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

/// The mean over ranks of each loss of each step.
fn means(ranks: &[(Vec<Losses>, Vec<u8>)]) -> Vec<Vec<f32>> {
    let of_step = |step: usize| {
        let losses = ranks.iter().map(|(losses, _)| losses[step].into_array());
        let sum = losses.reduce(|sum, losses| std::array::from_fn(|n| sum[n] + losses[n]));
        let count = ranks.len() as f32;
        sum.unwrap().iter().map(|sum| sum / count).collect()
    };
    (0..STEPS).map(of_step).collect()
}

#[test]
fn ranks_train_as_one_process_does() {
    let config = shared();
    let (alone, _) = trained(trainer(config), |all| all);
    for count in [2, 4] {
        let ranks = trained_by(count, config);
        for (step, (found, expected)) in means(&ranks).iter().zip(&alone).enumerate() {
            for (found, (name, expected)) in found.iter().zip(expected.named()) {
                let apart = (found - expected).abs() / expected.abs().max(1.0);
                assert!(
                    apart < 1e-5,
                    "{count} ranks, step {step}, {name}: {found}, alone {expected}"
                );
            }
        }
    }
}

#[test]
fn networks_of_all_ranks_are_the_same_to_the_bit_and_again() {
    for local_norm in [false, true] {
        let config = TrainerConfig {
            local_norm,
            ..shared()
        };
        let (first, again) = (trained_by(2, config), trained_by(2, config));
        assert!(
            first[0].1 == first[1].1,
            "rank 1 has other networks than rank 0"
        );
        assert!(first[0].1 == again[0].1, "the second training made others");
    }
}

#[test]
fn local_norms_are_another_training() {
    let config = TrainerConfig {
        local_norm: true,
        ..shared()
    };
    assert!(trained_by(2, config)[0].0[1] != trained_by(2, shared())[0].0[1]);
}

#[test]
fn what_needs_the_whole_batch_is_refused_by_name() {
    let [seat, _] = seats(2)[..] else {
        unreachable!()
    };
    let refused = |change: fn(&mut TrainerConfig, TrainerConfig)| {
        let mut config = shared();
        change(&mut config, everything());
        match trainer(config).with_ranks(seat) {
            Err(TrainError::NotShared { setting }) => setting,
            other => panic!("{other:?}"),
        }
    };
    let unrolled = refused(|config, all| config.unroll = all.unroll);
    let minibatch = refused(|config, all| config.networks.minibatch = all.networks.minibatch);
    let reference = refused(|config, all| config.virtual_batch_norm = all.virtual_batch_norm);
    let matching = refused(|config, _| config.losses.feature_matching = 1.0);
    let names = [unrolled, minibatch, reference, matching];
    assert_eq!(
        names,
        [
            "unrolled",
            "minibatch-kernels",
            "virtual-batch-norm",
            "feature-matching"
        ]
    );
}
