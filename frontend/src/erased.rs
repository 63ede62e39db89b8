//! Views of few types. Leptos compiles its machinery anew for each type of closure that it meets;
//! behind these they are all of one, which is a tenth of the application's size.

use leptos::prelude::*;

/// What listens to an event.
pub(crate) fn listener<E: 'static>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}

/// A view that is there only while `shown` holds.
pub(crate) fn when(
    shown: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    present(Memo::new(move |_| shown()), Box::new(view))
}

fn present(shown: Memo<bool>, view: Box<dyn Fn() -> AnyView + Send>) -> impl IntoView {
    move || shown.get().then(&view)
}
