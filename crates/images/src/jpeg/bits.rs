//! The bits of a JPEG scan, read and written: most significant first, a zero byte after each 0xff.
//!
//! Nothing of it is inlined: few files need it, and every page downloads it.

/// A place among the bits of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    byte: u32,
    bit: u8,
}

/// Reads bits up to the next marker.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    place: Place,
}

impl<'a> Reader<'a> {
    /// From the byte `at` on; files have fewer than 2^32.
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        let byte = at.try_into().unwrap_or(u32::MAX);
        Self::at(bytes, Place { byte, bit: 0 })
    }

    /// From a place on that was read to before.
    pub fn at(bytes: &'a [u8], place: Place) -> Self {
        Self { bytes, place }
    }

    /// Where the next bit is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The next bit; none at a marker or at the end.
    #[inline(never)]
    pub fn bit(&mut self) -> Option<u32> {
        let at = self.place.byte as usize;
        let byte = *self.bytes.get(at)?;
        let stuffed = byte == 0xff;
        if stuffed && self.bytes.get(at + 1) != Some(&0) {
            return None;
        }
        let bit = byte >> (7 - self.place.bit) & 1;
        self.place.bit += 1;
        if self.place.bit == 8 {
            self.place.bit = 0;
            self.place.byte += if stuffed { 2 } else { 1 };
        }
        Some(bit.into())
    }

    /// The next `count` bits, 16 at most, as a number.
    #[inline(never)]
    pub fn bits(&mut self, count: u8) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    /// The next `count` bits as JPEG writes differences: a first bit of 0 is a negative one.
    #[inline(never)]
    pub fn signed(&mut self, count: u8) -> Option<i32> {
        let bits = self.bits(count)? as i32; // 16 bits at most
        let half = 1 << count >> 1;
        Some(if bits < half {
            bits - (1 << count) + 1
        } else {
            bits
        })
    }

    /// Goes on behind the restart marker that follows.
    #[inline(never)]
    pub fn restart(&mut self) -> Option<()> {
        let at = self.end();
        let fill = self
            .bytes
            .get(at..)?
            .iter()
            .take_while(|&&byte| byte == 0xff)
            .count();
        let marker = self.bytes.get(at + fill)?;
        if fill == 0 || !(0xd0..=0xd7).contains(marker) {
            return None;
        }
        *self = Self::new(self.bytes, at + fill + 1);
        Some(())
    }

    /// The first byte that no bit was read of.
    pub fn end(&self) -> usize {
        let at = self.place.byte as usize;
        match self.place.bit {
            0 => at,
            _ if self.bytes.get(at) == Some(&0xff) => at + 2,
            _ => at + 1,
        }
    }
}

/// Writes bits behind what is there.
pub struct Writer {
    bytes: Vec<u8>,
    waiting: u32,
    count: u8,
}

impl Writer {
    /// Behind `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            waiting: 0,
            count: 0,
        }
    }

    /// Writes the last `count` bits, 16 at most, of `bits`.
    #[inline(never)]
    pub fn write(&mut self, bits: u32, count: u8) {
        self.waiting = self.waiting << count | (bits & ((1 << count) - 1));
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.waiting >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
            self.waiting &= (1 << self.count) - 1;
        }
    }

    /// Writes a difference as its length and its bits, the length as `code` has it.
    #[inline(never)]
    pub fn signed(&mut self, difference: i32) {
        let length = (i32::BITS - difference.abs().leading_zeros()) as u8; // at most 32
        let bits = if difference < 0 {
            difference + (1 << length) - 1
        } else {
            difference
        };
        self.write(length.into(), 4);
        self.write(bits as u32, length);
    }

    /// All of it, the last byte filled with ones.
    pub fn end(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.write(0xff, 8 - self.count);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::new(vec![7]);
        let differences = [0, 1, -1, 5, -5, 1023, -1024, 2047, -2047];
        writer.write(0xffff, 16);
        for difference in differences {
            writer.signed(difference);
        }
        let bytes = writer.end();
        assert_eq!(bytes[..5], [7, 0xff, 0, 0xff, 0]);
        let mut reader = Reader::new(&bytes, 1);
        assert_eq!(reader.bits(16), Some(0xffff));
        for difference in differences {
            let length = reader.bits(4).unwrap() as u8;
            assert_eq!(reader.signed(length), Some(difference));
        }
    }

    #[test]
    fn a_marker_ends_the_bits_and_a_restart_is_gone_over() {
        let bytes = [0xa0, 0xff, 0xff, 0xd3, 0x80, 0xff, 0xd9];
        let mut reader = Reader::new(&bytes, 0);
        assert_eq!(reader.bits(3), Some(5));
        assert_eq!(reader.restart(), Some(()));
        assert_eq!(reader.bits(8), Some(0x80));
        assert_eq!(reader.bit(), None);
        assert_eq!(reader.restart(), None);
        assert_eq!(reader.end(), 5);
    }
}
