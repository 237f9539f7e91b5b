//! Numbers by name, for as many names as are worth a series: the busiest. All others are one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

pub const NAMES_MAX: usize = 100;
/// Names that wait for a place, counted as far as memory for them is worth it.
const CANDIDATES_MAX: usize = 1000;
/// Longer ones share the series of the others, whatever they are.
const NAME_BYTES_MAX: usize = 128;
pub const OTHERS: &str = "other";
/// Threads that count at once do so under locks of their own.
const STRIPES: usize = 16;

/// `C`: what is counted of each name. A name is one of a tenant: `(tenant, name)`.
pub struct Capped<C> {
    /// Who changes what is kept changes this one, and then each copy.
    kept: Mutex<Kept<C>>,
    /// A thread looks at one of them: a lock that all take would be the slowest part of it.
    copies: [RwLock<Kept<C>>; STRIPES],
    pub others: C,
    candidates: Mutex<HashMap<Name, u64>>,
}

type Name = (Box<str>, Box<str>);

type Names<C> = HashMap<Box<str>, Arc<Place<C>>>;

struct Kept<C> {
    /// Nested, so that a lookup makes no text.
    by_tenant: HashMap<Box<str>, Names<C>>,
    count: usize,
}

impl<C> Default for Kept<C> {
    fn default() -> Self {
        Self { by_tenant: HashMap::new(), count: 0 }
    }
}

/// The places are the same ones.
impl<C> Clone for Kept<C> {
    fn clone(&self) -> Self {
        Self { by_tenant: self.by_tenant.clone(), count: self.count }
    }
}

struct Place<C> {
    counted: C,
    /// Since the last turn.
    busy: AtomicU64,
}

impl<C: Default> Default for Capped<C> {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            copies: std::array::from_fn(|_| RwLock::default()),
            others: C::default(),
            candidates: Mutex::default(),
        }
    }
}

impl<C: Default> Capped<C> {
    pub fn count(&self, tenant: &str, name: &str, add: impl FnOnce(&C)) {
        let is_full = {
            let [first, ..] = &self.copies;
            let copy = self.copies.get(stripe()).unwrap_or(first);
            let kept = copy.read().unwrap_or_else(PoisonError::into_inner);
            let place = kept.by_tenant.get(tenant).and_then(|names| names.get(name));
            if let Some(place) = place {
                place.busy.fetch_add(1, Relaxed);
                return add(&place.counted);
            }
            kept.count >= NAMES_MAX
        };
        let fits = tenant.len() <= NAME_BYTES_MAX && name.len() <= NAME_BYTES_MAX;
        if fits && !is_full {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.count < NAMES_MAX {
                let place = kept.take(tenant.into(), name.into());
                self.publish(&kept);
                place.busy.fetch_add(1, Relaxed);
                return add(&place.counted);
            }
        }
        add(&self.others);
        // Who has to wait is not worth it: one more or less does not make a name a busy one.
        if fits && let Ok(mut candidates) = self.candidates.try_lock() {
            nominate(&mut candidates, (tenant.into(), name.into()));
        }
    }

    /// Gives the places of those that have become quiet to those that are much busier. The series
    /// of a name that loses its place ends; of one that gets it, it begins at nought.
    pub fn turn(&self) {
        let mut candidates = self.candidates.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting: Vec<(Name, u64)> = candidates.drain().collect();
        drop(candidates);
        waiting.sort_by_key(|(_, busy)| std::cmp::Reverse(*busy));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut quiet: Vec<(u64, Name)> = Vec::new();
        for (tenant, name, place) in kept.places() {
            quiet.push((place.busy.swap(0, Relaxed), (tenant.into(), name.into())));
        }
        quiet.sort();
        for ((newcomer, busy), (was, leaver)) in waiting.into_iter().zip(quiet) {
            // Twice as busy: two that are equals must not take turns.
            if busy <= was.saturating_mul(2) {
                break;
            }
            kept.leave(&leaver);
            kept.take(newcomer.0, newcomer.1);
        }
        self.publish(&kept);
    }

    fn publish(&self, kept: &Kept<C>) {
        for copy in &self.copies {
            *copy.write().unwrap_or_else(PoisonError::into_inner) = kept.clone();
        }
    }

    /// Sorted by name; the others come last.
    pub fn read<T>(&self, read: impl Fn(&C) -> T) -> Vec<(String, String, T)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let said = |(tenant, name, place): (&str, &str, &Place<C>)| {
            (tenant.to_owned(), name.to_owned(), read(&place.counted))
        };
        let mut all: Vec<_> = kept.places().map(said).collect();
        all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        all.push((OTHERS.to_owned(), OTHERS.to_owned(), read(&self.others)));
        all
    }
}

impl<C> Kept<C> {
    fn places(&self) -> impl Iterator<Item = (&str, &str, &Place<C>)> {
        self.by_tenant.iter().flat_map(|(tenant, names)| names_of(tenant, names))
    }

