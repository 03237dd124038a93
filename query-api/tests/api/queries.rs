//! Every query has an index, whatever the routes come to ask: what they ask is recorded, and explained.

use bson::{Bson, Document, doc};
use mongodb::event::command::CommandEvent;

use crate::{api::Api, documents::Filled};

/// Round trips one after another, without a copy of anything; reads side by side count as one.
fn most_round_trips(path: &str) -> usize {
    let lists_of_somebody = path
        .strip_prefix("/v1/users/")
        .is_some_and(|rest| rest.contains('/'));
    match path {
        EXPORT => usize::MAX,
        // The person has to be found by name.
        _ if lists_of_somebody => 3,
        _ => 2,
    }
}
/// All that is somebody's, written while it is read: list after list, and each of them whole.
const EXPORT: &str = "/v1/me/export";
/// Documents that one query may look at; the collections have thousands, and the longest page takes 108 with their
/// names. The sidebar counts the unread messages of 101 chats.
const MOST_DOCUMENTS: i64 = 1_500;

/// Every read, in each of the ways that it can be asked for. That none is left out is checked against what the
/// service tells of itself.
async fn paths(filled: &Filled) -> Vec<String> {
    let (post, peer) = (filled.some_post, filled.peer);
    let lists = [
        "/v1/feed?limit=100",
        "/v1/explore?limit=100",
        "/v1/friends?limit=100",
        // Friends, then others.
        "/v1/search/users?q=per&limit=100",
        "/v1/search/users?q=person29&limit=5",
        "/v1/friend-requests?limit=50",
        "/v1/blocks?limit=50",
        "/v1/notifications?limit=100",
        "/v1/chats?limit=50",
        "/v1/auth/sessions?limit=20",
        "/v1/friend-requests?direction=outgoing&limit=50",
        // A friend's, a stranger's and one's own.
        "/v1/users/person1/posts?limit=5",
        "/v1/users/person399/posts?limit=5",
        "/v1/users/person0/posts?limit=5",
        "/v1/users/person0/friends?limit=100",
        &format!("/v1/posts/{post}/comments?limit=100"),
        &format!("/v1/posts/{post}/likes?limit=100"),
        &format!("/v1/posts/{post}/history?limit=100"),
        &format!("/v1/conversations/{peer}/messages?limit=20"),
        &format!("/v1/conversations/{peer}/messages?limit=20&after=c1"),
    ]
    .map(str::to_owned);
    let mut paths = vec![
        "/v1/me".to_owned(),
        EXPORT.to_owned(),
        "/v1/notifications/unread-count".to_owned(),
        "/v1/users/person1".to_owned(),
        "/v1/search/users?q=zoe".to_owned(),
        "/v1/suggestions".to_owned(),
        format!("/v1/posts/{post}"),
        format!("/v1/conversations/{peer}/messages?before=c900000&after=c1"),
        "/v1/chat/sidebar".to_owned(),
        "/v1/sync?after=c1".to_owned(),
        "/v1/sync?after=c999000".to_owned(),
    ];
    for list in lists {
        let cursor = next_cursor(&filled.api, filled, &list).await;
        let cursor = cursor.unwrap_or_else(|| panic!("{list} goes on"));
        paths.push(format!("{list}&cursor={cursor}"));
        paths.push(list);
    }
    paths
}

async fn next_cursor(api: &Api, filled: &Filled, list: &str) -> Option<String> {
    let page = api.get(filled.me, list).await;
    page["next_cursor"].as_str().map(str::to_owned)
}

