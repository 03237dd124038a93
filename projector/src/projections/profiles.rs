//! Accounts' events to people as others see them, and to the words by which they are found.

use std::collections::BTreeSet;

use events::{AccountId, Event, Personal, Recorded, account};
use read_model::{
    position,
    profiles::{Profile, Word, WordId},
    uuid,
};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Write};

/// See [`read_model::profiles`].
#[derive(Debug)]
pub struct Profiles;

impl Projection for Profiles {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::profiles::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        match &event.event {
            Event::Account(event) => changed(event)
                .filter(|account| shard.owns(*account))
                .map(|account| Key::of::<Profile>(uuid(account)))
                .into_iter()
                .collect(),
            _ => vec![],
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let Event::Account(what) = &event.event else {
            return Ok(vec![]);
        };
        if let account::Event::SignedUp(signed_up) = what {
            if !shard.owns(signed_up.account) {
                return Ok(vec![]);
            }
            let profile = new(event, signed_up);
            return Ok(written(&profile, &BTreeSet::new()));
        }
        let Some(account) = changed(what).filter(|account| shard.owns(*account)) else {
            return Ok(vec![]);
        };
        let Some(mut profile) = loaded.get::<Profile>(uuid(account))? else {
            return Ok(vec![]);
        };
        let words = profile.words();
        match what {
            account::Event::ErasureRequested(_) | account::Event::Erased(_) => wipe(&mut profile),
            // Whatever is still told of somebody who asked to be forgotten.
            _ if profile.erased => return Ok(vec![]),
            account::Event::ProfileUpdated(updated) => match &updated.personal {
                Personal::Known(told) => {
                    profile.display_name = Some(told.display_name.clone());
                    profile.bio = Some(told.bio.clone());
                    profile.location = Some(told.location.clone());
                    profile.website = Some(told.website.clone());
                }
                Personal::Erased => wipe(&mut profile),
            },
            account::Event::AvatarChanged(changed) => profile.avatar = changed.media.map(uuid),
            account::Event::CoverChanged(changed) => profile.cover = changed.media.map(uuid),
            account::Event::SignedUp(_)
            | account::Event::PasswordChanged(_)
            | account::Event::EmailChanged(_)
            | account::Event::LoggedOutEverywhere(_) => return Ok(vec![]),
        }
        profile.position = position(event.position.sequence);
        Ok(written(&profile, &words))
    }
}

/// Writes the profile, and its words where they differ from those it had.
fn written(profile: &Profile, before: &BTreeSet<String>) -> Vec<Write> {
    let account = profile.account;
    let id = |word: &String| WordId {
        account,
        word: word.clone(),
    };
    let now = profile.words();
    let new = now.difference(before).map(|word| {
        Write::put(&Word {
            id: id(word),
            account,
            word: word.clone(),
        })
    });
    let gone = before
        .difference(&now)
        .map(|word| Write::delete::<Word>(id(word)));
    [Write::put(profile)].into_iter().chain(new).chain(gone).collect()
}

/// Whose profile an event changes, if it was there before and shows what changed.
fn changed(event: &account::Event) -> Option<AccountId> {
    match event {
        account::Event::ProfileUpdated(event) => Some(event.account),
        account::Event::AvatarChanged(event) | account::Event::CoverChanged(event) => Some(event.account),
        account::Event::ErasureRequested(event) => Some(event.account),
        account::Event::Erased(event) => Some(event.account),
        account::Event::SignedUp(_)
        | account::Event::PasswordChanged(_)
        | account::Event::EmailChanged(_)
        | account::Event::LoggedOutEverywhere(_) => None,
    }
}

fn new(event: &Recorded, signed_up: &account::SignedUp) -> Profile {
    let told = signed_up.personal.known();
    Profile {
        account: uuid(signed_up.account),
        username: told.map(|told| told.username.clone()),
        display_name: told.map(|told| told.display_name.clone()),
        bio: told.map(|_| String::new()),
        location: told.map(|_| String::new()),
        website: told.map(|_| String::new()),
        avatar: None,
        cover: None,
        joined_at: event.meta.at.into(),
        erased: told.is_none(),
        position: position(event.position.sequence),
    }
}

/// Leaves that there was somebody, and since when. The same whether what is wiped could still be read.
fn wipe(profile: &mut Profile) {
    *profile = Profile {
        account: profile.account,
        username: None,
        display_name: None,
        bio: None,
        location: None,
        website: None,
        avatar: None,
        cover: None,
        joined_at: profile.joined_at,
        erased: true,
        position: profile.position,
    };
}

