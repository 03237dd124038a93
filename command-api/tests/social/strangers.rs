//! What each command answers about somebody, by what they are to the caller: who blocks the caller is nobody.

use reqwest::Method;
use serde_json::{Value, json};

use crate::people::{ask, befriend, block, comment, last, people, publish};
use crate::support::{Answer, Api, PASSWORD, Person, nobody, text_post};

/// What somebody is to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// There never was anybody.
    Nobody,
    /// They were friends, and the other one was forgotten.
    Erased,
    /// A stranger who blocks the caller.
    Blocker,
    /// A friend once, who blocks the caller now.
    FormerFriendWhoBlocks,
    /// Nothing to each other.
    Stranger,
    /// A friend once.
    FormerFriend,
    /// The caller blocks them.
    Blocked,
    /// A friend.
    Friend,
}

use Kind::{Blocked, Blocker, Erased, FormerFriend, FormerFriendWhoBlocks, Friend, Nobody, Stranger};

/// Everybody but nobody, and those of whom a command about them changes something.
const TO_WHOM_THERE_IS_NOBODY: [Kind; 3] = [Erased, Blocker, FormerFriendWhoBlocks];
const KNOWN: [Kind; 4] = [Stranger, FormerFriend, Blocked, Friend];

/// Somebody, a post of theirs for everybody, and a comment of theirs on a post of somebody else's.
struct Other {
    person: Person,
    post: String,
    comment: String,
}

/// The commands by which one can name somebody or something of theirs.
const COMMANDS: [&str; 19] = [
    "request",
    "accept",
    "decline",
    "cancel",
    "unfriend",
    "block",
    "unblock",
    "report",
    "send",
    "edit message",
    "delete message",
    "read",
    "like",
    "unlike",
    "comment",
    "edit post",
    "delete post",
    "edit comment",
    "delete comment",
];

async fn run(api: &Api, command: &str, caller: &Person, other: &Other) -> Answer {
    let (id, post, comment) = (other.person.id, &other.post, &other.comment);
    let user = json!({ "user_id": id });
    let message = json!({ "id": nobody(), "text": "Hi" });
    let text = json!({ "text": "Hi" });
    let none = Value::Null;
    let report = json!({ "subject": user, "reason": "spam" });
    let (method, path, body) = match command {
        "request" => (Method::POST, "/v1/friend-requests".to_owned(), user),
        "accept" => (Method::POST, format!("/v1/friend-requests/{id}/accept"), none),
        "decline" => (Method::POST, format!("/v1/friend-requests/{id}/decline"), none),
        "cancel" => (Method::DELETE, format!("/v1/friend-requests/{id}"), none),
        "unfriend" => (Method::DELETE, format!("/v1/friends/{id}"), none),
        "block" => (Method::PUT, format!("/v1/blocks/{id}"), none),
        "unblock" => (Method::DELETE, format!("/v1/blocks/{id}"), none),
        "report" => (Method::POST, "/v1/reports".to_owned(), report),
        "send" => (Method::POST, format!("/v1/conversations/{id}/messages"), message),
        "edit message" => (Method::PATCH, format!("/v1/conversations/{id}/messages/c9"), text),
        "delete message" => (
            Method::DELETE,
            format!("/v1/conversations/{id}/messages/c9"),
            none,
        ),
        "read" => (
            Method::PUT,
            format!("/v1/conversations/{id}/read"),
            json!({ "up_to": "c9" }),
        ),
        "like" => (Method::PUT, format!("{post}/like"), none),
        "unlike" => (Method::DELETE, format!("{post}/like"), none),
        "comment" => (Method::POST, format!("{post}/comments"), text),
        "edit post" => (Method::PATCH, post.clone(), text_post("Mine")),
        "delete post" => (Method::DELETE, post.clone(), none),
        "edit comment" => (Method::PATCH, comment.clone(), text),
        "delete comment" => (Method::DELETE, comment.clone(), none),
        command => panic!("{command}"),
    };
    let request = api.request(method, &path).by(caller);
    if body.is_null() {
        request.await
    } else {
        request.json(&body).await
    }
}

/// The status and the code that a command about somebody is to be answered with.
fn expected(command: &str, kind: Kind) -> (u16, &'static str) {
    let there = KNOWN.contains(&kind);
    let meets = there && kind != Blocked;
    match command {
        "send" if kind == Friend => (201, ""),
        "send" => (403, "not-friends"),
        // With none of them there is a conversation.
        "edit message" | "delete message" | "read" => (404, "message-not-found"),
        "unlike" => (204, ""),
        "like" if meets => (204, ""),
        "comment" if meets => (201, ""),
        "edit post" | "delete post" | "edit comment" | "delete comment" if meets => (403, "not-author"),
        "like" | "comment" | "edit post" | "delete post" => (404, "post-not-found"),
        "edit comment" | "delete comment" => (404, "comment-not-found"),
        _ if !there => (404, "user-not-found"),
        "request" => match kind {
            Friend => (409, "already-friends"),
            Blocked => (409, "blocked"),
            _ => (201, ""),
        },
        "accept" if kind == Friend => (409, "already-friends"),
        "accept" | "decline" | "cancel" => (409, "no-request"),
        "unfriend" if kind == Friend => (204, ""),
        "unfriend" => (409, "not-friends"),
        "block" | "unblock" => (204, ""),
        "report" => (201, ""),
        command => panic!("{command}"),
    }
}

fn code(answer: &Answer) -> (u16, &str) {
    (
        answer.status.as_u16(),
        answer.body["code"].as_str().unwrap_or_default(),
    )
}

