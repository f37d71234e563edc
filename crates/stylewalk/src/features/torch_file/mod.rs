//! PyTorch's weight files (`.pth`): a zip archive with a pickle that describes the tensors, and a file for each storage.
//!
//! Only state dicts are read, as `torch.save` writes them in whatever pickle protocol, alone or in dicts of others; nothing in
//! it is run.

pub mod pickle;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, anyhow, bail, ensure};

use half::{bf16, f16};
use inference::weights::StoredTensors;
use rawzip::{CompressionMethod, ZipArchive, ZipSliceArchive};

/// The first bytes of a zip archive that is not empty.
const ZIP: &[u8] = b"PK\x03\x04";
/// The first bytes of a file from PyTorch before version 1.6.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0a";

/// An open `.pth` file.
pub struct TorchFile<'a> {
    archive: ZipSliceArchive<&'a [u8]>,
    /// The folder of all files in the archive, `archive/` for example.
    root: String,
    tensors: pickle::Named,
}

/// Whether `bytes` begin as a file of PyTorch does, of whatever version.
pub fn is_torch_file(bytes: &[u8]) -> bool {
    bytes.starts_with(ZIP) || bytes.starts_with(LEGACY)
}

impl<'a> TorchFile<'a> {
    /// Reads the description of the tensors in `bytes`; their numbers are read when they are asked for.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        ensure!(
            !bytes.starts_with(LEGACY),
            "it is in the format of PyTorch before 1.6; load it in a newer PyTorch and torch.save it again"
        );
        let archive = ZipArchive::from_slice(bytes)
            .map_err(|error| anyhow!("it is not a complete torch.save file: {error}"))?;
        let mut file = Self {
            archive,
            root: String::new(),
            tensors: pickle::Named::new(),
        };
        file.root = file.root()?;
        ensure!(
            file.contents("byteorder")
                .map_or(true, |order| order == b"little"),
            "its numbers are big-endian; save it again on a little-endian machine"
        );
        file.tensors = pickle::tensors(file.contents("data.pkl")?)?;
        Ok(file)
    }

    fn root(&self) -> Result<String> {
        let mut entries = self.archive.entries();
        while let Some(entry) = entries.next_entry()? {
            let path = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            if let Some(root) = path.strip_suffix("data.pkl")
                && (root.is_empty() || root.ends_with('/'))
            {
                return Ok(root.to_owned());
            }
        }
        bail!("it holds no data.pkl, so torch.save did not write it")
    }

    /// The contents of the archive's file `name`, if they are what was stored.
    fn contents(&self, name: &str) -> Result<&[u8]> {
        let path = format!("{}{name}", self.root);
        let mut entries = self.archive.entries();
        while let Some(entry) = entries.next_entry()? {
            if entry.file_path().as_bytes() != path.as_bytes() {
                continue;
            }
            ensure!(
                entry.compression_method() == CompressionMethod::STORE,
                "`{path}` inside it is compressed, which torch.save never does"
            );
            let found = self.archive.get_entry(entry.wayfinder())?;
            std::io::copy(
                &mut found.verifying_reader(found.data()),
                &mut std::io::sink(),
            )
            .map_err(|error| anyhow!("`{path}` inside it is damaged: {error}"))?;
            return Ok(found.data());
        }
        bail!("it holds no `{path}`")
    }

    /// The names of all tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(|name| &**name)
    }

    fn numbers(&self, tensor: &pickle::Tensor) -> Result<Vec<f32>> {
        ensure!(
            is_contiguous(tensor),
            "it is not contiguous; save it with .contiguous()"
        );
        let kind = Kind::of(&tensor.storage).with_context(|| {
            format!(
                "it is a {}, which holds no floating-point numbers that are read here; save it with .float()",
                tensor.storage
            )
        })?;
        let mut shape = tensor.shape.iter();
        let bytes = shape.try_fold(kind.bytes(), |all: usize, size| all.checked_mul(*size));
        let from = tensor.offset.checked_mul(kind.bytes());
        let range = from
            .zip(bytes)
            .and_then(|(from, bytes)| Some(from..from.checked_add(bytes)?));
        let storage = self.contents(&format!("data/{}", tensor.key))?;
        let data = range.and_then(|range| storage.get(range));
        let data = data.context("its storage has fewer numbers than its shape needs")?;
        Ok(kind.numbers(data))
    }
}

/// A type of floating-point numbers.
#[derive(Clone, Copy)]
enum Kind {
    F64,
    F32,
    F16,
    Bf16,
}

impl Kind {
    /// That of a storage, by torch's name.
    fn of(storage: &str) -> Option<Self> {
        match storage {
            "DoubleStorage" => Some(Self::F64),
            "FloatStorage" => Some(Self::F32),
            "HalfStorage" => Some(Self::F16),
            "BFloat16Storage" => Some(Self::Bf16),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Little-endian numbers; one of 64 bits that is too large becomes infinite, which is refused as such.
    fn numbers(self, data: &[u8]) -> Vec<f32> {
        let pairs = || data.as_chunks::<2>().0.iter().copied();
        match self {
            Self::F64 => {
                let (eights, _) = data.as_chunks::<8>();
                let numbers = eights.iter().map(|b| f64::from_le_bytes(*b));
                numbers.map(|number| number as f32).collect()
            }
            Self::F32 => {
                let (fours, _) = data.as_chunks::<4>();
                fours.iter().map(|b| f32::from_le_bytes(*b)).collect()
            }
            Self::F16 => pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect(),
            Self::Bf16 => pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect(),
        }
    }
}

/// Whether the elements lie one after the other; how far apart rows are where there is only one does not matter.
fn is_contiguous(tensor: &pickle::Tensor) -> bool {
    let mut expected = 1usize;
    let sizes = tensor.shape.iter().zip(&tensor.stride).rev();
    tensor.shape.len() == tensor.stride.len()
        && sizes.fold(true, |so_far, (size, stride)| {
            let here = *size == 1 || *stride == expected;
            expected = expected.saturating_mul(*size);
            so_far && here
        })
}

impl StoredTensors for TorchFile<'_> {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensors.get(name).map(|tensor| tensor.shape.clone())
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, String> {
        let tensor = self.tensors.get(name).ok_or("it holds no such tensor")?;
        self.numbers(tensor).map_err(|error| format!("{error:#}"))
    }
}
