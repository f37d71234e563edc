//! How near two pictures are, and how sharp or how varied pictures are.

mod diversity;
mod ms_ssim;
mod psnr;
mod sharpness;
mod ssim;
mod window;

pub use diversity::{distance, mean_distance};
pub use ms_ssim::{ms_ssim, ms_ssim_scales};
pub use psnr::psnr;
pub use sharpness::gradient_energy;
pub use ssim::ssim;

#[cfg(test)]
mod patterns;
