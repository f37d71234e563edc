//! Serves the built page on this machine only (127.0.0.1): static files with the right types,
//! compression and security headers, and nothing outside the folder.
//!
//! ```no_run
//! let server = serve::Server::bind(std::path::Path::new("dist"), 8080)?;
//! println!("http://{}", server.address());
//! server.run()?; // until Ctrl-C
//! # Ok::<(), serve::ServeError>(())
//! ```

mod error;
mod files;
mod headers;
mod patience;
mod server;

pub use error::ServeError;
pub use server::{Running, Server};
