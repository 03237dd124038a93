//! How names are spelled in the index by which people are searched.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The words of a name, or of what is searched: in lower case and without diacritics, so that `Łódź` and `lodz` are
/// the same. Parted by all that is neither letter nor digit, but for the underscore of usernames.
pub fn words(text: &str) -> Vec<String> {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| (c, plain(c)))
        .fold(String::new(), |mut folded, (c, plain)| {
            match plain {
                Some(plain) => folded.push_str(plain),
                None => folded.push(c),
            }
            folded
        })
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Letters that people take for others with a stroke or a tail, though Unicode doesn't.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_diacritics_make_no_difference() {
        for (text, folded) in [
            ("ann_lee", vec!["ann_lee"]),
            ("Ann  Lee-O'Brien", vec!["ann", "lee", "o", "brien"]),
            ("Łódź", vec!["lodz"]),
            ("ÅNGSTRÖM Ångström", vec!["angstrom", "angstrom"]),
            ("Straße", vec!["strasse"]),
            ("İstanbul ISPARTA ısparta", vec!["istanbul", "isparta", "isparta"]),
            ("Nguyễn Văn", vec!["nguyen", "van"]),
            ("Ольга Йод", vec!["ольга", "иод"]),
            ("山田 太郎", vec!["山田", "太郎"]),
            ("ﬁona ①", vec!["fiona", "1"]),
            (" 🎉 ", vec![]),
        ] {
            assert_eq!(words(text), folded, "{text}");
        }
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for text in ["Łódź Straße", "İI ıi", "ﬁ ǅ Ὀδυσσεύς"] {
            let once = words(text);
            assert_eq!(words(&once.join(" ")), once, "{text}");
        }
    }
}
