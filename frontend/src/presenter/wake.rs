//! Keeps the screen awake while somebody presents, where the browser can.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::erased::{effect, on_window, spawn};
use crate::js::field;

/// Holds a lock on the screen while `wanted`. The browser takes it away from a page that is hidden: it is
/// asked for again when the page is back.
pub(crate) fn keep_awake(wanted: impl Fn() -> bool + Copy + 'static) {
    let lock = StoredValue::new_local(JsValue::NULL);
    let renew = move || {
        let before = lock.try_update_value(|lock| std::mem::replace(lock, JsValue::NULL));
        _ = before.map(|before| call(&before, "release", &JsValue::UNDEFINED));
        if !untrack(wanted) || document().hidden() {
            return;
        }
        let asked = call(&field(&window().navigator(), "wakeLock"), "request", &"screen".into());
        if let Some(asked) = asked {
            spawn(async move {
                // A battery that is low is reason enough to refuse.
                if let Ok(held) = JsFuture::from(asked).await {
                    _ = lock.try_set_value(held);
                }
            });
        }
    };
    effect(move || {
        _ = wanted();
        renew();
    });
    on_window("visibilitychange", move |_| renew());
}

/// Calls a method that browsers may lack.
fn call(object: &JsValue, name: &str, argument: &JsValue) -> Option<Promise> {
    if !object.is_object() {
        return None;
    }
    let method: Function = Reflect::get(object, &name.into()).ok()?.dyn_into().ok()?;
    method.call1(object, argument).ok()?.dyn_into().ok()
}
