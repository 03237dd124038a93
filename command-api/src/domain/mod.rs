//! What may happen: pure decisions over the state of one aggregate.
//!
//! Nothing here is `async`, reads a clock, draws a random number or touches the outside: times and ids come in
//! with the command. `decide` says what happens or why not; `evolve` never fails, for what it is told has
//! already happened.

pub mod account;
pub mod block;
pub mod comment;
pub mod dm;
pub mod friendship;
pub mod inbox;
pub mod name;
pub mod picture;
pub mod post;
pub mod reaction;
pub mod report;
pub mod reserved;
pub mod session;
pub mod visibility;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod social_properties;

/// A state that is the fold of one aggregate's events.
pub trait Aggregate: Clone + Default {
    /// What can happen to it.
    type Event: Into<events::Event> + 'static;

    /// The state after `event`.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// The event, if it is of this kind of aggregate.
    fn own(event: &events::Event) -> Option<&Self::Event>;

    /// The state after all of `events`, oldest first.
    fn fold<'a>(events: impl IntoIterator<Item = &'a events::Event>) -> Self {
        events
            .into_iter()
            .filter_map(Self::own)
            .fold(Self::default(), Self::evolve)
    }
}
