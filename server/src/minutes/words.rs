//! The words of minutes, in every language, out of the catalogue of all texts.

/// Of all that the catalogue holds, the words of minutes.
macro_rules! catalogue {
    ($($section:ident { $($texts:tt)* })*) => {
        $(section! { $section $($texts)* })*
    };
}

macro_rules! section {
    (minutes $($key:ident { en: $english:literal, de: $german:literal $(,)? })*) => {
        /// One field for each text; `{0}` stands for a value.
        #[derive(Debug)]
        pub(in crate::minutes) struct Words {
            $(pub(in crate::minutes) $key: &'static str,)*
        }

        impl Words {
            const ENGLISH: &'static Self = &Self { $($key: $english,)* };
            const GERMAN: &'static Self = &Self { $($key: $german,)* };

            /// The words of a language; English for those that there are none of.
            pub(in crate::minutes) fn of(language: &str) -> &'static Self {
                if language.starts_with("de") { Self::GERMAN } else { Self::ENGLISH }
            }
        }
    };
    // What pages say.
    ($other:ident $($texts:tt)*) => {};
}

#[path = "../../../frontend/src/i18n/catalogue.rs"]
mod catalogue;

pub(super) use catalogue::Words;
