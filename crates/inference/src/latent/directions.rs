//! Directions along which pictures change in a way that has a name, or a number until somebody names it.

use serde::{Deserialize, Serialize};

/// The version of the file's layout.
const FORMAT: u64 = 1;
/// More than any page could show.
const MOST: usize = 64;
/// Cosine of the angle up to which two directions count as one.
const SAME: f64 = 0.99;

/// What a model's directions file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Directions {
    format: u64,
    /// Numbers of a code.
    pub latent: usize,
    /// The photographs that they were found with; 0 where it took none.
    pub images: u64,
    /// In the order in which they are shown.
    pub directions: Vec<Direction>,
}

/// One direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// What changes, for a person to read: "brightness", "dress".
    pub name: String,
    /// What it was found with.
    pub kind: Kind,
    /// What there is less of it: "darker".
    pub less: String,
    /// What there is more of it: "lighter".
    pub more: String,
    /// How well it tells photographs apart. For colour, the correlation, 0 to 1, of what was measured in the pixels with
    /// the codes' positions along the direction; for a garment, the chance, 0 to 1, that one lies further along it than
    /// another photograph does; without labels, its share of all that varies, 0 to 1.
    pub strength: f32,
    /// What to add to a code, `[latent]`. Its length is one standard deviation of the photographs' codes along it; of the
    /// prior's, where the model does not know those.
    pub step: Vec<f32>,
}

/// What a direction was found with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Numbers measured in the pixels.
    Colour,
    /// The labels of the photographs' folders.
    Garment,
    /// The covariance of photographs' codes: one of their main axes.
    Axis,
    /// G's first layer (SeFa; Shen and Zhou 2021).
    Layer,
}

impl Kind {
    /// What the direction number `number` of this kind is called until somebody names it; 1 is the first.
    pub fn numbered(self, number: usize) -> String {
        format!("{} {number}", self.word())
    }

    fn word(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Garment => "garment",
            Self::Axis => "axis",
            Self::Layer => "layer",
        }
    }

    /// Whether finding it takes labels or measures of photographs.
    pub fn is_labelled(self) -> bool {
        matches!(self, Self::Colour | Self::Garment)
    }
}

impl Direction {
    /// Whether it was found without labels, and nobody has named it since.
    pub fn is_unnamed(&self) -> bool {
        let number = self.name.strip_prefix(self.kind.word());
        let number = number.and_then(|rest| rest.strip_prefix(' '));
        !self.kind.is_labelled() && number.is_some_and(|number| number.parse::<usize>().is_ok())
    }

    /// Whether both were found alike and lead the same way, up to what storing weights in fewer bits does to them.
    pub fn is_like(&self, other: &Self) -> bool {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
            products.sum()
        };
        let lengths = dot(&self.step, &self.step) * dot(&other.step, &other.step);
        let along = dot(&self.step, &other.step);
        self.kind == other.kind && along.abs() > SAME * lengths.sqrt()
    }
}

/// Why a file does not hold a model's directions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectionsError {
    /// It is not JSON, or a field is missing or of another type.
    #[error("{0}")]
    Json(String),
    /// It has another layout.
    #[error("`format` is {found}, and this version reads format {FORMAT}")]
    Format {
        /// The file's format.
        found: u64,
    },
    /// It has more directions than any page could show.
    #[error("it has {found} directions, and a model has at most {MOST}")]
    TooMany {
        /// The file's number of directions.
        found: usize,
    },
    /// It is for codes of another length.
    #[error("its directions are not for codes of {expected} numbers")]
    Latent {
        /// Numbers in a code of the model.
        expected: usize,
    },
    /// One was to be kept without a name.
    #[error("a direction that is to be kept has no name: give it one")]
    NoName,
    /// Two have the same name.
    #[error("two of the model's directions would be called `{name}`: give one another name")]
    Twice {
        /// The name.
        name: String,
    },
    /// Finding directions without labels would take too long.
    #[error(
        "codes of {latent} numbers are too long for directions without labels, which take at most {most}"
    )]
    TooLong {
        /// Numbers in a code of the model.
        latent: usize,
        /// The most that a code may have.
        most: usize,
    },
    /// A step is not a finite number.
    #[error("it holds a value that is not a number")]
    NotFinite,
}

impl Directions {
    /// Directions for codes of `latent` numbers, found with `images` photographs.
    pub fn new(latent: usize, images: u64, directions: Vec<Direction>) -> Self {
        Self {
            format: FORMAT,
            latent,
            images,
            directions,
        }
    }

