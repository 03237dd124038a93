//! Accounts' events to what their owners alone may see.

use events::{AccountId, Event, Recorded, SessionId, account};
use read_model::{accounts::Account, uuid};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Write};

/// See [`read_model::accounts`].
#[derive(Debug)]
pub struct Accounts;

impl Projection for Accounts {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::accounts::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        let account = concern(event, shard).map(|(_, account)| Key::of::<Account>(uuid(account)));
        account.into_iter().collect()
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let Some((what, account)) = concern(event, shard) else {
            return Ok(vec![]);
        };
        if let account::Event::SignedUp(signed_up) = what {
            let account = signed_up.personal.known().map(|told| Account {
                account: uuid(account),
                email: told.email.clone(),
                sessions_not_before: None,
                kept_session: None,
            });
            return Ok(account.iter().map(Write::put).collect());
        }
        let Some(mut account) = loaded.get::<Account>(uuid(account))? else {
            return Ok(vec![]);
        };
        let mut ended = |not_before: chrono::DateTime<chrono::Utc>, kept: Option<SessionId>| {
            account.sessions_not_before = Some(not_before.into());
            account.kept_session = kept.map(uuid);
        };
        match what {
            account::Event::PasswordChanged(changed) => {
                ended(changed.sessions_not_before, changed.kept_session);
            }
            account::Event::LoggedOutEverywhere(everywhere) => {
                ended(everywhere.sessions_not_before, everywhere.kept_session);
            }
            account::Event::EmailChanged(changed) => match changed.personal.known() {
                Some(told) => account.email.clone_from(&told.email),
                None => return Ok(vec![Write::delete::<Account>(account.account)]),
            },
            account::Event::ErasureRequested(_) | account::Event::Erased(_) => {
                return Ok(vec![Write::delete::<Account>(account.account)]);
            }
            account::Event::SignedUp(_)
            | account::Event::ProfileUpdated(_)
            | account::Event::AvatarChanged(_)
            | account::Event::CoverChanged(_) => return Ok(vec![]),
        }
        Ok(vec![Write::put(&account)])
    }
}

/// An account's event and the account, if the shard owns it and the event changes what is kept here.
fn concern(event: &Recorded, shard: Shard) -> Option<(&account::Event, AccountId)> {
    let Event::Account(what) = &event.event else {
        return None;
    };
    let account = match what {
        account::Event::SignedUp(event) => event.account,
        account::Event::PasswordChanged(event) => event.account,
        account::Event::EmailChanged(event) => event.account,
        account::Event::LoggedOutEverywhere(event) => event.account,
        account::Event::ErasureRequested(event) => event.account,
        account::Event::Erased(event) => event.account,
        account::Event::ProfileUpdated(_)
        | account::Event::AvatarChanged(_)
        | account::Event::CoverChanged(_) => return None,
    };
    shard.owns(account).then_some((what, account))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{
        Given, account, email_changed, erased, erasure_requested, logged_out_everywhere, signed_up,
        unreadable,
    };

    fn held(given: &Given) -> Option<Account> {
        given.document::<Account>(account(1))
    }

    #[test]
    fn an_account_has_the_address_that_was_confirmed_last() {
        let given = Given::new(Accounts).events([signed_up(1, "ada"), email_changed(1, "ada@new.example")]);
        assert_eq!(held(&given).unwrap().email, "ada@new.example");
    }

    #[test]
    fn the_last_word_on_sessions_counts() {
        let given = Given::new(Accounts).events([
            signed_up(1, "ada"),
            logged_out_everywhere(1, 100, Some(9)),
            logged_out_everywhere(1, 200, None),
        ]);
        let account = held(&given).unwrap();
        assert_eq!(account.sessions_not_before, Some(testkit::at(200).into()));
        assert_eq!(account.kept_session, None);
    }

    #[test]
    fn nothing_is_left_of_who_asked_to_be_forgotten() {
        let live = [
            signed_up(1, "ada"),
            email_changed(1, "ada@new.example"),
            erasure_requested(1),
            erased(1),
        ];
        assert_eq!(Given::new(Accounts).events(live.clone()).all(), []);
        assert_eq!(Given::new(Accounts).events(live.map(unreadable)).all(), []);
    }
}
