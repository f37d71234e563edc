//! The server: its port, its life from start to stop, and what answers a request.

use crate::files::Inside;
use crate::patience::Patient;
use crate::{ServeError, headers};
use axum::Router;
use axum::handler::HandlerWithoutStateExt;
use axum::http::{StatusCode, Uri};
use axum::middleware::map_response;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

/// How long a download that is under way may go on after the server was told to stop.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long nothing may move on a connection before it is closed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that holds its port and has not answered anybody yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    root: PathBuf,
    patience: Duration,
}

impl Server {
    /// Takes `port` of 127.0.0.1 (0: any free one) for the files under `root`.
    ///
    /// # Errors
    /// A folder that is missing or is a file, a port that is in use or not allowed.
    pub fn bind(root: &Path, port: u16) -> Result<Self, ServeError> {
        let folder = root.canonicalize().map_err(|cause| ServeError::Folder {
            root: root.to_owned(),
            cause,
        })?;
        if !folder.is_dir() {
            return Err(ServeError::NotAFolder {
                root: root.to_owned(),
            });
        }
        let listen = |cause: io::Error| match cause.kind() {
            io::ErrorKind::AddrInUse => ServeError::PortInUse { port },
            _ => ServeError::Listen { port, cause },
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self {
            listener,
            address,
            root: folder,
            patience: PATIENCE,
        })
    }

    /// Closes connections on which nothing has moved for so long, instead of a minute.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Where it listens; with the port that was found when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until Ctrl-C, then lets downloads under way end for a moment. Blocks; brings its own runtime.
    ///
    /// # Errors
    /// The system refuses threads, the signal handler or the socket.
    pub fn run(self) -> Result<(), ServeError> {
        runtime()?.block_on(async {
            let (stop, stopped) = oneshot::channel();
            let serving = tokio::spawn(self.until(stopped));
            tokio::signal::ctrl_c().await?;
            // The receiver is gone only when serving has ended by itself; its result says why.
            let _ = stop.send(());
            serving.await.map_err(io::Error::other)?
        })
    }

    /// Serves on a thread of its own until [`Running::stop`], or until the handle is dropped.
    ///
    /// # Errors
    /// The system refuses the thread.
    pub fn start(self) -> Result<Running, ServeError> {
        let address = self.address;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("page server".into())
            .spawn(move || runtime()?.block_on(self.until(stopped)))?;
        Ok(Running {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Serves until `stopped` fires or its sender is dropped.
    async fn until(self, stopped: oneshot::Receiver<()>) -> Result<(), ServeError> {
        let listener = Patient {
            listener: tokio::net::TcpListener::from_std(self.listener)?,
            patience: self.patience,
        };
        let (closing, closed) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router(&self.root)).with_graceful_shutdown(async {
            let _ = stopped.await;
            drop(closing);
        });
        // A reader that never reads on must not keep the program alive.
        let patience = async {
            let _ = closed.await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        first(serving.into_future(), patience).await?;
        Ok(())
    }
}

/// A server at work on its own thread.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// The server failed while it ran.
    pub fn stop(mut self) -> Result<(), ServeError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), ServeError> {
        drop(self.stop.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("its thread ended early").into()),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.end();
    }
}

fn router(root: &Path) -> Router {
    let files = ServeDir::with_backend(root, Inside::new(root))
        .precompressed_br()
        .precompressed_gzip()
        .fallback(missing.into_service());
    // Level "fastest": reader and server share this machine, so waiting for a smaller body costs more than
    // it saves. A page that should be small as well brings compressed copies (`cargo xtask demo --release`).
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    Router::new()
        .fallback_service(files)
        .layer(compression)
        .layer(map_response(headers::secure))
}

async fn missing(uri: Uri) -> (StatusCode, String) {
    let sentence = format!("There is no file {:?} in the served folder.\n", uri.path());
    (StatusCode::NOT_FOUND, sentence)
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        // Those that read files: of the usual 512 each would keep memory of its own after a rush.
        .max_blocking_threads(8)
        .enable_all()
        .build()
}

/// The result of `work`, or success when `patience` ends first.
async fn first(
    work: impl Future<Output = io::Result<()>>,
    patience: impl Future<Output = ()>,
) -> io::Result<()> {
    tokio::select! {
        result = work => result,
        () = patience => Ok(()),
    }
}
