//! Subjects: `evt.<p>.<aggregate>.<id>.<type>`, and the names of streams and buckets.
//!
//! All of them are made here, so that no two writers ever spell one scope differently: the server
//! compares the scope of an optimistic append literally while it is in flight.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, CommentId, MediaId, Pair, PostId, ReportId, SessionId, Stream};

/// How many partitions the routing keys are spread over. Part of every stored subject: never to change.
pub const PARTITIONS: u32 = 64;

/// FNV-1a over 32 bits, modulo [`PARTITIONS`]: cheap, stable, and easy for analysts to compute elsewhere.
pub fn partition(routing_key: &str) -> u32 {
    let hash = routing_key.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % PARTITIONS
}

/// One aggregate: what an append's expectation is about, and what is loaded to decide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    stream: Stream,
    aggregate: &'static str,
    /// One token, or two for a conversation.
    id: String,
    partition: u32,
}

impl Scope {
    fn new(stream: Stream, aggregate: &'static str, id: String) -> Self {
        let partition = partition(&id);
        Self {
            stream,
            aggregate,
            id,
            partition,
        }
    }

    /// A person's account.
    pub fn account(id: AccountId) -> Self {
        Self::new(Stream::Events, "account", id.to_string())
    }

    /// A name that can be claimed, by its keyed hash.
    pub fn username(hash: &NameHash) -> Self {
        Self::new(Stream::Events, "username", hash.0.clone())
    }

    /// An address that can be claimed, by its keyed hash.
    pub fn email(hash: &NameHash) -> Self {
        Self::new(Stream::Events, "email", hash.0.clone())
    }

    /// What two people are to each other.
    pub fn friendship(pair: Pair) -> Self {
        Self::new(Stream::Events, "friendship", pair.to_string())
    }

    /// A post.
    pub fn post(id: PostId) -> Self {
        Self::new(Stream::Events, "post", id.to_string())
    }

    /// The reactions to a post, all of them.
    pub fn reaction(post: PostId) -> Self {
        Self::new(Stream::Events, "reaction", post.to_string())
    }

    /// A comment, in the partition of its post.
    pub fn comment(post: PostId, id: CommentId) -> Self {
        let partition = partition(&post.to_string());
        Self {
            stream: Stream::Events,
            aggregate: "comment",
            id: id.to_string(),
            partition,
        }
    }

    /// An uploaded image.
    pub fn media(id: MediaId) -> Self {
        Self::new(Stream::Events, "media", id.to_string())
    }

    /// A person's notifications.
    pub fn inbox(account: AccountId) -> Self {
        Self::new(Stream::Events, "inbox", account.to_string())
    }

    /// A report.
    pub fn report(id: ReportId) -> Self {
        Self::new(Stream::Events, "report", id.to_string())
    }

    /// A conversation: two tokens, so that a gateway can subscribe to either person's.
    pub fn dm(pair: Pair) -> Self {
        Self::new(Stream::Chat, "dm", format!("{}.{}", pair.lo(), pair.hi()))
    }

    /// A signed-in device.
    pub fn session(id: SessionId) -> Self {
        Self::new(Stream::Sessions, "session", id.to_string())
    }

    /// What a stream besides that of accounts is told of a person.
    pub fn person(stream: Stream, account: AccountId) -> Self {
        Self::new(stream, "person", account.to_string())
    }

    /// The stream that the aggregate's events are in.
    pub const fn stream(&self) -> Stream {
        self.stream
    }

    /// The aggregate's name, as it stands in the subject.
    pub const fn aggregate(&self) -> &'static str {
        self.aggregate
    }

    /// The aggregate's id, as it stands in the subject.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The subject of an event of this aggregate, without a namespace.
    pub fn subject(&self, event_type: &str) -> String {
        format!(
            "{}.{}.{}.{}.{event_type}",
            self.stream.prefix(),
            self.partition,
            self.aggregate,
            self.id
        )
    }
}

/// The keyed hash of a normalised username or email address, in hexadecimal: pseudonymous, for only who
/// holds the permanent key can make it. See [`crate::NameHasher`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NameHash(pub(crate) String);

impl fmt::Display for NameHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stored event's subject, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The stream, by the first token.
    pub stream: Stream,
    /// The partition of the routing key, below [`PARTITIONS`].
    pub partition: u32,
    /// The aggregate's name.
    pub aggregate: String,
    /// The aggregate's id: one token, or `<lo>.<hi>` for a conversation.
    pub id: String,
    /// The event's type.
    pub event_type: String,
}

