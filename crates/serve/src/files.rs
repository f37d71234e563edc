//! From a request's path to a file inside the served folder, and to nothing outside it.

use crate::encoding::neighbour;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tower_http::services::ServeFile;

/// The served folder, links resolved.
#[derive(Clone, Debug)]
pub struct Root(Arc<Path>);

impl Root {
    pub fn new(canonical: PathBuf) -> Self {
        Self(canonical.into())
    }
}

/// Answers a GET or HEAD with the file it names.
pub async fn answer(State(root): State<Root>, request: Request) -> Response {
    let path = request.uri().path();
    let Some(file) = find(&root.0, path).await else {
        let sentence = format!("There is no file {path:?} in the served folder.\n");
        return (StatusCode::NOT_FOUND, sentence).into_response();
    };
    send(&file, request).await
}

/// The regular file that a URL path names, with links resolved and still inside `root`.
async fn find(root: &Path, url_path: &str) -> Option<PathBuf> {
    let wanted = root.join(relative(url_path)?);
    // Resolving links before the comparison is what keeps a link from leading out of the folder.
    let file = tokio::fs::canonicalize(wanted).await.ok()?;
    let inside = file.starts_with(root);
    let regular = tokio::fs::metadata(&file).await.ok()?.is_file();
    (inside && regular).then_some(file)
}

/// A URL path as a relative path of plain names; `/` at the end means `index.html`.
///
/// `..`, absolute paths, drive letters, backslashes and NUL, percent-encoded or not, have no such path.
fn relative(url_path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(url_path.strip_prefix('/')?)
        .decode_utf8()
        .ok()?;
    if decoded.contains(['\0', '\\', ':']) {
        return None;
    }
    let mut path = PathBuf::new();
    for name in decoded.split('/').filter(|name| !name.is_empty()) {
        let mut parts = Path::new(name).components();
        match (parts.next(), parts.next()) {
            (Some(Component::Normal(part)), None) => path.push(part),
            _ => return None,
        }
    }
    if decoded.is_empty() || decoded.ends_with('/') {
        path.push("index.html");
    }
    Some(path)
}

async fn send(file: &Path, request: Request) -> Response {
    let ready = neighbour(file, request.headers()).await;
    let path = ready.as_ref().map_or(file, |ready| &ready.path);
    // ServeFile reads in pieces and answers conditional and range requests.
    let mut response = match ServeFile::new(path).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(cause) => {
            let sentence = format!("The file cannot be read: {cause}.\n");
            return (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response();
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type(file));
    // Said even without a neighbour: another request for the same address may get another encoding.
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(ready) = ready {
        let encoding = HeaderValue::from_static(ready.encoding);
        headers.insert(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// The media type of a page's file, by the ending of its name.
fn media_type(file: &Path) -> HeaderValue {
    let ending = file.extension().and_then(|ending| ending.to_str());
    HeaderValue::from_static(match ending.unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "txt" | "md" | "wgsl" => "text/plain; charset=utf-8",
        // A module worker and `instantiateStreaming` refuse anything but exactly these two.
        "js" | "mjs" => "text/javascript",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_stay_relative() {
        for (url, path) in [
            ("/", "index.html"),
            ("/app.js", "app.js"),
            ("/a//b/", "a/b/index.html"),
            ("/a%20b.png", "a b.png"),
            ("/%C3%A9.txt", "é.txt"),
            ("/..a/b..", "..a/b.."),
        ] {
            assert_eq!(relative(url), Some(PathBuf::from(path)), "{url}");
        }
    }

    #[test]
    fn paths_that_could_escape_are_none() {
        for url in [
            "/..",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/%2E%2E%2Fx",
            "/a/./b",
            "/x%00.html",
            "/..%5cx",
            "/a\\b",
            "/C:/x",
            "/%ff",
            "x",
            "",
        ] {
            assert_eq!(relative(url), None, "{url}");
        }
        // Two slashes and an encoded slash lead to names below the folder, never to the file system's root.
        assert_eq!(relative("//etc/passwd"), Some("etc/passwd".into()));
        assert_eq!(relative("/%2fetc/passwd"), Some("etc/passwd".into()));
    }

    #[test]
    fn types_are_the_ones_browsers_insist_on() {
        for (name, kind) in [
            ("web_bg.wasm", "application/wasm"),
            ("worker.js", "text/javascript"),
            ("page.mjs", "text/javascript"),
            ("model.json", "application/json"),
            ("encoder.safetensors", "application/octet-stream"),
            ("icon.svg", "image/svg+xml"),
            ("site.webmanifest", "application/manifest+json"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(media_type(Path::new(name)), kind, "{name}");
        }
    }
}
