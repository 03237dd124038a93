//! Answers loaded from the event store, remembered until an event changes them.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;

/// Remembers answers. Whoever hears that one has changed says so.
///
/// An answer is kept under its key and the key's generation. A change begins the next generation, so that an answer whose
/// loading began before it is found by nobody who asks after it, however late it arrives. Those who ask for one key at
/// the same time wait for one loading.
pub struct Remembered<K, V> {
    known: Cache<(K, u64), V>,
    generations: Arc<Generations>,
}

/// How many small answers are remembered where nothing else is said, at about 150 bytes each.
const MOST: u64 = 100_000;
/// How long.
const LONGEST: Duration = Duration::from_mins(1);

impl<K, V> Clone for Remembered<K, V> {
    fn clone(&self) -> Self {
        Self {
            known: self.known.clone(),
            generations: self.generations.clone(),
        }
    }
}

impl<K, V> Default for Remembered<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new(MOST, LONGEST)
    }
}

impl<K, V> std::fmt::Debug for Remembered<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}

impl<K, V> Remembered<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Remembers so many answers (each as large as it is), and none longer than `longest`, should the word of a change
    /// not have come.
    pub fn new(most: u64, longest: Duration) -> Self {
        Self {
            known: Cache::builder().max_capacity(most).time_to_live(longest).build(),
            generations: Arc::new(Generations::new()),
        }
    }

    /// The answer about `key`, if it is remembered.
    pub async fn known(&self, key: &K) -> Option<V> {
        self.known.get(&self.place(key)).await
    }

    /// The answer about `key`, from memory, from somebody else's loading, or from `load`.
    ///
    /// # Errors
    ///
    /// Those of `load`, which are not remembered.
    pub async fn get<E: Clone + Send + Sync + 'static>(
        &self,
        key: &K,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let place = self.place(key);
        if let Some(answer) = self.known.get(&place).await {
            return Ok(answer);
        }
        // Boxed, so that an answer from memory takes no room for the loading.
        let answer = Box::pin(self.known.try_get_with(place, load)).await;
        answer.map_err(|error| E::clone(&error))
    }

    /// Remembers an answer that is known without being loaded, unless `key` changes before `answer` is there.
    ///
    /// # Errors
    ///
    /// Those of `answer`.
    pub async fn learn<E>(&self, key: &K, answer: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let place = self.place(key);
        let answer = answer.await?;
        self.known.insert(place, answer.clone()).await;
        Ok(answer)
    }

    /// Something about `key` has changed.
    pub async fn changed(&self, key: &K) {
        let before = self.generations.next(key);
        // Nobody finds it any more; this makes room.
        self.known.invalidate(&(key.clone(), before)).await;
    }

    /// Changes may have been missed.
    pub fn forget_all(&self) {
        self.generations.next_of_all();
        self.known.invalidate_all();
    }

    fn place(&self, key: &K) -> (K, u64) {
        (key.clone(), self.generations.of(key))
    }
}

/// Keys share their generations with few others: at 1,000 changes a second, one of these changes every quarter of a
/// minute. 128 KiB.
const STRIPES: usize = 16_384;

/// Counts the changes of each key, and those of all.
struct Generations {
    hasher: RandomState,
    stripes: Box<[AtomicU64]>,
    all: AtomicU64,
}

