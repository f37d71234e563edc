//! The photographs that a model was trained on, small, with their codes: those nearest to a code show how new its picture is.

use images::{Limits, RgbImage};

use crate::weights::{self, Entry, ModelError, Precision, Tensors};

const CODES: &str = "codes";
const METRIC: &str = "metric";
const HEADER: &str = "header";
const PICTURES: &str = "pictures";
/// JPEG's mark after a picture's last byte. In the bytes before it, which are Huffman codes, there is none.
const END: [u8; 2] = [0xff, 0xd9];

/// Photographs with their codes.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    latent: usize,
    /// E(x) of each photograph, `[n, latent]`.
    codes: Vec<f32>,
    /// How far codes lie apart, `[latent, latent]`: the square of the distance of a and b is (a - b) metric (a - b).
    metric: Vec<f32>,
    /// The square of each photograph's distance from the code of zeros, `[n]`.
    squares: Vec<f32>,
    /// What all pictures' JPEG files begin with: everything before their own Huffman codes.
    header: Vec<u8>,
    /// The rest of each, one after the other.
    pictures: Vec<u8>,
    /// Where each of those ends.
    ends: Vec<usize>,
}

/// A photograph near to a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its number among all.
    pub number: usize,
    /// How far its code is from that, by the metric of [`Neighbours`].
    pub distance: f32,
}

impl Neighbours {
    /// Photographs as JPEG files that differ after their headers alone, with their codes, `latent` numbers each, and a metric
    /// of codes, symmetric and row by row. None where files differ in more, or there is not one code for each.
    #[must_use]
    pub fn new(
        latent: usize,
        codes: Vec<f32>,
        metric: Vec<f32>,
        files: &[Vec<u8>],
    ) -> Option<Self> {
        let header = Self::header(files.first()?);
        let rests = files.iter().map(|file| file.strip_prefix(header));
        let pictures = rests.collect::<Option<Vec<_>>>()?.concat();
        let ends = ends(&pictures);
        let counts = [ends.len(), codes.len(), metric.len()];
        let fit = counts == [files.len(), files.len() * latent, latent * latent];
        fit.then(|| Self {
            latent,
            squares: squares(&codes, &metric, latent),
            codes,
            metric,
            header: header.to_vec(),
            pictures,
            ends,
        })
    }

    /// What of a JPEG file stands before a picture's own Huffman codes; nothing where it is no such file.
    #[must_use]
    pub fn header(file: &[u8]) -> &[u8] {
        file.get(..body(file).unwrap_or(0)).unwrap_or_default()
    }

    /// How many photographs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The `count` photographs whose codes are nearest to `code`, the nearest first; of equally near ones the first first.
    #[must_use]
    pub fn nearest(&self, code: &[f32], count: usize) -> Vec<Neighbour> {
        // Multiplied out, a photograph takes one product of vectors.
        let image = times(&self.metric, code);
        let own = dot(&image, code);
        let rows = self.codes.chunks_exact(self.latent.max(1));
        let rows = rows.zip(&self.squares).enumerate();
        let mut all: Vec<Neighbour> = rows
            .map(|(number, (row, square))| Neighbour {
                number,
                distance: (square - 2.0 * dot(row, &image) + own).max(0.0).sqrt(),
            })
            .collect();
        let nearer = |a: &Neighbour, b: &Neighbour| {
            let order = a.distance.total_cmp(&b.distance);
            order.then(a.number.cmp(&b.number))
        };
        // Only those that are asked for are put in order: a walk asks sixty times a second.
        if count < all.len() {
            all.select_nth_unstable_by(count, nearer);
            all.truncate(count);
        }
        all.sort_unstable_by(nearer);
        all
    }

    /// The photograph `number`, as E saw it but for what JPEG takes away. None where there is none of this number, or it
    /// cannot be decoded.
    #[must_use]
    pub fn picture(&self, number: usize) -> Option<RgbImage> {
        let end = *self.ends.get(number)?;
        let start = match number {
            0 => 0,
            _ => self.ends[number - 1],
        };
        let file = [&self.header, &self.pictures[start..end]].concat();
        images::decode(&file, &Limits::default()).ok()
    }

    /// As a safetensors file: `codes` `[n, latent]`, int8 with a scale for each of a code's numbers, or f16 where there are
    /// few; `metric` `[latent * latent]`, f32; `header` and `pictures`, bytes.
    pub(crate) fn encode(&self, file: &str) -> Result<Vec<u8>, ModelError> {
        let shape = vec![self.len(), self.latent];
        let mut entries = Entry::kernel(CODES.to_owned(), shape, &self.codes, Precision::Int8, 1);
        let metric = vec![self.metric.len()];
        entries.push(Entry::floats(METRIC.to_owned(), metric, &self.metric));
        entries.push(Entry::bytes(HEADER.to_owned(), &self.header));
        entries.push(Entry::bytes(PICTURES.to_owned(), &self.pictures));
        weights::serialize(file, &entries)
    }

