//! DXC as wgpu calls it: the same arguments, for shader model 6.2.

use std::error::Error;
use std::ffi::{OsStr, c_void};

use libloading::Library;
use windows::Win32::Graphics::Direct3D::Dxc::{
    CLSID_DxcCompiler, DXC_ARG_ENABLE_STRICTNESS, DXC_CP_UTF8, DXC_OUT_ERRORS, DxcBuffer,
    IDxcBlobUtf8, IDxcCompiler3, IDxcResult,
};
use windows::core::{GUID, HRESULT, HSTRING, Interface, PCWSTR, w};

type Create = unsafe extern "system" fn(*const GUID, *const GUID, *mut *mut c_void) -> HRESULT;

/// The compiler of a `dxcompiler.dll`.
pub struct Compiler {
    // Dropped before the library that it lies in.
    compiler: IDxcCompiler3,
    _library: Library,
}

impl Compiler {
    /// Loads the library.
    ///
    /// # Errors
    /// What the system says of it.
    pub fn load(path: &OsStr) -> Result<Self, Box<dyn Error>> {
        // SAFETY: the library is the compiler's, whose loading does nothing but set it up.
        let library = unsafe { Library::new(path) }?;
        let mut made: Option<IDxcCompiler3> = None;
        // SAFETY: this is the function's type, and a made object is of the interface that is asked for.
        unsafe {
            let create = library.get::<Create>(b"DxcCreateInstance")?;
            let place = (&raw mut made).cast();
            create(&CLSID_DxcCompiler, &IDxcCompiler3::IID, place).ok()?;
        }
        Ok(Self {
            compiler: made.ok_or("DxcCreateInstance made nothing")?,
            _library: library,
        })
    }

    /// Compiles the compute shader `entry` of `hlsl`.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn compile(&self, hlsl: &str, entry: &str, f16: bool) -> Result<(), String> {
        let entry = HSTRING::from(entry);
        let mut arguments = vec![
            w!("-E"),
            PCWSTR(entry.as_ptr()),
            w!("-T"),
            w!("cs_6_2"),
            w!("-HV"),
            w!("2018"),
            w!("-no-warnings"),
            DXC_ARG_ENABLE_STRICTNESS,
        ];
        arguments.extend(f16.then_some(w!("-enable-16bit-types")));
        let source = DxcBuffer {
            Ptr: hlsl.as_ptr().cast(),
            Size: hlsl.len(),
            Encoding: DXC_CP_UTF8.0,
        };
        let said = self.said(&source, &arguments);
        match said.map_err(|error| error.to_string())? {
            nothing if nothing.is_empty() => Ok(()),
            said => Err(said),
        }
    }

    /// The compiler's errors; empty where there are none.
    fn said(&self, source: &DxcBuffer, arguments: &[PCWSTR]) -> windows::core::Result<String> {
        let mut errors: Option<IDxcBlobUtf8> = None;
        // SAFETY: source and arguments outlive the call, and the output is of the interface that is asked for.
        unsafe {
            let result: IDxcResult = self.compiler.Compile(source, Some(arguments), None)?;
            result.GetOutput::<IDxcBlobUtf8>(
                DXC_OUT_ERRORS,
                &mut None,
                (&raw mut errors).cast(),
            )?;
        }
        let Some(errors) = errors else {
            return Ok(String::new());
        };
        // SAFETY: the text is as long as it says, and lives as long as `errors`.
        let bytes = unsafe {
            std::slice::from_raw_parts(errors.GetStringPointer().0, errors.GetStringLength())
        };
        Ok(String::from_utf8_lossy(bytes).trim().to_owned())
    }
}
