//! What the workspace's tests stand on: models as bytes, trainings, drawn outfits, golden numbers, the built program and what it
//! writes.

pub mod folders;
pub mod golden;
pub mod gpu;
pub mod model;
pub mod mpi;
pub mod outfits;
pub mod program;
pub mod running;
pub mod training;
