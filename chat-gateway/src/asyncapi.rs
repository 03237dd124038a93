//! The socket's contract as an AsyncAPI 3 document, made from the types that go over it.

use std::collections::BTreeMap;

use platform::Problem;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::wire::{
    Auth, AuthRefresh, Closing, Done, FeedNew, MessageChanged, MessageRead, MessageSend, MessageSent,
    NotificationNew, PostCounts, PostWatch, PresenceChanged, PresenceWatch, PresenceWatched, ReadChanged,
    SessionRevoked, Typing, TypingChanged, Welcome, event,
};

/// One event of the socket.
struct Message {
    event: &'static str,
    /// Whether the client sends it, and gets an acknowledgement.
    from_client: bool,
    payload: Named,
    ack: Option<Named>,
    summary: &'static str,
}

/// A type and how to find what it is made of.
struct Named {
    name: String,
    schemas: Vec<(String, RefOr<Schema>)>,
}

fn named<T: ToSchema + PartialSchema>() -> Named {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    Named {
        name: T::name().into_owned(),
        schemas,
    }
}

fn asks<T: ToSchema, A: ToSchema>(event: &'static str, summary: &'static str) -> Message {
    Message {
        event,
        from_client: true,
        payload: named::<T>(),
        ack: Some(named::<A>()),
        summary,
    }
}

fn tells<T: ToSchema>(event: &'static str, summary: &'static str) -> Message {
    Message {
        event,
        from_client: false,
        payload: named::<T>(),
        ack: None,
        summary,
    }
}

fn messages() -> Vec<Message> {
    vec![
        asks::<MessageSend, MessageSent>(
            event::MESSAGE_SEND,
            "Sends a message to a friend. Durable once acknowledged.",
        ),
        asks::<MessageRead, Done>(event::MESSAGE_READ, "Marks a conversation as read."),
        asks::<Typing, Done>(event::TYPING, "Tells a friend that one is typing, or no longer."),
        asks::<PresenceWatch, PresenceWatched>(
            event::PRESENCE_WATCH,
            "Asks to be told whether friends are online.",
        ),
        asks::<PostWatch, Done>(
            event::POST_WATCH,
            "Asks to be told of the counts of the posts on screen.",
        ),
        asks::<AuthRefresh, Done>(
            event::AUTH_REFRESH,
            "Keeps the connection past the end of its token.",
        ),
        tells::<Welcome>(
            event::WELCOME,
            "Subscribed up to here. May come at any time, and means: sync.",
        ),
        tells::<MessageChanged>(
            event::MESSAGE_NEW,
            "A message was sent, to or by oneself, from whatever device.",
        ),
        tells::<MessageChanged>(event::MESSAGE_EDITED, "A message reads otherwise now."),
        tells::<MessageChanged>(event::MESSAGE_DELETED, "A message was taken back."),
        tells::<ReadChanged>(
            event::MESSAGE_READ,
            "One of the two has read further, oneself on another device included. Not told across a block.",
        ),
        tells::<TypingChanged>(
            event::TYPING,
            "A friend is typing, or no longer. Never stored, may be lost.",
        ),
        tells::<PresenceChanged>(
            event::PRESENCE,
            "A watched friend came online, or is no longer. May be lost with the connection; watch again then.",
        ),
        tells::<NotificationNew>(
            event::NOTIFICATION_NEW,
            "A notification is new, or says more than before. What was taken back and comes again soon is not announced.",
        ),
        tells::<FeedNew>(event::FEED_NEW, "The feed has something new."),
        tells::<PostCounts>(event::POST_COUNTS, "A watched post has other counts than before."),
        tells::<Closing>(
            event::CLOSING,
            "The server disconnects next, for another reason than a session's end.",
        ),
        tells::<SessionRevoked>(
            event::SESSION_REVOKED,
            "The session was ended; the server disconnects next.",
        ),
    ]
}

/// The document as text, as it stands in `docs/contracts/asyncapi.json`: `cargo xtask` keeps it so.
pub fn document_text() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&document()?)?;
    text.push('\n');
    Ok(text)
}

