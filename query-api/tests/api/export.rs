//! The archive of all that is somebody's.

use std::collections::BTreeSet;

use events::{AccountId, post::Visibility};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::{
    documents::Filled,
    world::{World, account, post_id},
};

const EXPORT: &str = "/v1/me/export";

/// What of each item of a list.
fn all<'a>(archive: &'a Value, list: &str, field: &str) -> Vec<&'a Value> {
    let items = archive[list]
        .as_array()
        .unwrap_or_else(|| panic!("{list} is a list"));
    items
        .iter()
        .map(|item| {
            item.pointer(field)
                .unwrap_or_else(|| panic!("{item} has {field}"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_holds_what_is_ones_own_and_nothing_of_others() {
    let world = World::start().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    world.befriend(ann, bob).await;
    world.request(cid, ann).await;
    world.block(ann, dan).await;
    world.publish(ann, Visibility::Public, "mine").await;
    world.edit(ann, "mine", Visibility::Friends, "mine, edited").await;
    world.publish(bob, Visibility::Friends, "bob's").await;
    world.like(ann, bob, "bob's").await;
    world.like(bob, ann, "mine").await;
    world.comment(ann, (bob, "bob's"), "a comment").await;
    world.comment(bob, (ann, "mine"), "a comment by bob").await;
    let first = world.send(ann, bob, "to bob").await;
    let second = world.send(bob, ann, "to ann").await;
    world.read(second, None).await;
    world.befriend(bob, cid).await;
    world.send(bob, cid, "not for ann").await;
    world.settled().await;

    let answer = world.api.ask_as(ann, EXPORT).send().await;
    assert_eq!(answer.header("content-type"), "application/json");
    let disposition = answer.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"echo-ann-") && disposition.ends_with(".json\""),
        "{disposition}"
    );
    let archive = answer.ok(EXPORT);
    assert_eq!(
        (&archive["account"]["username"], &archive["account"]["email"]),
        (&json!("ann"), &json!("ann@example.org"))
    );
    assert_eq!(all(&archive, "posts", "/blocks/0/text"), ["mine, edited"]);
    assert_eq!(all(&archive, "post_versions", "/blocks/0/text"), ["mine"]);
    assert_eq!(all(&archive, "comments", "/text"), ["a comment"]);
    assert_eq!(all(&archive, "likes", "/post"), [&json!(post_id("bob's"))]);
    let relationships: BTreeSet<String> = archive["relationships"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| format!("{} {} {}", one["person"], one["status"], one["blocked"]))
        .collect();
    let expected = [
        format!("\"{bob}\" \"friends\" false"),
        format!("\"{cid}\" \"requested_by\" false"),
        format!("\"{dan}\" \"none\" true"),
    ];
    assert_eq!(relationships, BTreeSet::from(expected));
    assert_eq!(all(&archive, "messages", "/text"), ["to bob", "to ann"]);
    assert_eq!(
        all(&archive, "messages", "/position"),
        [&json!(first.position), &json!(second.position)]
    );
    assert_eq!(
        archive["conversations"],
        json!([{ "peer": bob, "read_up_to": second.position }])
    );
    let different = |list: &str, field: &str| -> BTreeSet<String> {
        let values = all(&archive, list, field).into_iter();
        values
            .map(|value| value.as_str().expect("a text").to_owned())
            .collect()
    };
    assert_eq!(
        different("notifications", "/kind"),
        ["comment", "friend_request", "like"].map(str::to_owned).into()
    );
    assert_eq!(
        different("people", "/username"),
        ["bob", "cid", "dan"].map(str::to_owned).into()
    );
    assert!(!archive.to_string().contains("not for ann"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_whole_however_much_there_is() {
    let filled = Filled::new().await;
    let archive = filled.api.get(filled.me, EXPORT).await;
    for (list, key, count) in [
        ("posts", "/id", 10),
        ("messages", "/position", 4_800),
        ("conversations", "/peer", 120),
        // Friends, those asked and those who ask, and those blocked.
        ("relationships", "/person", 350),
        ("notifications", "/at", 200),
        ("sessions", "/id", 60),
    ] {
        let keys = all(&archive, list, key);
        assert_eq!(keys.len(), count, "{list}");
        if key != "/at" {
            let different: BTreeSet<String> = keys.iter().map(ToString::to_string).collect();
            assert_eq!(different.len(), count, "{list}");
        }
    }
    let document = filled.api.ask("/openapi.json").send().await.body;
    let promised = &document["components"]["schemas"]["Export"]["properties"];
    let keys = |object: &Value| -> BTreeSet<String> {
        object.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(keys(&archive), keys(promised));
}

#[tokio::test]
async fn nobody_exports_what_is_not_there_and_not_more_at_once_than_set() {
    let world = World::start_with(&["--max-exports", "0"]).await;
    let [ann] = world.people(["ann"]).await;
    world.settled().await;
    let answer = world.api.ask_as(ann, EXPORT).send().await;
    answer.is_problem(503, "busy", EXPORT);
    let world = World::start().await;
    let nobody = world.api.ask(EXPORT).send().await;
    nobody.is_problem(401, "missing-token", EXPORT);
    let unknown = world.api.ask_as(account("nobody"), EXPORT).send().await;
    unknown.is_problem(404, "user-not-found", EXPORT);
}

/// Asks for an archive and reads no more of the answer than its status.
async fn untaken(filled: &Filled, account: AccountId) -> (TcpStream, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4 * 1024).expect("a small buffer");
    let address = filled.api.url.strip_prefix("http://").expect("an address");
    let mut stream = socket
        .connect(address.parse().expect("an address"))
        .await
        .expect("it listens");
    let token = filled.api.token(account);
    let request = format!("GET {EXPORT} HTTP/1.1\r\nHost: echo\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut line = [0; 12];
    stream.read_exact(&mut line).await.expect("it is answered");
    let status = line.strip_prefix(b"HTTP/1.1 ").expect("a status line");
    let status = std::str::from_utf8(status).expect("digits").parse();
    (stream, status.expect("a number"))
}

/// Asks until there is room for an archive of this account.
async fn when_there_is_room(filled: &Filled, account: AccountId) {
    while untaken(filled, account).await.1 == 429 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_nobody_reads_keeps_nobody_else_from_theirs() {
    let filled = Filled::with(&["--max-exports", "1"]).await;
    filled.lengthen_messages().await;
    let (unread, status) = untaken(&filled, filled.me).await;
    assert_eq!(status, 200);
    let second = filled.api.ask_as(filled.me, EXPORT).send().await;
    second.is_problem(429, "too-many-requests", "one at a time");
    assert_eq!(second.header("retry-after"), "1");
    filled.api.get(filled.peer, EXPORT).await;
    drop(unread);
    when_there_is_room(&filled, filled.me).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_nobody_reads_is_given_up() {
    let filled = Filled::with(&["--export-idle-seconds", "1"]).await;
    filled.lengthen_messages().await;
    let (mut unread, status) = untaken(&filled, filled.me).await;
    assert_eq!(status, 200);
    when_there_is_room(&filled, filled.me).await;
    let mut rest = Vec::new();
    let _ended_or_reset = unread.read_to_end(&mut rest).await;
    assert!(
        !rest.ends_with(b"0\r\n\r\n"),
        "its end can be told from that of a whole one"
    );
}