async fn assert_none_is_left_out(api: &Api, paths: &[String]) {
    let document = api.ask("/openapi.json").send().await.body;
    let routes = document["paths"].as_object().expect("an object").keys();
    // Pictures come from their store, and ask MongoDB for nothing.
    for route in routes.filter(|route| !route.starts_with("/v1/media/")) {
        let fits = |path: &String| {
            let path = path.split('?').next().unwrap_or_default();
            let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
            let fits = |(route, path): (&&str, &&str)| route.starts_with('{') || route == path;
            route.len() == path.len() && route.iter().zip(&path).all(fits)
        };
        assert!(paths.iter().any(fits), "{route} is not among {paths:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_read_scans_a_collection_or_sorts_or_takes_many_round_trips() {
    let filled = Filled::new().await;
    let paths = paths(&filled).await;
    assert_none_is_left_out(&filled.api, &paths).await;
    for path in paths {
        let events = recorded(&filled, &path).await;
        let mut asked = 0;
        for event in &events {
            if let CommandEvent::Started(started) = event {
                asked += 1;
                // The same query, going on.
                if started.command_name == "getMore" {
                    continue;
                }
                explain(&filled, &path, started.command.clone()).await;
            }
        }
        assert!(asked > 0, "{path} asks for something");
    }
}

/// What a read asks of MongoDB. Reads side by side may by chance come one after another, where one has to wait for
/// a connection; so of several tries the best tells how many round trips there have to be. What any of them asked
/// is given: what is counted for suggestions is asked the first time alone.
async fn recorded(filled: &Filled, path: &str) -> Vec<CommandEvent> {
    let mut recorded = Vec::new();
    for _ in 0..10 {
        filled.commands.take();
        filled.api.get(filled.me, path).await;
        let events = filled.commands.take();
        let few = round_trips(&events) <= most_round_trips(path);
        recorded.extend(events);
        if few {
            return recorded;
        }
    }
    panic!("{path} takes too many round trips: {recorded:#?}");
}

/// How many commands stand behind each other: one that began after another had ended comes after it.
fn round_trips(events: &[CommandEvent]) -> usize {
    let mut ended = 0;
    let mut begun = std::collections::HashMap::new();
    let mut longest = 0;
    for event in events {
        match event {
            CommandEvent::Started(started) => {
                begun.insert(started.request_id, ended + 1);
                longest = longest.max(ended + 1);
            }
            CommandEvent::Succeeded(succeeded) => ended = ended.max(begun[&succeeded.request_id]),
            other => panic!("{other:?}"),
        }
    }
    longest
}

async fn explain(filled: &Filled, path: &str, command: Document) {
    let outside = [
        "lsid",
        "$db",
        "$clusterTime",
        "$readPreference",
        "maxTimeMS",
        "apiVersion",
    ];
    let query: Document = command
        .into_iter()
        .filter(|(name, _)| !outside.contains(&name.as_str()))
        .collect();
    // Only what is used is fetched.
    let stages = query.get_array("pipeline").into_iter().flatten();
    let chosen = |stage: &Bson| {
        stage
            .as_document()
            .is_some_and(|s| s.contains_key("$project") || s.contains_key("$group"))
    };
    let fields = query
        .get_document("projection")
        .is_ok_and(|fields| !fields.is_empty());
    // What is asked for by id is kept whole, for whoever asks for it next.
    let by_id = query
        .get_document("filter")
        .is_ok_and(|filter| filter.keys().eq(["_id"]));
    assert!(
        fields || by_id || stages.into_iter().any(chosen),
        "{path}: all fields\n{query:#}"
    );
    let explained = filled
        .run(doc! { "explain": query.clone(), "verbosity": "executionStats" })
        .await;
    let mut faults = Vec::new();
    let mut documents = 0;
    look(&Bson::Document(explained.clone()), &mut faults, &mut documents);
    assert!(faults.is_empty(), "{path}: {faults:?}\n{query:#}\n{explained:#}");
    println!(
        "{path}: {} looks at {documents} documents",
        query.keys().next().expect("a command")
    );
    assert!(
        path == EXPORT || documents <= MOST_DOCUMENTS,
        "{path}: {documents} documents\n{query:#}\n{explained:#}"
    );
}

/// Looks for what must not be anywhere in a plan, and for the largest number of documents that a part looked at.
fn look(part: &Bson, faults: &mut Vec<String>, documents: &mut i64) {
    match part {
        Bson::Document(document) => {
            for (name, value) in document {
                // What the planner thought of and didn't choose is no matter, nor are our own words.
                if matches!(name.as_str(), "rejectedPlans" | "command") {
                    continue;
                }
                let number = value.as_i64().or_else(|| value.as_i32().map(i64::from));
                let fault = match name.as_str() {
                    "stage" => matches!(value.as_str(), Some("COLLSCAN" | "SORT" | "SORT_KEY_GENERATOR")),
                    "$sort" => true,
                    "strategy" => matches!(value.as_str(), Some("NestedLoopJoin" | "HashJoin")),
                    "collectionScans" => number != Some(0),
                    "hasSortStage" | "usedDisk" => value.as_bool() == Some(true),
                    _ => false,
                };
                if fault {
                    faults.push(format!("{name}: {value}"));
                }
                if name == "totalDocsExamined" {
                    *documents = (*documents).max(number.unwrap_or_default());
                }
                look(value, faults, documents);
            }
        }
        Bson::Array(parts) => parts.iter().for_each(|part| look(part, faults, documents)),
        _ => {}
    }
}
