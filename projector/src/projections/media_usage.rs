//! Pictures' events, and those of posts and profiles, to what pictures there are and what refers to them.

use bson::Bson;
use events::{AccountId, Event, MediaId, PostId, Recorded, account, media, post};
use read_model::{
    media::{Media, Use, UseId},
    uuid,
};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Sweep, Write};

/// See [`read_model::media`].
#[derive(Debug)]
pub struct MediaUsage;

/// What an event is to pictures.
enum What<'a> {
    /// A picture is there.
    Uploaded(&'a media::Uploaded),
    /// It is gone.
    Deleted(&'a media::Deleted),
    /// A post shows these, among others that it showed before.
    Shown(PostId, AccountId, Vec<MediaId>),
    /// A post is gone.
    PostDeleted(PostId, AccountId),
    /// A place of a profile shows this, or nothing.
    Placed(&'static str, AccountId, Option<MediaId>),
    /// Somebody asked to be forgotten, and is.
    Erased(AccountId),
    /// Nothing.
    Nothing,
}

impl What<'_> {
    /// Whose pictures it concerns: everybody shows their own only.
    fn owner(&self) -> Option<AccountId> {
        match self {
            Self::Uploaded(uploaded) => Some(uploaded.owner),
            Self::Deleted(deleted) => Some(deleted.owner),
            Self::Shown(_, owner, _)
            | Self::PostDeleted(_, owner)
            | Self::Placed(_, owner, _)
            | Self::Erased(owner) => Some(*owner),
            Self::Nothing => None,
        }
    }
}

impl Projection for MediaUsage {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::media::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account", "media", "post"]
    }

    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        let what = what(event, shard);
        match what {
            What::PostDeleted(post, _) => vec![release("by", uuid(post).into(), None)],
            // Where the picture that a place shows now stands is known, but not which one it showed before.
            What::Placed(place, account, _) => {
                vec![release("by", uuid(account).into(), Some(place))]
            }
            What::Erased(account) => {
                let media = Sweep::over::<Media>([("owner", uuid(account).into())])
                    .writing(|media: Media, _| Ok(vec![Write::delete::<Media>(media.id)]));
                vec![release("owner", uuid(account).into(), None), media]
            }
            What::Uploaded(_) | What::Deleted(_) | What::Shown(..) | What::Nothing => vec![],
        }
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        match what(event, shard) {
            What::Shown(post, _, shown) => {
                let each = shown.into_iter();
                each.flat_map(|media| {
                    let place = media.to_string();
                    [
                        Key::of::<Media>(uuid(media)),
                        Key::of::<Use>(place_in(uuid(post), &place)),
                    ]
                })
                .collect()
            }
            What::Placed(_, _, Some(media)) => vec![Key::of::<Media>(uuid(media))],
            What::Placed(_, _, None)
            | What::Uploaded(_)
            | What::Deleted(_)
            | What::PostDeleted(..)
            | What::Erased(_)
            | What::Nothing => vec![],
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        match what(event, shard) {
            What::Uploaded(uploaded) => {
                let description = uploaded.personal.known();
                Ok(vec![Write::put(&Media {
                    id: uuid(uploaded.media),
                    owner: uuid(uploaded.owner),
                    width: uploaded.width.into(),
                    height: uploaded.height.into(),
                    blurhash: description.map(|description| description.blurhash.clone()),
                    alt: description.map(|description| description.alt.clone()),
                    uploaded_at: event.meta.at.into(),
                    uses: 0,
                })])
            }
            What::Deleted(deleted) => Ok(vec![Write::delete::<Media>(uuid(deleted.media))]),
            What::Shown(post, owner, shown) => {
                let mut writes = Vec::new();
                for media in shown {
                    let id = place_in(uuid(post), &media.to_string());
                    if loaded.get::<Use>(id.clone())?.is_none() {
                        writes.extend(used(loaded, id, media, owner)?);
                    }
                }
                Ok(writes)
            }
            What::Placed(place, account, Some(media)) => {
                used(loaded, place_in(uuid(account), place), media, account)
            }
            What::Placed(_, _, None) | What::PostDeleted(..) | What::Erased(_) | What::Nothing => Ok(vec![]),
        }
    }
}

fn what(event: &Recorded, shard: Shard) -> What<'_> {
    let what = match &event.event {
        Event::Media(media::Event::Uploaded(uploaded)) => What::Uploaded(uploaded),
        Event::Media(media::Event::Deleted(deleted)) => What::Deleted(deleted),
        Event::Post(post::Event::Published(version) | post::Event::Edited(version)) => {
            // What can't be read any more shows nothing; the account's erasure takes the rest away.
            let blocks = version
                .personal
                .known()
                .map_or(&[][..], |content| &content.blocks);
            let mut shown: Vec<MediaId> = blocks.iter().filter_map(picture).collect();
            shown.sort_unstable();
            shown.dedup();
            What::Shown(version.post, version.author, shown)
        }
        Event::Post(post::Event::Deleted(deleted)) => What::PostDeleted(deleted.post, deleted.author),
        Event::Account(event) => match event {
            account::Event::AvatarChanged(changed) => What::Placed("avatar", changed.account, changed.media),
            account::Event::CoverChanged(changed) => What::Placed("cover", changed.account, changed.media),
            account::Event::Erased(erased) => What::Erased(erased.account),
            account::Event::SignedUp(_)
            | account::Event::ProfileUpdated(_)
            | account::Event::PasswordChanged(_)
            | account::Event::EmailChanged(_)
            | account::Event::LoggedOutEverywhere(_)
            | account::Event::ErasureRequested(_) => What::Nothing,
        },
        Event::Username(_)
        | Event::Email(_)
        | Event::Friendship(_)
        | Event::Reaction(_)
        | Event::Comment(_)
        | Event::Inbox(_)
        | Event::Report(_)
        | Event::Dm(_)
        | Event::Session(_)
        | Event::Person(_) => What::Nothing,
    };
    if what.owner().is_some_and(|owner| shard.owns(owner)) {
        what
    } else {
        What::Nothing
    }
}

