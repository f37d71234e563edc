//! A client that asks as browsers do, and as they should not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The longest that anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A served file, whose every byte follows from its place.
pub struct File {
    pub name: &'static str,
    pub bytes: usize,
}

impl File {
    pub const SMALL: Self = Self {
        name: "app.js",
        bytes: 20_000,
    };
    pub const MIDDLE: Self = Self {
        name: "web_bg.wasm",
        bytes: 400_000,
    };
    /// More than a connection's buffers hold.
    pub const LARGE: Self = Self {
        name: "generator.safetensors",
        bytes: 32_000_000,
    };
    pub const ALL: [Self; 3] = [Self::SMALL, Self::MIDDLE, Self::LARGE];

    pub fn contents(&self) -> Vec<u8> {
        (0..self.bytes).map(Self::byte).collect()
    }

    fn byte(place: usize) -> u8 {
        (place ^ (place >> 8) ^ (place >> 16)) as u8
    }
}

/// One connection.
pub struct Client(BufReader<TcpStream>);

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    /// Asks half a question.
    pub fn half_asked(address: SocketAddr) -> Self {
        let mut client = Self::new(address);
        client.send("GET /app.js HTTP/1.1\r\nHost: local");
        client
    }

    /// Asks for the largest file and reads none of it.
    pub fn not_reading(address: SocketAddr) -> Self {
        let mut client = Self::new(address);
        client.ask(&File::LARGE, "");
        client
    }

    /// Asks for a file, checks every byte, and returns how long it took.
    pub fn whole(&mut self, file: &File) -> Duration {
        let began = Instant::now();
        self.ask(file, "");
        assert_eq!(self.head(), (200, file.bytes), "{}", file.name);
        self.check(0, file.bytes);
        began.elapsed()
    }

    /// The same for a part of it.
    pub fn part(&mut self, file: &File, from: usize, length: usize) -> Duration {
        let began = Instant::now();
        let last = from + length - 1;
        self.ask(file, &format!("Range: bytes={from}-{last}\r\n"));
        assert_eq!(self.head(), (206, length), "{} from {from}", file.name);
        self.check(from, length);
        began.elapsed()
    }

    /// Reads a file with a pause before each eighth of it.
    pub fn whole_slowly(&mut self, file: &File, pause: Duration) {
        self.ask(file, "");
        assert_eq!(self.head(), (200, file.bytes), "{}", file.name);
        let eighth = file.bytes / 8;
        for number in 0..8 {
            std::thread::sleep(pause);
            self.check(number * eighth, eighth);
        }
    }

    /// How many bytes still come until the connection is closed.
    pub fn rest(&mut self) -> usize {
        let mut rest = Vec::new();
        // A connection that is reset has an end, too.
        let _ = self.0.read_to_end(&mut rest);
        rest.len()
    }

    /// Reads so little, with so many pauses before it, that the sender can send nothing on.
    pub fn read_next_to_nothing(&mut self, pauses: usize, pause: Duration) {
        for _ in 0..pauses {
            std::thread::sleep(pause);
            self.0.get_mut().read_exact(&mut [0]).unwrap();
        }
    }

    fn ask(&mut self, file: &File, headers: &str) {
        self.send(&format!(
            "GET /{} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n",
            file.name
        ));
    }

    fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Reads an answer's head: its status and its body's length.
    fn head(&mut self) -> (u16, usize) {
        let (mut status, mut length) = (0, 0);
        let mut line = String::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => return (status, length),
                text if text.starts_with("HTTP/1.1 ") => status = text[9..12].parse().unwrap(),
                text => {
                    let (name, value) = text.split_once(':').unwrap();
                    if name.eq_ignore_ascii_case("content-length") {
                        length = value.trim().parse().unwrap();
                    }
                }
            }
        }
    }

    /// Reads `length` bytes of a body that is a file's from `from` on.
    fn check(&mut self, from: usize, length: usize) {
        let mut buffer = vec![0; length.min(1 << 16)];
        let mut place = from;
        while place < from + length {
            let wanted = buffer.len().min(from + length - place);
            self.0.read_exact(&mut buffer[..wanted]).unwrap();
            let right = (place..)
                .zip(&buffer[..wanted])
                .all(|(at, byte)| File::byte(at) == *byte);
            assert!(right, "other bytes between {place} and {}", place + wanted);
            place += wanted;
        }
    }
}
