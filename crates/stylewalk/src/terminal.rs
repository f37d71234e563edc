//! Text of others for a terminal: names of files and folders may hold codes that would move its cursor, recolour it or
//! forge a line.

/// `text` with each control character written out, as `\u{1b}` or `\n`; one line, whatever it was.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() || is_direction(character) {
            true => plain.extend(character.escape_default()),
            false => plain.push(character),
        }
    }
    plain
}

/// Whether a character turns the direction of what follows, with which `gpj.exe` looks like `exe.jpg`.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_out_and_letters_stay() {
        assert_eq!(
            plain("a\u{1b}]0;title\u{7}\r\nb\u{9b}31m"),
            "a\\u{1b}]0;title\\u{7}\\r\\nb\\u{9b}31m"
        );
        assert_eq!(plain("a\u{202e}gpj.exe"), "a\\u{202e}gpj.exe");
        for same in ["ünïcödé 裙.jpg", "it's \"so\" \\ so", ""] {
            assert_eq!(plain(same), same);
        }
    }
}
