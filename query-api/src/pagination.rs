//! Pages: `?limit=` and `?cursor=`.
//!
//! Lists are in the order of a position that a row has from its making and never changes, and the next page
//! begins after the last row that the page before looked at. So pages neither skip nor repeat a row, whatever is
//! written meanwhile. A position is unique in its stream, which makes it its own tie-breaker.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::{Problem, extract::Query};
use serde::Deserialize;
use utoipa::IntoParams;

/// The most rows that a page may have.
pub(crate) const MAX_LIMIT: usize = 100;
/// The rows of a page for which nothing is asked.
pub(crate) const DEFAULT_LIMIT: usize = 20;
/// The first byte of every cursor: raised when the rest changes its meaning.
pub(crate) const VERSION: u8 = 1;
/// How many rows more than the page needs are read, so that a few that the caller may not see don't make it short.
pub(crate) const SPARE_ROWS: usize = 8;
/// The rows that are read for a page for which nothing is asked.
#[expect(clippy::cast_possible_wrap, reason = "a page's rows are tens")]
pub(crate) const DEFAULT_ROWS: i64 = (DEFAULT_LIMIT + SPARE_ROWS) as i64;

/// The lists that have cursors; the number is a part of the cursor and stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum List {
    /// The caller's feed.
    Feed = 1,
    /// Public posts.
    Explore = 2,
    /// One person's posts.
    UserPosts = 3,
    /// One person's friends.
    UserFriends = 4,
    /// The caller's friends.
    Friends = 5,
    /// Requests to the caller.
    IncomingRequests = 6,
    /// Requests by the caller.
    OutgoingRequests = 7,
    /// A chat's messages, going back.
    MessagesBefore = 8,
    /// A chat's messages, going forward.
    MessagesAfter = 9,
    /// A post's comments.
    Comments = 10,
    /// A post's likes.
    Likes = 11,
    /// A post's versions.
    PostVersions = 12,
    /// People who were searched; its cursors have a form of their own.
    Search = 13,
    /// What happened around the caller.
    Notifications = 14,
    /// Whom the caller blocks.
    Blocks = 15,
    /// Where the caller is signed in.
    Sessions = 16,
    /// The caller's chats.
    Chats = 17,
}

/// Where a page begins: after the row at `position`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    list: u8,
    position: i64,
}

impl Cursor {
    const LENGTH: usize = 10;

    fn encode(self) -> String {
        let mut bytes = [0; Self::LENGTH];
        bytes[0] = VERSION;
        bytes[1] = self.list;
        bytes[2..].copy_from_slice(&self.position.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; Self::LENGTH] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let [version, list, position @ ..] = bytes;
        let position = i64::from_be_bytes(position);
        (version == VERSION && position >= 0).then_some(Self { list, position })
    }
}

/// How many rows, and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// 1 to [`MAX_LIMIT`].
    pub(crate) limit: usize,
    cursor: Option<Cursor>,
}

/// The query parameters of a [`Page`].
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// How many items at most.
    #[param(value_type = Option<u8>, nullable = false, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(nullable = false)]
    cursor: Option<String>,
}

impl Page {
    /// The row after which the page begins. A cursor of another list is a bad one.
    pub(crate) fn cursor(&self, list: List) -> Result<Option<i64>, Problem> {
        match self.cursor {
            None => Ok(None),
            Some(cursor) if cursor.list == list as u8 => Ok(Some(cursor.position)),
            Some(_) => Err(invalid_cursor()),
        }
    }

    /// Whether the cursor, if there is one, is of `list`.
    pub(crate) fn continues(&self, list: List) -> bool {
        self.cursor.is_some_and(|cursor| cursor.list == list as u8)
    }

