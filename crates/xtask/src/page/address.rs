//! Where the page is published: sites that show a link to it take its picture by a whole address only.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// How web/index.html names the picture, in each line that shows it.
const PICTURE: &str = r#"content="preview.png""#;

/// The address of the folder that will hold index.html; ends with a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'<>&?#\\".contains(&byte));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) || !is_plain {
            return Err("give the address of the page's folder, as in https://host/folder/".into());
        }
        Ok(Self(format!("{}/", text.trim_end_matches('/'))))
    }
}

impl Address {
    /// Makes the picture's address whole in a built index.html.
    pub fn write_into(&self, index: &Path) -> Result<()> {
        let html =
            fs::read_to_string(index).with_context(|| format!("reading {}", index.display()))?;
        ensure!(
            html.contains(PICTURE),
            "{} has no line with {PICTURE}; web/index.html should name its picture so",
            index.display()
        );
        let html = html.replace(PICTURE, &format!(r#"content="{}preview.png""#, self.0));
        fs::write(index, html).with_context(|| format!("writing {}", index.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_a_folder() {
        for text in ["https://a.example/walk", "https://a.example/walk/"] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.0, "https://a.example/walk/");
        }
        for text in [
            "",
            "a.example",
            "https://",
            "https:///x",
            "https://a/\"><b>",
            "https://a/?x",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn this_repositorys_page_gets_whole_addresses_of_its_picture() {
        let file = std::env::temp_dir().join(format!("stylewalk-address-{}", std::process::id()));
        let html = include_str!("../../../../web/index.html");
        fs::write(&file, html).unwrap();
        let address: Address = "https://a.example/walk".parse().unwrap();
        address.write_into(&file).unwrap();
        let written = fs::read_to_string(&file).unwrap();
        for property in [r#"property="og:image""#, r#"name="twitter:image""#] {
            let line = format!(r#"<meta {property} content="https://a.example/walk/preview.png">"#);
            assert!(written.contains(&line), "{line}");
        }
        assert!(
            address.write_into(&file).is_err(),
            "there is nothing left to make whole"
        );
        fs::remove_file(&file).unwrap();
    }
}
