//! Accounts' events to people as others see them.

use events::{AccountId, Event, Personal, Recorded, account};
use read_model::{position, profiles::Profile, uuid};

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
            let owned = shard.owns(signed_up.account);
            let profile = owned.then(|| new(event, signed_up));
            return Ok(profile.iter().map(Write::put).collect());
        }
        let Some(account) = changed(what).filter(|account| shard.owns(*account)) else {
            return Ok(vec![]);
        };
        let Some(mut profile) = loaded.get::<Profile>(uuid(account))? else {
            return Ok(vec![]);
        };
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
        Ok(vec![Write::put(&profile)])
    }
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
        assert_eq!((0..3).map(writes).sum::<usize>(), 1);
    }
}