fn picture(block: &post::Block) -> Option<MediaId> {
    match block {
        post::Block::Image { media_id, .. } => Some(*media_id),
        post::Block::Text { .. } => None,
    }
}

fn place_in(by: bson::Uuid, place: &str) -> UseId {
    UseId {
        by,
        place: place.to_owned(),
    }
}

/// Notes a new use of a picture. One that is gone, or whose upload can't be read, is used all the same.
fn used(loaded: &Loaded, id: UseId, media: MediaId, owner: AccountId) -> Result<Vec<Write>, ApplyError> {
    let mut writes = vec![Write::put(&Use {
        by: id.by,
        id,
        media: uuid(media),
        owner: uuid(owner),
    })];
    if let Some(mut media) = loaded.get::<Media>(uuid(media))? {
        media.uses += 1;
        writes.push(Write::put(&media));
    }
    Ok(writes)
}

/// Takes away all uses of which a field is so, or those in one place.
fn release(field: &'static str, value: Bson, place: Option<&'static str>) -> Sweep {
    let meant = move |used: &Use| place.is_none_or(|place| used.id.place == place);
    Sweep::over::<Use>([(field, value)])
        .needing(|used: &Use| vec![Key::of::<Media>(used.media)])
        .writing(move |used: Use, loaded| {
            if !meant(&used) {
                return Ok(vec![]);
            }
            let mut writes = vec![Write::delete::<Use>(used.id)];
            if let Some(mut media) = loaded.get::<Media>(used.media)? {
                media.uses -= 1;
                writes.push(Write::put(&media));
            }
            Ok(writes)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{Given, account, avatar, deleted, erased, shown, unreadable, uploaded};

    fn uses(given: &Given, n: u128) -> Option<i64> {
        given.document::<Media>(account(n)).map(|media| media.uses)
    }

    #[test]
    fn what_a_post_shows_is_used_until_the_post_is_gone_even_if_an_edit_leaves_it_out() {
        let events = vec![uploaded(70, 1), uploaded(71, 1), shown(7, 1, &[70, 70, 71])];
        let given = Given::new(MediaUsage).events(events.clone());
        assert_eq!((uses(&given, 70), uses(&given, 71)), (Some(1), Some(1)));
        let edited = [events.clone(), vec![shown(7, 1, &[71])]].concat();
        let given = Given::new(MediaUsage).events(edited);
        assert_eq!((uses(&given, 70), uses(&given, 71)), (Some(1), Some(1)));
        let gone = [events, vec![deleted(7, 1), deleted(7, 1)]].concat();
        let given = Given::new(MediaUsage).events(gone);
        assert_eq!((uses(&given, 70), uses(&given, 71)), (Some(0), Some(0)));
        assert_eq!(given.documents_of::<Use>(), []);
    }

    #[test]
    fn a_place_of_a_profile_uses_one_picture_at_a_time() {
        let events = [
            uploaded(70, 1),
            uploaded(71, 1),
            avatar(1, Some(70)),
            avatar(1, Some(71)),
        ];
        let given = Given::new(MediaUsage).events(events.clone());
        assert_eq!((uses(&given, 70), uses(&given, 71)), (Some(0), Some(1)));
        let given = Given::new(MediaUsage).events(events.into_iter().chain([avatar(1, None)]));
        assert_eq!(uses(&given, 71), Some(0));
    }

    #[test]
    fn of_who_is_forgotten_nothing_is_left_whether_it_could_be_read_or_not() {
        let events = |seal: fn(Event) -> Event| {
            let own = [uploaded(70, 1), shown(7, 1, &[70]), avatar(1, Some(70))].map(seal);
            own.into_iter()
                .chain([uploaded(80, 2), shown(8, 2, &[80]), erased(1)])
                .collect::<Vec<_>>()
        };
        let given = Given::new(MediaUsage).events(events(|event| event));
        assert_eq!((uses(&given, 70), uses(&given, 80)), (None, Some(1)));
        assert_eq!(
            Given::new(MediaUsage).events(events(unreadable)).all(),
            given.all()
        );
    }

    #[test]
    fn three_shards_write_together_what_one_writes_alone() {
        let events: Vec<_> = (0..20)
            .flat_map(|n| [uploaded(100 + n, n % 7), shown(200 + n, n % 7, &[100 + n])])
            .chain((0..5).map(|n| deleted(200 + n, n % 7)))
            .collect();
        let whole = Given::new(MediaUsage).events(events.clone()).all();
        assert_eq!(Given::sharded(MediaUsage, 3).events(events).all(), whole);
    }
}
