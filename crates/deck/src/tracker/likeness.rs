//! How much of two texts is the same words.

/// The words of a text, sorted.
#[derive(Debug)]
pub(super) struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    /// Words are letters and digits in a row. A text without any, such as one emoji, is taken for the
    /// signs in it; marks of Markdown say nothing.
    pub(super) fn of(text: &'a str) -> Self {
        let mut words: Vec<&str> =
            text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            let is_mark = |word: &&str| word.bytes().all(|byte| byte.is_ascii());
            words = text.split_whitespace().filter(|word| !is_mark(word)).collect();
        }
        words.sort_unstable();
        Self(words)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many percent of the longer text's words are in both; nothing is like a text without words.
    pub(super) fn likeness(&self, other: &Self) -> usize {
        let (mut common, mut at) = (0, 0);
        for word in &self.0 {
            at += other.0[at..].partition_point(|other| other < word);
            if other.0.get(at) == Some(word) {
                (common, at) = (common + 1, at + 1);
            }
        }
        common * 100 / self.len().max(other.len()).max(1)
    }
}

/// Whether a character belongs to a word.
pub(super) fn is_of_word(character: char) -> bool {
    character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, percent: usize) {
        assert_eq!(Words::of(a).likeness(&Words::of(b)), percent);
        assert_eq!(Words::of(b).likeness(&Words::of(a)), percent);
    }

    #[test]
    fn words_count_in_any_order_and_as_often_as_they_stand_there() {
        check("# One two\n\n- three", "three *two* one", 66);
        check("# one two\n\n- three", "three *two* one", 100);
        check("a a b b", "a b", 50);
        check("a b c d e", "a b c d", 80);
        check("a", "b", 0);
    }

    #[test]
    fn a_text_without_words_is_known_by_its_signs() {
        check("# 🎉", "## 🎉", 100);
        check("🎉", "🚢", 0);
        check("![](a.png)", "![](b.png)", 50);
        check("# -", "# -", 0);
        check("", "", 0);
    }
}
