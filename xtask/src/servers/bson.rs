//! Just enough BSON to set up a replica set and its users: documents of integers, booleans, texts, bytes, lists and
//! documents.
//!
//! The driver would do this too, but it is the slowest crate of the workspace to compile, and xtask
//! is what a newcomer's first command waits for.

/// A value to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Int(i32),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Document(Vec<(&'static str, Value)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

/// The bytes of a document.
pub(super) fn encode(fields: &[(&str, Value)]) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    for (name, value) in fields {
        encode_field(name, value, &mut bytes);
    }
    bytes.push(0);
    set_length(&mut bytes, 0);
    bytes
}

fn encode_field(name: &str, value: &Value, bytes: &mut Vec<u8>) {
    bytes.push(match value {
        Value::Int(_) => 0x10,
        Value::Bool(_) => 0x08,
        Value::Text(_) => 0x02,
        Value::Bytes(_) => 0x05,
        Value::List(_) => 0x04,
        Value::Document(_) => 0x03,
    });
    bytes.extend(name.as_bytes());
    bytes.push(0);
    match value {
        Value::Int(number) => bytes.extend(number.to_le_bytes()),
        Value::Bool(yes) => bytes.push(u8::from(*yes)),
        Value::Text(text) => {
            let start = bytes.len();
            bytes.extend([0; 4]);
            bytes.extend(text.as_bytes());
            bytes.push(0);
            // A text's length counts its final zero, but not the length itself.
            let length = length(bytes.len() - start - 4);
            bytes[start..start + 4].copy_from_slice(&length);
        }
        Value::Bytes(content) => {
            bytes.extend(length(content.len()));
            // Of no particular kind.
            bytes.push(0);
            bytes.extend(content);
        }
        Value::List(values) => {
            let start = bytes.len();
            bytes.extend([0; 4]);
            for (index, value) in values.iter().enumerate() {
                encode_field(&index.to_string(), value, bytes);
            }
            bytes.push(0);
            set_length(bytes, start);
        }
        Value::Document(fields) => bytes.extend(encode(fields)),
    }
}

/// Writes, at `start`, the number of bytes from there to the end.
fn set_length(bytes: &mut [u8], start: usize) {
    let length = length(bytes.len() - start);
    bytes[start..start + 4].copy_from_slice(&length);
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// What an answer is searched for; its other types are skipped.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    Number(i64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// A field of the outermost document, if it is a number, a boolean, a text or bytes.
pub(super) fn field(document: &[u8], wanted: &str) -> Option<Found> {
    let mut rest = document.get(4..)?;
    loop {
        let (&kind, after_kind) = rest.split_first()?;
        if kind == 0 {
            return None;
        }
        let end = after_kind.iter().position(|byte| *byte == 0)?;
        let (name, value) = (&after_kind[..end], &after_kind[end + 1..]);
        let size = size_of_value(kind, value)?;
        let bytes = value.get(..size)?;
        if name == wanted.as_bytes() {
            return found(kind, bytes);
        }
        rest = &value[size..];
    }
}

fn found(kind: u8, bytes: &[u8]) -> Option<Found> {
    match kind {
        0x01 => {
            let number = f64::from_le_bytes(bytes.try_into().ok()?);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the server sends small whole numbers as doubles"
            )]
            let whole = number as i64;
            Some(Found::Number(whole))
        }
        0x02 => Some(Found::Text(
            String::from_utf8_lossy(bytes.get(4..bytes.len() - 1)?).into_owned(),
        )),
        // Length and kind come before the content.
        0x05 => Some(Found::Bytes(bytes.get(5..)?.to_vec())),
        0x08 => Some(Found::Bool(bytes.first()? == &1)),
        0x10 => Some(Found::Number(i32::from_le_bytes(bytes.try_into().ok()?).into())),
        0x12 => Some(Found::Number(i64::from_le_bytes(bytes.try_into().ok()?))),
        _ => None,
    }
}

/// How many bytes a value of a type takes. The types are those that a server's answers contain.
fn size_of_value(kind: u8, value: &[u8]) -> Option<usize> {
    let prefix =
        || -> Option<usize> { usize::try_from(u32::from_le_bytes(value.get(..4)?.try_into().ok()?)).ok() };
    Some(match kind {
        0x0A => 0,
        0x08 => 1,
        0x10 => 4,
        0x01 | 0x09 | 0x11 | 0x12 => 8,
        0x07 => 12,
        0x02 => 4 + prefix()?,
        0x03 | 0x04 => prefix()?,
        0x05 => 5 + prefix()?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_bytes_of_the_specification_s_example() {
        // {"hello": "world"} on https://bsonspec.org/faq.html.
        let expected = b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00";
        assert_eq!(encode(&[("hello", "world".into())]), expected);
    }

    #[test]
    fn lists_are_documents_with_numbers_for_names() {
        let list = Value::List(vec![Value::Int(7), Value::Bool(true)]);
        let expected =
            b"\x18\x00\x00\x00\x04l\x00\x10\x00\x00\x00\x100\x00\x07\x00\x00\x00\x081\x00\x01\x00\x00";
        let encoded = encode(&[("l", list)]);
        assert_eq!(encoded, expected);
    }

    #[test]
    fn a_field_is_found_behind_values_of_other_types() {
        let document = encode(&[
            ("nested", Value::Document(vec![("ok", Value::Int(0))])),
            ("setName", "rs0".into()),
            ("isWritablePrimary", Value::Bool(true)),
            ("ok", Value::Int(1)),
        ]);
        assert_eq!(field(&document, "setName"), Some(Found::Text("rs0".to_owned())));
        assert_eq!(field(&document, "isWritablePrimary"), Some(Found::Bool(true)));
        assert_eq!(field(&document, "ok"), Some(Found::Number(1)));
        assert_eq!(field(&document, "missing"), None);
    }

    #[test]
    fn a_cut_off_answer_is_no_answer() {
        let document = encode(&[("setName", "rs0".into())]);
        assert_eq!(field(&document[..12], "setName"), None);
        assert_eq!(field(&[], "setName"), None);
    }
}
