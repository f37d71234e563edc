//! Sequential JPEG whose components lie in scans of their own, written anew as one scan of all: `zune-jpeg` 0.5.15 reads
//! those with vertical subsampling wrong (zune-image#419, #422; right in 0.5.16, of which there are only candidates).
//!
//! No value changes, only their order and their codes. The scans are gone over twice: first to note where each block's
//! coefficients begin, then to copy them in the order of one scan.

use super::bits::{Reader, Writer};
use super::frame::{Broken, Component, Frame, Tables, coefficients};
use super::survey::{body, is_frame, next_marker};

const TABLES_OF_CODES: u8 = 0xc4;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const QUANTISATION: u8 = 0xdb;
const RESTART_INTERVAL: u8 = 0xdd;

/// The same picture in one scan.
pub fn interleave(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    // What applications keep in a file: orientation, profile, the kind of colours.
    let mut kept = b"\xff\xd8".to_vec();
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, at) {
        if marker.code == END_OF_IMAGE {
            break;
        }
        let start = marker.position + 2;
        let body = body(bytes, start).ok_or(Broken::Short)?;
        at = start + 2 + body.len();
        match marker.code {
            TABLES_OF_CODES => tables.codes(body)?,
            QUANTISATION => tables.quantisation(body)?,
            RESTART_INTERVAL => tables.restart_interval(body)?,
            START_OF_SCAN => {
                let frame = frame
                    .as_mut()
                    .ok_or(Broken::Wrong("a scan before its frame"))?;
                at = frame.scan(body, &tables, Reader::new(bytes, at))?;
            }
            0xe0..=0xef => kept.extend(&bytes[marker.position..at]),
            code if is_frame(code) && frame.is_none() => frame = Some(Frame::read(body)?),
            code if is_frame(code) => return Err(Broken::Wrong("a second frame")),
            _ => {}
        }
    }
    write(&frame.ok_or(Broken::Wrong("no frame"))?, kept, bytes)
}

/// Writes the picture behind what is `kept` of its file.
fn write(frame: &Frame, mut kept: Vec<u8>, bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    head(frame, &mut kept);
    let (wide, high) = frame.units();
    let mut data = Writer::new(kept);
    let mut last = [0; 4];
    for unit in 0..wide * high {
        for (one, last) in frame.components.iter().zip(&mut last) {
            for block in 0..one.across * one.down {
                let x = unit % wide * one.across + block % one.across;
                let y = unit / wide * one.down + block / one.across;
                copy(one, (x, y), last, &mut data, bytes)?;
            }
        }
    }
    let mut all = data.end();
    all.extend([0xff, END_OF_IMAGE]);
    Ok(all)
}

/// Writes a block, or a plain one where a scan of its component alone has none.
fn copy(
    one: &Component,
    at: (usize, usize),
    last: &mut i32,
    data: &mut Writer,
    bytes: &[u8],
) -> Result<(), Broken> {
    let Some(block) = one.block(at)? else {
        data.signed(0);
        data.write(0, 8);
        return Ok(());
    };
    data.signed(block.mean - *last);
    *last = block.mean;
    let mut from = Reader::at(bytes, block.rest);
    let mut each = |symbol: u8, bits, length| {
        data.write(symbol.into(), 8);
        data.write(bits, length);
    };
    coefficients(one.codes()?, &mut from, &mut each)
}

/// Tables, frame and the scan's header. Every component has quantisation of its own; codes are the symbols themselves, of 4
/// bits for first coefficients and of 8 for the others, so that none is missing whatever the order.
fn head(frame: &Frame, file: &mut Vec<u8>) {
    for (number, one) in (0u8..).zip(&frame.components) {
        let (precision, steps) = &one.steps;
        segment(file, QUANTISATION, &[&[precision << 4 | number], steps]);
    }
    let mut described = vec![8];
    described.extend((frame.height as u16).to_be_bytes()); // as it was read
    described.extend((frame.width as u16).to_be_bytes());
    described.push(frame.components.len() as u8);
    let mut chosen = vec![frame.components.len() as u8];
    for (number, one) in (0u8..).zip(&frame.components) {
        described.extend([one.id, (one.across << 4 | one.down) as u8, number]);
        chosen.extend([one.id, 0]);
    }
    segment(file, 0xc0, &[&described]);
    let codes = |file: &mut Vec<u8>, kind: u8, length: usize, symbols: u8| {
        let mut counts = [0; 16];
        counts[length - 1] = symbols;
        let symbols: Vec<u8> = (0..symbols).collect();
        segment(file, TABLES_OF_CODES, &[&[kind], &counts, &symbols]);
    };
    codes(file, 0x00, 4, 12);
    // The code of ones alone is nobody's.
    codes(file, 0x10, 8, 255);
    chosen.extend([0, 63, 0]);
    segment(file, START_OF_SCAN, &[&chosen]);
}

fn segment(file: &mut Vec<u8>, code: u8, parts: &[&[u8]]) {
    let body = parts.concat();
    file.extend([0xff, code]);
    file.extend((body.len() as u16 + 2).to_be_bytes()); // all of these are short
    file.extend(body);
}
