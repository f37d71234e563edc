//! A detector's boxes, labels and scores, and the largest person among them.

use anyhow::{Result, ensure};
use images::Region;

/// COCO's number for a person.
const PERSON: i64 = 1;

/// What a detector returns for one picture.
pub struct Found<'a> {
    /// `[n, 4]`: left, top, right, bottom in pixels of the picture it saw.
    pub boxes: &'a [f32],
    /// `[n]`.
    pub labels: &'a [i64],
    /// `[n]`, in `[0, 1]`.
    pub scores: &'a [f32],
}

impl Found<'_> {
    /// The largest box of a person whose score is at least `least`, in the original's pixels: the one in front where
    /// there are several. The detector saw the original at the size `seen`.
    ///
    /// # Errors
    /// The numbers of boxes, labels and scores do not agree.
    pub fn largest_person(
        &self,
        least: f32,
        seen: (u32, u32),
        original: (u32, u32),
    ) -> Result<Option<Region>> {
        ensure!(
            self.boxes.len() == 4 * self.labels.len() && self.labels.len() == self.scores.len(),
            "it returns {} box coordinates, {} labels and {} scores, and these numbers do not match",
            self.boxes.len(),
            self.labels.len(),
            self.scores.len()
        );
        let all = self.boxes.chunks_exact(4).zip(self.labels).zip(self.scores);
        let persons = all.filter(|((_, label), score)| **label == PERSON && **score >= least);
        let regions = persons.filter_map(|((corners, _), _)| region(corners, seen, original));
        // The first of equals: detectors list the surest first.
        Ok(regions.reduce(|best, next| if area(next) > area(best) { next } else { best }))
    }
}

fn area(region: Region) -> u64 {
    u64::from(region.width) * u64::from(region.height)
}

/// A box in whole pixels, cut to the picture. None when nothing is left or a corner is not finite.
fn region(corners: &[f32], seen: (u32, u32), original: (u32, u32)) -> Option<Region> {
    let span = |from: f32, to: f32, seen: u32, original: u32| {
        let scale = f64::from(original) / f64::from(seen);
        // `as` saturates below zero, and takes NaN to 0.
        let start = (f64::from(from) * scale).floor() as u32;
        let end = ((f64::from(to) * scale).ceil() as u32).min(original);
        (start < end).then(|| (start, end - start))
    };
    let &[left, top, right, bottom] = corners else {
        return None;
    };
    if !corners.iter().all(|corner| corner.is_finite()) {
        return None;
    }
    let (left, width) = span(left, right, seen.0, original.0)?;
    let (top, height) = span(top, bottom, seen.1, original.1)?;
    Some(Region {
        left,
        top,
        width,
        height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest(boxes: &[[f32; 4]], labels: &[i64], scores: &[f32]) -> Option<Region> {
        let found = Found {
            boxes: boxes.as_flattened(),
            labels,
            scores,
        };
        found.largest_person(0.7, (100, 50), (200, 100)).unwrap()
    }

    #[test]
    fn the_largest_sure_person_is_chosen_in_the_original_s_pixels() {
        let boxes = [
            [0.0, 0.0, 90.0, 50.0],
            [10.0, 5.0, 30.5, 45.0],
            [1.0, 1.0, 5.0, 5.0],
            [0.0, 0.0, 99.0, 49.0],
        ];
        let found = largest(&boxes, &[27, 1, 1, 1], &[0.99, 0.8, 0.95, 0.69]);
        let expected = Region {
            left: 20,
            top: 10,
            width: 41,
            height: 80,
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn boxes_outside_the_picture_or_of_no_numbers_count_for_nothing() {
        let whole = [-5.0, -5.0, 1e30, 60.0];
        let bad = [
            [f32::NAN, 0.0, 50.0, 50.0],
            [40.0, 0.0, 30.0, 50.0],
            [150.0, 0.0, 160.0, 50.0],
        ];
        assert_eq!(largest(&bad, &[1; 3], &[0.9; 3]), None);
        assert_eq!(largest(&[[0.0; 4]], &[1], &[f32::NAN]), None);
        let found = largest(&[whole], &[1], &[0.9]).unwrap();
        assert_eq!((found.left, found.width, found.height), (0, 200, 100));
        assert_eq!(largest(&[], &[], &[]), None);
    }

    #[test]
    fn numbers_that_do_not_belong_together_are_an_error() {
        let found = Found {
            boxes: &[0.0; 7],
            labels: &[1, 1],
            scores: &[0.9, 0.9],
        };
        assert!(found.largest_person(0.5, (1, 1), (1, 1)).is_err());
    }
}
