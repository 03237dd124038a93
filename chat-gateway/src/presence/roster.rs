//! Who is where, as far as somebody here wants to know: the facts as they come, in any order, and what
//! follows from them.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::AccountId;
use tokio::time::Instant;

use super::bucket::{About, Fact, GatewayId};

/// A gateway whose heart hasn't beaten for this long is gone, and with it everybody's sockets there. The
/// same as the beat's time to live.
pub(crate) const ALIVE_FOR: Duration = Duration::from_secs(10);
/// Who hasn't even heard its own heart for this long hears nothing, and knows nothing of others.
const DEAF_AFTER: Duration = Duration::from_secs(5);

/// Whether somebody is online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Connected to any gateway.
    pub(crate) online: bool,
    /// If not, when last, as far as is known.
    pub(crate) last_seen: Option<DateTime<Utc>>,
}

/// What is known of who is where.
pub(crate) struct Roster {
    me: GatewayId,
    people: HashMap<AccountId, Known>,
    gateways: HashMap<GatewayId, Heart>,
}

#[derive(Default)]
struct Known {
    /// Whether the bucket was asked about the person; until then what is known is a part.
    complete: bool,
    places: HashMap<GatewayId, Place>,
    seen: Option<(u64, DateTime<Utc>)>,
    /// What was last told of them.
    told: Option<bool>,
}

struct Place {
    revision: u64,
    here: bool,
    at: DateTime<Utc>,
}

#[derive(Clone, Copy)]
struct Heart {
    beat: Instant,
    at: DateTime<Utc>,
    alive: bool,
}

impl Roster {
    /// Of the gateway `me`, which knows nothing yet.
    pub(crate) fn new(me: GatewayId) -> Self {
        Self {
            me,
            people: HashMap::new(),
            gateways: HashMap::new(),
        }
    }

    /// Takes a person in, of whom facts are wanted from now on.
    pub(crate) fn follow(&mut self, account: AccountId) {
        self.people.entry(account).or_default();
    }

    /// Lets a person go.
    pub(crate) fn forget(&mut self, account: AccountId) {
        self.people.remove(&account);
    }

    /// Notes that all facts about a person, as of when they were followed, have been taken in.
    pub(crate) fn completed(&mut self, account: AccountId) {
        if let Some(known) = self.people.get_mut(&account) {
            known.complete = true;
        }
    }

    /// Whether the bucket needn't be asked about a person.
    pub(crate) fn is_complete(&self, account: AccountId) -> bool {
        self.people.get(&account).is_some_and(|known| known.complete)
    }

    /// Takes a fact in; returns whose state may differ now.
    pub(crate) fn take(&mut self, fact: Fact, now: Instant) -> Vec<AccountId> {
        match fact.about {
            About::Place {
                account,
                gateway,
                here,
            } => {
                let Some(known) = self.people.get_mut(&account) else {
                    return Vec::new();
                };
                let place = known.places.entry(gateway).or_insert(Place {
                    revision: 0,
                    here: false,
                    at: fact.at,
                });
                if fact.revision <= place.revision {
                    return Vec::new();
                }
                *place = Place {
                    revision: fact.revision,
                    here,
                    at: fact.at,
                };
                vec![account]
            }
            About::Seen { account } => {
                if let Some(known) = self.people.get_mut(&account)
                    && known.seen.is_none_or(|(revision, _)| revision < fact.revision)
                {
                    known.seen = Some((fact.revision, fact.at));
                }
                Vec::new()
            }
            About::Beat { gateway, alive: true } => self.beat(gateway, fact.at, now),
            About::Beat {
                gateway,
                alive: false,
            } => self.stopped(gateway),
        }
    }

    /// Notes whose hearts have stopped; returns who may be offline for it.
    pub(crate) fn pass(&mut self, now: Instant) -> Vec<AccountId> {
        if self.is_deaf(now) {
            return Vec::new();
        }
        let silent: Vec<GatewayId> = self
            .gateways
            .iter()
            .filter(|(_, heart)| heart.alive && now.saturating_duration_since(heart.beat) > ALIVE_FOR)
            .map(|(gateway, _)| *gateway)
            .collect();
        silent
            .into_iter()
            .flat_map(|gateway| self.stopped(gateway))
            .collect()
    }

    /// What a person's state is, if that is known.
    pub(crate) fn state(&self, account: AccountId) -> Option<State> {
        let known = self.people.get(&account).filter(|known| known.complete)?;
        let online = known
            .places
            .iter()
            .any(|(gateway, place)| place.here && self.is_alive(*gateway));
        if online {
            return Some(State {
                online,
                last_seen: None,
            });
        }
        let places = known.places.iter().map(|(gateway, place)| {
            let heart = self.gateways.get(gateway).filter(|_| place.here);
            heart.map_or(place.at, |heart| place.at.max(heart.at))
        });
        let last_seen = places.chain(known.seen.map(|(_, at)| at)).max();
        Some(State { online, last_seen })
    }

    /// A person's state, if it differs from what was told last; from now on it counts as told.
    pub(crate) fn turn(&mut self, account: AccountId) -> Option<State> {
        let state = self.state(account)?;
        let told = &mut self.people.get_mut(&account)?.told;
        (told.replace(state.online) != Some(state.online)).then_some(state)
    }

