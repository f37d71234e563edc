//! The codes of a JPEG file.

use super::bits::Reader;

/// The longest code, in bits.
const LONGEST: usize = 16;

/// Codes of 1 to 16 bits: those of one length follow each other.
#[derive(Clone)]
pub struct Table {
    /// For each length, how many codes have it.
    counts: [u8; LONGEST],
    symbols: Vec<u8>,
}

impl Table {
    /// Of a table's segment, behind its number; and how many bytes it takes there.
    pub fn read(body: &[u8]) -> Option<(Self, usize)> {
        let counts = *body.first_chunk::<LONGEST>()?;
        let length: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let symbols = body.get(LONGEST..LONGEST + length)?.to_vec();
        (length <= 256).then_some((Self { counts, symbols }, LONGEST + length))
    }

    /// The next symbol; none where the data ends, or holds no code.
    #[inline(never)]
    pub fn next(&self, data: &mut Reader<'_>) -> Option<u8> {
        let (mut code, mut first, mut before) = (0, 0, 0);
        for &count in &self.counts {
            code = code << 1 | data.bit()?;
            let count = u32::from(count);
            if code < first + count {
                // Codes below `first` are shorter ones, and were found there.
                return self.symbols.get((before + code - first) as usize).copied();
            }
            before += count;
            first = (first + count) << 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        // 0, 10, 110, 1110
        let mut segment = vec![1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        segment.extend([9, 8, 7, 6]);
        let (table, length) = Table::read(&segment).unwrap();
        assert_eq!(length, 20);
        let bytes = [0b0101_1011, 0b1011_1111];
        let mut data = Reader::new(&bytes, 0);
        let read: Vec<_> = (0..4).map(|_| table.next(&mut data).unwrap()).collect();
        assert_eq!(read, [9, 8, 7, 6]);
        assert_eq!(table.next(&mut data), None);
        assert!(Table::read(&segment[..19]).is_none());
    }
}
