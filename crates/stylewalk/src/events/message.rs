//! The messages of TensorBoard's `event.proto` and `summary.proto`, as far as a run writes them.

use crate::protobuf::Message;

/// What happened at a step.
pub enum What<'a> {
    /// The first event of a file.
    Version,
    /// The run resumed at this event's step: earlier files' events from there on do not count.
    SessionStart,
    /// A number and its tag.
    Scalar(&'a str, f32),
    /// A picture's tag, width and height, and PNG.
    Picture(&'a str, [u32; 2], &'a [u8]),
}

/// `Event`; `time` in seconds since 1970.
pub fn event(time: f64, step: u64, what: What<'_>) -> Vec<u8> {
    let mut event = Message::default().double(1, time);
    if step != 0 {
        event = event.integer(2, step as i64);
    }
    let event = match what {
        What::Version => event.bytes(3, "brain.Event:2"),
        // `SessionLog` with `status` START.
        What::SessionStart => event.message(7, Message::default().integer(1, 1)),
        What::Scalar(tag, value) => {
            event.message(5, summary(Message::default().bytes(1, tag).float(2, value)))
        }
        What::Picture(tag, size, png) => event.message(
            5,
            summary(
                Message::default()
                    .bytes(1, tag)
                    .message(4, image(size, png)),
            ),
        ),
    };
    event.into_bytes()
}

/// `Summary` of one value.
fn summary(value: Message) -> Message {
    Message::default().message(1, value)
}

/// `Summary.Image`, RGB.
fn image([width, height]: [u32; 2], png: &[u8]) -> Message {
    Message::default()
        .integer(1, height.into())
        .integer(2, width.into())
        .integer(3, 3)
        .bytes(4, png)
}
