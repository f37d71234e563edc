//! The pickle inside a `torch.save` file: instructions for a stack machine, of which a state dict needs few.
//!
//! Python's own reader calls any function that a pickle names. This one knows the three that build a state dict, and runs
//! none: what others would make, such as the settings that a training keeps beside its weights, is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};

/// No state dict nests tuples deeper than this.
const MAX_DEPTH: usize = 16;
/// Nor dicts: a checkpoint has one for each network, and one around those.
const MAX_DICTS: usize = 8;
/// Bytes of the longest pickle that is read: the largest models' have a tenth of it. What it builds takes up to a
/// hundred times as much.
const MAX_BYTES: usize = 4 << 20;
/// Bytes that all names together may have: a name that many tensors share is written for each.
const MAX_NAMES: usize = 64 << 20;

/// A tensor as the pickle describes it; its numbers are in another file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// torch's name of the storage's type, `FloatStorage` for example.
    pub storage: String,
    /// The name of the storage's file.
    pub key: String,
    /// Where the tensor begins in its storage, in elements.
    pub offset: usize,
    /// Rows, columns and so on.
    pub shape: Vec<usize>,
    /// How many elements further each next row, column and so on is.
    pub stride: Vec<usize>,
}

/// What lies on the machine's stack. Cloning copies no contents, so that a short pickle cannot grow large in memory.
#[derive(Clone)]
enum Value {
    Mark,
    Int(i64),
    Text(Rc<str>),
    Tuple(Rc<[Value]>, usize),
    Global(Rc<str>),
    Storage {
        kind: Rc<str>,
        key: Rc<str>,
    },
    Tensor(Rc<Tensor>),
    /// Its number among the machine's: who fills it, and who remembered it, mean the same one.
    Dict(usize),
    /// What a function or class of this name would make.
    Foreign(Rc<str>),
    /// Anything that a state dict's tensors do not depend on.
    Other,
}

/// Tensors by name.
pub type Named = BTreeMap<Rc<str>, Rc<Tensor>>;

/// The tensors of a state dict, by name; of dicts in dicts by all names on the way, with dots between them.
pub fn tensors(pickle: &[u8]) -> Result<Named> {
    ensure!(
        pickle.len() <= MAX_BYTES,
        "its pickle has {} bytes, more than the {MAX_BYTES} that any state dict needs",
        pickle.len()
    );
    let mut machine = Machine {
        rest: pickle,
        stack: Vec::new(),
        memo: BTreeMap::new(),
        dicts: Vec::new(),
    };
    let mut found = Collected::default();
    match machine.run()? {
        Value::Dict(number) => machine.collect(number, "", 0, &mut found)?,
        Value::Foreign(name) => found.foreign = Some(name),
        _ => {}
    }
    match (found.tensors.is_empty(), found.foreign) {
        (true, Some(name)) => bail!(
            "it holds what `{name}` makes, and no state dict; save one with torch.save(model.state_dict(), ..)"
        ),
        (true, None) => {
            bail!("it does not hold a state dict; save one with torch.save(model.state_dict(), ..)")
        }
        (false, _) => Ok(found.tensors),
    }
}

/// What the dicts of a pickle hold.
#[derive(Default)]
struct Collected {
    tensors: Named,
    /// The bytes of their names.
    names: usize,
    /// Dicts that were looked into.
    seen: BTreeSet<usize>,
    /// What makes something in them that is no tensor.
    foreign: Option<Rc<str>>,
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: BTreeMap<u32, Value>,
    dicts: Vec<BTreeMap<Rc<str>, Value>>,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Value> {
        loop {
            let code = self.take(1)?[0];
            if code == b'.' {
                return self.pop();
            }
            self.instruction(code)?;
        }
    }

