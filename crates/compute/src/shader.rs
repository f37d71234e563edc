//! A WGSL file with its settings, and the grid of workgroups to run it on.

/// A WGSL file with one entry point, its settings, and the functions that it calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shader {
    /// The entry point.
    pub entry: &'static str,
    /// Invocations in a workgroup, in one row.
    pub workgroup: u32,
    /// The file's text, and those of `shaders/parts/` that follow it.
    texts: Vec<&'static str>,
    /// Values for the file's `override` constants, where they are not the file's own.
    constants: Vec<(&'static str, u32)>,
    /// Whether the file's `Scalar` is f16, not f32.
    f16: bool,
}

/// The line that says what a file's `Scalar` is, and what replaces it for f16.
const F32: &str = "alias Scalar = f32;";
const F16: &str = "alias Scalar = f16;";

/// What declares a buffer that is read.
const READ: &str = "var<storage, read>";

/// The argument of an entry point that a file of `shaders/parts/` declares as a struct, the struct, and the end of the
/// arguments.
const ARGUMENT: &str = "\n    invocation: Invocation,";
const STRUCT: &str = "\nstruct Invocation {";
const BODY: &str = "\n) {";

/// The usual number of invocations in a workgroup: as many as run together on any GPU.
pub const WORKGROUP: u32 = 64;

impl Shader {
    /// The file as it stands.
    #[must_use]
    pub fn new(entry: &'static str, text: &'static str) -> Self {
        Self {
            entry,
            workgroup: WORKGROUP,
            texts: vec![text],
            constants: Vec::new(),
            f16: false,
        }
    }

    /// The same, with functions that it calls.
    #[must_use]
    pub fn with_part(mut self, text: &'static str) -> Self {
        self.texts.push(text);
        self
    }

    /// The same, with the file's `Scalar` in 16 bits.
    #[must_use]
    pub fn in_f16(self) -> Self {
        Self { f16: true, ..self }
    }

    /// The same, with the constant `name` set.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: u32) -> Self {
        self.constants.push((name, value));
        self
    }

    /// The same, in workgroups of `size`, a power of two.
    #[must_use]
    pub fn in_workgroups_of(self, size: u32) -> Self {
        Self {
            workgroup: size,
            ..self.with("WORKGROUP", size)
        }
    }

    /// The text to compile. Constants are written into it: CubeCL sets no `override`s when it makes a pipeline, and
    /// Safari is reported to give arrays in workgroup memory no room where an `override` is their size.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |line: &str| {
            let Some(rest) = line.strip_prefix("override ") else {
                return self.scalar(line);
            };
            let name = rest.split(':').next();
            let set = self.constants.iter().find(|(set, _)| name == Some(set));
            match set {
                Some((name, value)) => format!("const {name}: u32 = {value}u;"),
                None => format!("const {rest}"),
            }
        };
        let lines = self.texts.iter().flat_map(|text| text.lines()).map(line);
        let enabled = self.f16.then(|| "enable f16;".to_owned());
        let text: Vec<_> = enabled.into_iter().chain(lines).collect();
        with_flat_arguments(&text.join("\n"))
    }

    /// The same with every tensor bound as `read_write`, for devices on which several tensors lie in one buffer: WebGPU
    /// forbids to bind a buffer that is written as anything else. The last binding, the sizes, has a buffer of its own.
    #[must_use]
    pub fn text_for_shared_buffers(&self) -> String {
        let text = self.text();
        let Some((tensors, sizes)) = text.rsplit_once(READ) else {
            return text;
        };
        let tensors = tensors.replace(READ, "var<storage, read_write>");
        format!("{tensors}{READ}{sizes}")
    }

    fn scalar(&self, line: &str) -> String {
        match line == F32 && self.f16 {
            true => F16.to_owned(),
            false => line.to_owned(),
        }
    }
}

/// `text` with the members of `Invocation` as arguments of its entry point. What wgpu makes of a struct with a subgroup's
/// numbers for DirectX no compiler takes; of arguments it makes what they take.
fn with_flat_arguments(text: &str) -> String {
    let flat = || {
        let (before, after) = text.split_once(ARGUMENT)?;
        let (rest, body) = after.split_once(BODY)?;
        let (_, members) = text.split_once(STRUCT)?;
        let (members, _) = members.split_once("\n}")?;
        let names: Vec<_> = members.lines().filter_map(name).collect();
        let names = names.join(", ");
        Some(format!(
            "{before}{members}{rest}{BODY}\n    let invocation = Invocation({names});{body}"
        ))
    };
    flat().unwrap_or_else(|| text.to_owned())
}

/// Of `@builtin(subgroup_id) subgroup: u32,` the name.
fn name(member: &str) -> Option<&str> {
    member.split_once(") ")?.1.split(':').next()
}

/// Columns and rows of workgroups for so many invocations, at most `most` workgroups to a row. The shader leaves the
/// invocations beyond the last one idle.
#[must_use]
pub fn grid(invocations: u32, workgroup: u32, most: u32) -> (u32, u32) {
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
        assert_eq!(shader.text(), expected);
        let expected = "enable f16;\n// A file.\nalias Scalar = f16;\nfn f() {}";
        assert_eq!(shader.in_f16().text(), expected);
    }

    #[test]
    fn a_struct_of_arguments_becomes_arguments() {
        let file = "fn entry(\n    first: u32,\n    invocation: Invocation,\n) {\n    go();\n}";
        let part = "struct Invocation {\n    @builtin(a_b) one: u32,\n    @builtin(c) two: u32,\n}";
        let text = Shader::new("entry", file).with_part(part).text();
        let expected = "fn entry(\n    first: u32,\n    @builtin(a_b) one: u32,\n    @builtin(c) two: u32,\n) {\n    \
            let invocation = Invocation(one, two);\n    go();\n}\n";
        assert_eq!(text, format!("{expected}{part}"));
    }

    #[test]
    fn only_the_sizes_stay_read_only() {
        let file = "var<storage, read> a; var<storage, read_write> b; var<storage, read> c;";
        let expected =
            "var<storage, read_write> a; var<storage, read_write> b; var<storage, read> c;";
        assert_eq!(Shader::new("a", file).text_for_shared_buffers(), expected);
    }

    #[test]
    fn constants_are_written_into_the_text() {
        let text = "override SIDE: u32 = 5u;\noverride SIDES: u32 = 1u;\nlet a = SIDE;";
        let shader = Shader::new("a", text).with("SIDE", 3);
        let expected = "const SIDE: u32 = 3u;\nconst SIDES: u32 = 1u;\nlet a = SIDE;";
        assert_eq!(shader.text(), expected);
    }
}
