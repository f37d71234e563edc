//! Photographs in and out of the networks, the same natively and in the browser.
//!
//! A photo's way in: [`decode`] (by content; colours to sRGB; EXIF orientation applied once;
//! alpha on white), [`square`] (64x64),
//! [`to_signed`] (planes in [-1, 1]). Its way out: [`from_signed`], then [`png()`], a [`grid`] or an [`Animation`].
//! Everything is integer or plain IEEE arithmetic without the platform's mathematics library, so a photo gives the same
//! pixels on every machine.

mod animation;
mod colour;
mod compose;
mod decode;
mod fit;
mod garment;
mod jpeg;
mod metrics;
mod region;
mod resize;
mod signed;
mod stamp;
mod text;
mod thumbnail;
mod view;

pub use animation::{Animation, AnimationError};
pub use compose::{enlarge, grid, png};
pub use decode::{DecodeError, Format, Limits, decode, is_known};
pub use fit::{Fit, FitError, Subject, square};
pub use garment::{Cut, Look, NotFound, Square, Step};
pub use image::{Rgb, RgbImage};
pub use metrics::{distance, gradient_energy, mean_distance, ms_ssim, ms_ssim_scales, psnr, ssim};
pub use region::Region;
pub use signed::{from_signed, to_signed};
pub use stamp::stamp;
pub use text::Text;
pub use thumbnail::thumbnail;
pub use view::View;
