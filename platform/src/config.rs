//! Configuration from the environment and the command line, by clap.
//!
//! A service derives `clap::Parser` on a struct whose every option also has `env = "…"` and starts with
//! [`parse`]. A missing or wrong setting is told by the name of its variable, never by its value (it may be a
//! secret), and ends the process with [`EX_CONFIG`]. A variable that is set but empty counts as not set.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Parser};
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// The exit code of a process that was configured wrongly, from `sysexits.h`.
pub const EX_CONFIG: i32 = 78;

/// Reads the configuration `C`, or prints what is wrong with it and ends the process.
pub fn parse<C: Parser>() -> C {
    match try_parse(std::env::args_os()) {
        Ok(config) => config,
        Err(Error::Help(help)) => help.exit(),
        Err(wrong) => {
            eprintln!("{wrong}");
            std::process::exit(EX_CONFIG);
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `--help` or `--version` was asked for; printing it and leaving is all that remains.
    #[error("{0}")]
    Help(clap::Error),
    /// These variables have no value and no default.
    #[error("missing configuration: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// This variable's value can't be used.
    #[error("wrong configuration: {name}: {reason}")]
    Wrong {
        /// The variable and its option.
        name: String,
        /// What is expected instead.
        reason: String,
    },
}

/// Reads the configuration `C` from `args` (the program's name first) and the environment.
pub fn try_parse<C: Parser>(
    args: impl IntoIterator<Item = impl Into<std::ffi::OsString> + Clone>,
) -> Result<C, Error> {
    let command = ignore_empty(C::command());
    let matches = command
        .clone()
        .try_get_matches_from(args)
        .map_err(|error| explain(&command, error))?;
    C::from_arg_matches(&matches).map_err(|error| explain(&command, error))
}

fn ignore_empty(command: Command) -> Command {
    let empty = |arg: &Arg| {
        arg.get_env()
            .is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()))
    };
    command
        .mut_args(|arg| {
            if empty(&arg) {
                arg.env(None::<&'static str>)
            } else {
                arg
            }
        })
        .mut_subcommands(ignore_empty)
}

fn explain(command: &Command, error: clap::Error) -> Error {
    let args: Vec<String> = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(arg)) => vec![arg.clone()],
        Some(ContextValue::Strings(args)) => args.clone(),
        _ => Vec::new(),
    };
    let names = || {
        args.iter()
            .map(|arg| variable(command, arg).unwrap_or_else(|| arg.clone()))
            .collect::<Vec<_>>()
    };
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::MissingSubcommand
        | ErrorKind::InvalidSubcommand => Error::Help(error),
        ErrorKind::MissingRequiredArgument => Error::Missing(names()),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => Error::Wrong {
            name: names().join(", "),
            reason: std::error::Error::source(&error)
                .map(ToString::to_string)
                .or_else(|| expected(&error))
                .unwrap_or_else(|| "the value can't be used".to_owned()),
        },
        _ => Error::Wrong {
            name: names().join(", "),
            reason: error.kind().to_string(),
        },
    }
}

fn expected(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) => Some(format!("must be one of {}", valid.join(", "))),
        _ => None,
    }
}

/// `ECHO_X (--x)` for the argument that clap prints as `--x <X>`, looked up through all subcommands.
fn variable(command: &Command, printed: &str) -> Option<String> {
    let long = printed.trim_start_matches("--").split([' ', '=']).next()?;
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(long))
        .or_else(|| {
            command
                .get_subcommands()
                .flat_map(Command::get_arguments)
                .find(|arg| arg.get_long() == Some(long))
        })
        .map(|arg| match arg.get_env() {
            Some(name) => format!("{} (--{long})", name.to_string_lossy()),
            None => format!("--{long}"),
        })
}

/// A clap `value_parser` for a secret: it is never printed, and its memory is wiped.
pub fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

