//! What a walk along a JPEG file's markers shows, before anything is decoded.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// What a walk along the markers shows.
#[derive(Debug, PartialEq)]
pub struct Survey {
    /// There is a scan, and the end-of-image marker follows the last one.
    pub complete: bool,
    /// There are bytes between segments that belong to none.
    pub junk: bool,
    /// Length of all scans, in bytes.
    pub data: usize,
    /// What the frame header says, if there is one.
    pub frame: Option<Frame>,
    /// Components in the first scan.
    pub together: u8,
}

/// What a frame header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The second byte of its marker, which names the way of coding.
    pub coding: u8,
    /// Bits a sample.
    pub bits: u8,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Components: 1 for grey, 3 for colours, 4 for inks.
    pub components: u8,
}

impl Frame {
    fn read(coding: u8, body: &[u8]) -> Option<Self> {
        let &[bits, high, low, first, second, components, ..] = body else {
            return None;
        };
        Some(Self {
            coding,
            bits,
            height: u16::from_be_bytes([high, low]),
            width: u16::from_be_bytes([first, second]),
            components,
        })
    }

    /// What is unusual about it, where no decoder here knows it.
    pub fn unusual(&self) -> Option<String> {
        let coding = match self.coding {
            0xc3 | 0xcb => "lossless coding",
            0xc5..=0xc7 | 0xcd..=0xcf => "hierarchical coding",
            0xc9 | 0xca => "arithmetic coding",
            0xf7 => "JPEG-LS",
            _ if self.bits != 8 => {
                return Some(format!("{} bits a sample instead of 8", self.bits));
            }
            _ => return None,
        };
        Some(coding.to_owned())
    }

    /// Whether it is coded block by block from top to bottom, each once.
    pub fn is_sequential(&self) -> bool {
        matches!(self.coding, 0xc0 | 0xc1)
    }
}

/// Walks from marker to marker, over segments by their lengths and over scans by their bytes.
///
/// What comes after the end-of-image marker (previews, depth maps, a second picture) is not looked at.
pub fn survey(bytes: &[u8]) -> Survey {
    let mut found = Survey {
        complete: false,
        junk: false,
        data: 0,
        frame: None,
        together: 0,
    };
    let mut scans = 0;
    let mut at = 2; // after the start-of-image marker
    while let Some(next) = next_marker(bytes, at) {
        // After the first scan's header, bytes up to the next marker are picture data; before it, none belong there.
        let between = &bytes[at..next.position];
        if scans > 0 {
            found.data += between.len();
        } else {
            found.junk |= between.iter().any(|&byte| byte != 0xff);
        }
        at = next.position + 2;
        if next.code == END_OF_IMAGE {
            found.complete = scans > 0;
            break;
        }
        let Some(body) = body(bytes, at) else {
            break;
        };
        if is_frame(next.code) {
            found.frame = found.frame.or_else(|| Frame::read(next.code, body));
        } else if next.code == START_OF_SCAN {
            if scans == 0 {
                found.together = body.first().copied().unwrap_or(0);
            }
            scans += 1;
        }
        at += 2 + body.len();
    }
    found
}

/// What a segment holds whose length stands at `at`; as much of it as there is.
pub fn body(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let &[high, low] = bytes.get(at..at + 2)? else {
        return None;
    };
    let end = at + usize::from(u16::from_be_bytes([high, low])).max(2);
    bytes.get(at + 2..end.min(bytes.len()))
}

/// Whether a marker begins a frame header: those from 0xc0 to 0xcf that are no tables, and that of JPEG-LS.
pub fn is_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf | 0xf7) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

/// A marker in a file.
pub struct Marker {
    /// Where its first byte is.
    pub position: usize,
    /// Its second byte.
    pub code: u8,
}

/// The next marker at or after `from` that is neither a stuffed 0xff, nor fill, nor a restart within a scan.
pub fn next_marker(bytes: &[u8], from: usize) -> Option<Marker> {
    let tail = bytes.get(from..)?;
    tail.windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0x01 | 0xd0..=0xd7 | 0xff))
        .map(|offset| Marker {
            position: from + offset,
            code: tail[offset + 1],
        })
}