impl Subject {
    /// Reads a subject without a namespace; `None` for one that isn't an event's.
    pub fn parse(text: &str) -> Option<Self> {
        let mut tokens = text.split('.');
        let prefix = tokens.next()?;
        let stream = Stream::ALL.into_iter().find(|stream| stream.prefix() == prefix)?;
        let partition = tokens.next()?.parse().ok().filter(|p| *p < PARTITIONS)?;
        let aggregate = tokens.next()?.to_owned();
        let rest: Vec<&str> = tokens.collect();
        let (event_type, id) = rest.split_last()?;
        if id.is_empty() || event_type.is_empty() {
            return None;
        }
        Some(Self {
            stream,
            partition,
            aggregate,
            id: id.join("."),
            event_type: (*event_type).to_owned(),
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream,
            partition,
            aggregate,
            id,
            event_type,
        } = self;
        write!(f, "{}.{partition}.{aggregate}.{id}.{event_type}", stream.prefix())
    }
}

/// A prefix that keeps several systems apart on one NATS: empty in production, one each for tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Empty, or `<name>.`.
    prefix: String,
    /// Empty, or `_<name>`.
    suffix: String,
}

/// A namespace's name must be one lower-case token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a namespace is 1 to 32 of a-z and 0-9")]
pub struct InvalidNamespace;

impl std::str::FromStr for Namespace {
    type Err = InvalidNamespace;

    /// An empty text is the production system.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.is_empty() {
            return Ok(Self::default());
        }
        if name.len() > 32 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            return Err(InvalidNamespace);
        }
        Ok(Self {
            prefix: format!("{name}."),
            suffix: format!("_{name}"),
        })
    }
}

impl Namespace {
    /// A stream's name.
    pub fn stream(&self, stream: Stream) -> String {
        let name = match stream {
            Stream::Events => "ECHO_EVENTS",
            Stream::Chat => "ECHO_CHAT",
            Stream::Sessions => "ECHO_SESSIONS",
        };
        format!("{name}{}", self.suffix)
    }

    /// The bucket of the wrapped personal keys.
    pub fn keys_bucket(&self) -> String {
        format!("echo_keys{}", self.suffix)
    }

    /// Where it is told that a key in that bucket changed: `live.keys.<account>`.
    pub fn live_keys(&self, account: &str) -> String {
        self.absolute(&format!("live.keys.{account}"))
    }

    /// The bucket of what is counted to slow down who guesses.
    pub fn limits_bucket(&self) -> String {
        format!("echo_limits{}", self.suffix)
    }

    /// The bucket of what is counted to bound how much somebody adds.
    pub fn quotas_bucket(&self) -> String {
        format!("echo_quotas{}", self.suffix)
    }

    /// The bucket of who is connected to which gateway, and when they were last.
    pub fn presence_bucket(&self) -> String {
        format!("echo_presence{}", self.suffix)
    }

    /// Where what is stored in that bucket is republished: `live.presence.<key>`.
    pub fn live_presence(&self, key: &str) -> String {
        self.absolute(&format!("live.presence.{key}"))
    }

    /// The subject as the server knows it: with the namespace in front.
    pub fn absolute(&self, subject: &str) -> String {
        format!("{}{subject}", self.prefix)
    }

