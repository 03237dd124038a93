//! `GET /v1/me/export`

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use bson::{Document as Bson, Uuid, doc};
use chrono::{DateTime, SecondsFormat, Utc};
use futures::{Stream, StreamExt, TryStreamExt, future, stream, stream::BoxStream};
use platform::Problem;
use read_model::{
    Document, Projection, accounts,
    chat::{self, Conversation, Message},
    friends::{self, Friend},
    media::{self, Media},
    notifications::{self, Notification},
    posts::{self, Comment, Like, Post, Version},
    profiles,
    sessions::{self, Session},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    answers::{Export, ExportedAccount},
    app::{App, SignedIn},
    asked::Asked,
    export::{self, Shown},
    join::People,
    problems,
    reading::{Query, Reading},
    sessions::{Ended, Row as SessionRow},
};

const READS: [&Projection; 8] = [
    &profiles::PROJECTION,
    &friends::PROJECTION,
    &posts::PROJECTION,
    &chat::PROJECTION,
    &accounts::PROJECTION,
    &notifications::PROJECTION,
    &media::PROJECTION,
    &sessions::PROJECTION,
];

/// So many rows are written at once.
const CHUNK: usize = 256;
/// So many names are looked up at once.
const NAMES: usize = 1_000;

/// All that Echo holds of the caller, as one JSON archive to download.
///
/// It is written while it is read, so its size has no bound; an answer that breaks off is no JSON. One at a time may be
/// written for an account (429), and it is given up when nobody takes its next part for half a minute.
#[utoipa::path(
    get,
    path = "/v1/me/export",
    operation_id = "exportMe",
    tag = "people",
    responses((
        status = 200, description = "The archive.", body = Export,
        headers(("Content-Disposition" = String, description = "A name for the file."))
    ))
)]
pub(crate) async fn export_me(
    State(app): State<App>,
    signed_in: SignedIn,
    asked: Asked,
) -> Result<Response, Problem> {
    let place = app.exports().open(signed_in.account)?;
    let now = app.clock().now();
    app.read(asked, &READS, |reading| async move {
        let account = export::account(&reading, signed_in.account).await?;
        let account = account.ok_or_else(problems::no_such_user)?;
        let name = format!("echo-{}-{}.json", account.username, now.format("%Y-%m-%d"));
        let headers = [
            (CONTENT_TYPE, "application/json".to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ];
        let archive = archive(reading, &account, signed_in, now);
        Ok((headers, Body::from_stream(place.write(archive))))
    })
    .await
}

/// One text, in pieces.
type Pieces = BoxStream<'static, Result<Vec<u8>, Problem>>;

fn archive(
    reading: Reading,
    account: &ExportedAccount,
    signed_in: SignedIn,
    now: DateTime<Utc>,
) -> impl Stream<Item = Result<Bytes, io::Error>> + use<> {
    let me = signed_in.account;
    let export = Archive {
        me,
        reading,
        met: Met::default(),
    };
    let (by_author, by_owner) = (|| doc! { "author": me }, || doc! { "owner": me });
    // Each query is in the order of an index, so that nothing is sorted.
    let any_visibility = doc! { "author": me, "visibility": { "$in": ["public", "friends"] } };
    let any_status = ["friends", "requested", "requested_by", "none"];
    // Who only blocks the caller is nobody to them.
    let nobody = doc! { "status": "none", "blocks": false };
    let any_status = doc! { "owner": me, "status": { "$in": &any_status[..] }, "$nor": [nobody] };
    let parts = vec![
        head(account, now),
        export.list::<Post, export::Post>("posts", any_visibility, doc! { "position": -1 }),
        export.list::<Version, export::Version>("post_versions", by_author(), doc! { "_id": 1 }),
        export.list::<Comment, export::Comment>("comments", by_author(), doc! { "_id": 1 }),
        export.list::<Like, export::Like>("likes", doc! { "by": me }, doc! { "_id": 1 }),
        export.list::<Friend, export::Relationship>("relationships", any_status, doc! { "position": -1 }),
        export.list::<Conversation, export::Conversation>(
            "conversations",
            doc! { "members": me },
            doc! { "position": -1 },
        ),
        export.list::<Message, export::Message>("messages", doc! { "members": me }, doc! { "changed": 1 }),
        export.list::<Notification, export::Notification>(
            "notifications",
            by_owner(),
            doc! { "position": -1 },
        ),
        export.list::<Media, export::Media>("media", by_owner(), doc! { "_id": 1 }),
        export.sessions(signed_in, now),
        export.people(),
        stream::iter([Ok(b"}\n".to_vec())]).boxed(),
    ];
    stream::iter(parts).flatten().map(|piece| match piece {
        Ok(piece) => Ok(Bytes::from(piece)),
        Err(problem) => {
            let problem = problem.logged();
            Err(io::Error::other(problem.code()))
        }
    })
}

fn head(account: &ExportedAccount, now: DateTime<Utc>) -> Pieces {
    let at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let written = serde_json::to_string(account).map_err(Problem::internal);
    let head =
        written.map(|account| format!("{{\"exported_at\":\"{at}\",\n\"account\":{account}").into_bytes());
    stream::iter([head]).boxed()
}

/// Whom an archive names by id.
#[derive(Clone, Default)]
struct Met(Arc<Mutex<BTreeSet<Uuid>>>);

impl Met {
    fn all(&self) -> BTreeSet<Uuid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, people: impl IntoIterator<Item = Uuid>) {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.extend(people);
    }
}

