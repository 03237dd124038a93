//! The beginnings of texts, cut where they are read so that nothing longer travels.

use bson::{Document as Bson, doc};

/// So many characters at most, and an ellipsis.
const LENGTH: usize = 140;

/// An expression for the beginning of a text, a little longer than is shown: enough to tell whether there is more.
pub(crate) fn beginning(text: impl Into<bson::Bson>) -> Bson {
    let read = i64::try_from(LENGTH + 1).unwrap_or(i64::MAX);
    doc! { "$substrCP": [text.into(), 0_i64, read] }
}

/// An expression for the beginning of a post's first text; empty if it has none.
pub(crate) fn beginning_of_blocks() -> Bson {
    let is_text = doc! { "$eq": ["$$this.type", "text"] };
    let texts = doc! { "$filter": { "input": "$blocks", "as": "this", "cond": is_text } };
    let first = doc! { "$first": { "$map": { "input": texts, "as": "this", "in": "$$this.text" } } };
    beginning(doc! { "$ifNull": [first, ""] })
}

/// An expression for the id of a post's first picture that isn't gone; nothing if it has none.
pub(crate) fn first_picture() -> Bson {
    let is_picture = doc! { "$and": [
        { "$eq": ["$$this.type", "image"] },
        { "$ne": [{ "$ifNull": ["$$this.facts", null] }, null] },
    ] };
    let pictures = doc! { "$filter": { "input": "$blocks", "as": "this", "cond": is_picture } };
    doc! { "$first": { "$map": { "input": pictures, "as": "this", "in": "$$this.media_id" } } }
}

/// What is shown of a text's beginning: one line, cut after a word where that is near.
pub(crate) fn shown(beginning: &str) -> String {
    let mut line = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = beginning.chars().count() <= LENGTH;
    if whole {
        return line;
    }
    if let Some((end, _)) = line.char_indices().nth(LENGTH) {
        line.truncate(end);
    }
    if let Some(end) = line.rfind(' ').filter(|end| *end > line.len() * 3 / 4) {
        line.truncate(end);
    }
    line.push('…');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_shown_whole_on_one_line() {
        assert_eq!(shown("Hello\n\n  world"), "Hello world");
        assert_eq!(shown(""), "");
        assert_eq!(shown(&"ä".repeat(LENGTH)).chars().count(), LENGTH);
    }

    #[test]
    fn a_long_one_is_cut_after_a_word_if_one_is_near() {
        let words = shown(&"word ".repeat(40)[..=LENGTH]);
        assert!(
            words.ends_with("word…") && words.chars().count() <= LENGTH + 1,
            "{words}"
        );
        assert_eq!(shown(&"ä".repeat(LENGTH + 1)).chars().count(), LENGTH + 1);
    }
}
