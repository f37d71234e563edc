//! Writes protocol buffers, for TensorBoard's events and ONNX models.

/// A message under construction. Fields are written in the order of the calls; as in `proto3`, a field with the default
/// value may as well be left out, which is the caller's choice.
#[derive(Debug, Default)]
pub struct Message(Vec<u8>);

/// Wire types.
const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

impl Message {
    /// The message's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// An `int32`, `int64`, `uint64`, `bool` or enum.
    pub fn integer(mut self, field: u32, value: i64) -> Self {
        self.key(field, VARINT);
        varint(&mut self.0, value as u64);
        self
    }

    /// A `float`.
    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.key(field, FIXED32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `double`.
    pub fn double(mut self, field: u32, value: f64) -> Self {
        self.key(field, FIXED64);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `string` or `bytes`.
    pub fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        self.key(field, LENGTH);
        varint(&mut self.0, value.as_ref().len() as u64);
        self.0.extend(value.as_ref());
        self
    }

    /// A message inside this one.
    pub fn message(self, field: u32, value: Self) -> Self {
        self.bytes(field, value.0)
    }

    /// A repeated field of messages.
    pub fn messages(self, field: u32, values: impl IntoIterator<Item = Self>) -> Self {
        let values = values.into_iter();
        values.fold(self, |all, value| all.message(field, value))
    }

    fn key(&mut self, field: u32, wire: u32) {
        varint(&mut self.0, u64::from(field << 3 | wire));
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding's documentation.
    #[test]
    fn as_documented() {
        assert_eq!(
            Message::default().integer(1, 150).into_bytes(),
            [0x08, 0x96, 0x01]
        );
        let text = Message::default().bytes(2, "testing").into_bytes();
        assert_eq!(text, *b"\x12\x07testing");
        let inner = Message::default().integer(1, 150);
        let outer = Message::default().message(3, inner).into_bytes();
        assert_eq!(outer, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let negative = Message::default().integer(1, -2).into_bytes();
        assert_eq!(
            negative,
            [
                0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01
            ]
        );
    }

    #[test]
    fn fields_beyond_fifteen_and_floats() {
        assert_eq!(
            Message::default().integer(16, 1).into_bytes(),
            [0x80, 0x01, 0x01]
        );
        assert_eq!(
            Message::default().float(2, 1.0).into_bytes(),
            [0x15, 0, 0, 0x80, 0x3f]
        );
        let double = Message::default().double(1, 1.0).into_bytes();
        assert_eq!(double, [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    }
}
