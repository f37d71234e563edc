//! The real program as several processes that train one model: the same model as one process makes, and one run, whatever
//! becomes of a process.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use safetensors::SafeTensors;
use serde_json::Value;
use tests::folders::{files, stats, wait_until};
use tests::mpi::{different, mistaken, processes, ranks, ranks_of_mpich, without_mpi};
use tests::outfits::{draw, run_dir};
use tests::program::{path, path_with_mpi, printed, stderr};
use tests::running::{Running, checkpoint, checkpoints, wait_for_a_step};

/// Steps this small keep rounding from growing: with the paper's learning rate another order of sums leads to other networks
/// after some dozens of steps. What is wrong with gradients would show in Adam's moments, which do not depend on it.
const TRAINING: &str = "--device cpu --batch 8 --width 2 --latent 6 --seed 3 --learning-rate 5e-7 --flips \
    --augment color,translation --average-decay 0.9";
/// More steps than any test waits for, and no checkpoint before the end.
const LONG: &str = "--steps 100000000 --snapshot-every 100000000 --log-every 1";
/// The same, saved again and again.
const OFTEN: &str = "--steps 100000000 --snapshot-every 5 --log-every 1";
/// How far losses, weights and moments may be from those of one process, as a part of the largest of their tensor, or of 1.
const CLOSE: f64 = 1e-5;

/// A prepared folder of drawn outfits.
fn prepared(folder: &Path, name: &str, photographs: u64) -> PathBuf {
    let [drawn, data] = [format!("{name}-drawn"), name.to_owned()].map(|name| folder.join(name));
    draw(&drawn, photographs);
    printed([
        "data",
        "prepare",
        drawn.to_str().unwrap(),
        data.to_str().unwrap(),
    ]);
    data
}

/// The arguments of a training.
fn arguments<'a>(data: &'a Path, folder: &'a Path, more: &'a str) -> Vec<&'a str> {
    let mut all = vec!["train", data.to_str().unwrap(), "--runs"];
    all.push(folder.to_str().unwrap());
    all.extend(TRAINING.split_whitespace().chain(more.split(' ')));
    all
}

/// Runs `command`, which must succeed, and returns what it said.
fn succeeded(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

/// Runs `command`, which must fail, and returns what it said.
fn refused(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

/// Trains by `count` ranks, in a folder of that name; the run.
fn trained(folder: &Path, data: &Path, count: usize, name: &str, more: &str) -> PathBuf {
    let runs = folder.join(name).join("runs");
    match count {
        1 => drop(printed(arguments(data, &runs, more))),
        _ => drop(succeeded(ranks(count, arguments(data, &runs, more)))),
    }
    run_dir(&folder.join(name))
}

/// A run's losses, by step.
fn losses(run: &Path) -> Vec<Value> {
    let mut lines = stats(run);
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.retain(|key, _| {
            !["images_per_second", "waiting", "diversity"].contains(&key.as_str())
        });
    }
    lines
}

fn assert_same_losses(found: &Path, expected: &Path) {
    let (found, expected) = (losses(found), losses(expected));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        for (key, expected) in expected.as_object().unwrap() {
            let (found, expected) = (found[key].as_f64().unwrap(), expected.as_f64().unwrap());
            let apart = (found - expected).abs() / expected.abs().max(1.0);
            assert!(apart < CLOSE, "{key}: {found}, alone {expected}");
        }
    }
}

/// Compares weights, and what the optimizers know of gradients.
fn assert_same_state(found: &Path, expected: &Path, step: u64) {
    for file in ["generator", "encoder", "discriminator", "optimizers"] {
        let bytes = [found, expected].map(|run| {
            std::fs::read(checkpoint(run, step).join(format!("{file}.safetensors"))).unwrap()
        });
        let [found, expected] = bytes
            .each_ref()
            .map(|bytes| SafeTensors::deserialize(bytes).unwrap());
        for (name, expected) in expected.tensors() {
            let numbers = |bytes: &[u8]| -> Vec<f32> {
                let words = bytes.as_chunks::<4>().0.iter();
                words.map(|word| f32::from_le_bytes(*word)).collect()
            };
            let (found, expected) = (
                numbers(found.tensor(&name).unwrap().data()),
                numbers(expected.data()),
            );
            let largest = expected
                .iter()
                .fold(1.0_f32, |most, value| most.max(value.abs()));
            for (found, expected) in found.iter().zip(expected) {
                let apart = f64::from((found - expected).abs() / largest);
                assert!(apart < CLOSE, "{file}: {name}: {found}, alone {expected}");
            }
        }
    }
}

