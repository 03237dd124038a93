//! `GET /v1/chat/sidebar`

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{Uuid, doc};
use events::{AccountId, Pair};
use platform::Problem;
use read_model::{
    Projection,
    chat::{self, Conversation, ConversationId},
    friends, profiles,
};
use serde::Deserialize;

use crate::{
    answers::{Peer, Sidebar, SidebarFriend},
    app::{App, Viewer},
    asked::Asked,
    chats::{self, RECENT_CHATS, Unread},
    join::People,
    pictures::MessagePictures,
    reading::{Kept, Query, Reading},
};

const READS: [&Projection; 3] = [&chat::PROJECTION, &friends::PROJECTION, &profiles::PROJECTION];

/// So many of the newest friends are looked at for those without a chat.
const FRIENDS: usize = 500;

/// Recent chats, newest first, then friends without a chat.
///
/// What a chat's list shows at first: each recent chat with its last message and the number of unread ones. Who is
/// online comes by the socket.
#[utoipa::path(
    get,
    path = "/v1/chat/sidebar",
    operation_id = "getSidebar",
    tag = "conversations",
    responses((status = 200, description = "What the chat page shows beside the messages.", body = Sidebar))
)]
pub(crate) async fn get_sidebar(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
) -> Result<Response, Problem> {
    app.read(asked, &READS, |reading| async move {
        let (mut chats, mut friends) =
            tokio::try_join!(chats::recent(&reading, viewer), newest_friends(&reading, viewer))?;
        let recent = usize::try_from(RECENT_CHATS).unwrap_or(usize::MAX);
        let (more_recent, more_friends) = (chats.len() > recent, friends.len() > FRIENDS);
        chats.truncate(recent);
        let known: HashSet<Uuid> = friends.iter().copied().collect();
        friends.truncate(FRIENDS);
        let peers: HashSet<Uuid> = chats.iter().map(|chat| chats::other(chat.id, viewer)).collect();
        friends.retain(|friend| !peers.contains(friend));
        // Among the recent chats are all, unless there are more.
        let candidates = if more_recent { friends.as_slice() } else { &[] };
        let people = peers.iter().chain(&friends).copied();
        let last = chats.iter().filter_map(|chat| chat.last_message.as_ref());
        let media = last.flat_map(|message| message.pictures().iter().copied());
        let (unread, people, pictures, chatted) = tokio::try_join!(
            Unread::among(&reading, viewer, &chats),
            People::read_beside(&reading, viewer, people, &known),
            MessagePictures::read(&reading, media),
            chatted_with(&reading, viewer, candidates)
        )?;
        friends.retain(|friend| !chatted.contains(friend));
        Ok(Json(Sidebar {
            recent: chats
                .into_iter()
                .filter_map(|chat| chat.shown(viewer, &unread, &people, &pictures))
                .collect(),
            more_recent,
            friends: friends
                .into_iter()
                .filter_map(|friend| alone(friend, &people))
                .collect(),
            more_friends,
        }))
    })
    .await
}

fn alone(friend: Uuid, people: &People) -> Option<SidebarFriend> {
    let person = people.shown(friend)?;
    Some(SidebarFriend {
        peer: Peer::new(friend.into(), Some(person)),
    })
}

async fn newest_friends(reading: &Reading, viewer: Uuid) -> Result<Vec<Uuid>, Problem> {
    #[derive(Deserialize)]
    struct Row {
        other: Uuid,
    }
    let filter = doc! { "owner": viewer, "status": "friends" };
    let limit = i64::try_from(FRIENDS + 1).unwrap_or(i64::MAX);
    let query = Query::newest(filter, doc! { "_id": 0, "other": 1 }, None, limit);
    let kept = Kept::first(limit, &friends::FRIENDS_OF);
    let rows: Vec<Row> = reading
        .beginning::<friends::Friend, _>(kept, viewer, query)
        .await?;
    Ok(rows.into_iter().map(|row| row.other).collect())
}

/// Those of `friends` with whom the viewer has a chat.
async fn chatted_with(reading: &Reading, viewer: Uuid, friends: &[Uuid]) -> Result<HashSet<Uuid>, Problem> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(rename = "_id")]
        id: ConversationId,
        position: i64,
    }
    let me = AccountId::from(uuid::Uuid::from(viewer));
    let ids = friends
        .iter()
        .filter_map(|friend| Pair::of(me, uuid::Uuid::from(*friend).into()))
        .map(ConversationId::from);
    let rows: Vec<Row> = reading.by_ids::<Conversation, _>(ids).await?;
    // Without a message it is no chat yet.
    let chats = rows.into_iter().filter(|row| row.position > 0);
    Ok(chats.map(|row| chats::other(row.id, viewer)).collect())
}
