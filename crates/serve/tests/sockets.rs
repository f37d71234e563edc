//! The server as a browser meets it: real requests over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use serve::{Running, ServeError, Server};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A folder of its own for each test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("serve-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("page/sub")).unwrap();
        let folder = Self(path);
        folder.write("secret.txt", b"outside");
        folder.write("page/index.html", b"<!doctype html><title>page</title>");
        folder.write("page/sub/index.html", b"sub");
        folder.write(
            "page/app.js",
            "export const a = 1;\n".repeat(200).as_bytes(),
        );
        folder.write("page/web_bg.wasm", &b"\0asm\x01\0\0\0".repeat(400));
        folder.write("page/weights.safetensors", &[7; 5000]);
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    fn age(&self, name: &str, seconds: u64) {
        let file = fs::File::options()
            .write(true)
            .open(self.0.join(name))
            .unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
            .unwrap();
    }

    fn page(&self) -> PathBuf {
        self.0.join("page")
    }

    fn serve(&self) -> Running {
        Server::bind(&self.page(), 0).unwrap().start().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ &str| {
            line.to_lowercase()
                .starts_with(&format!("{}:", name.to_lowercase()))
        };
        self.head
            .lines()
            .find(line)
            .and_then(|line| line.split_once(": "))
            .map(|(_, value)| value)
    }
}

/// Sends a request exactly as written, as no client library would let us.
fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = dechunk(&answer.body);
    }
    answer
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        body.extend(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    body
}

fn get(running: &Running, path: &str) -> Answer {
    ask(running.address(), "GET", path, "")
}

fn get_encoded(running: &Running, path: &str, accepted: &str) -> Answer {
    ask(
        running.address(),
        "GET",
        path,
        &format!("Accept-Encoding: {accepted}\r\n"),
    )
}

fn unpack(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    match answer.header("content-encoding") {
        Some("br") => brotli::Decompressor::new(&answer.body[..], 4096).read_to_end(&mut bytes),
        Some("gzip") => flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut bytes),
        other => panic!("not compressed: {other:?}"),
    }
    .unwrap();
    bytes
}

#[test]
fn files_come_with_their_types() {
    let folder = Folder::new("types");
    let running = folder.serve();
    for (path, kind, name) in [
        ("/", "text/html", "index.html"),
        ("/index.html?model=x#y", "text/html", "index.html"),
        ("/sub/", "text/html", "sub/index.html"),
        ("/app.js", "text/javascript", "app.js"),
        ("/web_bg.wasm", "application/wasm", "web_bg.wasm"),
        (
            "/weights.safetensors",
            "application/octet-stream",
            "weights.safetensors",
        ),
    ] {
        let answer = get(&running, path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert_eq!(
            answer.body,
            fs::read(folder.page().join(name)).unwrap(),
            "{path}"
        );
        assert_eq!(answer.header("content-encoding"), None);
    }
    running.stop().unwrap();
}

#[test]
fn every_answer_is_guarded() {
    let folder = Folder::new("guarded");
    let running = folder.serve();
    for path in ["/", "/missing", "/../secret.txt"] {
        let answer = get(&running, path);
        for (name, value) in [
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "worker-src 'self'",
            "connect-src 'self'",
            "img-src 'self' blob: data:",
        ] {
            assert!(
                policy.split("; ").any(|part| part.trim() == rule),
                "{rule} is not in {policy}"
            );
        }
    }
}

#[test]
fn nothing_outside_the_folder_is_reached() {
    let folder = Folder::new("escapes");
    let running = folder.serve();
    let absolute = folder.0.join("secret.txt");
    let absolute = absolute.to_str().unwrap();
    for path in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/%00",
        "/index.html%00.js",
        "/missing",
        "/index.html/",
        &format!("/{absolute}"),
        &absolute.replace('/', "%2f"),
        absolute,
    ] {
        let answer = get(&running, path);
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert!(
            !answer.body.windows(7).any(|part| part == b"outside"),
            "{path}"
        );
    }
    // Requests that HTTP itself forbids must not end the server.
    for path in ["http://[", "\\", "\0"] {
        let mut stream = TcpStream::connect(running.address()).unwrap();
        let _ = write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        assert!(!text.starts_with(b"HTTP/1.1 200"), "{path:?}");
    }
    assert_eq!(get(&running, "/").status, 200);
}

#[test]
fn a_folder_without_its_slash_is_sent_to_the_address_with_one() {
    let folder = Folder::new("slash");
    let running = folder.serve();
    let answer = get(&running, "/sub?model=x");
    assert_eq!(answer.status, 307);
    assert_eq!(answer.header("location"), Some("/sub/?model=x"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[cfg(unix)]
#[test]
fn links_may_point_within_the_folder_only() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    symlink("../secret.txt", folder.page().join("out.txt")).unwrap();
    symlink(&folder.0, folder.page().join("up")).unwrap();
    symlink("app.js", folder.page().join("in.js")).unwrap();
    symlink("../../secret.txt", folder.page().join("sub/index.html.br")).unwrap();
    let running = folder.serve();
    assert_eq!(get(&running, "/out.txt").status, 404);
    assert_eq!(get(&running, "/up/secret.txt").status, 404);
    assert_eq!(get(&running, "/in.js").status, 200);
    let sub = get_encoded(&running, "/sub/", "br");
    assert!(!sub.body.windows(7).any(|part| part == b"outside"));
}

#[test]
fn only_reading_is_answered() {
    let folder = Folder::new("methods");
    let running = folder.serve();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        let answer = ask(running.address(), method, "/", "Content-Length: 0\r\n");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method}");
    }
    let head = ask(running.address(), "HEAD", "/app.js", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), Some("text/javascript"));
    assert_eq!(head.header("content-length"), Some("4000"));
}