    /// Those of protocol 2, which torch.save writes unless it is told otherwise.
    fn instruction(&mut self, code: u8) -> Result<()> {
        match code {
            0x80 => drop(self.take(1)?), // PROTO
            b'(' => self.stack.push(Value::Mark),
            b'N' | 0x88 | 0x89 | b']' => self.stack.push(Value::Other), // None, True, False, []
            b'}' => self.new_dict(),
            b')' => self.stack.push(Value::Tuple(Rc::new([]), 1)),
            b'K' => self.integer(1, false)?,
            b'M' => self.integer(2, false)?,
            b'J' => self.integer(4, true)?,
            0x8a => {
                let length = self.number(1)?;
                match length <= 8 {
                    true => self.integer(length, true)?,
                    false => self.pass_over(length)?,
                }
            }
            b'G' => self.pass_over(8)?, // A float.
            b'X' => self.text(4)?,
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.stack.push(Value::Global(name.into()));
            }
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            b't' => self.tuple_from_mark()?,
            0x85..=0x87 => self.tuple(usize::from(code - 0x84))?,
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            b's' => self.set_last()?,
            b'u' => self.set_from_mark()?,
            b'0' | b'a' | b'b' => drop(self.pop()?), // A list's item, or what Python would add to an object.
            b'1' | b'e' | 0x90 => drop(self.since_mark()?), // Items of a list or a set.
            other => self.later_instruction(other)?,
        }
        Ok(())
    }

    /// Those of protocols 3 to 5, and for objects.
    fn later_instruction(&mut self, code: u8) -> Result<()> {
        match code {
            0x95 => drop(self.take(8)?), // FRAME
            0x8c => self.text(1)?,
            0x8d => self.text(8)?,
            b'C' => self.bytes(1)?,
            b'B' => self.bytes(4)?,
            0x8e | 0x96 => self.bytes(8)?,
            0x8b => self.bytes(4)?, // A number of any length.
            0x94 => {
                let place = u32::try_from(self.memo.len())?;
                self.remember_as(place)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else {
                    bail!("its pickle names a function in an unknown form");
                };
                let name = format!("{module}.{name}");
                self.stack.push(Value::Global(name.into()));
            }
            0x8f => self.stack.push(Value::Other), // A set.
            0x91 => {
                self.since_mark()?;
                self.stack.push(Value::Other);
            }
            0x81 => self.object(1)?,
            0x92 => self.object(2)?,
            other => {
                bail!("its pickle has the instruction {other:#04x}, which no state dict needs")
            }
        }
        Ok(())
    }

    fn new_dict(&mut self) {
        self.stack.push(Value::Dict(self.dicts.len()));
        self.dicts.push(BTreeMap::new());
    }

    /// A value of `bytes` bytes that nothing depends on.
    fn pass_over(&mut self, bytes: usize) -> Result<()> {
        self.take(bytes)?;
        self.stack.push(Value::Other);
        Ok(())
    }

    /// Bytes, after their length in a number of so many bytes.
    fn bytes(&mut self, length: usize) -> Result<()> {
        let length = self.number(length)?;
        self.pass_over(length)
    }

    /// Text, after its length in a number of so many bytes.
    fn text(&mut self, length: usize) -> Result<()> {
        let length = self.number(length)?;
        let text = std::str::from_utf8(self.take(length)?)?.into();
        self.stack.push(Value::Text(text));
        Ok(())
    }

    /// An object of a class, which lies below so many arguments: never made.
    fn object(&mut self, arguments: usize) -> Result<()> {
        for _ in 0..arguments {
            self.pop()?;
        }
        let Value::Global(class) = self.pop()? else {
            bail!("its pickle makes an object of something that is not a class");
        };
        self.stack.push(Value::Foreign(class));
        Ok(())
    }

    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let parts = self.rest.split_at_checked(count);
        let (taken, rest) = parts.context("its pickle ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned number of `bytes` (at most 8) bytes.
    fn number(&mut self, bytes: usize) -> Result<usize> {
        let mut wide = [0; 8];
        wide[..bytes].copy_from_slice(self.take(bytes)?);
        Ok(usize::try_from(u64::from_le_bytes(wide))?)
    }

    /// An integer of `bytes` (at most 8) bytes.
    fn integer(&mut self, bytes: usize, signed: bool) -> Result<()> {
        let taken = self.take(bytes)?;
        let negative = signed && taken.last().is_some_and(|byte| *byte >= 0x80);
        let mut wide = if negative { [0xff; 8] } else { [0; 8] };
        wide[..bytes].copy_from_slice(taken);
        self.stack.push(Value::Int(i64::from_le_bytes(wide)));
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let line = self.take(end.context("its pickle ends too early")?)?;
        let line = std::str::from_utf8(line)?.to_owned();
        self.take(1)?;
        Ok(line)
    }

    fn pop(&mut self) -> Result<Value> {
        self.stack.pop().context("its pickle pops an empty stack")
    }

    fn since_mark(&mut self) -> Result<Vec<Value>> {
        let mark = self
            .stack
            .iter()
            .rposition(|value| matches!(value, Value::Mark));
        let mark = mark.context("its pickle pops an empty stack")?;
        let values = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(values)
    }

    fn remember(&mut self, bytes: usize) -> Result<()> {
        let place = u32::try_from(self.number(bytes)?)?;
        self.remember_as(place)
    }

    fn remember_as(&mut self, place: u32) -> Result<()> {
        let value = self.stack.last().cloned();
        let value = value.context("its pickle memoizes the top of an empty stack")?;
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall(&mut self, bytes: usize) -> Result<()> {
        let place = u32::try_from(self.number(bytes)?)?;
        let value = self.memo.get(&place).cloned();
        self.stack
            .push(value.context("its pickle reads a memo that it never set")?);
        Ok(())
    }

    fn tuple_from_mark(&mut self) -> Result<()> {
        let values = self.since_mark()?;
        self.push_tuple(values)
    }

    fn tuple(&mut self, count: usize) -> Result<()> {
        let first = self.stack.len().checked_sub(count);
        let values = self
            .stack
            .split_off(first.context("its pickle pops an empty stack")?);
        self.push_tuple(values)
    }

    fn push_tuple(&mut self, values: Vec<Value>) -> Result<()> {
        let depth = |value: &Value| match value {
            Value::Tuple(_, depth) => *depth,
            _ => 0,
        };
        let depth = 1 + values.iter().map(depth).max().unwrap_or(0);
        ensure!(depth <= MAX_DEPTH, "its pickle is nested too deeply");
        self.stack.push(Value::Tuple(values.into(), depth));
        Ok(())
    }

    /// ("storage", torch.FloatStorage, file, place, elements): where a tensor's numbers are.
    fn storage(&mut self) -> Result<()> {
        let Value::Tuple(parts, _) = self.pop()? else {
            bail!("its pickle names a storage in an unknown form");
        };
        let [Value::Text(what), Value::Global(kind), Value::Text(key), ..] = &*parts else {
            bail!("its pickle names a storage in an unknown form");
        };
        ensure!(&**what == "storage", "its pickle refers to a {what}");
        self.stack.push(Value::Storage {
            kind: kind.clone(),
            key: key.clone(),
        });
        Ok(())
    }

    /// A call. Of these three it is known what they would make.
    fn call(&mut self) -> Result<()> {
        let arguments = self.pop()?;
        let (Value::Global(function), Value::Tuple(arguments, _)) = (self.pop()?, arguments) else {
            bail!("its pickle calls something that is not a function");
        };
        let made = match (&*function, &*arguments) {
            ("collections.OrderedDict", []) | ("collections.defaultdict", _) => {
                self.new_dict();
                return Ok(());
            }
            ("torch._utils._rebuild_tensor_v2", parts) => tensor(parts)?,
            ("torch._utils._rebuild_parameter", [tensor, ..]) => tensor.clone(),
            _ => Value::Foreign(function),
        };
        self.stack.push(made);
        Ok(())
    }

    fn set_last(&mut self) -> Result<()> {
        let pair = self.stack.len().checked_sub(2);
        let pair = self
            .stack
            .split_off(pair.context("its pickle pops an empty stack")?);
        self.set(pair)
    }

    fn set_from_mark(&mut self) -> Result<()> {
        let pairs = self.since_mark()?;
        self.set(pairs)
    }

    /// Keeps what matters of `pairs` of key and value.
    fn set(&mut self, pairs: Vec<Value>) -> Result<()> {
        let dict = match self.stack.last() {
            Some(Value::Dict(number)) => self.dicts.get_mut(*number),
            Some(Value::Foreign(_)) => None,
            _ => bail!("its pickle fills something that is not a dict"),
        };
        let Some(dict) = dict else { return Ok(()) };
        let mut pairs = pairs.into_iter();
        while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
            let key: Rc<str> = match key {
                Value::Text(key) => key,
                // As optimizers number what they move.
                Value::Int(key) => key.to_string().into(),
                _ => continue,
            };
            if let Value::Tensor(_) | Value::Dict(_) | Value::Foreign(_) = value {
                dict.insert(key, value);
            }
        }
        Ok(())
    }

    /// Takes the tensors of a dict, and of those in it, into `found`. A dict that is in several counts once: a short
    /// pickle must not become many tensors.
    fn collect(
        &self,
        number: usize,
        before: &str,
        depth: usize,
        found: &mut Collected,
    ) -> Result<()> {
        ensure!(depth < MAX_DICTS, "its dicts are nested too deeply");
        if !found.seen.insert(number) {
            return Ok(());
        }
        for (key, value) in self.dicts.get(number).into_iter().flatten() {
            let name = || format!("{before}{key}");
            match value {
                Value::Tensor(tensor) => {
                    let name = name();
                    found.names += name.len();
                    ensure!(
                        found.names <= MAX_NAMES,
                        "its tensors' names are too long to be true"
                    );
                    found.tensors.insert(name.into(), tensor.clone());
                }
                Value::Dict(inner) => {
                    self.collect(*inner, &(name() + "."), depth + 1, found)?;
                }
                Value::Foreign(name) => found.foreign = Some(name.clone()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// `_rebuild_tensor_v2(storage, offset, shape, stride, ..)`.
fn tensor(parts: &[Value]) -> Result<Value> {
    let [
        Value::Storage { kind, key },
        Value::Int(offset),
        Value::Tuple(shape, _),
        Value::Tuple(stride, _),
        ..,
    ] = parts
    else {
        bail!("its pickle describes a tensor in an unknown form");
    };
    let sizes = |values: &[Value]| -> Result<Vec<usize>> { values.iter().map(size).collect() };
    Ok(Value::Tensor(Rc::new(Tensor {
        storage: kind.trim_start_matches("torch.").to_owned(),
        key: key.to_string(),
        offset: size(&Value::Int(*offset))?,
        shape: sizes(shape)?,
        stride: sizes(stride)?,
    })))
}

fn size(value: &Value) -> Result<usize> {
    let Value::Int(size) = value else {
        bail!("its pickle describes a tensor in an unknown form");
    };
    usize::try_from(*size).context("its pickle gives a tensor a negative size")
}
