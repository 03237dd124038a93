//! The personal part of an event: readable, or gone with its owner's key.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use crate::{AccountId, DecodeError, EncodeError};

/// What an event holds of a person. It is sealed in the stored event with a key of that person's own,
/// and reads as `Erased` once the person has been forgotten; every reader must know what to do then.
///
/// `Debug` never shows the content, so that it can't slip into a log.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Personal<T> {
    /// The content.
    Known(T),
    /// The key is gone, and with it the content.
    #[default]
    Erased,
}

impl<T> Personal<T> {
    /// The content, if it is still there.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(content) => Some(content),
            Self::Erased => None,
        }
    }

    /// The content, if it is still there.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(content) => Some(content),
            Self::Erased => None,
        }
    }

    /// The same for a part of the content.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Personal<U> {
        match self {
            Self::Known(content) => Personal::Known(f(content)),
            Self::Erased => Personal::Erased,
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Erased => "Erased",
        })
    }
}

/// How an event's payload parts into what anybody may read and what is sealed.
pub(crate) trait Payload {
    /// Whether an event of this kind has a sealed part.
    const SEALED: bool;

    /// Whose key seals the personal part; `None` where all is open.
    fn owner(&self) -> Option<AccountId>;

    /// The personal part as JSON; `None` where all is open.
    fn personal(&self) -> Result<Option<Vec<u8>>, EncodeError>;

    /// Puts the unsealed part back, or marks it erased.
    fn restore(&mut self, personal: Personal<&[u8]>) -> Result<(), DecodeError>;
}

pub(crate) fn seal_part<T: Serialize>(part: &Personal<T>) -> Result<Vec<u8>, EncodeError> {
    let content = part.known().ok_or(EncodeError::Erased)?;
    Ok(serde_json::to_vec(content)?)
}

pub(crate) fn restore_part<T: DeserializeOwned>(json: Personal<&[u8]>) -> Result<Personal<T>, DecodeError> {
    Ok(match json {
        Personal::Known(bytes) => Personal::Known(serde_json::from_slice(bytes)?),
        Personal::Erased => Personal::Erased,
    })
}

/// Payloads in which nothing is personal.
macro_rules! open {
    ($($payload:ty),+ $(,)?) => {$(
        impl $crate::personal::Payload for $payload {
            const SEALED: bool = false;

            fn owner(&self) -> Option<$crate::AccountId> {
                None
            }

            fn personal(&self) -> Result<Option<Vec<u8>>, $crate::EncodeError> {
                Ok(None)
            }

            fn restore(&mut self, _: $crate::Personal<&[u8]>) -> Result<(), $crate::DecodeError> {
                Ok(())
            }
        }
    )+};
}

/// Payloads whose field `personal` is sealed with the key of the account in the named field.
macro_rules! sealed {
    ($($payload:ty => $owner:ident),+ $(,)?) => {$(
        impl $crate::personal::Payload for $payload {
            const SEALED: bool = true;

            fn owner(&self) -> Option<$crate::AccountId> {
                Some(self.$owner)
            }

            fn personal(&self) -> Result<Option<Vec<u8>>, $crate::EncodeError> {
                $crate::personal::seal_part(&self.personal).map(Some)
            }

            fn restore(&mut self, personal: $crate::Personal<&[u8]>) -> Result<(), $crate::DecodeError> {
                self.personal = $crate::personal::restore_part(personal)?;
                Ok(())
            }
        }
    )+};
}

/// The events of one aggregate: an enum over its payloads, their names on the wire and their versions.
///
/// A new version of a shipped event gets a new payload type; the old one stays, is decoded under its own
/// number and converted with `From` (`"published" 2 => Published(Published) from { 1 => PublishedV1 }`).
macro_rules! aggregate_events {
    (
        $(#[$doc:meta])*
        pub enum Event {
            $(
                $(#[$variant_doc:meta])*
                $name:literal $version:literal => $variant:ident($payload:ty)
                $(from { $($old_version:literal => $old:ty),+ })?,
            )+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event {
            $($(#[$variant_doc])* $variant($payload),)+
        }

        impl Event {
            /// The names of all types, as they end a subject, with their current versions.
            pub const TYPES: &'static [(&'static str, u32)] = &[$(($name, $version)),+];

            /// The event's type, the last token of its subject.
            pub fn event_type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// The version of the payload that is written today.
            pub fn version(&self) -> u32 {
                match self { $(Self::$variant(_) => $version,)+ }
            }

            pub(crate) fn data(&self) -> Result<Box<serde_json::value::RawValue>, $crate::EncodeError> {
                Ok(match self {
                    $(Self::$variant(payload) => serde_json::value::to_raw_value(payload)?,)+
                })
            }

            pub(crate) fn owner(&self) -> Option<$crate::AccountId> {
                use $crate::personal::Payload as _;
                match self { $(Self::$variant(payload) => payload.owner(),)+ }
            }

            pub(crate) fn personal(&self) -> Result<Option<Vec<u8>>, $crate::EncodeError> {
                use $crate::personal::Payload as _;
                match self { $(Self::$variant(payload) => payload.personal(),)+ }
            }

            pub(crate) fn restore(
                event_type: &str,
                version: u32,
                data: &str,
                personal: Option<$crate::Personal<&[u8]>>,
            ) -> Result<Self, $crate::DecodeError> {
                match (event_type, version) {
                    $(
                        ($name, $version) => {
                            Ok(Self::$variant($crate::personal::read::<$payload>(data, personal)?))
                        }
                        $($(
                            ($name, $old_version) => {
                                Ok(Self::$variant($crate::personal::read::<$old>(data, personal)?.into()))
                            }
                        )+)?
                    )+
                    $(($name, _) => Err($crate::DecodeError::UnknownVersion(version)),)+
                    _ => Err($crate::DecodeError::UnknownType),
                }
            }
        }
    };
}

pub(crate) fn read<T: Payload + DeserializeOwned>(
    data: &str,
    personal: Option<Personal<&[u8]>>,
) -> Result<T, DecodeError> {
    let mut payload: T = serde_json::from_str(data)?;
    match (T::SEALED, personal) {
        (true, Some(personal)) => payload.restore(personal)?,
        (true, None) => return Err(DecodeError::SealMissing),
        (false, _) => {}
    }
    Ok(payload)
}

pub(crate) use {aggregate_events, open, sealed};
