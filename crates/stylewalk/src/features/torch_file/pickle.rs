//! The pickle inside a `torch.save` file: instructions for a stack machine, of which a state dict needs few.
//!
//! Python's own reader calls any function that a pickle names. This one knows the three that build a state dict, and
//! refuses everything else without running it.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};

/// No state dict nests tuples deeper than this.
const MAX_DEPTH: usize = 16;

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
    /// Filled in place, so never remembered for use a second time.
    Dict(BTreeMap<Rc<str>, Rc<Tensor>>),
    /// Anything that a state dict's tensors do not depend on.
    Other,
}

/// The tensors of a state dict, by name.
pub fn tensors(pickle: &[u8]) -> Result<BTreeMap<Rc<str>, Rc<Tensor>>> {
    let mut machine = Machine {
        rest: pickle,
        stack: Vec::new(),
        memo: BTreeMap::new(),
    };
    match machine.run()? {
        Value::Dict(tensors) => Ok(tensors),
        _ => {
            bail!("it does not hold a state dict; save one with torch.save(model.state_dict(), ..)")
        }
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: BTreeMap<u32, Value>,
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

    fn instruction(&mut self, code: u8) -> Result<()> {
        match code {
            0x80 => drop(self.take(1)?), // PROTO
            b'(' => self.stack.push(Value::Mark),
            b'N' | 0x88 | 0x89 | b']' => self.stack.push(Value::Other), // None, True, False, []
            b'}' => self.stack.push(Value::Dict(BTreeMap::new())),
            b')' => self.stack.push(Value::Tuple(Rc::new([]), 1)),
            b'K' => self.integer(1, false)?,
            b'M' => self.integer(2, false)?,
            b'J' => self.integer(4, true)?,
            0x8a => {
                let length = self.take(1)?[0];
                self.integer(length.into(), true)?;
            }
            b'G' => {
                self.take(8)?;
                self.stack.push(Value::Other);
            }
            b'X' => {
                let length = self.number(4)?;
                let text = std::str::from_utf8(self.take(length)?)?.into();
                self.stack.push(Value::Text(text));
            }
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
            b'a' => drop(self.pop()?), // A list's item.
            b'e' => drop(self.since_mark()?),
            b'b' => drop(self.pop()?), // What Python would add to an object; a state dict's is its versions.
            other => {
                bail!("its pickle has the instruction {other:#04x}, which no state dict needs")
            }
        }
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

    fn integer(&mut self, bytes: usize, signed: bool) -> Result<()> {
        ensure!(bytes <= 8, "its pickle holds a number of {bytes} bytes");
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
        let value = match self.stack.last() {
            Some(Value::Dict(_)) => Value::Other,
            Some(value) => value.clone(),
            None => bail!("its pickle memoizes the top of an empty stack"),
        };
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

    /// The only calls that there are.
    fn call(&mut self) -> Result<()> {
        let arguments = self.pop()?;
        let (Value::Global(function), Value::Tuple(arguments, _)) = (self.pop()?, arguments) else {
            bail!("its pickle calls something that is not a function");
        };
        let made = match (&*function, &*arguments) {
            ("collections.OrderedDict", []) => Value::Dict(BTreeMap::new()),
            ("torch._utils._rebuild_tensor_v2", parts) => tensor(parts)?,
            ("torch._utils._rebuild_parameter", [tensor, ..]) => tensor.clone(),
            _ => bail!("its pickle calls `{function}`, which no state dict needs"),
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

    /// Keeps the tensors among `pairs` of key and value.
    fn set(&mut self, pairs: Vec<Value>) -> Result<()> {
        let Some(Value::Dict(dict)) = self.stack.last_mut() else {
            bail!("its pickle fills something that is not a dict");
        };
        for pair in pairs.chunks_exact(2) {
            if let [Value::Text(name), Value::Tensor(tensor)] = pair {
                dict.insert(name.clone(), tensor.clone());
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