#[test]
fn what_the_reader_accepts_is_compressed() {
    let folder = Folder::new("compressed");
    let running = folder.serve();
    for name in ["app.js", "web_bg.wasm", "weights.safetensors"] {
        let plain = fs::read(folder.page().join(name)).unwrap();
        for (accepted, chosen) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("br;q=0, gzip", "gzip"),
        ] {
            let answer = get_encoded(&running, &format!("/{name}"), accepted);
            assert_eq!(
                answer.header("content-encoding"),
                Some(chosen),
                "{name} {accepted}"
            );
            assert!(
                answer.head.to_lowercase().contains("vary: accept-encoding"),
                "{}",
                answer.head
            );
            assert!(
                answer.body.len() < plain.len() / 2,
                "{name}: {}",
                answer.body.len()
            );
            assert_eq!(unpack(&answer), plain, "{name} {accepted}");
        }
        assert_eq!(
            get_encoded(&running, &format!("/{name}"), "identity").body,
            plain
        );
    }
}

#[test]
fn a_fresh_neighbour_is_sent_and_a_stale_one_is_not() {
    let folder = Folder::new("neighbours");
    let mut packed = Vec::new();
    brotli::BrotliCompress(
        &mut &b"packed beforehand"[..],
        &mut packed,
        &Default::default(),
    )
    .unwrap();
    folder.age("page/app.js", 100);
    folder.write("page/app.js.br", &packed);
    let running = folder.serve();
    let answer = get_encoded(&running, "/app.js", "gzip, br");
    assert_eq!(answer.header("content-type"), Some("text/javascript"));
    assert_eq!(answer.body, packed);
    assert_eq!(unpack(&answer), b"packed beforehand");
    let other = get_encoded(&running, "/app.js", "gzip");
    assert_eq!(
        unpack(&other),
        fs::read(folder.page().join("app.js")).unwrap()
    );
    // A rebuild leaves the old neighbour behind.
    folder.age("page/app.js.br", 200);
    let rebuilt = get_encoded(&running, "/app.js", "gzip, br");
    assert_eq!(
        unpack(&rebuilt),
        fs::read(folder.page().join("app.js")).unwrap()
    );
}

#[test]
fn a_changed_file_shows_at_once_and_an_unchanged_one_is_not_sent_again() {
    let folder = Folder::new("changes");
    folder.age("page/app.js", 1000);
    let running = folder.serve();
    let first = get(&running, "/app.js");
    let since = format!(
        "If-Modified-Since: {}\r\n",
        first.header("last-modified").unwrap()
    );
    let again = ask(running.address(), "GET", "/app.js", &since);
    assert_eq!((again.status, again.body.len()), (304, 0));
    folder.write("page/app.js", b"new");
    let changed = ask(running.address(), "GET", "/app.js", &since);
    assert_eq!((changed.status, &changed.body[..]), (200, &b"new"[..]));
}

#[test]
fn wrong_folders_and_taken_ports_are_one_sentence() {
    let folder = Folder::new("sentences");
    let missing = Server::bind(&folder.0.join("nowhere"), 0).unwrap_err();
    assert!(matches!(missing, ServeError::Folder { .. }));
    assert!(
        missing.to_string().contains("nowhere")
            && missing.to_string().contains("build the page first")
    );
    let file = Server::bind(&folder.0.join("secret.txt"), 0).unwrap_err();
    assert!(matches!(file, ServeError::NotAFolder { .. }));
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let taken = Server::bind(&folder.page(), port).unwrap_err();
    assert!(
        matches!(taken, ServeError::PortInUse { port: p } if p == port),
        "{taken}"
    );
    assert!(
        taken
            .to_string()
            .contains(&format!("port {port} is in use"))
    );
    assert!(!taken.to_string().contains('\n'));
}

#[test]
fn it_listens_on_this_machine_alone_and_stops_when_told() {
    let folder = Folder::new("stops");
    let server = Server::bind(Path::new(&folder.page()), 0).unwrap();
    assert!(server.address().ip().is_loopback());
    assert_ne!(server.address().port(), 0);
    let running = server.start().unwrap();
    let address = running.address();
    // A connection that stays open without asking anything must not hold the server back.
    let idle = TcpStream::connect(address).unwrap();
    assert_eq!(get(&running, "/").status, 200);
    running.stop().unwrap();
    assert!(TcpStream::connect(address).is_err());
    drop(idle);
}