struct Archive {
    me: Uuid,
    reading: Reading,
    met: Met,
}

impl Archive {
    /// A list of all that `filter` finds.
    fn list<D, T>(&self, name: &'static str, filter: Bson, sort: Bson) -> Pieces
    where
        D: Document,
        T: Shown + DeserializeOwned + Send + Sync + Unpin + 'static,
    {
        let (pictures, met) = (self.reading.pictures().clone(), self.met.clone());
        let me = self.me;
        let query = Query::whole(filter, T::fields(), sort);
        let rows = self.reading.stream::<D, T>(query).map_ok(move |row| {
            met.note(row.people());
            row.shown(me, &pictures)
        });
        written(name, rows)
    }

    /// Where the caller is signed in.
    fn sessions(&self, signed_in: SignedIn, now: DateTime<Utc>) -> Pieces {
        let (me, reading) = (self.me, self.reading.clone());
        let rows = stream::once(async move {
            let ended = Ended::read(&reading, me).await?;
            let query = Query::whole(
                doc! { "account": me },
                SessionRow::fields(),
                doc! { "position": -1 },
            );
            let rows = reading.stream::<Session, SessionRow>(query);
            Ok::<_, Problem>(rows.try_filter_map(move |row| {
                let over = ended.includes(&row, now) || signed_in.knows_ended(row.id, row.started_at);
                future::ok((!over).then(|| row.shown(signed_in.session)))
            }))
        });
        written("sessions", rows.try_flatten())
    }

    /// Whom the lists before have named.
    fn people(&self) -> Pieces {
        let (me, reading, met) = (self.me, self.reading.clone(), self.met.clone());
        let people = stream::once(async move {
            let ids: Vec<Uuid> = met.all().into_iter().filter(|id| *id != me).collect();
            let chunks: Vec<Vec<Uuid>> = ids.chunks(NAMES).map(<[Uuid]>::to_vec).collect();
            let names = stream::iter(chunks).then(move |ids| {
                let reading = reading.clone();
                async move { People::read(&reading, me, ids).await }
            });
            Ok::<_, Problem>(
                names
                    .map_ok(|people| stream::iter(people.all_shown().into_iter().map(Ok)))
                    .try_flatten(),
            )
        });
        written("people", people.try_flatten())
    }
}

/// `,"name":[…]`
fn written<T: Serialize + 'static>(
    name: &'static str,
    items: impl Stream<Item = Result<T, Problem>> + Send + 'static,
) -> Pieces {
    let items = items.enumerate().map(|(n, item)| {
        let mut json = if n == 0 { Vec::new() } else { b",\n".to_vec() };
        serde_json::to_writer(&mut json, &item?).map_err(Problem::internal)?;
        Ok(json)
    });
    let chunks = items.try_ready_chunks(CHUNK);
    let pieces = chunks.map(|chunk| match chunk {
        Ok(pieces) => Ok(pieces.concat()),
        Err(broken) => Err(broken.1),
    });
    stream::iter([Ok(format!(",\n\"{name}\":[").into_bytes())])
        .chain(pieces)
        .chain(stream::iter([Ok(b"]".to_vec())]))
        .boxed()
}
