//! Views of few types. Leptos compiles its machinery anew for each type of closure that it meets;
//! behind these they are all of one, which is a tenth of the application's size.

use std::marker::PhantomData;
use std::pin::Pin;

use leptos::attr::AttributeValue;
use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::ev;
use leptos::html::{self, ElementType};
use leptos::prelude::*;
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

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
) -> AnyView {
    present(memo(move |_| shown()), Box::new(view))
}

fn present(shown: Memo<bool>, view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    views(move || if shown.get() { view() } else { ().into_any() }).into_any()
}

/// Views that are made anew whenever a signal that they have read changes.
pub(crate) fn views(
    make: impl Fn() -> AnyView + Send + 'static,
) -> Box<dyn Fn() -> AnyView + Send> {
    Box::new(make)
}

/// A text that changes: what an element or an attribute of it says.
pub(crate) fn text(
    compute: impl Fn() -> String + Send + 'static,
) -> Box<dyn Fn() -> String + Send> {
    Box::new(compute)
}

/// Work that goes on by itself.
pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    spawn_local(work);
}

/// Listens to the window until the owning component goes.
pub(crate) fn on_window(event: &'static str, act: impl Fn(Event) + 'static) {
    let act: Box<dyn Fn(Event)> = Box::new(act);
    let handle = window_event_listener_untyped(event, act);
    on_cleanup(move || handle.remove());
}

/// An entry of a [`list`].
pub(crate) struct Item {
    key: String,
    view: Box<dyn FnOnce(ReadSignal<usize>) -> AnyView + Send>,
}

impl Item {
    /// An entry whose view stays on the screen for as long as there is one with its key. The view is told
    /// its number.
    pub(crate) fn new(
        key: String,
        view: impl FnOnce(ReadSignal<usize>) -> AnyView + Send + 'static,
    ) -> Self {
        Self { key, view: Box::new(view) }
    }
}

type Items = Box<dyn Fn() -> Vec<Item> + Send + Sync>;

/// Views that come, go and change places.
pub(crate) fn list(items: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    let items: Items = Box::new(items);
    view! {
        <ForEnumerate
            each=items
            key=|item: &Item| item.key.clone()
            children=|number, item: Item| (item.view)(number)
        />
    }
    .into_any()
}

/// A yes or no that changes: whether an element has a class or a state.
pub(crate) fn flag(compute: impl Fn() -> bool + Send + 'static) -> Box<dyn Fn() -> bool + Send> {
    Box::new(compute)
}

/// An attribute that few elements have: `{..attr("rel", "noopener")}`. Those that Leptos knows by name
/// are a type each.
pub(crate) fn attr(name: &'static str, value: impl AttributeValue + 'static) -> AnyAttribute {
    custom_attribute(name, value).into_any_attr()
}

/// What few elements listen to: `{..on("toggle", opened)}`. Events that Leptos knows by name are a type
/// each.
pub(crate) fn on<E: JsCast>(event: &'static str, mut act: impl FnMut(E) + 'static) -> AnyAttribute {
    let act = listener(move |event: Event| act(event.unchecked_into()));
    ev::on(ev::Custom::new(event), act).into_any_attr()
}

/// Where an element of a view can be found once it is on the screen: `node_ref=input`.
pub(crate) struct ElementRef<E>(NodeRef<html::Div>, PhantomData<fn() -> E>);

impl<E: ElementType<Output: JsCast>> ElementRef<E> {
    pub(crate) fn new() -> Self {
        Self(NodeRef::new(), PhantomData)
    }

    /// The element, for an effect that waits for it.
    pub(crate) fn get(self) -> Option<E::Output> {
        self.0.get().map(JsCast::unchecked_into)
    }

    /// The element; nothing before its view is shown and after the owning component has gone.
    pub(crate) fn get_untracked(self) -> Option<E::Output> {
        self.0.try_get_untracked().flatten().map(JsCast::unchecked_into)
    }
}

impl<E> Clone for ElementRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ElementRef<E> {}

impl<E: ElementType> NodeRefContainer<E> for ElementRef<E> {
    fn load(self, element: &Element) {
        NodeRefContainer::<html::Div>::load(self.0, element);
    }
}