    /// How many rows to read so that the page can be filled and its end be known.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit + SPARE_ROWS).unwrap_or(i64::MAX)
    }

    /// Takes a page out of `rows`, of which [`Page::rows`] were asked for. `item` makes an answer of a row, or
    /// nothing of one that the caller may not see. Also the cursor of the next page, if there may be one.
    pub(crate) fn take<R, T>(
        &self,
        list: List,
        rows: Vec<R>,
        position: impl Fn(&R) -> i64,
        mut item: impl FnMut(R) -> Option<T>,
    ) -> (Vec<T>, Option<String>) {
        let all_read = rows.len() < self.limit + SPARE_ROWS;
        let mut items = Vec::with_capacity(self.limit);
        let mut seen_up_to = None;
        let mut rest = rows.into_iter();
        while items.len() < self.limit {
            let Some(row) = rest.next() else { break };
            seen_up_to = Some(position(&row));
            items.extend(item(row));
        }
        // Rows that are left may all be invisible; the next page is then empty, and the last.
        let more = !all_read || rest.len() > 0;
        let next = seen_up_to.filter(|_| more).map(|position| {
            Cursor {
                list: list as u8,
                position,
            }
            .encode()
        });
        (items, next)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(params) = Query::<PageParams>::from_request_parts(parts, state).await?;
        let cursor = match params.cursor {
            Some(text) => Some(Cursor::decode(&text).ok_or_else(invalid_cursor)?),
            None => None,
        };
        Ok(Self {
            limit: limit(params.limit.as_deref(), DEFAULT_LIMIT)?,
            cursor,
        })
    }
}

/// Reads `?limit=`.
pub(crate) fn limit(text: Option<&str>, default: usize) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(default) };
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| Problem::bad_request("invalid-limit", "limit must be a whole number from 1 to 100."))
}

pub(crate) fn invalid_cursor() -> Problem {
    Problem::bad_request(
        "invalid-cursor",
        "cursor must be the next_cursor of a page of the same list.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: usize, cursor: Option<&str>) -> Page {
        Page {
            limit,
            cursor: cursor.map(|text| Cursor::decode(text).unwrap()),
        }
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_list_alone() {
        let text = Cursor {
            list: List::Feed as u8,
            position: 1 << 40,
        }
        .encode();
        assert_eq!(page(20, Some(&text)).cursor(List::Feed).unwrap(), Some(1 << 40));
        assert_eq!(
            page(20, Some(&text)).cursor(List::Explore).unwrap_err().code(),
            "invalid-cursor"
        );
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let good = Cursor { list: 1, position: 7 }.encode();
        let other_version = URL_SAFE_NO_PAD.encode([2, 1, 0, 0, 0, 0, 0, 0, 0, 7]);
        let negative = URL_SAFE_NO_PAD.encode([1, 1, 255, 0, 0, 0, 0, 0, 0, 7]);
        for text in [
            "",
            "x",
            &good[1..],
            &format!("{good}="),
            &format!("{good}AA"),
            &other_version,
            &negative,
        ] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }

    #[test]
    fn a_limit_is_1_to_100_and_never_clamped() {
        assert_eq!(limit(None, 20).unwrap(), 20);
        assert_eq!(limit(Some("1"), 20).unwrap(), 1);
        assert_eq!(limit(Some("100"), 20).unwrap(), 100);
        for text in [
            "",
            "0",
            "101",
            "-1",
            "+5",
            "1.0",
            "ten",
            " 5",
            "99999999999999999999",
        ] {
            assert_eq!(
                limit(Some(text), 20).unwrap_err().code(),
                "invalid-limit",
                "{text}"
            );
        }
    }

    #[test]
    fn hidden_rows_leave_a_full_page_and_a_cursor_behind_the_last_row_looked_at() {
        let rows: Vec<i64> = (1..=13).rev().collect();
        let take = |rows: Vec<i64>, hidden: fn(&i64) -> bool| {
            page(5, None).take(List::Feed, rows, |row| *row, |row| (!hidden(&row)).then_some(row))
        };
        let after =
            |cursor: Option<String>| cursor.and_then(|text| Cursor::decode(&text)).map(|c| c.position);

        let (items, next) = take(rows.clone(), |row| *row == 12 || *row == 10);
        assert_eq!((items, after(next)), (vec![13, 11, 9, 8, 7], Some(7)));
        let (items, next) = take(rows.clone(), |_| true);
        assert_eq!((items, after(next)), (vec![], Some(1)));
        let (items, next) = take(vec![3, 2, 1], |_| false);
        assert_eq!((items, after(next)), (vec![3, 2, 1], None));
        let (items, next) = take(vec![6, 5, 4, 3, 2, 1], |_| false);
        assert_eq!((items, after(next)), (vec![6, 5, 4, 3, 2], Some(2)));
    }
}