#[cfg(test)]
mod tests {
    use events::MediaId;
    use uuid::Uuid;

    use super::*;
    use crate::given::{Given, account, erasure_requested, recorded, signed_up, someone};

    fn profile_updated(n: u128, name: &str) -> Event {
        Event::Account(account::Event::ProfileUpdated(account::ProfileUpdated {
            account: someone(n),
            personal: Personal::Known(account::Profile {
                display_name: name.to_owned(),
                bio: "Sails.".to_owned(),
                location: String::new(),
                website: String::new(),
            }),
        }))
    }

    fn avatar_changed(n: u128, media: Option<u128>) -> Event {
        Event::Account(account::Event::AvatarChanged(account::PictureChanged {
            account: someone(n),
            media: media.map(|media| MediaId::from(Uuid::from_u128(media))),
        }))
    }

    fn erased(n: u128) -> Event {
        Event::Account(account::Event::Erased(account::Erased { account: someone(n) }))
    }

    #[test]
    fn a_sign_up_gives_a_profile_with_nothing_told_yet() {
        let profile = Given::new(Profiles)
            .events([signed_up(1, "ada")])
            .document::<Profile>(account(1))
            .unwrap();
        assert_eq!(profile.username.as_deref(), Some("ada"));
        assert_eq!(profile.bio.as_deref(), Some(""));
        assert_eq!(
            (profile.erased, profile.position, profile.avatar),
            (false, 1, None)
        );
    }

    #[test]
    fn a_profile_shows_what_was_told_last() {
        let profile = Given::new(Profiles)
            .events([
                signed_up(1, "ada"),
                avatar_changed(1, Some(9)),
                profile_updated(1, "Ada L."),
                avatar_changed(1, None),
                profile_updated(1, "Ada Lovelace"),
            ])
            .document::<Profile>(account(1))
            .unwrap();
        assert_eq!(profile.display_name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(profile.username.as_deref(), Some("ada"));
        assert_eq!((profile.avatar, profile.position), (None, 5));
    }

    #[test]
    fn somebody_is_found_by_the_words_of_their_names_as_they_are_now() {
        let words = |given: Given| {
            let mut words: Vec<_> = given.documents_of::<Word>();
            words.sort_by(|one, other| one.word.cmp(&other.word));
            assert!(words.iter().all(|word| word.account == account(1)));
            words.into_iter().map(|word| word.word).collect::<Vec<_>>()
        };
        let signed_up = || Given::new(Profiles).events([signed_up(1, "ada")]);
        assert_eq!(words(signed_up()), ["ada"]);
        let events = [
            crate::given::signed_up(1, "ada"),
            profile_updated(1, "Ada Byron"),
            profile_updated(1, "Ada Lovelace-Byrón"),
        ];
        let given = Given::new(Profiles).events(events.clone());
        assert_eq!(words(given), ["ada", "byron", "lovelacebyron"]);
        let erased = events.into_iter().chain([erasure_requested(1)]);
        assert_eq!(words(Given::new(Profiles).events(erased)), [""; 0]);
    }

    #[test]
    fn nothing_personal_is_left_from_the_request_to_be_erased_on() {
        let profile = Given::new(Profiles)
            .events([
                signed_up(1, "ada"),
                avatar_changed(1, Some(9)),
                profile_updated(1, "Ada"),
                erasure_requested(1),
                avatar_changed(1, Some(10)),
            ])
            .document::<Profile>(account(1))
            .unwrap();
        assert!(profile.erased);
        let Profile {
            username,
            display_name,
            bio,
            location,
            website,
            avatar,
            ..
        } = profile;
        assert_eq!(
            [username, display_name, bio, location, website],
            [const { None }; 5]
        );
        assert_eq!(avatar, None);
    }

    #[test]
    fn an_erased_person_reads_the_same_whether_their_events_were_still_readable() {
        let live = [
            signed_up(1, "ada"),
            profile_updated(1, "Ada"),
            avatar_changed(1, Some(9)),
            erasure_requested(1),
            erased(1),
        ];
        let rebuilt = live.clone().map(crate::given::unreadable);
        assert_eq!(
            Given::new(Profiles).events(live).all(),
            Given::new(Profiles).events(rebuilt).all()
        );
    }

    #[test]
    fn another_shard_leaves_the_profile_alone() {
        let event = recorded(1, signed_up(1, "ada"));
        let writes = |index| {
            let shard = Shard { index, count: 3 };
            Profiles.apply(&event, &Loaded::default(), shard).unwrap().len()
        };
        // The profile and its one word.
        assert_eq!((0..3).map(writes).sum::<usize>(), 2);
    }
}
