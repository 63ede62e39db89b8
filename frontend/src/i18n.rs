//! All text that people read. English is part of the program; another language is loaded before the
//! page is shown, if the browser asks for it. The catalogue with all of it is `i18n/catalogue.rs`.

use std::cell::OnceCell;

use js_sys::{Array, JsString, Object};
use leptos::prelude::window;
use wasm_bindgen::JsValue;

use crate::api;
use crate::js::{self, field};

/// One text for one thing and one for several.
pub(crate) type Plural = (&'static str, &'static str);

/// What a field of [`Texts`] can be.
trait Entry: Sized {
    /// Takes as many texts as it is made of.
    fn read(next: &mut dyn FnMut() -> &'static str) -> Self;
}

impl Entry for &'static str {
    fn read(next: &mut dyn FnMut() -> &'static str) -> Self {
        next()
    }
}

impl Entry for Plural {
    fn read(next: &mut dyn FnMut() -> &'static str) -> Self {
        (next(), next())
    }
}

macro_rules! kind {
    (($one:literal, $several:literal)) => { Plural };
    ($text:literal) => { &'static str };
}

macro_rules! count {
    (($one:literal, $several:literal)) => {
        2
    };
    ($text:literal) => {
        1
    };
}

/// Makes [`Texts`] of the catalogue. Each text must be there in each language, but only English becomes
/// part of the program.
macro_rules! catalogue {
    (
        texts { $($name:ident { en: $english:tt, de: $german:tt $(,)? })* }
        problems { $($code:literal { de: $problem:literal $(,)? })* }
        editor { $($key:ident { de: $word:literal $(,)? })* }
        // What pages and modules outside of the program say.
        $($page:ident { $($own:ident { en: $_en:literal, de: $_de:literal $(,)? })* })*
    ) => {
        use super::{Entry, Plural};

        /// The catalogue: one field for each text; `{0}`, `{1}` stand for values.
        pub(crate) struct Texts {
            $(pub(crate) $name: kind!($english),)*
        }

        pub(super) static ENGLISH: Texts = Texts { $($name: $english,)* };

        /// How many texts a translation has.
        pub(super) const TEXTS: u32 = 0 $(+ count!($german))*;

        impl Texts {
            /// The texts of another language, in the order of the catalogue.
            pub(super) fn read(next: &mut dyn FnMut() -> &'static str) -> Self {
                Self { $($name: Entry::read(next),)* }
            }
        }
    };
}

mod catalogue;

pub(crate) use catalogue::Texts;
use catalogue::{ENGLISH, TEXTS};

/// A language other than English.
struct Translation {
    language: &'static str,
    texts: Texts,
    /// Problems by their codes.
    problems: JsValue,
    /// What the editor says, by its own keys.
    editor: JsValue,
}

thread_local! {
    static TRANSLATION: OnceCell<&'static Translation> = const { OnceCell::new() };
}

fn translation() -> Option<&'static Translation> {
    TRANSLATION.with(|translation| translation.get().copied())
}

/// Where the texts of the browser's language are, unless they are here already.
pub(crate) fn missing() -> Option<String> {
    let wanted = window().navigator().language().unwrap_or_default();
    Some(js::meta("texts-de")).filter(|url| wanted.starts_with("de") && !url.is_empty())
}

/// Loads the texts of another language. Without them the page speaks English.
pub(crate) async fn load(url: &str) {
    let Ok(file) = api::call("GET", url, None).await else { return };
    let list = Array::from(&field(&file, "texts"));
    if list.length() != TEXTS {
        return;
    }
    let mut texts = list.iter();
    // Texts are for as long as the page is.
    let mut next = || &*texts.next().and_then(|text| text.as_string()).unwrap_or_default().leak();
    let translation = Translation {
        language: "de",
        texts: Texts::read(&mut next),
        problems: field(&file, "problems"),
        editor: field(&file, "editor"),
    };
    _ = TRANSLATION.with(|loaded| loaded.set(Box::leak(Box::new(translation))));
}

/// The catalogue of this browser's language.
pub(crate) fn t() -> &'static Texts {
    translation().map_or(&ENGLISH, |translation| &translation.texts)
}

/// The language of the catalogue, as an HTML `lang`.
pub(crate) fn language() -> &'static str {
    translation().map_or("en", |translation| translation.language)
}

/// A text with its values.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = text.to_owned();
    for (index, value) in values.iter().enumerate() {
        filled = filled.replace(&format!("{{{index}}}"), value);
    }
    filled
}

/// A text about a number of things.
pub(crate) fn plural((one, several): Plural, count: usize) -> String {
    fill(if count == 1 { one } else { several }, &[&count.to_string()])
}

/// A problem in this browser's language. The English text comes with it; another one is filled with
/// the values that the English one names.
pub(crate) fn problem(code: &str, args: &[String], english: &str) -> String {
    match translation().and_then(|translation| field(&translation.problems, code).as_string()) {
        Some(text) if args.len() >= text.matches('{').count() => {
            fill(&text, &args.iter().map(String::as_str).collect::<Vec<_>>())
        }
        _ => english.to_owned(),
    }
}

/// What a fix does: in English it comes with the fix, elsewhere one word has to do for most.
pub(crate) fn fix_title(english: String) -> String {
    if translation().is_none() {
        return english;
    }
    // Where there are two, each has words of its own.
    let title = match &*english {
        "Keep" => t().fix_keep,
        "Drop" => t().fix_drop,
        "Move it to the notes" => t().fix_to_notes,
        "Remove it" => t().fix_remove,
        _ => t().fix,
    };
    title.to_owned()
}

/// What the editor says, by its own keys; its English is its own as well.
pub(crate) fn editor_words() -> Object {
    let words = translation().map_or(JsValue::UNDEFINED, |translation| translation.editor.clone());
    Object::assign(&Object::new(), &Object::from(words))
}

/// A text in small letters. The browser knows them all; the tables for it would be a part of the program.
pub(crate) fn lowercase(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// A text in capital letters.
pub(crate) fn uppercase(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}
