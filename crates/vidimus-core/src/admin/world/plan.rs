//! What an apply comes to, tenant by tenant: lines of the diff, writes, and what must be known yet.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    super::{
        declare::{Marks, Place},
        fingerprint::is_of_world,
        put::{By, end},
    },
    apply::Apply,
    asks::Asks,
    diff::{Difference, difference},
    parse::{Entry, WorldTenant},
    reach::{Reach, Turned, is_reachable},
};
use crate::{
    context::Context,
    errand::Errand,
    facts::{Facts, Space, TenantRef},
    model::{Kind, Object},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
};

pub struct Plan<'a> {
    pub lines: Vec<Value>,
    pub writes: Vec<Write>,
    /// Errands of all entries, run together: one turn of the loop, not one for each secret.
    pub errands: Vec<Errand>,
    pub asks: Asks<'a>,
    pub reach: Reach<'a>,
    /// For the results of errands.
    all: &'a Facts,
    by: By<'a>,
    asked: HashSet<Errand>,
    last_key: Option<RowKey>,
}

impl<'a> Plan<'a> {
    pub fn new(all: &'a Facts, answers: &'a [Facts], by: By<'a>) -> Self {
        Self {
            lines: Vec::new(),
            writes: Vec::new(),
            errands: Vec::new(),
            asks: Asks::new(answers),
            reach: Reach::default(),
            all,
            by,
            asked: HashSet::new(),
            last_key: None,
        }
    }

    /// One that no other of this plan has.
    fn fresh_key(&mut self, cx: &mut Context<'_>) -> RowKey {
        let key = self.last_key.map_or_else(|| RowKey::draw(cx.now, cx.entropy), RowKey::next);
        self.last_key = Some(key);
        key
    }