#[needs::mpi]
fn two_and_four_ranks_train_what_one_process_trains() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, steps) = (folder.path(), "--steps 50");
    let data = prepared(folder, "data", 20);
    let alone = trained(folder, &data, 1, "alone", steps);
    for count in [2, 4] {
        let run = trained(folder, &data, count, &count.to_string(), steps);
        assert_same_losses(&run, &alone);
        assert_same_state(&run, &alone, 50);
        let waiting = stats(&run).last().unwrap()["waiting"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&waiting), "{waiting}");
    }
    let again = trained(folder, &data, 2, "again", steps);
    let state = |run: &Path| files(&checkpoint(run, 50));
    assert!(
        state(&again) == state(&run_dir(&folder.join("2"))),
        "two ranks trained something else the second time"
    );
}

#[needs::mpi]
fn a_run_goes_on_with_any_number_of_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = prepared(folder, "data", 20);
    let alone = trained(folder, &data, 1, "alone", "--steps 12 --log-every 1");
    let run = trained(folder, &data, 4, "shared", "--steps 4 --log-every 1");
    let path = run.to_str().unwrap();
    let resume = |steps: &'static str| ["resume", path, "--steps", steps, "--device", "cpu"];
    succeeded(ranks(2, resume("8")));
    printed(resume("12"));
    assert_same_losses(&run, &alone);
    assert_same_state(&run, &alone, 12);
}

/// Two ranks that train in `folder`, and have written a step: what started them, their run, and their processes.
fn at_work(folder: &Path, more: &str) -> (Running, PathBuf, Vec<String>) {
    at_work_by(|arguments| ranks(2, arguments), folder, more)
}

fn at_work_by(
    start: impl Fn(Vec<&str>) -> Command,
    folder: &Path,
    more: &str,
) -> (Running, PathBuf, Vec<String>) {
    let data = prepared(folder, "data", 10);
    let (runs, run) = (folder.join("runs"), run_dir(folder));
    let running = Running::start(&mut start(arguments(&data, &runs, more)));
    wait_for_a_step(&run);
    let found = processes(&running);
    assert_eq!(found.len(), 2, "{found:?}");
    (running, run, found.into_values().collect())
}

fn signal(name: &str, id: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), id])
        .status();
    assert!(status.unwrap().success(), "kill -{name} {id}");
}

/// The steps of whole checkpoints, as their folders name them, sorted.
fn saved(run: &Path) -> Vec<String> {
    let all = checkpoints(run).into_iter();
    all.filter_map(|name| Some(name.strip_prefix("step-")?.to_owned()))
        .collect()
}

fn goes_on(run: &Path) {
    let last: u64 = saved(run).pop().unwrap().parse().unwrap();
    let steps = (last + 1).to_string();
    printed([
        "resume",
        run.to_str().unwrap(),
        "--steps",
        &steps,
        "--device",
        "cpu",
    ]);
}

#[needs::mpi]
fn a_rank_that_is_asked_to_stop_stops_all_and_the_training_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (running, run, ids) = at_work(folder.path(), LONG);
    signal("TERM", &ids[1]);
    let (status, said) = running.end();
    assert!(status.success(), "{status}: {said}");
    assert_eq!(said.matches("stopped; resume with").count(), 1, "{said}");
    let last = stats(&run).last().unwrap()["step"].as_u64().unwrap();
    assert_eq!(checkpoints(&run), [format!("step-{last:07}")]);
    goes_on(&run);
}

/// Waits until no process is left, and goes on from the last checkpoint.
fn all_end_and_it_goes_on(ids: &[String], run: &Path) {
    let ended = || ids.iter().all(|id| !Path::new("/proc").join(id).exists());
    wait_until(ended, "a rank lives on");
    goes_on(run);
}

#[needs::mpi]
fn a_rank_that_dies_ends_all_and_the_last_checkpoint_is_whole() {
    for rank in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        let (running, run, ids) = at_work(folder.path(), OFTEN);
        wait_until(|| !saved(&run).is_empty(), "nothing was saved");
        signal("KILL", &ids[rank]);
        let (status, said) = running.end();
        assert!(!status.success(), "{said}");
        all_end_and_it_goes_on(&ids, &run);
    }
}

#[needs::mpi]
fn a_launcher_that_is_ended_takes_all_ranks_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (running, run, ids) = at_work(folder.path(), OFTEN);
    wait_until(|| !saved(&run).is_empty(), "nothing was saved");
    running.signal("TERM");
    running.end();
    all_end_and_it_goes_on(&ids, &run);
}

#[needs::mpi]
fn a_disk_without_room_ends_no_rank() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, run, ids) = at_work(folder.path(), OFTEN);
    let limit = |bytes: &str| {
        let limit = format!("--fsize={bytes}:unlimited");
        let status = Command::new("prlimit")
            .args(["--pid", &ids[0], &limit])
            .status();
        assert!(status.unwrap().success(), "prlimit");
    };
    limit("10");
    running.wait_for("could not write the folder");
    limit("unlimited");
    running.wait_for("checkpoints can be written again");
    signal("TERM", &ids[0]);
    let (status, said) = running.end();
    assert!(status.success(), "{said}");
    goes_on(&run);
}

