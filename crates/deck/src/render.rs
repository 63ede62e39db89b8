//! What a rendered slide is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A slide as HTML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlideHtml {
    /// Whether it opens a new column.
    pub column: bool,
    /// The attributes of its section.
    pub attributes: Vec<(String, String)>,
    /// What the audience sees. Blocks carry `data-line`, counted from the slide's first line.
    pub html: Arc<str>,
    /// The speaker notes; empty if there are none.
    pub notes: Arc<str>,
}
