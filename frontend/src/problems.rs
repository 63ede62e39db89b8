//! What is wrong with the deck: gathered, in the person's language, and as a list in the status bar.

use leptos::prelude::*;

use crate::editor::EditorLink;
use crate::erased::{attr, flag, listener, memo, text, views};
use crate::i18n::{self, fill, plural, t};
use crate::icons::Icon;
use crate::js;
use crate::render_protocol::{Answer, FixInfo, ProblemInfo, Severity};
use crate::session::Session;

/// The list, as a popover.
const LIST: &str = "problems";

/// A problem as people see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShownProblem {
    pub(crate) code: String,
    pub(crate) message: String,
    /// Its lines, from 0; `to` is the one behind it.
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) severity: Severity,
    pub(crate) fix: Option<FixInfo>,
    /// What mends it in another way.
    pub(crate) other_fix: Option<FixInfo>,
    /// What the message names.
    pub(crate) args: Vec<String>,
    /// Number of the slide that it is on.
    pub(crate) slide: u32,
}

impl ShownProblem {
    fn of(deck: &Answer, problem: &ProblemInfo) -> Self {
        let titled = |fix: &Option<FixInfo>| {
            let fix = fix.clone()?;
            Some(FixInfo { title: i18n::fix_title(fix.title), ..fix })
        };
        Self {
            code: problem.code.clone(),
            message: i18n::problem(&problem.code, &problem.args, &problem.message),
            from: problem.from,
            to: problem.to,
            severity: problem.severity,
            fix: titled(&problem.fix),
            other_fix: titled(&problem.other_fix),
            args: problem.args.clone(),
            slide: deck.slide_at_line(problem.from),
        }
    }

    fn overflow(deck: &Answer, id: u32) -> Option<Self> {
        let slide = deck.number_of(id)?;
        let from = deck.slides.get(slide as usize)?.text_line;
        Some(Self {
            code: "slide-overflow".to_owned(),
            message: t().slide_overflow.to_owned(),
            from,
            to: from + 1,
            severity: Severity::Warning,
            fix: None,
            other_fix: None,
            args: Vec::new(),
            slide,
        })
    }

    /// How much it matters, as the editor calls it.
    pub(crate) fn severity_name(&self) -> &'static str {
        severity_name(self.severity)
    }
}

/// How much something matters, as styles and the editor call it.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// All problems in the order of their lines. `overflow` are the ids of the slides that do not fit.
pub(crate) fn shown_problems(
    session: Session,
    overflow: RwSignal<Vec<u32>>,
) -> Memo<Vec<ShownProblem>> {
    memo(move |_| {
        let Some(deck) = session.deck.get() else { return Vec::new() };
        let is_template = session.is_template.get();
        let mut problems: Vec<ShownProblem> = deck
            .problems
            .iter()
            .filter(|problem| !(is_template && is_blank(problem)))
            .map(|problem| ShownProblem::of(&deck, problem))
            .collect();
        overflow.with(|ids| {
            for problem in ids.iter().filter_map(|id| ShownProblem::overflow(&deck, *id)) {
                let place = problems.partition_point(|other| other.from <= problem.from);
                problems.insert(place, problem);
            }
        });
        problems
    })
}

/// Whether it says that something is still to be filled in; in a template everything is.
fn is_blank(problem: &ProblemInfo) -> bool {
    matches!(&*problem.code, "template-residue" | "slide-empty")
}

/// How many problems there are; a press opens the list.
#[component]
pub(crate) fn ProblemsButton(
    editor: EditorLink,
    problems: Memo<Vec<ShownProblem>>,
) -> impl IntoView {
    let count = move || plural(t().problems, problems.with(Vec::len));
    let worst = move || problems.with(|list| list.iter().map(|p| p.severity).max());
    view! {
        <button
            class="status-item"
            {..attr("popovertarget", LIST)}
            {..attr("disabled", flag(move || worst().is_none()))}
            data-test="problems"
        >
            {views(move || worst().map(|severity| view! { <SeverityIcon severity /> }).into_any())}
            {text(count)}
        </button>
        <div {..attr("id", LIST)} {..attr("popover", "auto")} class="popover popover-problems">
            <h2 class="popover-title">{text(count)}</h2>
            <ul>
                {views(move || {
                    problems
                        .get()
                        .into_iter()
                        .map(|problem| view! { <Row editor problem /> })
                        .map(IntoAny::into_any).collect_view().into_any()
                })}
            </ul>
        </div>
    }
}

#[component]
fn Row(editor: EditorLink, problem: ShownProblem) -> impl IntoView {
    let line = problem.from;
    let go = move |_| {
        editor.go_to_line(line);
        if let Some(list) = js::by_id(LIST) {
            _ = list.hide_popover();
        }
    };
    let has_two = problem.other_fix.is_some();
    let fixes = problem.fix.into_iter().chain(problem.other_fix).map(|fix| {
        let FixInfo { title, edits } = fix;
        // Of two, each says what it does.
        let label = if has_two { title.clone() } else { t().fix.to_owned() };
        view! {
            <button
                class="button"
                title=title
                data-test="fix-problem"
                on:click=listener(move |_| editor.mend(line, &edits))
            >
                {label}
            </button>
        }
        .into_any()
    });
    view! {
        <li class="problem">
            <button class="problem-text" data-test="problem" on:click=listener(go)>
                <SeverityIcon severity=problem.severity />
                <span class="muted tabular">{fill(t().line_short, &[&(line + 1).to_string()])}</span>
                <span>{problem.message}</span>
            </button>
            {fixes.collect_view()}
        </li>
    }
}

#[component]
fn SeverityIcon(severity: Severity) -> impl IntoView {
    let name = severity_name(severity);
    view! {
        <span class="severity" data-severity=name>
            <Icon name=name />
            <span class="visually-hidden">{severity_word(severity)}</span>
        </span>
    }
}

/// How much something matters, for people.
pub(crate) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => t().error,
        Severity::Warning => t().warning,
        Severity::Info => t().info,
    }
}
