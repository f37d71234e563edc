//! A WGSL file of `shaders/` with its settings, and the grid of workgroups to run it on.

/// A WGSL file with one entry point. Its bindings, in order: the buffers read, those written, and a struct of u32 and
/// f32.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shader {
    /// The entry point.
    pub entry: &'static str,
    /// The file's text.
    pub source: &'static str,
    /// Invocations in a workgroup, in one row.
    pub workgroup: u32,
    /// Values for the file's `override` constants, where they are not the file's own.
    pub constants: Vec<(&'static str, u32)>,
    /// Texts of `shaders/parts/` that follow the file's: functions that it calls.
    pub parts: Vec<&'static str>,
    /// Whether the file's `Scalar` is f16, not f32.
    pub f16: bool,
}

/// The line that says what a file's `Scalar` is, and what replaces it for f16.
const F32: &str = "alias Scalar = f32;";
const F16: &str = "alias Scalar = f16;";

/// The usual number of invocations in a workgroup: as many as run together on any GPU.
pub(crate) const WORKGROUP: u32 = 64;

impl Shader {
    /// The file as it stands.
    pub fn new(entry: &'static str, source: &'static str) -> Self {
        Self {
            entry,
            source,
            workgroup: WORKGROUP,
            constants: Vec::new(),
            parts: Vec::new(),
            f16: false,
        }
    }

    /// The same, with functions that it calls.
    pub fn with_part(mut self, text: &'static str) -> Self {
        self.parts.push(text);
        self
    }

    /// The same, with the file's `Scalar` in 16 bits.
    pub fn in_f16(self) -> Self {
        Self { f16: true, ..self }
    }

    /// The whole text, constants as the files have them.
    pub fn wgsl(&self) -> String {
        let texts = [&[self.source], &self.parts[..]].concat();
        let text = texts.join("\n");
        match self.f16 {
            true => format!("enable f16;\n{}", text.replace(F32, F16)),
            false => text,
        }
    }

    /// The same, with the constant `name` set.
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, value));
        self
    }

    /// The same, in workgroups of `size`, a power of two.
    pub fn in_workgroups_of(self, size: u32) -> Self {
        Self {
            workgroup: size,
            ..self.with("WORKGROUP", size)
        }
    }
}

/// Columns and rows of workgroups for so many invocations, at most `most` workgroups to a row. The shader leaves the
/// invocations beyond the last one idle.
pub(crate) fn grid(invocations: u32, workgroup: u32, most: u32) -> (u32, u32) {
    let workgroups = invocations.div_ceil(workgroup).max(1);
    let columns = workgroups.min(most);
    (columns, workgroups.div_ceil(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_covers_every_invocation_within_the_limit() {
        for invocations in [0, 1, 63, 64, 65, 64 * 7, 64 * 7 + 1, 4_194_241, u32::MAX] {
            for most in [1, 3, 7, 65_535] {
                let (columns, rows) = grid(invocations, 64, most);
                assert!(columns <= most && columns > 0 && rows > 0);
                let covered = u64::from(columns) * u64::from(rows) * 64;
                assert!(covered >= u64::from(invocations));
                assert!(covered < u64::from(invocations) + 64 * u64::from(columns) + 64);
            }
        }
    }

    #[test]
    fn sixteen_bits_are_asked_for_where_the_text_begins() {
        let shader = Shader::new("a", "// A file.\nalias Scalar = f32;").with_part("fn f() {}");
        let expected = "// A file.\nalias Scalar = f32;\nfn f() {}";
        assert_eq!(shader.wgsl(), expected);
        let expected = "enable f16;\n// A file.\nalias Scalar = f16;\nfn f() {}";
        assert_eq!(shader.in_f16().wgsl(), expected);
    }
}
