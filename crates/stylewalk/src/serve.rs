//! `stylewalk serve`: the built page on this machine.

use anyhow::ensure;
use clap::Args;
use serve::Server;
use std::path::PathBuf;

/// Serve the built page on 127.0.0.1 until Ctrl-C.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Folder of the built page, as `cargo xtask demo --build-only` leaves it
    #[arg(long, default_value = "dist")]
    folder: PathBuf,
    /// Port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Runs `stylewalk serve`.
///
/// # Errors
/// The folder is missing or holds no page, or the port is in use.
pub fn run(args: ServeArgs) -> anyhow::Result<()> {
    let server = Server::bind(&args.folder, args.port)?;
    ensure!(
        args.folder.join("index.html").is_file(),
        "{} holds no index.html; build the page with `cargo xtask demo --build-only`",
        args.folder.display()
    );
    println!("http://{}  (Ctrl-C stops)", server.address());
    server.run()?;
    Ok(())
}