/// Somebody who is `kind` to the caller; `erasable` is somebody with a password.
async fn other(api: &Api, kind: Kind, caller: &Person, host: &str, erasable: &Person) -> Other {
    let [fresh] = people(api).await;
    let person = match kind {
        Nobody => {
            let person = Person {
                id: nobody().into(),
                ..fresh
            };
            let post = format!("/v1/posts/{}", nobody());
            let comment = format!("{host}/comments/{}", nobody());
            return Other {
                person,
                post,
                comment,
            };
        }
        Erased => erasable.clone(),
        _ => fresh,
    };
    let post = publish(api, &person, "public").await;
    let comment = comment(api, &person, host, "One").await;
    if matches!(kind, Erased | FormerFriendWhoBlocks | FormerFriend | Friend) {
        befriend(api, caller, &person).await;
    }
    match kind {
        Nobody | Stranger | Friend => {}
        FormerFriend => {
            let friend = format!("/v1/friends/{}", person.id);
            api.delete(&friend).by(caller).await.is(204);
        }
        Blocker | FormerFriendWhoBlocks => drop(block(api, &person, caller).await.is(204)),
        Blocked => drop(block(api, caller, &person).await.is(204)),
        Erased => {
            let password = json!({ "password": PASSWORD });
            let erase = api.delete("/v1/me").by(&person).json(&password);
            erase.await.is(202);
        }
    }
    Other {
        person,
        post,
        comment,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_blocks_the_caller_is_nobody_to_every_command() {
    let api = Api::start().await;
    let erasable = api.person("erasable").await;
    let [caller, gus] = people(&api).await;
    let host = publish(&api, &gus, "public").await;
    let nobody = other(&api, Nobody, &caller, &host, &erasable).await;
    let mut gone = Vec::new();
    for kind in TO_WHOM_THERE_IS_NOBODY {
        gone.push((kind, other(&api, kind, &caller, &host, &erasable).await));
    }
    let is_alike = async |command: &'static str| {
        let reference = run(&api, command, &caller, &nobody).await;
        assert_eq!(
            code(&reference),
            expected(command, Nobody),
            "{command} {Nobody:?}"
        );
        for (kind, other) in &gone {
            let answer = run(&api, command, &caller, other).await;
            assert_eq!(
                (answer.status, &answer.body),
                (reference.status, &reference.body),
                "{command} {kind:?}"
            );
        }
    };
    // Whether there is a like to take back can't be looked up, so that it is taken back in any case.
    let unlike = ["unlike"];
    api.appends_nothing(async {
        for command in COMMANDS.into_iter().filter(|command| !unlike.contains(command)) {
            is_alike(command).await;
        }
    })
    .await;
    for command in unlike {
        is_alike(command).await;
        api.appends_nothing(is_alike(command)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_answers_by_what_two_people_are_to_each_other() {
    let api = Api::start().await;
    let erasable = api.person("erasable").await;
    let [caller, gus] = people(&api).await;
    let host = publish(&api, &gus, "public").await;
    for command in COMMANDS {
        for kind in KNOWN {
            let other = other(&api, kind, &caller, &host, &erasable).await;
            let answer = run(&api, command, &caller, &other).await;
            assert_eq!(code(&answer), expected(command, kind), "{command} {kind:?}");
        }
    }
}

/// Whoever was asked, or asked, before the block is as good as never seen.
#[tokio::test]
async fn a_request_that_a_block_ended_is_not_told_of() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    for (by, whom) in [(&ann, &ben), (&ben, &ann)] {
        ask(&api, by, whom).await.is(201);
        block(&api, &ben, &ann).await.is(204);
        api.appends_nothing(async {
            for (method, path) in [
                (Method::POST, format!("/v1/friend-requests/{}/accept", ben.id)),
                (Method::POST, format!("/v1/friend-requests/{}/decline", ben.id)),
                (Method::DELETE, format!("/v1/friend-requests/{}", ben.id)),
            ] {
                let answer = api.request(method, &path).by(&ann).await;
                answer.problem(404, "user-not-found");
            }
        })
        .await;
        api.delete(&format!("/v1/blocks/{}", ann.id))
            .by(&ben)
            .await
            .is(204);
    }
}

/// The answer is the same whatever became of the post: hidden from friends, by a block, deleted.
#[tokio::test]
async fn ones_own_comment_is_taken_back_whether_its_post_can_be_seen_or_not() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let unfriended = publish(&api, &ann, "friends").await;
    let bens = comment(&api, &ben, &unfriended, "One").await;
    let deleted = publish(&api, &ann, "public").await;
    let under_deleted = comment(&api, &ben, &deleted, "Two").await;
    let blocked = publish(&api, &ann, "public").await;
    let under_blocked = comment(&api, &cid, &blocked, "Three").await;
    let others = comment(&api, &ann, &unfriended, "Four").await;
    api.delete(&format!("/v1/friends/{}", ann.id))
        .by(&ben)
        .await
        .is(204);
    api.delete(&deleted).by(&ann).await.is(204);
    block(&api, &ann, &cid).await.is(204);
    for (by, path) in [(&ben, &bens), (&ben, &under_deleted), (&cid, &under_blocked)] {
        api.appends_nothing(async {
            let edit = api.patch(path).by(by).json(&json!({ "text": "x" }));
            edit.await.problem(404, "post-not-found");
        })
        .await;
        api.delete(path).by(by).await.is(204);
        let again = api.appends_nothing(api.delete(path).by(by).into_future()).await;
        again.problem(404, "post-not-found");
    }
    api.appends_nothing(async {
        let others = format!("{unfriended}/comments/{}", last(&others));
        api.delete(&others).by(&ben).await.problem(404, "post-not-found");
    })
    .await;
}
