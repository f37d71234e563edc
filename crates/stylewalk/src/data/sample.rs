//! A photograph in a shard: two members of a tar file, as WebDataset pairs them, always of the same length.
//!
//! `train/00000012.ppm` is the picture and `train/00000012.json` its description. PPM is three lines of text and then the
//! pixels as they are, so a shard is at once an archive that tar, WebDataset and Pillow read, and an array of records
//! from which any picture is read with one seek and no decoding. The JSON is filled up with spaces to one block.

use super::split::Split;
use anyhow::{Context, ensure};
use images::{Region, RgbImage};
use serde::{Deserialize, Serialize};

/// tar's unit: headers have this length, contents are filled up to a multiple of it.
const BLOCK: usize = 512;
/// What ends a tar file.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The description of a photograph in a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Where it lay in the source.
    pub name: String,
    /// The folder it lay in; absent outside any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// Width and height of the original, upright, in pixels.
    pub size: (u32, u32),
    /// The part of the original that was kept: left, top, width, height; absent when all of it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept: Option<(u32, u32, u32, u32)>,
}

impl About {
    /// Notes the part of the original that was kept.
    pub fn keep(&mut self, region: Region) {
        self.kept = Some((region.left, region.top, region.width, region.height));
    }
}

/// The offsets in a shard of pictures of one size, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    side: u32,
}

impl Layout {
    /// For pictures of `side` x `side` pixels.
    pub fn new(side: u32) -> Self {
        Self { side }
    }

    /// Width and height of the pictures in pixels.
    pub fn side(self) -> u32 {
        self.side
    }

    fn ppm_start(self) -> String {
        format!("P6\n{side} {side}\n255\n", side = self.side)
    }

    fn pixels(self) -> usize {
        3 * self.side as usize * self.side as usize
    }

    fn ppm(self) -> usize {
        self.ppm_start().len() + self.pixels()
    }

    /// Bytes of a photograph with all that belongs to it.
    pub fn stride(self) -> u64 {
        (BLOCK + self.ppm().next_multiple_of(BLOCK) + 2 * BLOCK) as u64
    }

    /// Where the pixels of photograph `index` begin.
    pub fn pixels_at(self, index: u64) -> u64 {
        index * self.stride() + (BLOCK + self.ppm_start().len()) as u64
    }

    /// Where the JSON of photograph `index` begins; it has [`About::LONGEST`] bytes.
    pub fn about_at(self, index: u64) -> u64 {
        (index + 1) * self.stride() - BLOCK as u64
    }

    /// A shard's length in bytes with `photographs` in it. None where that overflows.
    pub fn length(self, photographs: u64) -> Option<u64> {
        photographs
            .checked_mul(self.stride())?
            .checked_add(END.len() as u64)
    }

    /// A photograph as it lies in a shard; `number` is the one in its members' names.
    ///
    /// # Errors
    /// Its name is too long for its block.
    pub fn encode(
        self,
        split: Split,
        number: u64,
        picture: &RgbImage,
        about: &About,
    ) -> anyhow::Result<Vec<u8>> {
        let mut json = serde_json::to_vec(about)?;
        ensure!(
            json.len() < About::LONGEST,
            "its path is too long for a shard; shorten the names of its folders"
        );
        json.resize(About::LONGEST - 1, b' ');
        json.push(b'\n');
        let ppm = [self.ppm_start().as_bytes(), picture.as_raw()].concat();
        let mut bytes = Vec::with_capacity(self.stride() as usize);
        for (ending, contents) in [("ppm", ppm), ("json", json)] {
            let name = format!("{split}/{number:08}.{ending}");
            bytes.extend(header(&name, contents.len())?);
            bytes.extend(&contents);
            bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        }
        Ok(bytes)
    }
}

impl About {
    /// Bytes that the JSON is filled up to.
    pub const LONGEST: usize = BLOCK;
}

/// A member's header: nobody's file, of no date, so that the same photographs always make the same shard.
fn header(name: &str, length: usize) -> anyhow::Result<[u8; BLOCK]> {
    let mut header = tar::Header::new_ustar();
    header
        .set_path(name)
        .with_context(|| format!("tar cannot hold the name {name}"))?;
    header.set_size(length as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    Ok(*header.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn about(name: &str) -> About {
        About {
            name: name.into(),
            label: Some("skirt".into()),
            size: (300, 400),
            kept: Some((1, 2, 3, 4)),
        }
    }

    #[test]
    fn tar_reads_what_lies_at_the_places_of_the_layout() {
        let layout = Layout::new(64);
        let picture = outfits::outfit(3, 64).image;
        let mut shard = Vec::new();
        for number in [7, 9] {
            let about = about(&format!("{number}.jpg"));
            shard.extend(
                layout
                    .encode(Split::Test, number, &picture, &about)
                    .unwrap(),
            );
        }
        shard.extend(END);
        assert_eq!(Some(shard.len() as u64), layout.length(2));
        let at = layout.pixels_at(1) as usize;
        assert_eq!(&shard[at..at + 3 * 64 * 64], picture.as_raw().as_slice());
        let at = layout.about_at(1) as usize;
        let found: About = serde_json::from_slice(&shard[at..at + About::LONGEST]).unwrap();
        assert_eq!(found, about("9.jpg"));

        let mut names = Vec::new();
        for member in tar::Archive::new(shard.as_slice()).entries().unwrap() {
            let mut member = member.unwrap();
            let name = member.path().unwrap().display().to_string();
            let mut contents = Vec::new();
            member.read_to_end(&mut contents).unwrap();
            if name.ends_with("ppm") {
                assert_eq!(
                    contents,
                    [b"P6\n64 64\n255\n", picture.as_raw().as_slice()].concat()
                );
            }
            names.push(name);
        }
        let expected = ["7.ppm", "7.json", "9.ppm", "9.json"].map(|n| format!("test/0000000{n}"));
        assert_eq!(names, expected);
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        let layout = Layout::new(2);
        let picture = RgbImage::new(2, 2);
        let error = layout.encode(Split::Train, 0, &picture, &about(&"a".repeat(500)));
        assert!(error.unwrap_err().to_string().contains("too long"));
        assert_eq!(Layout::new(64).length(u64::MAX), None);
    }
}
