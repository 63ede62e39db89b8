//! Asks the reference what it makes of decks.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::facts::Facts;

/// What the reference makes of one deck.
pub(crate) struct Reference {
    /// The title of the front matter.
    pub(crate) title: Option<String>,
    pub(crate) slides: Vec<Slide>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    front_matter: FrontMatter,
    slides: Vec<Slide>,
}

#[derive(Deserialize)]
struct FrontMatter {
    meta: Value,
}

/// What the reference makes of one slide.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slide {
    pub(crate) h: u32,
    pub(crate) v: u32,
    html: String,
    notes_html: Option<String>,
    attributes: serde_json::Map<String, Value>,
}

impl Slide {
    pub(crate) fn facts(&self) -> Facts {
        let attributes: Vec<(String, String)> = self
            .attributes
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        Facts::read(&self.html, self.notes_html.as_deref().unwrap_or_default(), &attributes)
    }
}

impl Reference {
    /// Asks about many decks at once, since starting the reference takes longer than its answers.
    pub(crate) fn read_all(oracle: &Path, texts: &[String]) -> Result<Vec<Self>> {
        let folder = oracle.join("decks");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .context("clearing the decks of the last comparison")?;
        }
        std::fs::create_dir_all(&folder)?;
        let mut command = Command::new("node");
        command.arg(oracle.join("oracle.mjs")).args(["--engine", "intent"]);
        for (index, text) in texts.iter().enumerate() {
            let path = folder.join(format!("{index}.md"));
            std::fs::write(&path, prepared(text))?;
            command.arg(path);
        }
        let output = command.output().context("starting `node`")?;
        if !output.status.success() {
            bail!("the reference failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        let answers: Vec<Answer> = if texts.len() == 1 {
            vec![serde_json::from_slice(&output.stdout)?]
        } else {
            serde_json::from_slice(&output.stdout)?
        };
        Ok(answers.into_iter().map(Self::from).collect())
    }
}

impl From<Answer> for Reference {
    fn from(answer: Answer) -> Self {
        let title = answer.front_matter.meta.get("title").and_then(Value::as_str);
        Self { title: title.map(str::to_owned), slides: answer.slides }
    }
}

/// The text as the reference is asked about it. It does not forgive what we do: front matter with
/// mistakes or behind blank lines, and separators within comments.
fn prepared(text: &str) -> String {
    let deck = deck::parse(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let first = deck.slides.first().map_or(0, |slide| slide.lines.start as usize);
    let separators: Vec<usize> =
        deck.slides.iter().skip(1).map(|slide| slide.lines.start as usize - 1).collect();
    let is_bad = deck.problems.iter().any(|problem| (problem.lines.start as usize) < first);
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index < first && (is_bad || !lines[0].starts_with("---")) {
            continue;
        }
        let is_commented = index >= first
            && matches!(line.trim_end(), "---" | "----")
            && !separators.contains(&index)
            && in_comment(&lines[first..index]);
        out.push_str(if is_commented { "(a separator in a comment)" } else { line });
        if index + 1 < lines.len() {
            out.push('\n');
        }
    }
    out
}

/// Whether a comment that began on one of the lines is still open behind them.
fn in_comment(lines: &[&str]) -> bool {
    let text = lines.join("\n");
    text.rfind("<!--").is_some_and(|open| !text[open..].contains("-->"))
}