impl Generations {
    fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            all: AtomicU64::new(0),
        }
    }

    /// Both counts only rise, so their sum never comes again.
    fn of(&self, key: &impl Hash) -> u64 {
        self.all.load(Ordering::SeqCst) + self.stripe(key).load(Ordering::SeqCst)
    }

    /// Begins the next generation of a key, and gives the last.
    fn next(&self, key: &impl Hash) -> u64 {
        self.all.load(Ordering::SeqCst) + self.stripe(key).fetch_add(1, Ordering::SeqCst)
    }

    fn next_of_all(&self) {
        self.all.fetch_add(1, Ordering::SeqCst);
    }

    fn stripe(&self, key: &impl Hash) -> &AtomicU64 {
        let hash = self.hasher.hash_one(key);
        let index = usize::try_from(hash % STRIPES as u64).unwrap_or_default();
        &self.stripes[index]
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::sync::oneshot;

    use super::*;

    fn ready(answer: u32) -> impl Future<Output = Result<u32, Infallible>> {
        std::future::ready(Ok(answer))
    }

    fn not_loaded() -> impl Future<Output = Result<u32, Infallible>> {
        std::future::poll_fn(|_| panic!("it is remembered"))
    }

    #[tokio::test]
    async fn an_answer_is_loaded_once_until_it_changes() {
        let remembered = Remembered::default();
        assert_eq!(remembered.get(&"a", ready(1)).await, Ok(1));
        assert_eq!(remembered.get(&"a", not_loaded()).await, Ok(1));
        remembered.changed(&"a").await;
        assert_eq!(remembered.get(&"a", ready(2)).await, Ok(2));
        remembered.forget_all();
        assert_eq!(remembered.get(&"a", ready(3)).await, Ok(3));
    }

    #[tokio::test]
    async fn changes_of_other_keys_while_it_is_loaded_take_nothing_away() {
        let remembered = Remembered::default();
        let load = async {
            for other in 0..1_000 {
                let stripe = |key| std::ptr::from_ref(remembered.generations.stripe(key));
                if stripe(&other) != stripe(&-1) {
                    remembered.changed(&other).await;
                }
            }
            Ok::<_, Infallible>(1)
        };
        assert_eq!(remembered.get(&-1, load).await, Ok(1));
        assert_eq!(remembered.get(&-1, not_loaded()).await, Ok(1));
    }

    #[tokio::test]
    async fn what_was_being_loaded_before_a_change_is_not_believed_after_it() {
        let remembered = Remembered::default();
        for of_all in [false, true] {
            let (go_on, signal) = oneshot::channel();
            let old = remembered.get(&"a", async {
                signal.await.unwrap();
                Ok::<_, Infallible>(1)
            });
            let new = async {
                if of_all {
                    remembered.forget_all();
                } else {
                    remembered.changed(&"a").await;
                }
                let new = remembered.get(&"a", ready(2)).await;
                go_on.send(()).unwrap();
                new
            };
            assert_eq!(tokio::join!(old, new), (Ok(1), Ok(2)));
            assert_eq!(remembered.get(&"a", not_loaded()).await, Ok(2));
            remembered.changed(&"a").await;
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_waits_for_one_loading_and_shares_its_failure() {
        let remembered = Remembered::<_, u32>::default();
        let loadings = AtomicU64::new(0);
        let load = |answer: Result<u32, &'static str>| {
            let loadings = &loadings;
            async move {
                tokio::task::yield_now().await;
                loadings.fetch_add(1, Ordering::SeqCst);
                answer
            }
        };
        let failures = (0..10).map(|_| remembered.get(&"a", load(Err("away"))));
        for failure in futures::future::join_all(failures).await {
            assert_eq!(failure, Err("away"));
        }
        let after_failures = loadings.swap(0, Ordering::SeqCst);
        assert!(after_failures >= 1);
        let answers = (0..10).map(|_| remembered.get(&"a", load(Ok(1))));
        for answer in futures::future::join_all(answers).await {
            assert_eq!(answer, Ok(1));
        }
        assert_eq!(loadings.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_is_learnt_is_remembered_unless_it_changes_meanwhile() {
        let remembered = Remembered::default();
        remembered.learn(&"a", ready(1)).await.unwrap();
        assert_eq!(remembered.get(&"a", not_loaded()).await, Ok(1));
        let meanwhile = async {
            remembered.changed(&"a").await;
            Ok::<_, Infallible>(2)
        };
        remembered.learn(&"a", meanwhile).await.unwrap();
        assert_eq!(remembered.get(&"a", ready(3)).await, Ok(3));
    }
}
