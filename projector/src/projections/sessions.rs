//! Sessions' events to where people are signed in.

use events::{AccountId, Event, Recorded, person, session};
use read_model::{position, sessions::Session, uuid};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Sweep, Write};

/// See [`read_model::sessions`].
#[derive(Debug)]
pub struct Sessions;

impl Projection for Sessions {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::sessions::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["person", "session"]
    }

    /// Nothing is left of where somebody was signed in who was forgotten.
    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        let Event::Person(person::Event::Erased(erased)) = &event.event else {
            return vec![];
        };
        if !shard.owns(erased.account) {
            return vec![];
        }
        let sessions = Sweep::over::<Session>([("account", uuid(erased.account).into())]);
        vec![sessions.writing(|session: Session, _| Ok(vec![Write::delete::<Session>(session.id)]))]
    }

    fn needs(&self, _: &Recorded, _: Shard) -> Vec<Key> {
        vec![]
    }

    fn apply(&self, event: &Recorded, _: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let Event::Session(what) = &event.event else {
            return Ok(vec![]);
        };
        if !shard.owns(account(what)) {
            return Ok(vec![]);
        }
        Ok(vec![match what {
            // The event of a refresh has the whole session, so whatever is still in the stream is enough.
            session::Event::Started(session) | session::Event::Refreshed(session) => {
                Write::put(&signed_in(event, session))
            }
            session::Event::Revoked(revoked) => Write::delete::<Session>(uuid(revoked.session)),
        }])
    }
}

fn account(what: &session::Event) -> AccountId {
    match what {
        session::Event::Started(session) | session::Event::Refreshed(session) => session.account,
        session::Event::Revoked(revoked) => revoked.account,
    }
}

fn signed_in(event: &Recorded, session: &session::Session) -> Session {
    let device = session.personal.known();
    Session {
        id: uuid(session.session),
        account: uuid(session.account),
        user_agent: device.map(|device| device.user_agent.clone()),
        address_prefix: device.map(|device| device.address_prefix.clone()),
        started_at: session.started_at.into(),
        last_used_at: session.refreshed_at.into(),
        expires_at: session.expires_at.into(),
        position: position(event.position.sequence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{
        Given, account, person_erased, session_refreshed, session_revoked, session_started, unreadable,
    };

    #[test]
    fn a_session_is_there_until_it_is_revoked() {
        let given = Given::new(Sessions).events([session_started(9, 1), session_started(8, 1)]);
        let session = given.document::<Session>(account(9)).unwrap();
        assert_eq!(
            (session.account, session.user_agent.as_deref()),
            (account(1), Some("Mozilla/5.0"))
        );
        let given = Given::new(Sessions).events([
            session_started(9, 1),
            session_started(8, 1),
            session_revoked(9, 1),
        ]);
        let left: Vec<_> = given
            .documents_of::<Session>()
            .iter()
            .map(|session| session.id)
            .collect();
        assert_eq!(left, [account(8)]);
    }

    #[test]
    fn a_refresh_tells_when_it_was_last_used_even_if_nothing_came_before() {
        let both = Given::new(Sessions).events([session_started(9, 1), session_refreshed(9, 1, 500)]);
        let session = both.document::<Session>(account(9)).unwrap();
        assert_eq!(session.last_used_at, testkit::at(500).into());
        assert_eq!(session.position, 2);
        let alone = Given::new(Sessions).events([session_refreshed(9, 1, 500)]);
        assert!(alone.document::<Session>(account(9)).is_some());
    }

    #[test]
    fn nothing_is_told_of_the_device_of_who_was_forgotten() {
        let given = Given::new(Sessions).events([unreadable(session_started(9, 1))]);
        let session = given.document::<Session>(account(9)).unwrap();
        assert_eq!((session.user_agent, session.address_prefix), (None, None));
    }

    #[test]
    fn of_who_is_forgotten_no_session_is_left_whether_it_could_be_read_or_not() {
        let events = |seal: fn(Event) -> Event| {
            let own = [session_started(9, 1), session_refreshed(8, 1, 500)].map(seal);
            own.into_iter()
                .chain([session_started(7, 2), person_erased(1)])
                .collect::<Vec<_>>()
        };
        let given = Given::new(Sessions).events(events(|event| event));
        let left: Vec<_> = given.documents_of::<Session>();
        assert_eq!(
            left.iter().map(|session| session.id).collect::<Vec<_>>(),
            [account(7)]
        );
        assert_eq!(Given::new(Sessions).events(events(unreadable)).all(), given.all());
    }

    #[test]
    fn three_shards_write_together_what_one_writes_alone() {
        let events: Vec<_> = (0..30)
            .map(|n| session_started(100 + n, n % 11))
            .chain((0..10).map(|n| session_revoked(100 + n, n % 11)))
            .chain([person_erased(3)])
            .collect();
        let whole = Given::new(Sessions).events(events.clone()).all();
        assert_eq!(Given::sharded(Sessions, 3).events(events).all(), whole);
    }
}
