//! The few JavaScript calls that `web-sys` does not have.

// The bindings that `wasm_bindgen` writes for a foreign module are unsafe blocks.
#![allow(unsafe_code)]

use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    /// The dynamic `import()` of a module.
    #[wasm_bindgen(js_name = import)]
    pub(crate) fn import_module(url: &str) -> Promise;

    /// The module of the source editor.
    pub(crate) type EditorModule;

    #[wasm_bindgen(method, catch, js_name = createEditor)]
    pub(crate) fn create_editor(
        this: &EditorModule,
        options: &Object,
    ) -> Result<EditorHandle, JsValue>;

    /// One source editor.
    #[derive(Clone)]
    pub(crate) type EditorHandle;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn apply(this: &EditorHandle, edits: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setPeers)]
    pub(crate) fn set_peers(this: &EditorHandle, peers: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn reset(this: &EditorHandle, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setProblems)]
    pub(crate) fn set_problems(this: &EditorHandle, problems: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setVocabulary)]
    pub(crate) fn set_vocabulary(this: &EditorHandle, words: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = applyLines)]
    pub(crate) fn apply_lines(
        this: &EditorHandle,
        edits: &Array,
        line: Option<u32>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn run(this: &EditorHandle, command: &str) -> Result<bool, JsValue>;

    #[wasm_bindgen(method, js_name = goToLine)]
    pub(crate) fn go_to_line(this: &EditorHandle, line: u32, highlight_ms: u32, focus: bool);

    #[wasm_bindgen(method, catch, js_name = writeAt)]
    pub(crate) fn write_at(this: &EditorHandle, line: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = setReadOnly)]
    pub(crate) fn set_read_only(this: &EditorHandle, read_only: bool);

    #[wasm_bindgen(method)]
    pub(crate) fn selection(this: &EditorHandle) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn focus(this: &EditorHandle);

    #[wasm_bindgen(method, catch, js_name = showChanges)]
    pub(crate) fn show_changes(this: &EditorHandle, ranges: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    pub(crate) fn destroy(this: &EditorHandle);

    /// The module that keeps edits on the device.
    pub(crate) type KeeperModule;

    #[wasm_bindgen(method, js_name = createKeeper)]
    pub(crate) fn create_keeper(this: &KeeperModule, deck: &str, told: &Object) -> KeeperHandle;

    /// The queues of one deck on this device; none of its methods throws.
    #[derive(Clone)]
    pub(crate) type KeeperHandle;

    #[wasm_bindgen(method)]
    pub(crate) fn orphans(this: &KeeperHandle) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn begin(this: &KeeperHandle, client: f64, proof: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn keep(this: &KeeperHandle, number: f64, update: &[u8]);

    #[wasm_bindgen(method, js_name = keepBase)]
    pub(crate) fn keep_base(this: &KeeperHandle, state: &[u8]);

    #[wasm_bindgen(method)]
    pub(crate) fn release(this: &KeeperHandle, upto: f64);

    #[wasm_bindgen(method, js_name = drop)]
    pub(crate) fn drop_queue(this: &KeeperHandle, client: f64);

    #[wasm_bindgen(method)]
    pub(crate) fn settle(this: &KeeperHandle);

    #[wasm_bindgen(method)]
    pub(crate) fn discard(this: &KeeperHandle);

    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &KeeperHandle);
}

/// A plain object.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// A field of an object, `undefined` when there is none.
pub(crate) fn field(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// A number in an object, 0 when there is none.
pub(crate) fn number(object: &JsValue, name: &str) -> i32 {
    field(object, name).as_f64().unwrap_or_default() as i32
}

/// A text in an object, empty when there is none.
pub(crate) fn string(object: &JsValue, name: &str) -> String {
    field(object, name).as_string().unwrap_or_default()
}

/// The element with an id.
pub(crate) fn by_id(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Puts the focus on the first element that a selector finds.
pub(crate) fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        _ = element.focus();
    }
}

/// The element that an event's listener sits on.
pub(crate) fn current_element(event: &web_sys::Event) -> Option<HtmlElement> {
    event.current_target()?.dyn_into().ok()
}

/// Whether the keyboard has a Cmd key.
pub(crate) fn is_apple() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"))
}

/// What the server wrote into a `<meta>` of the page.
pub(crate) fn meta(name: &str) -> String {
    let meta = document().query_selector(&format!("meta[name={name}]")).ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// Shows the whole page on the full screen, or ends that.
pub(crate) fn toggle_fullscreen() {
    let document = document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(page) = document.document_element() {
        _ = page.request_fullscreen();
    }
}

/// Puts text on the clipboard. Where that is not allowed (plain HTTP, old browsers) a hidden
/// text field is copied from.
pub(crate) fn copy(text: &str) {
    let navigator = window().navigator();
    if field(&navigator, "clipboard").is_object() {
        _ = navigator.clipboard().write_text(text);
        return;
    }
    let document = document();
    let Ok(area) = document.create_element("textarea") else { return };
    let area: web_sys::HtmlTextAreaElement = area.unchecked_into();
    area.set_value(text);
    area.set_class_name("visually-hidden");
    if let Some(body) = document.body() {
        _ = body.append_child(&area);
        area.select();
        _ = document.unchecked_ref::<web_sys::HtmlDocument>().exec_command("copy");
        area.remove();
    }
}

/// Makes a link download text as a Markdown file when it is followed; to be called while it is.
pub(crate) fn download(event: &web_sys::Event, name: &str, text: &str) {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("text/markdown");
    let parts = Array::of1(&text.into());
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options);
    let url = blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob));
    if let (Some(link), Ok(url)) = (current_element(event), url) {
        _ = link.set_attribute("download", &[name, ".md"].concat());
        _ = link.set_attribute("href", &url);
    }
}

/// Whether the person is writing somewhere, so that single keys are theirs.
pub(crate) fn is_typing() -> bool {
    let Some(active) = document().active_element() else { return false };
    let editable = active.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable);
    editable || matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
}

/// Whether a key belongs to what has the focus, or to what is open over the page.
pub(crate) fn uses_key(key: &str) -> bool {
    let open =
        document().query_selector("dialog[open], :popover-open").is_ok_and(|it| it.is_some());
    let Some(active) = document().active_element().filter(|_| !open && !is_typing()) else {
        return true;
    };
    match key {
        " " | "Enter" => active.matches("a, button, summary, [data-scrolls]").unwrap_or_default(),
        "ArrowUp" | "ArrowDown" | "PageUp" | "PageDown" | "Home" | "End" => {
            active.has_attribute("data-scrolls")
        }
        _ => false,
    }
}

/// Whether the person wants little movement.
pub(crate) fn reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}