/// Comma-separated values; spaces around them and empty ones are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(T::from_str)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Standard or URL-safe alphabets differ in two letters; padding is optional in both.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not base64 in either alphabet.
    #[error("must be base64")]
    NotBase64,
    /// Base64 of something else than 32 bytes.
    #[error("must be 32 bytes in base64, and is {0} bytes")]
    Length(usize),
    /// No `id:` before the key, or one with unusable characters.
    #[error("each key must be written <id>:<base64>, the id of 1 to 32 letters, digits, `-` and `_`")]
    Id,
}

/// A secret key of 32 bytes, written in base64 (standard or URL-safe).
#[derive(Clone)]
pub struct Key(Arc<SecretBox<[u8; 32]>>);

impl Key {
    /// Takes `bytes` as a key.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Arc::new(SecretBox::new(Box::new(bytes))))
    }

    /// The key itself; look at it as briefly as possible.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// The key in standard base64, as it is written into an environment file.
    pub fn to_base64(&self) -> String {
        general_purpose::STANDARD.encode(self.expose())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let standard: String = text
            .trim()
            .chars()
            .map(|c| {
                if c == '-' {
                    '+'
                } else if c == '_' {
                    '/'
                } else {
                    c
                }
            })
            .collect();
        let bytes = STANDARD.decode(standard).map_err(|_| KeyError::NotBase64)?;
        let length = bytes.len();
        Ok(Self::new(bytes.try_into().map_err(|_| KeyError::Length(length))?))
    }
}

/// A key with the name by which what it made can be recognised later: `2026a:<base64>`.
#[derive(Debug, Clone)]
pub struct NamedKey {
    /// The name.
    pub id: String,
    /// The key.
    pub key: Key,
}

impl FromStr for NamedKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (id, key) = text.split_once(':').ok_or(KeyError::Id)?;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 32 || !id.chars().all(legal) {
            return Err(KeyError::Id);
        }
        Ok(Self {
            id: id.to_owned(),
            key: key.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    struct Sample {
        #[arg(long, env = "PLATFORM_TEST_PORT")]
        port: u16,
        #[arg(
            long,
            env = "PLATFORM_TEST_KEY",
            default_value = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            hide_env_values = true
        )]
        key: Key,
        #[arg(long, env = "PLATFORM_TEST_LIST", default_value = "")]
        list: List<u8>,
    }

    #[test]
    fn a_missing_variable_names_itself() {
        let error = try_parse::<Sample>(["sample"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "missing configuration: PLATFORM_TEST_PORT (--port)"
        );
    }

    #[test]
    fn a_wrong_value_names_its_variable_and_is_not_shown() {
        let error = try_parse::<Sample>(["sample", "--port", "1", "--key", "c2VjcmV0"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wrong configuration: PLATFORM_TEST_KEY (--key): must be 32 bytes in base64, and is 6 bytes"
        );
    }

    #[test]
    fn lists_drop_spaces_and_empty_items() {
        let sample = try_parse::<Sample>(["sample", "--port", "1", "--list", " 1, 2,,3 "]).unwrap();
        assert_eq!(sample.list, List(vec![1, 2, 3]));
        assert_eq!(sample.port, 1);
        assert_eq!(sample.key.expose(), b"0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn keys_are_read_in_both_alphabets_with_and_without_padding_and_never_shown() {
        let key = Key::new([0xfb; 32]);
        let url_safe = general_purpose::URL_SAFE_NO_PAD.encode([0xfb; 32]);
        assert_eq!(url_safe.parse::<Key>().unwrap().expose(), key.expose());
        assert_eq!(key.to_base64().parse::<Key>().unwrap().expose(), key.expose());
        assert_eq!(format!("{key:?}"), "Key([redacted])");
        assert_eq!("***".parse::<Key>().unwrap_err(), KeyError::NotBase64);
    }

    #[test]
    fn a_named_key_needs_a_plain_name() {
        let named: NamedKey = format!("2026a:{}", Key::new([1; 32]).to_base64())
            .parse()
            .unwrap();
        assert_eq!(named.id, "2026a");
        assert_eq!(
            Key::new([1; 32]).to_base64().parse::<NamedKey>().unwrap_err(),
            KeyError::Id
        );
        assert_eq!("a b:AAAA".parse::<NamedKey>().unwrap_err(), KeyError::Id);
    }
}