    fn leave(&mut self, (tenant, name): &Name) {
        let Some(names) = self.by_tenant.get_mut(tenant) else { return };
        if names.remove(name).is_some() {
            self.count -= 1;
        }
        if names.is_empty() {
            self.by_tenant.remove(tenant);
        }
    }
}

impl<C: Default> Kept<C> {
    fn take(&mut self, tenant: Box<str>, name: Box<str>) -> Arc<Place<C>> {
        let place = self.by_tenant.entry(tenant).or_default().entry(name).or_insert_with(|| {
            self.count += 1;
            Arc::new(Place { counted: C::default(), busy: AtomicU64::new(0) })
        });
        Arc::clone(place)
    }
}

fn names_of<'a, C>(
    tenant: &'a str,
    names: &'a Names<C>,
) -> impl Iterator<Item = (&'a str, &'a str, &'a Place<C>)> {
    names.iter().map(move |(name, place)| (tenant, &**name, &**place))
}

/// Of this thread, for as long as it lives.
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OURS: usize = NEXT.fetch_add(1, Relaxed) % STRIPES;
    }
    OURS.with(|ours| *ours)
}

/// The busiest of many in a bounded room (Misra and Gries): where it is full, all lose one, and
/// whoever has none left its place.
fn nominate(candidates: &mut HashMap<Name, u64>, name: Name) {
    if let Some(busy) = candidates.get_mut(&name) {
        *busy += 1;
    } else if candidates.len() < CANDIDATES_MAX {
        candidates.insert(name, 1);
    } else {
        candidates.retain(|_, busy| {
            *busy -= 1;
            *busy > 0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::Counter;
    use super::*;

    fn count(capped: &Capped<Counter>, name: &str, times: usize) {
        (0..times).for_each(|_| capped.count("t", name, |counter| counter.add(1)));
    }

    fn of(capped: &Capped<Counter>, wanted: &str) -> Option<u64> {
        let all = capped.read(Counter::get);
        all.into_iter().find(|(_, name, _)| name == wanted).map(|(_, _, count)| count)
    }

    #[test]
    fn a_million_names_are_a_hundred_series_and_one() {
        let capped = Capped::default();
        (0..1_000_000).for_each(|at| count(&capped, &format!("client-{at}"), 1));
        let all = capped.read(Counter::get);
        assert_eq!(all.len(), NAMES_MAX + 1);
        assert_eq!(all.iter().map(|(_, _, count)| count).sum::<u64>(), 1_000_000);
        assert_eq!(all.last().map(|(_, name, _)| name.as_str()), Some(OTHERS));
        assert!(capped.candidates.lock().unwrap().len() <= CANDIDATES_MAX);
    }

    #[test]
    fn a_long_name_is_one_of_the_others() {
        let capped = Capped::default();
        count(&capped, &"x".repeat(NAME_BYTES_MAX + 1), 3);
        assert_eq!(capped.read(Counter::get), [("other".to_owned(), "other".to_owned(), 3)]);
    }

    #[test]
    fn the_busy_get_the_places_of_the_quiet() {
        let capped = Capped::default();
        (0..NAMES_MAX).for_each(|at| count(&capped, &format!("first-{at}"), 10));
        count(&capped, "equal", 10);
        count(&capped, "busy", 1000);
        assert_eq!((of(&capped, "busy"), of(&capped, OTHERS)), (None, Some(1010)));
        capped.turn();
        assert_eq!((of(&capped, "busy"), of(&capped, "equal")), (Some(0), None));
        count(&capped, "busy", 5);
        assert_eq!((of(&capped, "busy"), of(&capped, OTHERS)), (Some(5), Some(1010)));
        assert_eq!(capped.read(Counter::get).len(), NAMES_MAX + 1);
    }

    #[test]
    fn many_threads_count_the_same_names() {
        let capped = Capped::<Counter>::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * STRIPES {
                scope.spawn(|| {
                    (0..1000).for_each(|at| count(&capped, &format!("client-{}", at % 10), 1));
                });
            }
        });
        let all = capped.read(Counter::get);
        assert_eq!(all.len(), 11);
        assert!(all[..10].iter().all(|(_, _, count)| *count == 200 * STRIPES as u64), "{all:?}");
    }

    #[test]
    fn one_name_in_two_tenants_is_two() {
        let capped = Capped::<Counter>::default();
        capped.count("a", "api", |counter| counter.add(1));
        capped.count("b", "api", |counter| counter.add(2));
        let all = capped.read(Counter::get);
        let said: Vec<_> = all.iter().map(|(t, n, c)| (t.as_str(), n.as_str(), *c)).collect();
        assert_eq!(said, [("a", "api", 1), ("b", "api", 2), ("other", "other", 0)]);
    }
}
