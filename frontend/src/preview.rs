//! The preview pane: the slide under the own caret, unless the person looks elsewhere.

use leptos::prelude::*;

use crate::call::CallPlace;
use crate::editor::EditorLink;
use crate::erased::{attr, effect, listener, on_window, text, when};
use crate::frame::{At, Frame, FrameEvent, SlidesFrame};
use crate::i18n::{fill, t};
use crate::icons::{Icon, IconButton};
use crate::render_protocol::Answer;
use crate::session::{Session, now};

/// A click in the preview is for the editor: it gets the focus back for this long, in
/// milliseconds.
const CLICK_FOCUS: u64 = 500;

/// Which slide the preview shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The one under the caret.
    Caret,
    /// One that the person went to in the preview.
    Free,
    /// One that the person pinned.
    Pinned,
}

/// What the preview tells the page around it.
pub(crate) struct PreviewEvents {
    /// The person asked for the command palette.
    pub(crate) palette: Callback<()>,
    /// The person asked for the presenter's page.
    pub(crate) present: Callback<()>,
    /// Ids of the slides that do not fit.
    pub(crate) overflow: RwSignal<Vec<u32>>,
}

/// The preview, for the page around it.
#[derive(Clone, Copy)]
pub(crate) struct Preview {
    frame: Frame,
    mode: RwSignal<Mode>,
}

impl Preview {
    /// A preview that follows the caret.
    pub(crate) fn new(session: Session, editor: EditorLink, events: PreviewEvents) -> Self {
        let mode = RwSignal::new(Mode::Caret);
        let clicked_at = StoredValue::new(0);
        // The frame is a process of its own: the focus that it takes with a click may arrive
        // after the editor has taken it back.
        on_window("blur", move |_| {
            if now() < clicked_at.get_value() + CLICK_FOCUS {
                request_animation_frame(move || editor.focus());
            }
        });
        let place = move |own: At, deck: &Answer| match (mode.get_untracked(), deck.caret) {
            (Mode::Caret, Some(slide)) => At::whole(slide),
            _ => own,
        };
        let heard = move |event| match event {
            FrameEvent::Moved(_) => {
                mode.update(|mode| {
                    if *mode == Mode::Caret {
                        *mode = Mode::Free;
                    }
                });
            }
            FrameEvent::Clicked { slide, line } => {
                let deck = session.deck.get_untracked();
                let Some(slide) = deck.as_ref().and_then(|deck| deck.slides.get(slide as usize))
                else {
                    return;
                };
                mode.update(|mode| {
                    if *mode == Mode::Free {
                        *mode = Mode::Caret;
                    }
                });
                clicked_at.set_value(now());
                editor.go_to_line(line.map_or(slide.text_line, |line| slide.line + line));
            }
            FrameEvent::Key(key) if key == "e" => editor.focus(),
            FrameEvent::Key(key) if key == "s" => events.present.run(()),
            FrameEvent::Palette => events.palette.run(()),
            FrameEvent::Overflow(numbers) => {
                let Some(deck) = session.deck.get_untracked() else { return };
                let ids = numbers.into_iter().filter_map(|number| deck.slide(number));
                events.overflow.set(ids.map(|slide| slide.id).collect());
            }
            FrameEvent::Key(_) | FrameEvent::Overview(_) => {}
        };
        let frame = Frame::new(session, "preview", place, heard);
        // Whoever goes to a place in the text wants to see its slide, also after looking around.
        effect(move || {
            let Some(line) = editor.jumped.get() else { return };
            if mode.get_untracked() == Mode::Pinned {
                return;
            }
            mode.set(Mode::Caret);
            let deck = session.deck.get_untracked();
            let slide = deck.and_then(|deck| deck.slides.iter().rposition(|s| s.line <= line));
            frame.go(At::whole(slide.unwrap_or_default() as u32));
        });
        Self { frame, mode }
    }

    /// Keeps the slide that is shown, or follows the caret again.
    pub(crate) fn toggle_pin(self) {
        let pinned = self.mode.get_untracked() == Mode::Pinned;
        self.mode.set(if pinned { Mode::Caret } else { Mode::Pinned });
        self.frame.place_again();
    }

    /// Number of the slide that is shown.
    pub(crate) fn slide(self) -> u32 {
        self.frame.at.get().slide
    }

    /// Shows a slide away from the caret.
    pub(crate) fn visit(self, slide: u32) {
        if self.mode.get_untracked() == Mode::Caret {
            self.mode.set(Mode::Free);
        }
        self.frame.go(At::whole(slide));
    }

    fn step(self, by: i32, deck: &Answer) {
        let last = (deck.slides.len() as u32).saturating_sub(1);
        let slide = self.frame.at.get_untracked().slide.saturating_add_signed(by).min(last);
        self.visit(slide);
    }
}

/// The preview pane.
#[component]
pub(crate) fn PreviewPane(session: Session, preview: Preview) -> impl IntoView {
    let Preview { frame, mode } = preview;
    let step = move |by: i32| {
        if let Some(deck) = session.deck.get_untracked() {
            preview.step(by, &deck);
        }
    };
    let pinned = move || mode.get() == Mode::Pinned;
    let back = move |_| {
        mode.set(Mode::Caret);
        frame.place_again();
    };
    let number = move || (preview.slide() + 1).to_string();
    let titles = move || {
        session.deck.with(|deck| {
            let deck = deck.as_ref()?;
            let title = deck.title_of(preview.slide());
            let place = deck.place_in_section(preview.slide());
            // The section's first slide mostly bears its name: once is enough.
            let place = place.strip_prefix(title).unwrap_or(&place).to_owned();
            Some((title.to_owned(), place))
        })
    };
    let described = move || {
        let count = session.deck.with(|deck| deck.as_ref().map_or(0, |deck| deck.slides.len()));
        fill(t().slide_of, &[&number(), &count.to_string()])
    };
    view! {
        <section class="preview" aria-label=t().preview data-test="preview">
            <div class="pane-bar" role="group" aria-label=t().preview>
                <IconButton
                    icon="back"
                    label=t().previous_slide
                    test="preview-previous"
                    act=Callback::new(move |_| step(-1))
                />
                <span class="slide-position tabular" data-test="slide-position" {..attr("title", text(described))}>
                    <b>{text(number)}</b>
                    <span class="ellipsis">{text(move || titles().map(|(title, _)| title).unwrap_or_default())}</span>
                    <span class="ellipsis muted">{text(move || titles().map(|(_, place)| place).unwrap_or_default())}</span>
                </span>
                <IconButton
                    icon="forward"
                    label=t().next_slide
                    test="preview-next"
                    act=Callback::new(move |_| step(1))
                />
                <span class="grow"></span>
                <CallPlace name="talk" />
                {when(move || mode.get() == Mode::Free, move || view! {
                    <button class="chip back-to-cursor" on:click=listener(back) data-test="back-to-cursor">
                        <Icon name="caret" />
                        {t().back_to_cursor}
                    </button>
                }.into_any())}
                {when(pinned, move || view! {
                    <span class="chip" data-test="pinned">{t().pinned}</span>
                }.into_any())}
                <button
                    class="icon-button"
                    aria-label=t().pin
                    title=t().pin
                    {..attr("aria-pressed", text(move || pinned().to_string()))}
                    data-test="pin"
                    on:click=listener(move |_| preview.toggle_pin())
                >
                    <Icon name="pin" />
                </button>
            </div>
            <div class="stage">
                <div class="screen">
                    <SlidesFrame frame test="slides" />
                </div>
            </div>
        </section>
    }
}
