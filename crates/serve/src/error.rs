//! Why the page cannot be served, each in one sentence.

use std::io;
use std::path::PathBuf;

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder is not there, or cannot be read.
    #[error("the folder {} cannot be served: {cause}; build the page first or name another folder", root.display())]
    Folder {
        /// The folder as it was named.
        root: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// There is a file where a folder was expected.
    #[error("{} is a file, not a folder; name the folder that holds the built page", root.display())]
    NotAFolder {
        /// The path as it was named.
        root: PathBuf,
    },
    /// Another program listens there already.
    #[error(
        "port {port} is in use by another program; stop that one or choose another with --port (0 picks a free one)"
    )]
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// The port cannot be opened for another reason.
    #[error(
        "cannot listen on 127.0.0.1 port {port}: {cause}; choose another with --port (0 picks a free one)"
    )]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        cause: io::Error,
    },
    /// The server started and then failed.
    #[error("the server on this machine stopped: {0}")]
    Stopped(#[from] io::Error),
}
