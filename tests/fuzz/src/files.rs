//! As much of the native program's files as data sets need.

#[path = "../../../crates/stylewalk/src/files/whole.rs"]
mod whole;

pub use whole::{sha256, write};
