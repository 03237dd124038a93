//! What a shard's owner does about events that can't be applied: parks them, and later does with them what an
//! operator wishes.

use events::{LoadError, Recorded};
use read_model::engine::{DeadLetter, Wish};

use crate::engine::{
    health::Lack,
    ownership::{Ownership, OwnershipError},
    parking::{Address, Parked, wish},
    runner::Runner,
    source::SourceError,
    trouble::{Cause, Poison, Trouble, chain},
};

impl Runner {
    /// Parks an event that could not be applied, so that everything else goes on.
    pub(super) async fn park_poison(
        &self,
        ownership: &mut Ownership,
        poison: &Poison,
        tries: u32,
    ) -> Result<(), OwnershipError> {
        let address = Address {
            sequence: poison.position.sequence,
            subject: &poison.subject,
            key: &poison.key,
        };
        let letter = self.letters().letter(address, Some(chain(&poison.cause)), tries);
        ownership.settle().await?;
        if ownership.position + 1 != poison.position.sequence {
            // Only what was passed over was not stored; it is passed over again.
            return Ok(());
        }
        ownership.park(&[letter], poison.position.sequence).await?;
        tracing::error!(
            projection.name = self.model().name,
            projection.version = self.version,
            projection.shard = self.shard.index,
            stream.position = %poison.position,
            event.key = poison.key,
            error = chain(&poison.cause),
            "event parked"
        );
        self.health.clear(&[Lack::Event]);
        self.announce(ownership).await;
        self.tell_of_parked(ownership).await;
        Ok(())
    }

    /// Parks events that have to wait behind one that is parked.
    pub(super) async fn park_waiting(
        &self,
        ownership: &mut Ownership,
        events: &[Recorded],
    ) -> Result<(), OwnershipError> {
        let Some(last) = events.last() else {
            return Ok(());
        };
        let letters: Vec<DeadLetter> = events
            .iter()
            .map(|event| {
                let address = Address {
                    sequence: event.position.sequence,
                    subject: &event.subject.to_string(),
                    key: &key_of(ownership.parked(), event),
                };
                self.letters().letter(address, None, 0)
            })
            .collect();
        ownership.park(&letters, last.position.sequence).await?;
        self.tell_of_parked(ownership).await;
        Ok(())
    }

    /// Does what operators wish about parked events.
    pub(super) async fn tend_parked(&self, ownership: &mut Ownership) -> Result<(), Trouble> {
        let wished = self.letters().wished().await.map_err(OwnershipError::from)?;
        if wished.is_empty() {
            return Ok(());
        }
        for key in wished {
            self.tend_key(ownership, &key).await?;
        }
        self.remember_parked(ownership).await?;
        self.announce(ownership).await;
        Ok(())
    }

    /// Applies a key's events in order, as far as that goes.
    async fn tend_key(&self, ownership: &mut Ownership, key: &str) -> Result<(), Trouble> {
        let letters = self.letters().of(key).await.map_err(OwnershipError::from)?;
        let mut discard = wish(&letters) == Some(Wish::Discard);
        for letter in letters {
            if std::mem::take(&mut discard) {
                ownership.discard(&letter.id).await?;
                tracing::warn!(
                    projection.name = letter.projection,
                    letter = letter.id,
                    "event discarded"
                );
                continue;
            }
            if let Err(cause) = self.retry(ownership, &letter).await? {
                let error = chain(&cause);
                tracing::warn!(
                    projection.name = letter.projection,
                    letter = letter.id,
                    error,
                    "event can't be applied yet"
                );
                self.letters()
                    .failed(&letter.id, &error)
                    .await
                    .map_err(OwnershipError::from)?;
                return Ok(());
            }
            tracing::info!(
                projection.name = letter.projection,
                letter = letter.id,
                "event applied"
            );
        }
        Ok(())
    }

    /// Applies a parked event; an inner error is the event's.
    async fn retry(
        &self,
        ownership: &mut Ownership,
        letter: &DeadLetter,
    ) -> Result<Result<(), Cause>, Trouble> {
        let position = self.position(read_model::sequence(letter.position));
        let raw = match self.store.raw_at(position).await {
            Err(error @ LoadError::Decode { .. }) => return Ok(Err(error.into())),
            raw => raw?,
        };
        let Some(raw) = raw else {
            // The stream has let it go, as sessions do that are over.
            ownership.discard(&letter.id).await?;
            return Ok(Ok(()));
        };
        let decoded = self.store.decode_many(std::slice::from_ref(&raw)).await;
        let decoded = decoded.map_err(SourceError::from)?;
        let event = match decoded.into_iter().next() {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Ok(Err(error.into())),
            None => return Ok(Ok(())),
        };
        let applied = ownership.apply_parked(&*self.projection, self.shard, &event, &letter.id);
        match applied.await {
            Ok(done) => {
                self.tell(done.news).await;
                Ok(done.refused.map_or(Ok(()), |refused| Err(refused.into())))
            }
            Err(OwnershipError::Database(error)) if error.lasts() => {
                ownership.settle().await?;
                Ok(Err(error.into()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Learns from the database what is parked.
    pub(super) async fn remember_parked(&self, ownership: &mut Ownership) -> Result<(), OwnershipError> {
        let before = ownership.parked().count;
        ownership.remember_parked().await?;
        if ownership.parked().count != before {
            self.tell_of_parked(ownership).await;
        }
        Ok(())
    }

    /// Tells operators and readers what is parked.
    async fn tell_of_parked(&self, ownership: &Ownership) {
        let parked = ownership.parked();
        self.meter.parked(parked.count);
        match parked.first {
            Some(first) => {
                let first = self.position(read_model::sequence(first));
                let why = format!("{} events are parked, the first at {first}", parked.count);
                self.health.lacks(Lack::Parked, why);
            }
            None => self.health.clear(&[Lack::Parked]),
        }
        let subject = self.store.namespace().projections_changed();
        if let Err(error) = self.store.client().publish(subject, "".into()).await {
            tracing::warn!(%error, "readers could not be told of parked events");
        }
    }
}

/// The key that an event waits for.
fn key_of(parked: &Parked, event: &Recorded) -> String {
    let key = event.routing_key();
    if parked.has(&key) {
        key.into_owned()
    } else {
        event.subject.id.clone()
    }
}