    /// From such a file, for codes of `latent` numbers.
    pub(crate) fn decode(file: &str, bytes: &[u8], latent: usize) -> Result<Self, ModelError> {
        let tensors = Tensors::open(file, bytes, Precision::Int8)?;
        let pictures = tensors.bytes(PICTURES)?;
        let ends = ends(pictures);
        let codes = tensors.get(CODES, &[ends.len(), latent])?;
        let metric = tensors.get(METRIC, &[latent * latent])?;
        let read = Self {
            latent,
            squares: squares(&codes, &metric, latent),
            codes,
            metric,
            header: tensors.bytes(HEADER)?.to_vec(),
            pictures: pictures.to_vec(),
            ends,
        };
        match read.picture(0) {
            Some(_) => Ok(read),
            None => Err(ModelError::TensorUnreadable {
                file: file.to_owned(),
                tensor: PICTURES.to_owned(),
                reason: "it does not hold pictures".to_owned(),
            }),
        }
    }
}

/// Where each picture's bytes end, the mark included.
fn ends(pictures: &[u8]) -> Vec<usize> {
    let pairs = pictures.windows(2).enumerate();
    let marks = pairs.filter(|(_, pair)| **pair == END);
    marks.map(|(at, _)| at + END.len()).collect()
}

/// Where a JPEG file's Huffman codes begin: after the segment "start of scan".
fn body(file: &[u8]) -> Option<usize> {
    const SCAN: u8 = 0xda;
    let mut at = 2; // after the mark "start of image"
    loop {
        let [0xff, kind, high, low] = *file.get(at..at + 4)? else {
            return None;
        };
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if kind == SCAN {
            return Some(at);
        }
    }
}

/// a metric a for each code a.
fn squares(codes: &[f32], metric: &[f32], latent: usize) -> Vec<f32> {
    let rows = codes.chunks_exact(latent.max(1));
    rows.map(|row| dot(row, &times(metric, row))).collect()
}

/// A square matrix, row by row, times a vector.
fn times(matrix: &[f32], vector: &[f32]) -> Vec<f32> {
    let rows = matrix.chunks_exact(vector.len().max(1));
    rows.map(|row| dot(row, vector)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JPEG as far as this module looks into it: two segments, the second of which begins the scan, and `rest`.
    fn file(rest: &[u8]) -> Vec<u8> {
        let begin = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 7, 7, 0xff, 0xda, 0, 3, 9];
        [&begin, rest, &END].concat()
    }

    /// Three codes of two numbers; the second number counts four times.
    fn three() -> Neighbours {
        let files = [file(&[1]), file(&[2, 0xff, 0, 3]), file(&[])];
        let codes = vec![0.0, 0.0, 3.0, 0.0, 0.0, 2.0];
        Neighbours::new(2, codes, vec![1.0, 0.0, 0.0, 4.0], &files).unwrap()
    }

    #[test]
    fn the_nearest_come_first_by_the_metric() {
        let all = three().nearest(&[0.0, 1.0], 3);
        // sqrt(4 * 1), sqrt(4 * 1), sqrt(9 + 4).
        let expected = [(0, 2.0), (2, 2.0), (1, 13.0_f32.sqrt())];
        for (found, (number, distance)) in all.iter().zip(expected) {
            assert_eq!(found.number, number);
            assert!((found.distance - distance).abs() < 1e-6, "{found:?}");
        }
        assert_eq!(three().nearest(&[0.0, 1.0], 1), all[..1]);
        let itself = three().nearest(&[3.0, 0.0], 1);
        assert_eq!((itself[0].number, itself[0].distance), (1, 0.0));
        assert_eq!(three().nearest(&[0.0, 0.0], 9).len(), 3);
    }

    #[test]
    fn a_metric_may_tie_numbers_to_each_other() {
        // (a - b) = (1, 1): 2 + 1 + 1 + 2.
        let metric = vec![2.0, 1.0, 1.0, 2.0];
        let one = Neighbours::new(2, vec![1.0, 1.0], metric, &[file(&[])]).unwrap();
        let [found] = one.nearest(&[0.0, 0.0], 1)[..] else {
            panic!("there is one");
        };
        assert!((found.distance - 6.0_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn pictures_are_told_apart_by_what_ends_them() {
        let three = three();
        assert_eq!(three.len(), 3);
        assert_eq!(three.header, file(&[])[..13]);
        // A 0xff among Huffman codes is followed by a zero, and ends nothing.
        assert_eq!(three.ends, [3, 9, 11]);
        assert!(three.picture(3).is_none() && three.picture(0).is_none());
    }

    #[test]
    fn files_that_differ_in_more_and_missing_codes_are_refused() {
        let mut other = file(&[1]);
        other[6] = 8;
        let metric = || vec![1.0];
        assert!(Neighbours::new(1, vec![0.0; 2], metric(), &[file(&[1]), other]).is_none());
        assert!(Neighbours::new(1, vec![0.0; 2], metric(), &[file(&[1])]).is_none());
        assert!(Neighbours::new(1, Vec::new(), metric(), &[]).is_none());
        assert!(Neighbours::new(1, vec![0.0], metric(), &[vec![0xff, 0xd8]]).is_none());
    }

    #[test]
    fn what_holds_no_pictures_is_refused_by_name() {
        let bytes = three().encode("neighbours.safetensors").unwrap();
        for error in [
            Neighbours::decode("neighbours.safetensors", &bytes, 2),
            Neighbours::decode("neighbours.safetensors", &bytes, 3),
            Neighbours::decode("neighbours.safetensors", &bytes[..40], 2),
        ] {
            let said = error.unwrap_err().to_string();
            assert!(said.contains("neighbours.safetensors"), "{said}");
        }
    }
}
