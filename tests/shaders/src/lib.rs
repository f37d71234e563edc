//! Every shader that the program can make, as wgpu's translator gives it to the compilers of all graphics interfaces: SPIR-V for
//! Vulkan, Metal's language, HLSL for DirectX 12, GLSL for OpenGL ES 3.1.

use compute::catalogue::Item;
use naga::back::{glsl, hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{Module, ShaderStage};

/// A shader that wgpu's translator has read.
#[derive(Debug)]
pub struct Read {
    /// What tells it from the others.
    pub name: String,
    module: Module,
    info: ModuleInfo,
    entry: &'static str,
}

impl Read {
    /// Reads one of the two texts of `item`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(item: &Item, text: &str) -> Result<Self, String> {
        let module = naga::front::wgsl::parse_str(text)
            .map_err(|error| format!("{}: {}", item.name, error.emit_to_string(text)))?;
        let mut beyond = Capabilities::empty();
        beyond.set(Capabilities::SUBGROUP, item.subgroups);
        beyond.set(Capabilities::SHADER_FLOAT16, item.f16);
        let info = Validator::new(ValidationFlags::all(), beyond)
            .validate(&module)
            .map_err(|error| format!("{}: {}", item.name, error.emit_to_string(text)))?;
        Ok(Self {
            name: item.name.clone(),
            module,
            info,
            entry: item.shader.entry,
        })
    }

    /// For Vulkan 1.1, as wgpu asks for it.
    ///
    /// # Errors
    /// What cannot be said in it.
    pub fn spirv(&self) -> Result<Vec<u32>, String> {
        let options = spv::Options {
            lang_version: (1, 3),
            ..Default::default()
        };
        let entry = spv::PipelineOptions {
            shader_stage: ShaderStage::Compute,
            entry_point: self.entry.to_owned(),
        };
        spv::write_vec(&self.module, &self.info, &options, Some(&entry))
            .map_err(|error| self.sentence("SPIR-V", &error))
    }

    /// For Metal 2.4, the first with all of what we ask for.
    ///
    /// # Errors
    /// What cannot be said in it.
    pub fn metal(&self) -> Result<String, String> {
        let options = msl::Options {
            lang_version: (2, 4),
            ..Default::default()
        };
        let entry = msl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, self.entry.to_owned())),
            ..Default::default()
        };
        let (text, made) = msl::write_string(&self.module, &self.info, &options, &entry)
            .map_err(|error| self.sentence("Metal's language", &error))?;
        for name in made.entry_point_names {
            name.map_err(|error| self.sentence("Metal's language", &error))?;
        }
        Ok(text)
    }

    /// For DirectX 12 and the compiler DXC.
    ///
    /// # Errors
    /// What cannot be said in it.
    pub fn hlsl(&self) -> Result<String, String> {
        let options = hlsl::Options {
            shader_model: hlsl::ShaderModel::V6_2,
            special_constants_binding: Some(hlsl::BindTarget {
                space: 1,
                ..Default::default()
            }),
            ..Default::default()
        };
        let entry = hlsl::PipelineOptions {
            entry_point: Some((ShaderStage::Compute, self.entry.to_owned())),
        };
        let mut text = String::new();
        let made = hlsl::Writer::new(&mut text, &options, &entry)
            .write(&self.module, &self.info, None)
            .map_err(|error| self.sentence("HLSL", &error))?;
        for name in made.entry_point_names {
            name.map_err(|error| self.sentence("HLSL", &error))?;
        }
        Ok(text)
    }

    /// For OpenGL ES 3.1.
    ///
    /// # Errors
    /// What cannot be said in it.
    pub fn glsl(&self) -> Result<String, String> {
        let options = glsl::Options::default();
        let entry = glsl::PipelineOptions {
            shader_stage: ShaderStage::Compute,
            entry_point: self.entry.to_owned(),
            multiview: None,
        };
        let mut text = String::new();
        let policies = naga::proc::BoundsCheckPolicies::default();
        glsl::Writer::new(
            &mut text,
            &self.module,
            &self.info,
            &options,
            &entry,
            policies,
        )
        .and_then(|mut writer| writer.write())
        .map_err(|error| self.sentence("GLSL", &error))?;
        Ok(text)
    }

    fn sentence(&self, language: &str, error: &dyn std::fmt::Display) -> String {
        format!("{} in {language}: {error}", self.name)
    }
}

/// What an entry point's argument in HLSL lacks that no compiler for DirectX does without: of each argument, or of each member of
/// a struct that is one, where its value comes from. `None` where nothing is missing.
#[must_use]
pub fn argument_without_source(hlsl: &str, entry: &str) -> Option<String> {
    let (_, after) = hlsl.split_once(&format!("void {entry}("))?;
    let (arguments, _) = after.split_once(")\n")?;
    let has_source = |line: &str| line.contains(" : SV_");
    let members_have = |name: &str| {
        let (_, after) = hlsl.split_once(&format!("struct {name} {{"))?;
        let (members, _) = after.split_once('}')?;
        Some(
            members
                .split(';')
                .filter(|one| !one.trim().is_empty())
                .all(has_source),
        )
    };
    let is_bare = |argument: &&str| {
        let kind = argument.split_whitespace().next().unwrap_or_default();
        !has_source(argument) && members_have(kind) != Some(true)
    };
    arguments
        .split(',')
        .find(is_bare)
        .map(|one| one.trim().to_owned())
}