    /// These, and after them `more`, each with a name of its own.
    ///
    /// # Errors
    /// When one has no name, or another's.
    pub fn with(mut self, more: Vec<Direction>) -> Result<Self, DirectionsError> {
        for mut direction in more {
            direction.name = direction.name.trim().to_owned();
            let name = &direction.name;
            if name.is_empty() {
                return Err(DirectionsError::NoName);
            }
            if self.directions.iter().any(|one| one.name == *name) {
                return Err(DirectionsError::Twice { name: name.clone() });
            }
            self.directions.push(direction);
        }
        Ok(self)
    }

    /// Reads the file of a model whose codes have `latent` numbers.
    pub(crate) fn parse(json: &[u8], latent: usize) -> Result<Self, DirectionsError> {
        let read: Self = serde_json::from_slice(json)
            .map_err(|error| DirectionsError::Json(error.to_string()))?;
        if read.format != FORMAT {
            return Err(DirectionsError::Format { found: read.format });
        }
        if read.directions.len() > MOST {
            return Err(DirectionsError::TooMany {
                found: read.directions.len(),
            });
        }
        let fits = |direction: &Direction| direction.step.len() == latent;
        if read.latent != latent || !read.directions.iter().all(fits) {
            return Err(DirectionsError::Latent { expected: latent });
        }
        let finite = |direction: &Direction| direction.step.iter().all(|value| value.is_finite());
        if !read.directions.iter().all(finite) {
            return Err(DirectionsError::NotFinite);
        }
        Ok(read)
    }

    /// `code`, moved along each direction by as many standard deviations as `amounts` says in the same order.
    pub fn apply(&self, code: &[f32], amounts: &[f32]) -> Vec<f32> {
        let mut moved = code.to_vec();
        for (direction, amount) in self.directions.iter().zip(amounts) {
            for (value, step) in moved.iter_mut().zip(&direction.step) {
                *value += amount * step;
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Directions {
        let direction = |name: &str, step: [f32; 2]| Direction {
            name: name.to_owned(),
            kind: Kind::Colour,
            less: "less".to_owned(),
            more: "more".to_owned(),
            strength: 0.5,
            step: step.to_vec(),
        };
        let both = vec![direction("a", [1.0, 0.0]), direction("b", [0.5, -0.5])];
        Directions::new(2, 10, both)
    }

    #[test]
    fn amounts_add_up() {
        assert_eq!(two().apply(&[1.0, 1.0], &[2.0, -1.0]), [2.5, 1.5]);
        assert_eq!(two().apply(&[1.0, 1.0], &[]), [1.0, 1.0]);
    }

    #[test]
    fn more_come_after_with_names_of_their_own() {
        let named = |name: &str| Direction {
            name: name.to_owned(),
            kind: Kind::Axis,
            ..two().directions[0].clone()
        };
        let three = two().with(vec![named(" sleeves ")]).unwrap();
        assert_eq!(three.directions[2].name, "sleeves");
        assert_eq!(two().with(vec![named(" ")]), Err(DirectionsError::NoName));
        let twice = two().with(vec![named("sleeves"), named("sleeves")]);
        assert!(twice.unwrap_err().to_string().contains("`sleeves`"));
        assert!(named("axis 12").is_unnamed());
        assert!(!named("axis 1 of the sleeves").is_unnamed() && !named("layer 1").is_unnamed());
        assert!(!two().directions[0].is_unnamed());
    }

    #[test]
    fn the_same_direction_is_known_again_whichever_way_it_points() {
        let of = |kind, step: [f32; 2]| Direction {
            kind,
            step: step.to_vec(),
            ..two().directions[0].clone()
        };
        let one = of(Kind::Axis, [1.0, 0.0]);
        assert!(one.is_like(&of(Kind::Axis, [-3.0, 0.02])));
        assert!(!one.is_like(&of(Kind::Axis, [1.0, 1.0])));
        assert!(!one.is_like(&of(Kind::Layer, [1.0, 0.0])));
    }

    #[test]
    fn kinds_of_this_version_are_written_as_words() {
        assert_eq!(serde_json::to_string(&Kind::Axis).unwrap(), "\"axis\"");
        assert_eq!(serde_json::to_string(&Kind::Layer).unwrap(), "\"layer\"");
    }

    #[test]
    fn what_is_written_is_read_and_what_does_not_fit_is_refused() {
        let json = serde_json::to_vec(&two()).unwrap();
        assert_eq!(Directions::parse(&json, 2), Ok(two()));
        let refused = |json: &[u8], latent| {
            let error = Directions::parse(json, latent).unwrap_err();
            error.to_string()
        };
        assert!(refused(&json, 3).contains("3 numbers"));
        let mut newer = two();
        newer.format = 9;
        assert!(refused(&serde_json::to_vec(&newer).unwrap(), 2).contains("`format` is 9"));
        let mut short = two();
        short.directions[1].step.pop();
        assert!(refused(&serde_json::to_vec(&short).unwrap(), 2).contains("2 numbers"));
        assert!(refused(b"{", 2).contains("EOF"));
    }
}
