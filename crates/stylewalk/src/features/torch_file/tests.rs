//! PyTorch's files against the same tensors as safetensors, and damaged ones.

use std::path::PathBuf;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn golden(start: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/features");
    let names = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| path.to_string_lossy().ends_with(start);
    std::fs::read(names.into_iter().find(is_it).unwrap()).unwrap()
}

/// The same tensors as PyTorch wrote them in both formats.
#[test]
fn tensors_are_those_of_the_same_state_dict_as_safetensors() {
    let (torch, plain) = (golden(".pth"), golden("alexnet.safetensors"));
    let torch = TorchFile::open(&torch).unwrap();
    let plain = safetensors::SafeTensors::deserialize(&plain).unwrap();
    assert_eq!(torch.tensors.len(), plain.names().len());
    for name in plain.names() {
        assert_eq!(torch.shape(name), plain.shape(name), "{name}");
        assert_eq!(torch.values(name), plain.values(name), "{name}");
    }
    assert_eq!(torch.shape("features.1.weight"), None);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = golden(".pth");
    for length in (0..whole.len()).step_by(whole.len() / 97) {
        assert!(TorchFile::open(&whole[..length]).is_err(), "{length} bytes");
    }
}

/// A changed byte is found by the archive's own checks, or lies where nothing is read; it never gives other numbers.
#[test]
fn a_changed_byte_never_gives_other_numbers() {
    let whole = golden(".pth");
    let name = "features.3.weight";
    let values = TorchFile::open(&whole).unwrap().values(name);
    for place in (0..whole.len()).step_by(41) {
        let mut changed = whole.clone();
        changed[place] ^= 0x55;
        if let Ok(file) = TorchFile::open(&changed)
            && let Ok(found) = file.values(name)
        {
            assert_eq!(Ok(found), values, "byte {place}");
        }
    }
}

#[test]
fn what_no_state_dict_needs_is_refused_and_named() {
    let refusal = |pickle: &[u8]| pickle::tensors(pickle).unwrap_err().to_string();
    let told = refusal(b"\x80\x02cos\nsystem\n(X\x02\0\0\0lstR.");
    assert!(told.contains("os.system"), "{told}");
    let told = refusal(b"\x80\x02cos\nsystem\n)\x81.");
    assert!(told.contains("os.system"), "{told}");
    let told = refusal(b"\x80\x02\x82\x01.");
    assert!(told.contains("0x82"), "{told}");
    for broken in [
        &b""[..],
        b"\x80\x02",
        b".",
        b"X\xff\xff\xff\xff.",
        b"}(K\x01u",
        b"h\x07.",
        b"q\x00.",
        b"t.",
        b"\x87.",
        b"]Q.",
        b"\x8a\xff.",
        b"R.",
        b"K\x01K\x02s.",
        b"cos",
        b"K\x01.",
    ] {
        assert!(!refusal(broken).is_empty());
    }
    // One tuple in another, very often.
    let mut deep = b")".to_vec();
    deep.extend([0x85].repeat(100_000));
    assert!(refusal(&deep).contains("deep"));
}

#[test]
fn formats_that_are_not_read_are_named() {
    let told = |bytes: &[u8]| TorchFile::open(bytes).err().unwrap().to_string();
    let legacy = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
    assert!(is_torch_file(legacy));
    assert!(told(legacy).contains("1.6"), "{}", told(legacy));
    let empty_zip = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    assert!(
        told(&empty_zip).contains("data.pkl"),
        "{}",
        told(&empty_zip)
    );
}

#[test]
fn only_rows_one_after_the_other_are_read() {
    let tensor = |shape: &[usize], stride: &[usize]| pickle::Tensor {
        storage: "FloatStorage".into(),
        key: "0".into(),
        offset: 0,
        shape: shape.to_vec(),
        stride: stride.to_vec(),
    };
    assert!(is_contiguous(&tensor(&[2, 3], &[3, 1])));
    assert!(is_contiguous(&tensor(&[1, 3, 1], &[9, 1, 7])));
    assert!(is_contiguous(&tensor(&[], &[])));
    assert!(!is_contiguous(&tensor(&[2, 3], &[1, 2])));
    assert!(!is_contiguous(&tensor(&[2, 3], &[0, 0])));
    assert!(!is_contiguous(&tensor(&[2, 3], &[1])));
}

/// The archive's checksums hide the pickle from changed bytes, so that it is changed by itself: whatever comes of it, it is a
/// sentence or tensors, and soon.
#[test]
fn a_changed_pickle_is_a_sentence_or_tensors() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/torch_files");
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut read, mut refused) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let archive = ZipArchive::from_slice(bytes.as_slice()).unwrap();
        let mut file = TorchFile {
            archive,
            root: String::new(),
            tensors: pickle::Named::new(),
        };
        file.root = file.root().unwrap();
        let whole = file.contents("data.pkl").unwrap().to_vec();
        for _ in 0..2000 {
            let mut changed = whole.clone();
            for _ in 0..rng.random_range(1..5) {
                let place = rng.random_range(0..changed.len());
                match rng.random_range(0..4) {
                    0 => changed.truncate(place + 1),
                    1 => drop(changed.remove(place)),
                    2 => changed.insert(place, rng.random()),
                    _ => changed[place] = rng.random(),
                }
                if changed.is_empty() {
                    break;
                }
            }
            match pickle::tensors(&changed) {
                Ok(_) => read += 1,
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
    assert!(
        read > 100 && refused > 1000,
        "{read} read, {refused} refused"
    );
}

/// Lists in lists, dicts in dicts and one name for many tensors stay within their bounds.
#[test]
fn a_short_pickle_does_not_grow_large() {
    let told = |pickle: &[u8]| pickle::tensors(pickle).unwrap_err().to_string();
    let long = vec![b'}'; (4 << 20) + 1];
    assert!(told(&long).contains("more than the"), "{}", told(&long));
    // {"a": {"a": {"a": ..}}}
    let mut deep = b"}X\x01\0\0\0a".repeat(50);
    deep.extend(b"}");
    deep.extend(b"s".repeat(50));
    deep.push(b'.');
    assert!(told(&deep).contains("nested too deeply"), "{}", told(&deep));
    // A dict that holds itself.
    let round = told(b"}q\0X\x01\0\0\0ah\0s.");
    assert!(round.contains("does not hold a state dict"), "{round}");
}
