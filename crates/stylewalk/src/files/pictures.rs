//! Where a command may write a picture: never over one that it reads, and under a name that says what it is.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// Endings of pictures of other kinds than a command writes.
const OTHERS: [&str; 8] = ["png", "gif", "jpg", "jpeg", "webp", "bmp", "tif", "tiff"];

/// Refuses to write a picture of the kind `kind` as `out`, which `flag` names, where that is one of `inputs` or is called
/// as a picture of another kind is.
///
/// # Errors
/// Names the flag and what to give it.
pub fn check_picture_out<'a>(
    flag: &str,
    out: &Path,
    kind: &str,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<()> {
    let input = inputs.into_iter().find(|input| super::is_same(input, out));
    ensure!(
        input.is_none(),
        "{flag} is {}, a photograph that this command reads; name another file",
        out.display()
    );
    let ending = out.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    ensure!(
        ending == kind || !OTHERS.contains(&ending.as_str()),
        "{flag} is {}, but what is written is a {}; end its name with .{kind}",
        out.display(),
        kind.to_ascii_uppercase()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_and_another_kinds_name_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("me.png");
        std::fs::write(&photo, "a photo").unwrap();
        let inputs = [photo.clone()];
        let told = |name: &str, kind: &str| {
            let checked = check_picture_out("--out", &folder.path().join(name), kind, &inputs);
            checked.map_err(|error| error.to_string())
        };
        assert!(told("./me.png", "png").unwrap_err().contains("reads"));
        assert!(told("new.JPG", "png").unwrap_err().contains(".png"));
        assert!(told("walk.png", "gif").unwrap_err().contains("GIF"));
        assert_eq!(told("new.png", "png"), Ok(()));
        assert_eq!(told("new", "png"), Ok(()));
        assert_eq!(told("walk.GIF", "gif"), Ok(()));
    }
}
