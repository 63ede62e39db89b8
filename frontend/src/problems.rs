//! What is wrong with the deck: gathered, in the person's language, and as a list in the status bar.

use leptos::prelude::*;

use crate::editor::EditorLink;
use crate::erased::{listener, memo};
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
    /// Number of the slide that it is on.
    pub(crate) slide: u32,
}

impl ShownProblem {
    fn of(deck: &Answer, problem: &ProblemInfo) -> Self {
        let fix =
            problem.fix.clone().map(|fix| FixInfo { title: i18n::fix_title(fix.title), ..fix });
        Self {
            code: problem.code.clone(),
            message: i18n::problem(&problem.code, &problem.args, &problem.message),
            from: problem.from,
            to: problem.to,
            severity: problem.severity,
            fix,
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
        let mut problems: Vec<ShownProblem> =
            deck.problems.iter().map(|problem| ShownProblem::of(&deck, problem)).collect();
        overflow.with(|ids| {
            for problem in ids.iter().filter_map(|id| ShownProblem::overflow(&deck, *id)) {
                let place = problems.partition_point(|other| other.from <= problem.from);
                problems.insert(place, problem);
            }
        });
        problems
    })
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
            popovertarget=LIST
            disabled=move || worst().is_none()
            data-test="problems"
        >
            {move || worst().map(|severity| view! { <SeverityIcon severity /> })}
            {count}
        </button>
        <div id=LIST popover="auto" class="popover popover-problems">
            <h2 class="popover-title">{count}</h2>
            <ul>
                {move || {
                    problems
                        .get()
                        .into_iter()
                        .map(|problem| view! { <Row editor problem /> })
                        .map(IntoAny::into_any).collect_view()
                }}
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
    let fix = problem.fix.map(|fix| {
        let FixInfo { title, edits } = fix;
        view! {
            <button
                class="button"
                title=title
                data-test="fix-problem"
                on:click=listener(move |_| editor.apply_fix(&edits))
            >
                {t().fix}
            </button>
        }
    });
    view! {
        <li class="problem">
            <button class="problem-text" data-test="problem" on:click=listener(go)>
                <SeverityIcon severity=problem.severity />
                <span class="muted tabular">{fill(t().line_short, &[&(line + 1).to_string()])}</span>
                <span>{problem.message}</span>
            </button>
            {fix}
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