    /// Keeps the errands of an entry that cannot be settled yet.
    fn settled<T>(&mut self, result: Result<T, Stop>) -> Result<Option<T>, Stop> {
        match result {
            Err(Stop::Need(needs)) => {
                let new = needs.errands.into_iter();
                self.errands.extend(new.filter(|errand| self.asked.insert(errand.clone())));
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Asks for the rows that an entry needs. `None`: it cannot be settled yet.
    fn with_rows<T>(
        &mut self,
        tenant_id: &str,
        stored: &'a Facts,
        mut act: impl FnMut(&[&Facts]) -> Result<T, Stop>,
    ) -> Result<Option<T>, Stop> {
        let mut known = vec![stored];
        loop {
            match act(&known) {
                Err(Stop::Need(needs)) if needs.has_rows() => {
                    let tenant = TenantRef::Id(tenant_id.to_owned());
                    let Some(answer) = self.asks.ask(tenant, *needs) else { return Ok(None) };
                    known.push(answer);
                }
                other => return self.settled(other),
            }
        }
    }

    pub fn tenant(
        &mut self,
        world: &'a WorldTenant,
        stored: &'a Facts,
        order: &Apply,
        cx: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let before = stored.tenant.as_ref();
        let key = before.map_or_else(|| self.fresh_key(cx), |object| object.key);
        let place = Place {
            tenant: RowKey::ROOT,
            key,
            fresh: key,
            before: before.map(|object| &**object),
            user: None,
            stored: &[stored],
        };
        let own = match before {
            Some(_) if order.world.is_import => None,
            _ => {
                let own =
                    difference(&world.entry, &world.entry.id, &place, false, self.all, self.by, cx);
                self.settled(own)?.flatten()
            }
        };
        let children = self.children(world, stored, key, order.world.is_import, cx)?;
        let marks = children.iter().fold(Marks::default(), |all, child| all.and(child.marks));
        let after = self.own(own, before, marks);
        for child in children {
            self.lines.push(child.line);
            self.writes.extend(child.writes);
        }
        if order.prune {
            self.prune(world, stored, cx)?;
        }
        if let Some(after) = after {
            let is_reachable = is_reachable(&after, &cx.surface);
            let turned = Turned { world, stored, key, is_reachable };
            self.reach.turn(&turned, &mut self.asks, &cx.surface);
        }
        Ok(())
    }

    fn children(
        &mut self,
        world: &'a WorldTenant,
        stored: &'a Facts,
        tenant: RowKey,
        import: bool,
        cx: &mut Context<'_>,
    ) -> Result<Vec<Difference>, Stop> {
        let known = stored.objects.iter().map(|(space, id, object)| ((*space, &**id), object));
        let known: HashMap<(Space, &str), &Arc<Object>> = known.collect();
        let mut users: HashMap<&str, RowKey> = HashMap::new();
        let mut children = Vec::new();
        for entry in &world.children {
            let known = known.get(&(entry.kind.space(), &*entry.id)).copied();
            let key = known.map_or_else(|| self.fresh_key(cx), |object| object.key);
            if entry.kind == Kind::User {
                users.insert(&entry.id, key);
            }
            let is_new = known.is_none() || entry.kind != Kind::ApiToken;
            let fresh = if is_new { key } else { self.fresh_key(cx) };
            let user = username(entry).and_then(|name| {
                users.get(name).copied().or_else(|| stored.user(name).map(|user| user.key()))
            });
            let before = known.map(|object| &**object);
            let (id, all, by) = (&world.entry.id, self.all, self.by);
            let found = self.with_rows(id, stored, |stored| {
                let place = Place { tenant, key, fresh, before, user, stored };
                difference(entry, id, &place, import, all, by, cx)
            })?;
            children.extend(found.flatten());
        }
        Ok(children)
    }

    /// The tenant's own write, with the marks that its children leave on it; and the tenant as it
    /// will be.
    fn own(
        &mut self,
        own: Option<Difference>,
        before: Option<&Arc<Object>>,
        marks: Marks,
    ) -> Option<Arc<Object>> {
        let marked = |object: Arc<Object>| match marks.put_on(&object.body) {
            Some(body) => Arc::new(Object { body, ..Object::clone(&object) }),
            None => object,
        };
        let object = match (own, before) {
            (Some(own), _) => {
                self.lines.push(own.line);
                marked(own.object)
            }
            (None, Some(stored)) => match marks.put_on(&stored.body) {
                Some(body) => stored.changed(stored.standing, body),
                None => return Some(Arc::clone(stored)),
            },
            (None, None) => return None,
        };
        let written = Arc::clone(&object);
        let change = match before {
            Some(_) => Change::Replace(written),
            None => Change::Create(written),
        };
        self.writes.push(Write { tenant: RowKey::ROOT, change });
        Some(object)
    }

    /// Only what a world declared before: what was made by hand stays.
    fn prune(
        &mut self,
        world: &'a WorldTenant,
        stored: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<(), Stop> {
        let ids = world.children.iter().map(|entry| (entry.kind, &*entry.id));
        let declared: HashSet<(Kind, &str)> = ids.collect();
        for object in stored.whole.iter().flat_map(|(_, objects)| objects) {
            let is_declared = declared.contains(&(object.kind(), object.id()));
            if !is_of_world(&object.body) || is_declared {
                continue;
            }
            self.lines.push(json!({
                "action": "delete",
                "kind": object.kind().as_str(),
                "tenant": world.entry.id,
                "id": object.id(),
                "fields": [],
            }));
            let (tenant, key, by) = (object.tenant, object.key, self.by);
            let ended = self.with_rows(&world.entry.id, stored, |stored| {
                let before = Some(&**object);
                let place = Place { tenant, key, fresh: key, before, user: None, stored };
                end(object, &place, by)
            })?;
            self.writes.extend(ended.into_iter().flatten());
            if let Some(tenant) = &stored.tenant {
                self.reach.delete(tenant, object, &cx.surface);
            }
        }
        Ok(())
    }
}

/// Of the user that an entry hangs on.
fn username(entry: &Entry) -> Option<&str> {
    match entry.kind {
        Kind::ApiToken => entry.map.get("username")?.as_str(),
        _ => None,
    }
}
