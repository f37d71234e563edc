//! The server under load: many connections at once, half-asked questions, readers who stop reading, and parts of files.
//! Answers stay right and prompt, and rounds of it take no more memory than the first ones did.
//!
//! `cargo xtask load` runs this with a thousand connections and prints the table; alone it is the short form of that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod client;
mod memory;

use client::{Client, File};
use serve::{Running, Server};
use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Connections and rounds of the short form.
const FEW: (usize, usize) = (100, 12);
/// Threads that ask; each has its share of the connections.
const THREADS: usize = 20;
/// Questions on one connection.
const QUESTIONS: usize = 3;
/// The longest that a good question may take while others misbehave.
const PROMPT: Duration = Duration::from_secs(20);
/// Growth that counts as none, in bytes and as a share of what is held: how much is waiting to be read at once differs from
/// round to round, and the system's allocator keeps pages. What each connection of a round leaves behind comes to more.
const ALLOWED: (u64, f64) = (20_000_000, 0.1);
/// Rounds whose memory is still being taken for the first time.
const WARM: usize = 3;

/// A page's folder, removed afterwards.
struct Page(PathBuf);

impl Page {
    /// Files of the sizes that a page has: text, a program, weights.
    fn new() -> Self {
        let path = env::temp_dir().join(format!("serve-load-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for file in File::ALL {
            std::fs::write(path.join(file.name), file.contents()).unwrap();
        }
        Self(path)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A number from the environment.
fn setting(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Runs `work` on `THREADS` threads, for `count` connections in all, and returns the times of its questions, sorted.
fn on_threads(count: usize, work: impl Fn(usize) -> Vec<Duration> + Sync) -> Vec<Duration> {
    let share = count.div_ceil(THREADS);
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| work(share))).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    times.sort_unstable();
    times
}

/// Keeps `share` connections open at once and asks on each, in turns, for every file.
fn many(address: SocketAddr, share: usize, all_open: &Barrier) -> Vec<Duration> {
    let mut clients: Vec<Client> = (0..share).map(|_| Client::new(address)).collect();
    all_open.wait();
    let mut times = Vec::new();
    for question in 0..QUESTIONS {
        for (number, client) in clients.iter_mut().enumerate() {
            let file = &File::ALL[(number + question) % 2];
            times.push(client.whole(file));
        }
    }
    times
}

/// Parts of the largest file, each from another place.
fn parts(address: SocketAddr, share: usize) -> Vec<Duration> {
    let file = &File::LARGE;
    let ask = |number: usize| {
        let length = 1 + number * 977 % 50_000;
        let from = number * 7_919_873 % (file.bytes - length);
        Client::new(address).part(file, from, length)
    };
    (0..share).map(ask).collect()
}

/// Good questions while `share` connections a thread misbehave as `badly` has it.
fn beside(
    address: SocketAddr,
    share: usize,
    all_open: &Barrier,
    badly: impl Fn(SocketAddr) -> Client,
) -> Vec<Duration> {
    let bad: Vec<Client> = (0..share).map(|_| badly(address)).collect();
    all_open.wait();
    let mut good = Client::new(address);
    let times = (0..QUESTIONS).map(|_| good.whole(&File::SMALL)).collect();
    drop(bad);
    times
}

/// One round of everything: the times of each kind of question.
fn round(address: SocketAddr, connections: usize) -> BTreeMap<&'static str, Vec<Duration>> {
    // All threads' connections at once, so that each round asks for as much as the others.
    let all_open = Barrier::new(THREADS);
    BTreeMap::from([
        (
            "many at once",
            on_threads(connections, |share| many(address, share, &all_open)),
        ),
        (
            "parts of a file",
            on_threads(connections, |share| parts(address, share)),
        ),
        (
            "beside half-asked",
            on_threads(connections, |share| {
                beside(address, share, &all_open, Client::half_asked)
            }),
        ),
        (
            "beside slow readers",
            on_threads(connections, |share| {
                beside(address, share, &all_open, Client::not_reading)
            }),
        ),
    ])
}

fn row(number: usize, kind: &str, times: &[Duration], resident: Option<u64>) -> String {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let resident = resident.map_or_else(|| "-".into(), |b| format!("{:.1} MB", b as f64 / 1e6));
    format!(
        "{number:>5}  {kind:<20}{:>9}{:>12.1} ms{:>12.1} ms{:>12.1} ms{resident:>12}",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    )
}

fn serve(page: &Page) -> Running {
    let server = Server::bind(&page.0, 0).unwrap();
    server.with_patience(PROMPT).start().unwrap()
}

#[test]
fn answers_stay_right_and_prompt_and_memory_flat() {
    let connections = setting("STYLEWALK_LOAD_CONNECTIONS", FEW.0);
    let rounds = setting("STYLEWALK_LOAD_ROUNDS", FEW.1);
    let page = Page::new();
    let running = serve(&page);
    println!("{connections} connections at once, {rounds} rounds");
    println!(
        "{:>5}  {:<20}{:>9}{:>15}{:>15}{:>15}{:>12}",
        "round", "questions", "answered", "median", "99 of 100", "slowest", "memory"
    );
    let mut held = Vec::new();
    for number in 1..=rounds {
        for (kind, times) in round(running.address(), connections) {
            println!("{}", row(number, kind, &times, memory::resident()));
            let slowest = times.last().unwrap();
            assert!(*slowest < PROMPT, "{kind}: {slowest:?}");
        }
        held.extend(memory::resident());
    }
    running.stop().unwrap();
    assert!(!grew(&held), "memory grew: {held:?}");
}

/// Whether the last third of what was held after each round is more than the first third: the middle one of each.
fn grew(held: &[u64]) -> bool {
    let settled = &held[WARM.min(held.len())..];
    let third = settled.len().div_ceil(3);
    let middle = |looks: &[u64]| {
        let mut looks = looks.to_vec();
        looks.sort_unstable();
        looks.get(looks.len() / 2).map_or(0.0, |look| *look as f64)
    };
    let early = middle(&settled[..third]);
    middle(&settled[settled.len() - third..]) > early * (1.0 + ALLOWED.1) + ALLOWED.0 as f64
}

#[test]
fn growth_is_told_from_a_look_that_is_high() {
    let megabytes =
        |held: &[u64]| -> Vec<u64> { held.iter().map(|look| look * 1_000_000).collect() };
    assert!(!grew(&megabytes(&[
        33, 38, 40, 53, 44, 58, 41, 57, 46, 70, 52, 43
    ])));
    assert!(!grew(&megabytes(&[330, 469, 484, 517, 495, 503, 512])));
    // A hundred connections that leave 64 kB each behind.
    let leaking: Vec<u64> = (0..12).map(|round| 33 + 13 * round / 2).collect();
    assert!(grew(&megabytes(&leaking)));
    assert!(!grew(&[]));
}

#[test]
fn connections_on_which_nothing_moves_are_closed_and_others_are_not() {
    let page = Page(env::temp_dir().join(format!("serve-patience-{}", std::process::id())));
    std::fs::create_dir_all(&page.0).unwrap();
    for file in File::ALL {
        std::fs::write(page.0.join(file.name), file.contents()).unwrap();
    }
    let server = Server::bind(&page.0, 0).unwrap();
    let patience = Duration::from_millis(300);
    let running = server.with_patience(patience).start().unwrap();
    let address = running.address();

    let began = Instant::now();
    assert_eq!(Client::half_asked(address).rest(), 0);
    assert!(began.elapsed() >= patience, "{:?}", began.elapsed());

    // Who reads a little now and then gets it all, and takes longer over it than nothing may take.
    let began = Instant::now();
    let mut slow = Client::new(address);
    slow.whole_slowly(&File::LARGE, patience / 4);
    assert!(began.elapsed() > patience, "{:?}", began.elapsed());

    // Who stopped reading for too long finds the end missing.
    let mut stopped = Client::not_reading(address);
    stopped.read_next_to_nothing(12, patience / 4);
    assert!(stopped.rest() < File::LARGE.bytes);
    running.stop().unwrap();
}