fn document() -> Result<Value, serde_json::Error> {
    let mut components = Components::default();
    components.add(named::<Problem>())?;
    let auth = components.add(named::<Auth>())?;
    for message in messages() {
        components.message(message)?;
    }
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Echo's socket",
            "version": "1",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
            "description": DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": {
            "socket": {
                "host": "{host}",
                "pathname": "/socket.io/",
                "protocol": "wss",
                "description": "Socket.IO (Engine.IO 4), by WebSocket or long polling.",
                "variables": { "host": { "default": "localhost" } },
                "security": [{ "$ref": "#/components/securitySchemes/access_token" }],
            },
        },
        "channels": {
            "socket": {
                "address": "/",
                "title": "The namespace /",
                "messages": components.channel,
                "bindings": { "ws": { "bindingVersion": "0.1.0" } },
                "x-socketio-auth": auth,
            },
        },
        "operations": components.operations,
        "components": {
            "securitySchemes": {
                "access_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Given as `auth: { token }` when the client connects, not as a header.",
                },
            },
            "schemas": components.schemas,
        },
    }))
}

const DESCRIPTION: &str = "\
The live side of Echo. A client connects with `auth: { token }`. If it isn't let in it gets `connect_error`, \
whose `data` is a problem (RFC 9457) and whose `message` is the problem's title. \
Events from the client are acknowledged with `{ ok: true, … }` or `{ ok: false, problem }`, and worked on one \
after the other. \
After each `welcome`, fetch `GET /v1/sync` up to its position; only then are live events complete. Durable \
events carry `position`, and one that isn't newer than what the client holds is to be ignored. A client that \
is too slow, sends too much, or whose token ends without `auth:refresh` is disconnected, as are all when a \
server goes down: connect again and resume by sync.";

/// What has been put together so far.
#[derive(Default)]
struct Components {
    schemas: BTreeMap<String, Value>,
    channel: Map<String, Value>,
    operations: Map<String, Value>,
}

impl Components {
    /// Adds a type and all that it is made of; returns the reference to it.
    fn add(&mut self, named: Named) -> Result<Value, serde_json::Error> {
        for (name, schema) in named.schemas {
            self.schemas.insert(name, serde_json::to_value(schema)?);
        }
        Ok(reference(&named.name))
    }

    fn message(&mut self, message: Message) -> Result<(), serde_json::Error> {
        let (direction, action) = if message.from_client {
            ("from_client", "receive")
        } else {
            ("to_client", "send")
        };
        let id = format!("{}.{direction}", message.event.replace(':', "_"));
        let payload = self.add(message.payload)?;
        self.channel.insert(
            id.clone(),
            json!({ "name": message.event, "summary": message.summary, "payload": payload }),
        );
        let mut operation = json!({
            "action": action,
            "summary": message.summary,
            "channel": { "$ref": "#/channels/socket" },
            "messages": [in_channel(&id)],
        });
        if let Some(ack) = message.ack {
            let done = self.add(ack)?;
            let ack_id = format!("{id}.ack");
            self.channel.insert(
                ack_id.clone(),
                json!({
                    "name": format!("{} (acknowledgement)", message.event),
                    "payload": {
                        "oneOf": [
                            {
                                "allOf": [
                                    { "type": "object", "required": ["ok"], "properties": { "ok": { "const": true } } },
                                    done,
                                ],
                            },
                            {
                                "type": "object",
                                "required": ["ok", "problem"],
                                "properties": { "ok": { "const": false }, "problem": reference("Problem") },
                            },
                        ],
                    },
                }),
            );
            operation["reply"] =
                json!({ "channel": { "$ref": "#/channels/socket" }, "messages": [in_channel(&ack_id)] });
        }
        self.operations.insert(id, operation);
        Ok(())
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn in_channel(message: &str) -> Value {
    json!({ "$ref": format!("#/channels/socket/messages/{message}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every `$ref` in `value` points to.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(target) if name == "$ref" => found.push(target.clone()),
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_points_to_something() {
        let document = document().unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}
