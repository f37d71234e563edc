//! Times of several runs: the middle one, and how far the others are from it.

/// Milliseconds, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread(Vec<f64>);

impl Spread {
    /// Of at least one time.
    pub fn of(mut times: Vec<f64>) -> Option<Self> {
        times.sort_by(f64::total_cmp);
        (!times.is_empty()).then_some(Self(times))
    }

    /// The middle time; of an even number, the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let (low, high) = ((self.0.len() - 1) / 2, self.0.len() / 2);
        (self.0[low] + self.0[high]) / 2.0
    }

    /// Of numbers that are not times, with so many digits after the point: `3.1 (2.9 to 3.2)`.
    pub fn digits(&self, digits: usize) -> String {
        let (first, last) = (self.0[0], self.0[self.0.len() - 1]);
        let median = self.median();
        format!("{median:.digits$} ({first:.digits$} to {last:.digits$})")
    }

    /// As a table shows it: `1234 ms (1200 to 1300)`.
    pub fn text(&self) -> String {
        let (first, last) = (self.0[0], self.0[self.0.len() - 1]);
        format!("{:.0} ms ({first:.0} to {last:.0})", self.median())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Spread::of(vec![]), None);
        let odd = Spread::of(vec![30.0, 10.0, 20.0]).unwrap();
        assert_eq!(odd.median(), 20.0);
        let even = Spread::of(vec![4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(even.median(), 2.5);
        assert_eq!(even.text(), "2 ms (1 to 4)");
        assert_eq!(even.digits(1), "2.5 (1.0 to 4.0)");
    }
}
