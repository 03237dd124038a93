//! What holds for every aggregate, for the tests that stand beside their decisions.

use std::fmt::Debug;

use events::Event;

use super::Aggregate;

/// The state that was kept while deciding is the fold of the events, and also the fold of the last event of each
/// type: which is all that is ever loaded.
pub(super) fn check<S: Aggregate + PartialEq + Debug>(kept: &S, events: &[Event]) {
    let last_of_each_type: Vec<&Event> = events
        .iter()
        .enumerate()
        .filter(|(n, event)| {
            let mut later = events[n + 1..].iter();
            later.all(|later| later.event_type() != event.event_type())
        })
        .map(|(_, event)| event)
        .collect();
    assert_eq!(kept, &S::fold(events), "fold of all events");
    assert_eq!(kept, &S::fold(last_of_each_type), "fold of the last of each type");
}

/// Takes what was decided into the state and the list of events; nothing, where nothing was.
pub(super) fn take<S: Aggregate>(state: &mut S, events: &mut Vec<Event>, decided: Option<S::Event>) {
    if let Some(event) = decided {
        *state = state.clone().evolve(&event);
        events.push(event.into());
    }
}
