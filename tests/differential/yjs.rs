//! The original Yjs in a Node.js process, one line of JSON a call.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use collab::doc::TextEdit;
use serde_json::{Value, json};

/// Documents of Yjs, by number.
pub(crate) struct Yjs {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Yjs {
    pub(crate) fn start(program: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new("node")
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start Node.js")?;
        let input = child.stdin.take().context("no input")?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, input, output })
    }

    /// Begins anew, with one empty document for each client id.
    pub(crate) fn reset(&mut self, clients: &[u64]) -> anyhow::Result<()> {
        self.call(&json!({ "reset": { "clients": clients } })).map(drop)
    }

    pub(crate) fn edit(&mut self, doc: usize, edit: &TextEdit) -> anyhow::Result<()> {
        let TextEdit { at, delete, insert } = edit;
        let edit = json!({ "doc": doc, "at": at, "remove": delete, "insert": insert });
        self.call(&json!({ "edit": edit })).map(drop)
    }

    /// Several edits in one transaction.
    pub(crate) fn edits(&mut self, doc: usize, edits: &[TextEdit]) -> anyhow::Result<()> {
        let edits: Vec<Value> = edits
            .iter()
            .map(|TextEdit { at, delete, insert }| {
                json!({ "at": at, "remove": delete, "insert": insert })
            })
            .collect();
        self.call(&json!({ "edits": { "doc": doc, "edits": edits } })).map(drop)
    }

    /// Takes the last own change back, as its `UndoManager` does.
    pub(crate) fn undo(&mut self, doc: usize) -> anyhow::Result<()> {
        self.call(&json!({ "undo": { "doc": doc } })).map(drop)
    }

    /// Makes the last change that was taken back again.
    pub(crate) fn redo(&mut self, doc: usize) -> anyhow::Result<()> {
        self.call(&json!({ "redo": { "doc": doc } })).map(drop)
    }

    /// What a provider would have sent since the last call: one update for each own change.
    pub(crate) fn sent(&mut self, doc: usize) -> anyhow::Result<Vec<Vec<u8>>> {
        let updates = self.call(&json!({ "sent": { "doc": doc } }))?;
        updates.split_whitespace().map(from_hex).collect()
    }

    pub(crate) fn vector(&mut self, doc: usize) -> anyhow::Result<Vec<u8>> {
        from_hex(&self.call(&json!({ "vector": { "doc": doc } }))?)
    }

    pub(crate) fn diff(&mut self, doc: usize, vector: &[u8]) -> anyhow::Result<Vec<u8>> {
        from_hex(&self.call(&json!({ "diff": { "doc": doc, "vector": to_hex(vector) } }))?)
    }

    pub(crate) fn apply(&mut self, doc: usize, update: &[u8]) -> anyhow::Result<()> {
        self.call(&json!({ "apply": { "doc": doc, "update": to_hex(update) } })).map(drop)
    }

    pub(crate) fn text(&mut self, doc: usize) -> anyhow::Result<String> {
        self.call(&json!({ "text": { "doc": doc } }))
    }

    fn call(&mut self, command: &Value) -> anyhow::Result<String> {
        writeln!(self.input, "{command}")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        serde_json::from_str(&answer).with_context(|| format!("Yjs failed over {command}"))
    }
}

impl Drop for Yjs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(hex: &str) -> anyhow::Result<Vec<u8>> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
    Ok((0..hex.len()).step_by(2).map(digit).collect::<Result<_, _>>()?)
}
