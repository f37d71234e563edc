//! Photographs that teach nothing: copies of others, and those of one colour, such as all black ones.

use super::store::Store;
use crate::terminal::plain;
use anyhow::Result;
use images::RgbImage;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far apart values of a channel are, of 255, in what counts as one colour: cameras and JPEG add a little noise.
const ONE_COLOUR: u8 = 8;
/// As many are named in a sentence.
const NAMED: usize = 3;

/// What one photograph is told apart by.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pixels: u64,
    one_colour: bool,
}

/// A photograph whose pixels are those of another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Copied {
    file: String,
    of: String,
}

/// What was found among some photographs.
#[derive(Debug, Default)]
pub struct Oddities {
    seen: HashMap<u64, String>,
    photographs: usize,
    /// All but the first of each picture, in the order in which they were seen.
    pub copies: Vec<Copied>,
    /// Those of one colour.
    pub one_colour: Vec<String>,
}

impl Look {
    /// Looks at a picture.
    pub fn at(picture: &RgbImage) -> Self {
        let mut hash = DefaultHasher::new();
        (picture.dimensions(), picture.as_raw()).hash(&mut hash);
        Self {
            pixels: hash.finish(),
            one_colour: is_one_colour(picture),
        }
    }
}

fn is_one_colour(picture: &RgbImage) -> bool {
    let (mut least, mut most) = ([u8::MAX; 3], [0; 3]);
    picture.pixels().all(|pixel| {
        (0..3).all(|channel| {
            let value = pixel.0[channel];
            least[channel] = value.min(least[channel]);
            most[channel] = value.max(most[channel]);
            most[channel] - least[channel] <= ONE_COLOUR
        })
    })
}

impl Oddities {
    /// Of the photographs in `stores`, which are those of a prepared folder.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn in_prepared<'a>(stores: impl IntoIterator<Item = &'a Store>) -> Result<Self> {
        let mut found = Self::default();
        for store in stores {
            let look = |number| Ok((store.about(number)?.name, Look::at(&store.read(number)?)));
            let looks: Vec<_> = (0..store.len())
                .into_par_iter()
                .map(look)
                .collect::<Result<_>>()?;
            for (name, look) in looks {
                found.see(name, look);
            }
        }
        Ok(found)
    }

    /// Takes down one more photograph.
    pub fn see(&mut self, name: String, look: Look) {
        self.photographs += 1;
        if look.one_colour {
            self.one_colour.push(name.clone());
        }
        match self.seen.entry(look.pixels) {
            Entry::Vacant(place) => drop(place.insert(name)),
            Entry::Occupied(first) => self.copies.push(Copied {
                file: name,
                of: first.get().clone(),
            }),
        }
    }

    /// A sentence for each kind that was found.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.copies.is_empty() {
            let names = self.copies.iter().map(|Copied { file, of }| {
                let (file, of) = (plain(file), plain(of));
                format!("{file} is {of}")
            });
            sentences.push(format!(
                "copies of other photographs: {} of {} ({}); networks learn by heart what they see often, so leave them out",
                self.copies.len(),
                self.photographs,
                first_of(names)
            ));
        }
        if !self.one_colour.is_empty() {
            sentences.push(format!(
                "photographs of nothing but one colour: {} of {} ({}); leave them out",
                self.one_colour.len(),
                self.photographs,
                first_of(self.one_colour.iter().map(|name| plain(name)))
            ));
        }
        sentences
    }

    /// Says what was found.
    pub fn tell(&self) {
        for sentence in self.sentences() {
            eprintln!("{sentence}");
        }
    }
}

/// The first of `names`, and how many more there are.
fn first_of(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named: Vec<_> = names.take(NAMED).collect();
    match more {
        0 => named.join(", "),
        _ => format!("{}, and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use images::Rgb;

    fn found(pictures: &[RgbImage]) -> Oddities {
        let mut found = Oddities::default();
        for (number, picture) in pictures.iter().enumerate() {
            found.see(format!("{number}.png"), Look::at(picture));
        }
        found
    }

    #[test]
    fn copies_and_single_colours_are_told_with_their_names() {
        let outfit = |seed| outfits::outfit(seed, 32).image;
        let black = RgbImage::new(32, 32);
        let noisy = RgbImage::from_fn(32, 32, |x, y| Rgb([200 + ((x * y) % 8) as u8, 9, 9]));
        let mut pictures = vec![outfit(1), outfit(2), black.clone(), noisy];
        assert_eq!(found(&pictures[..2]).sentences(), [""; 0]);
        pictures.extend([outfit(2), outfit(1), black.clone(), black]);
        let told = found(&pictures).sentences();
        assert_eq!(
            told,
            [
                "copies of other photographs: 4 of 8 (4.png is 1.png, 5.png is 0.png, 6.png is 2.png, and 1 more); networks \
                 learn by heart what they see often, so leave them out",
                "photographs of nothing but one colour: 4 of 8 (2.png, 3.png, 6.png, and 1 more); leave them out",
            ]
        );
    }

    #[test]
    fn pictures_of_other_shapes_and_with_little_in_them_are_neither() {
        let mut dot = RgbImage::new(8, 4);
        dot.put_pixel(7, 3, Rgb([9, 0, 0]));
        let mut other = RgbImage::new(4, 8);
        other.put_pixel(3, 7, Rgb([9, 0, 0]));
        assert_eq!(found(&[dot, other]).sentences(), [""; 0]);
    }
}
