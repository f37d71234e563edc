//! What of the file system is served: the folder's own files, and compressed copies that are as fresh as they are.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use tower_http::services::fs::{Backend, TokioBackend};

/// `ServeDir`'s way to the files below one folder. `ServeDir` follows links wherever they lead; this does not let them
/// leave the folder.
#[derive(Clone, Debug)]
pub struct Inside(Arc<Path>);

type Answer<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl Inside {
    /// For a folder whose own path has its links resolved.
    pub fn new(canonical: &Path) -> Self {
        Self(canonical.into())
    }
}

impl Backend for Inside {
    type File = <TokioBackend as Backend>::File;
    type Metadata = <TokioBackend as Backend>::Metadata;
    type OpenFuture = Answer<Self::File>;
    type MetadataFuture = Answer<Self::Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let root = self.0.clone();
        Box::pin(async move { TokioBackend.open(resolved(&root, &path).await?).await })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let root = self.0.clone();
        Box::pin(async move { TokioBackend.metadata(resolved(&root, &path).await?).await })
    }
}

/// The file or folder that `path` leads to; "not found" where that is outside `root`, or a stale compressed copy.
async fn resolved(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let found = tokio::fs::canonicalize(path).await?;
    if !found.starts_with(root) || is_stale_copy(&found).await? {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(found)
}

/// Whether `copy` is the compressed copy of a file that has changed since: an earlier build left it behind.
async fn is_stale_copy(copy: &Path) -> io::Result<bool> {
    if !copy
        .extension()
        .is_some_and(|end| end == "br" || end == "gz")
    {
        return Ok(false);
    }
    let Ok(file) = tokio::fs::metadata(copy.with_extension("")).await else {
        return Ok(false);
    };
    Ok(tokio::fs::metadata(copy).await?.modified()? < file.modified()?)
}
