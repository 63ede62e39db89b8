//! Views of few types. Leptos compiles its machinery anew for each type of closure that it meets;
//! behind these they are all of one, which is a tenth of the application's size.

use leptos::prelude::*;

/// What listens to an event.
pub(crate) fn listener<E: 'static>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}

/// What is done again whenever a signal that it has read changes.
pub(crate) fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}

type Computation<T> = Box<dyn Fn(Option<&T>) -> T + Send + Sync>;

/// What is computed again whenever a signal that it has read changes; it is given its last value.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
) -> Memo<T> {
    let compute: Computation<T> = Box::new(compute);
    Memo::new(compute)
}

/// A view that is there only while `shown` holds.
pub(crate) fn when(
    shown: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    present(memo(move |_| shown()), Box::new(view))
}

fn present(shown: Memo<bool>, view: Box<dyn Fn() -> AnyView + Send>) -> impl IntoView {
    move || shown.get().then(&view)
}