    /// What the server's subject is without the namespace; `None` if it is another's.
    pub fn relative<'a>(&self, subject: &'a str) -> Option<&'a str> {
        subject.strip_prefix(&self.prefix)
    }

    /// The subjects that a stream takes in: `evt.>`.
    pub fn ingest(&self, stream: Stream) -> String {
        self.absolute(&format!("{}.>", stream.prefix()))
    }

    /// Where a stream's stored events are republished: `live.evt.>`.
    pub fn live(&self, stream: Stream) -> String {
        self.absolute(&format!("live.{}.>", stream.prefix()))
    }

    /// The stored subject of a republished one; `None` if it isn't of `live.>`.
    pub fn stored_from_live<'a>(&self, subject: &'a str) -> Option<&'a str> {
        self.relative(subject)?.strip_prefix("live.")
    }

    /// The live subjects that concern a person's conversations: as the lower of the pair and as the higher.
    pub fn live_dm(&self, me: AccountId) -> [String; 2] {
        [
            self.absolute(&format!("live.chat.*.dm.{me}.*.*")),
            self.absolute(&format!("live.chat.*.dm.*.{me}.*")),
        ]
    }

    /// The filter of all of an aggregate's events, and the scope of every expectation about it.
    pub fn scope(&self, scope: &Scope) -> String {
        self.absolute(&scope.subject(">"))
    }

    /// Where a projection's shard announces how far it has come.
    pub fn progress(&self, projection: &str, version: u32, shard: u32) -> String {
        self.absolute(&format!("progress.{projection}.{version}.{shard}"))
    }

    /// All announcements of progress.
    pub fn all_progress(&self) -> String {
        self.absolute("progress.*.*.*")
    }

    /// Where it is announced that readers are to use another version of a projection, or that events were parked.
    pub fn projections_changed(&self) -> String {
        self.absolute("progress.changed")
    }

    /// Where a new notification of somebody's is announced.
    pub fn notification(&self, account: AccountId) -> String {
        self.absolute(&format!("notify.account.{account}.notification"))
    }

    /// Where a new post in somebody's feed is announced.
    pub fn feed(&self, account: AccountId) -> String {
        self.absolute(&format!("notify.account.{account}.feed"))
    }

    /// Where somebody is told who is typing.
    pub fn typing(&self, account: AccountId) -> String {
        self.absolute(&format!("notify.account.{account}.typing"))
    }

    /// All that is announced to somebody.
    pub fn announced_to(&self, account: AccountId) -> String {
        self.absolute(&format!("notify.account.{account}.*"))
    }

    /// Where new counts of a post's likes and comments are announced.
    pub fn counts(&self, post: PostId) -> String {
        self.absolute(&format!("notify.post.{post}.counts"))
    }

    /// A command that the chat gateway hands to command-api: `cmd.<name>`.
    pub fn command(&self, name: &str) -> String {
        self.absolute(&format!("cmd.{name}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    #[test]
    fn partitions_are_those_of_fnv_1a() {
        // The published test vectors of FNV-1a (32 bits): "" 0x811c9dc5, "a" 0xe40c292c, "foobar" 0xbf9cf968.
        assert_eq!(partition(""), 0x811c_9dc5 % 64);
        assert_eq!(partition("a"), 0xe40c_292c % 64);
        assert_eq!(partition("foobar"), 0xbf9c_f968 % 64);
    }

    #[test]
    fn a_conversation_has_a_token_for_each_person() {
        let pair = Pair::of(account(1), account(2)).unwrap();
        let subject = Subject::parse(&Scope::dm(pair).subject("sent")).unwrap();
        assert_eq!(subject.id, format!("{}.{}", pair.lo(), pair.hi()));
        assert_eq!(
            (subject.aggregate.as_str(), subject.event_type.as_str()),
            ("dm", "sent")
        );
    }

    #[test]
    fn all_that_touches_a_post_shares_its_partition() {
        let post = PostId::from(Uuid::from_u128(5));
        let of = |scope: Scope| Subject::parse(&scope.subject("x")).unwrap().partition;
        let comments: Vec<u32> = (0..50)
            .map(|n| of(Scope::comment(post, CommentId::from(Uuid::from_u128(n)))))
            .collect();
        assert_eq!(of(Scope::reaction(post)), of(Scope::post(post)));
        assert!(
            comments
                .iter()
                .all(|partition| *partition == of(Scope::post(post)))
        );
    }

    #[test]
    fn a_namespace_stands_before_every_subject_and_behind_every_name() {
        let namespace: Namespace = "t1".parse().unwrap();
        assert_eq!(namespace.stream(Stream::Chat), "ECHO_CHAT_t1");
        assert_eq!(namespace.live(Stream::Events), "t1.live.evt.>");
        assert_eq!(
            namespace.stored_from_live("t1.live.evt.1.post.x.published"),
            Some("evt.1.post.x.published")
        );
        assert_eq!(namespace.stored_from_live("live.evt.1.post.x.published"), None);
        assert_eq!(Namespace::default().ingest(Stream::Sessions), "sess.>");
        assert_eq!("a.b".parse::<Namespace>(), Err(InvalidNamespace));
    }

    proptest! {
        #[test]
        fn no_subject_panics_and_what_parses_reads_back(text in "(evt|chat|sess|x)(\\.[a-z0-9*>]{0,4}){0,6}") {
            if let Some(subject) = Subject::parse(&text) {
                prop_assert!(subject.partition < PARTITIONS);
                prop_assert_eq!(Subject::parse(&subject.to_string()), Some(subject));
            }
        }
    }
}