#[needs::mpi]
fn ranks_that_differ_are_refused_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (data, other) = (prepared(folder, "data", 10), prepared(folder, "other", 11));
    let runs = folder.join("runs");
    let program = path_with_mpi();
    let start = |data| arguments(data, &runs, "--steps 2");

    let said = refused(different(&[
        (program, start(&data)),
        (program, start(&other)),
    ]));
    assert!(
        said.contains("rank 1 has other photographs than rank 0"),
        "{said}"
    );

    let faster = arguments(&data, &runs, "--steps 2 --l1 3");
    let said = refused(different(&[
        (program, start(&data)),
        (program, start(&data)),
        (program, faster.clone()),
        (program, faster),
    ]));
    assert!(
        said.contains("ranks 2, 3 have other settings than rank 0"),
        "{said}"
    );

    // Another build, of which a system does not mind that something is behind it.
    let another = folder.join("another");
    std::fs::copy(program, &another).unwrap();
    let mut end = std::fs::OpenOptions::new()
        .append(true)
        .open(&another)
        .unwrap();
    std::io::Write::write_all(&mut end, b"another").unwrap();
    drop(end);
    let said = refused(different(&[
        (program, start(&data)),
        (&another, start(&data)),
    ]));
    assert!(
        said.contains("rank 1 has other stylewalk programs than rank 0"),
        "{said}"
    );
    assert!(!runs.exists() || std::fs::read_dir(&runs).unwrap().count() == 0);
}

#[needs::mpi]
fn what_ranks_cannot_do_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = prepared(folder, "data", 10);
    let (drawn, runs) = (folder.join("data-drawn"), folder.join("runs"));
    let said = |data: &Path, count, more: &str| refused(ranks(count, arguments(data, &runs, more)));

    let whole = said(&drawn, 2, "--steps 2");
    assert!(
        whole.contains("make one with `stylewalk data prepare"),
        "{whole}"
    );
    let odd = said(&data, 3, "--steps 2");
    assert!(
        odd.contains("--batch is 8, but must be a multiple of the 3 ranks"),
        "{odd}"
    );
    let unrolled = said(&data, 2, "--steps 2 --unrolled 2");
    assert!(
        unrolled.contains("unrolled needs the whole batch in one process; train with one process"),
        "{unrolled}"
    );
    assert!(!runs.exists());

    let plain = refused(without_mpi(path(), &arguments(&data, &runs, "--steps 2")));
    assert!(
        plain.contains(
            "2 of these processes were started together, but this program was built without MPI"
        ),
        "{plain}"
    );
}

#[needs::mpi]
fn a_dry_run_tells_who_has_what() {
    let folder = tempfile::tempdir().unwrap();
    let data = prepared(folder.path(), "data", 10);
    let runs = folder.path().join("runs");
    let output = ranks(2, arguments(&data, &runs, "--steps 2 --dry-run"))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    for line in ["pictures 1 to 4 of each 8", "pictures 5 to 8 of each 8"] {
        assert_eq!(told.matches(line).count(), 1, "{told}");
    }
    assert!(
        told.contains("rank 0 on ") && told.contains("rank 1 on "),
        "{told}"
    );
}

#[needs::both_mpis]
fn mpich_trains_the_same_and_ends_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (data, runs) = (
        prepared(folder, "shared", 20),
        folder.join("mpich").join("runs"),
    );
    let alone = trained(folder, &data, 1, "alone", "--steps 20");
    succeeded(ranks_of_mpich(2, arguments(&data, &runs, "--steps 20")));
    let run = run_dir(&folder.join("mpich"));
    assert_same_losses(&run, &alone);
    assert_same_state(&run, &alone, 20);

    let start = |arguments: Vec<&str>| ranks_of_mpich(2, arguments.iter().copied());
    let (running, run, ids) = at_work_by(start, folder, OFTEN);
    wait_until(|| !saved(&run).is_empty(), "nothing was saved");
    signal("KILL", &ids[1]);
    let (status, said) = running.end();
    assert!(!status.success(), "{said}");
    all_end_and_it_goes_on(&ids, &run);
}

#[needs::both_mpis]
fn another_mpis_launcher_is_refused_by_the_name_of_the_programs_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = prepared(folder.path(), "data", 10);
    let runs = folder.path().join("runs");
    let commands = mistaken(&arguments(&data, &runs, "--steps 2"));
    for (command, own) in commands.into_iter().zip(["Open MPI", "MPICH"]) {
        let said = refused(command);
        let sentence = "2 of these processes were started together, but by another MPI than this program was built with";
        assert!(said.contains(sentence) && said.contains(own), "{said}");
        assert!(!runs.exists());
    }
}
