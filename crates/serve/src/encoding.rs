//! Files that were compressed beforehand: `page.wasm.br` beside `page.wasm`.

use axum::http::{HeaderMap, header};
use std::io;
use std::path::{Path, PathBuf};

/// Encodings that a neighbour may have, best first: name in HTTP, ending of the file's name.
const KNOWN: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// A compressed copy of a file, as fresh as the file itself.
#[derive(Debug, PartialEq)]
pub struct Neighbour {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in `Content-Encoding`.
    pub encoding: &'static str,
}

/// The best compressed neighbour of `file` that the reader accepts.
///
/// One older than the file is left over from an earlier build and is passed over.
pub async fn neighbour(file: &Path, request: &HeaderMap) -> Option<Neighbour> {
    let made = changed(file).await.ok()?;
    for (encoding, ending) in KNOWN {
        if !accepts(request, encoding) {
            continue;
        }
        let mut name = file.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        let path = PathBuf::from(name);
        if changed(&path).await.is_ok_and(|time| time >= made) {
            return Some(Neighbour { path, encoding });
        }
    }
    None
}

/// Time of the last change of a regular file; a link is not followed, so it cannot lead out of the folder.
async fn changed(path: &Path) -> io::Result<std::time::SystemTime> {
    let facts = tokio::fs::symlink_metadata(path).await?;
    if !facts.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    facts.modified()
}

/// Whether `Accept-Encoding` names `encoding` (or `*`) with a weight above zero.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let offers = request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut anything = false;
    for offer in offers {
        let mut parts = offer.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        if name.eq_ignore_ascii_case(encoding) {
            return !refused;
        }
        anything |= name == "*" && !refused;
    }
    anything
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
        map
    }

    #[test]
    fn accept_encoding_is_read_with_its_weights() {
        assert!(accepts(&headers("gzip, deflate, br, zstd"), "br"));
        assert!(accepts(&headers("GZIP;q=0.5"), "gzip"));
        assert!(!accepts(&headers("gzip"), "br"));
        assert!(!accepts(&headers("br;q=0, gzip"), "br"));
        assert!(!accepts(&headers("br; q=0.000, *"), "br"));
        assert!(accepts(&headers("*"), "br"));
        assert!(!accepts(&headers("*;q=0"), "br"));
        assert!(!accepts(&headers("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
