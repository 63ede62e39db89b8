//! Own edits on this device until the server has them: between the replica and the module that keeps them.

use std::cell::RefCell;
use std::rc::Rc;

use collab::replica::{ClientEffect, ClientEvent, KeptQueue};
use js_sys::{Array, Uint8Array};
use leptos::prelude::location;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::erased::spawn;
use crate::js::{self, KeeperHandle, KeeperModule, field, object, string};

/// What the session is told.
pub(crate) enum Told {
    /// What became of own edits.
    Event(ClientEvent),
    /// Edits of a page that is gone.
    Orphans(KeptQueue),
}

enum Phase {
    /// What is to be done when the module is there.
    Loading(Vec<ClientEffect>),
    Open(KeeperHandle),
    /// The module did not come, or the deck was left.
    Over,
}

/// The queue of one open deck.
pub(crate) struct Keeper {
    phase: RefCell<Phase>,
    tell: Rc<dyn Fn(Told)>,
    // JavaScript calls these for as long as the deck is open.
    kept: Closure<dyn FnMut(f64)>,
    failed: Closure<dyn FnMut()>,
}

impl Keeper {
    /// Loads the module and hands out what pages that are gone have left.
    pub(crate) fn open(deck: &str, tell: Rc<dyn Fn(Told)>) -> Rc<Self> {
        let (say, deny) = (Rc::clone(&tell), Rc::clone(&tell));
        let this = Rc::new(Self {
            phase: RefCell::new(Phase::Loading(Vec::new())),
            tell,
            kept: Closure::new(move |upto: f64| {
                say(Told::Event(ClientEvent::Kept { upto: upto as u64 }));
            }),
            failed: Closure::new(move || deny(Told::Event(ClientEvent::NotKept))),
        });
        let (opening, deck) = (Rc::clone(&this), deck.to_owned());
        spawn(async move {
            match JsFuture::from(js::import_module(&js::meta("kept-js"))).await {
                Ok(module) => opening.opened(module.unchecked_ref(), &deck),
                Err(_) => {
                    *opening.phase.borrow_mut() = Phase::Over;
                    (opening.tell)(Told::Event(ClientEvent::NotKept));
                }
            }
        });
        this
    }

    fn opened(self: &Rc<Self>, module: &KeeperModule, deck: &str) {
        if !matches!(*self.phase.borrow(), Phase::Loading(_)) {
            return;
        }
        let told = [("kept", self.kept.as_ref().clone()), ("failed", self.failed.as_ref().clone())];
        let handle = module.create_keeper(deck, &object(&told));
        if let Phase::Loading(effects) = self.phase.replace(Phase::Open(handle)) {
            effects.into_iter().for_each(|effect| self.perform(effect));
        }
        self.look_for_orphans();
    }

    /// Carries out one of the effects that are about the queue.
    pub(crate) fn perform(&self, effect: ClientEffect) {
        let mut phase = self.phase.borrow_mut();
        let handle = match &mut *phase {
            Phase::Loading(effects) => return effects.push(effect),
            Phase::Open(handle) => handle.clone(),
            Phase::Over => return,
        };
        drop(phase);
        match effect {
            ClientEffect::BeginQueue { client, proof } => handle.begin(client as f64, &proof),
            ClientEffect::Keep { number, update } => handle.keep(number as f64, &update),
            ClientEffect::KeepBase { state } => handle.keep_base(&state),
            ClientEffect::Release { upto } => handle.release(upto as f64),
            ClientEffect::DropQueue { client } => handle.drop_queue(client as f64),
            _ => {}
        }
    }

    /// Hands out what pages have left that went since this was asked last.
    pub(crate) fn look_for_orphans(self: &Rc<Self>) {
        let Phase::Open(handle) = &*self.phase.borrow() else { return };
        let (found, tell) = (handle.orphans(), Rc::clone(&self.tell));
        spawn(async move {
            for queue in Array::from(&JsFuture::from(found).await.unwrap_or_default()).iter() {
                tell(Told::Orphans(queue_from_js(&queue)));
            }
        });
    }

    /// Deletes what pages that are gone have left and the replica did not want.
    pub(crate) fn settle(&self) {
        if let Phase::Open(handle) = &*self.phase.borrow() {
            handle.settle();
        }
    }

    /// Throws everything away that this page holds, and loads it again.
    pub(crate) fn discard(&self) {
        match self.phase.replace(Phase::Over) {
            Phase::Open(handle) => handle.discard(),
            _ => _ = location().reload(),
        }
    }

    /// Leaves everything to the next page.
    pub(crate) fn close(&self) {
        if let Phase::Open(handle) = self.phase.replace(Phase::Over) {
            handle.close();
        }
    }
}

fn queue_from_js(queue: &JsValue) -> KeptQueue {
    let bytes = |value: &JsValue| Uint8Array::new(value).to_vec().into();
    let base = field(queue, "base");
    KeptQueue {
        client: field(queue, "client").as_f64().unwrap_or_default() as u64,
        proof: string(queue, "proof"),
        base: base.is_object().then(|| bytes(&base)),
        updates: Array::from(&field(queue, "updates"))
            .iter()
            .map(|update| bytes(&update))
            .collect(),
    }
}