    /// Notes that a person's state is told for the first time. Says whether others were told otherwise.
    pub(crate) fn first_told(&mut self, account: AccountId, online: bool) -> bool {
        match self.people.get_mut(&account) {
            Some(known) => *known.told.get_or_insert(online) != online,
            None => false,
        }
    }

    fn beat(&mut self, gateway: GatewayId, at: DateTime<Utc>, now: Instant) -> Vec<AccountId> {
        if gateway == self.me && self.is_deaf(now) {
            // Others' hearts went on while we heard nothing; they have as long as ever to be heard again.
            for heart in self.gateways.values_mut().filter(|heart| heart.alive) {
                heart.beat = now;
            }
        }
        let heart = Heart {
            beat: now,
            at,
            alive: true,
        };
        match self.gateways.insert(gateway, heart) {
            Some(Heart { alive: true, .. }) => Vec::new(),
            Some(Heart { alive: false, .. }) | None => self.people_at(gateway),
        }
    }

    fn stopped(&mut self, gateway: GatewayId) -> Vec<AccountId> {
        match self.gateways.get_mut(&gateway) {
            Some(heart) if heart.alive => {
                heart.alive = false;
                self.people_at(gateway)
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn is_deaf(&self, now: Instant) -> bool {
        self.gateways
            .get(&self.me)
            .is_none_or(|heart| now.saturating_duration_since(heart.beat) > DEAF_AFTER)
    }

    fn is_alive(&self, gateway: GatewayId) -> bool {
        self.gateways.get(&gateway).is_some_and(|heart| heart.alive)
    }

    fn people_at(&self, gateway: GatewayId) -> Vec<AccountId> {
        self.people
            .iter()
            .filter(|(_, known)| known.places.get(&gateway).is_some_and(|place| place.here))
            .map(|(account, _)| *account)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ME: u128 = 100;
    const OTHER: u128 = 101;

    fn person() -> AccountId {
        AccountId::from(Uuid::from_u128(1))
    }

    fn gateway(n: u128) -> GatewayId {
        GatewayId::from(Uuid::from_u128(n))
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn fact(revision: u64, about: About) -> Fact {
        Fact {
            revision,
            about,
            at: at(i64::try_from(revision).unwrap()),
        }
    }

    fn beat(n: u128, revision: u64) -> Fact {
        let gateway = gateway(n);
        fact(revision, About::Beat { gateway, alive: true })
    }

    fn place(n: u128, revision: u64, here: bool) -> Fact {
        let (account, gateway) = (person(), gateway(n));
        fact(
            revision,
            About::Place {
                account,
                gateway,
                here,
            },
        )
    }

    /// Two gateways that live, and somebody who is followed.
    fn roster(now: Instant) -> Roster {
        let mut roster = Roster::new(gateway(ME));
        roster.take(beat(ME, 1), now);
        roster.take(beat(OTHER, 2), now);
        roster.follow(person());
        roster.completed(person());
        roster
    }

    #[test]
    fn online_on_two_gateways_is_online_once() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.take(place(ME, 3, true), now);
        assert_eq!(roster.turn(person()).map(|state| state.online), Some(true));
        roster.take(place(OTHER, 4, true), now);
        assert_eq!(roster.turn(person()), None);
        roster.take(place(ME, 5, false), now);
        assert_eq!(roster.turn(person()), None);
        roster.take(place(OTHER, 6, false), now);
        let offline = State {
            online: false,
            last_seen: Some(at(6)),
        };
        assert_eq!(roster.turn(person()), Some(offline));
    }

    #[test]
    fn an_older_fact_changes_nothing() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.take(place(ME, 5, false), now);
        assert_eq!(roster.take(place(ME, 4, true), now), Vec::new());
        assert!(!roster.state(person()).unwrap().online);
    }

    #[test]
    fn who_was_on_a_gateway_that_is_gone_is_offline_since_its_last_beat() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.take(place(OTHER, 3, true), now);
        roster.take(beat(OTHER, 9), now);
        assert!(roster.turn(person()).unwrap().online);
        let later = now + ALIVE_FOR + Duration::from_secs(1);
        roster.take(beat(ME, 10), later - Duration::from_secs(1));
        roster.take(beat(ME, 11), later);
        // The first beat heard after a silence gives everybody time to be heard again.
        assert_eq!(roster.pass(later), Vec::new());
        let much_later = later + ALIVE_FOR;
        roster.take(beat(ME, 12), much_later - Duration::from_secs(5));
        roster.take(beat(ME, 13), much_later);
        assert_eq!(roster.pass(much_later), vec![person()]);
        let offline = State {
            online: false,
            last_seen: Some(at(9)),
        };
        assert_eq!(roster.turn(person()), Some(offline));
        // Should it only have been slow, they are back with its next beat.
        assert_eq!(roster.take(beat(OTHER, 14), much_later), vec![person()]);
        assert!(roster.turn(person()).unwrap().online);
    }

    #[test]
    fn who_hears_nothing_tells_nothing() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.take(place(ME, 3, true), now);
        assert_eq!(roster.pass(now + Duration::from_mins(5)), Vec::new());
        assert!(roster.state(person()).unwrap().online);
    }

    #[test]
    fn nothing_is_told_of_whom_only_a_part_is_known() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.forget(person());
        roster.follow(person());
        assert_eq!(roster.take(place(ME, 3, false), now), vec![person()]);
        assert_eq!(roster.turn(person()), None);
        roster.completed(person());
        assert!(!roster.turn(person()).unwrap().online);
    }
}
