//! The operation: every tenant of the world in one decision and one commit.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    super::{
        declare::Place,
        object::{administered, fingerprint, name_taken},
    },
    claims::Moves,
    diff::{Difference, difference},
    parse::{CHILDREN, World, WorldTenant},
};
use crate::{
    context::Context,
    engine::Operation,
    errand::Errand,
    error::OAuthError,
    facts::{Facts, Needs, Space, TenantRef},
    model::{Body, Kind, Object, Tenant},
    outcome::{Change, Decision, Outcome, Stop, Write},
    row_key::RowKey,
    vault::Vault,
};

/// Run on the default tenant; the others come as further needs.
pub struct Apply {
    pub world: World,
    pub dry_run: bool,
    /// Delete what an earlier world declared in these tenants and this one does not.
    pub prune: bool,
    pub by: String,
}

#[derive(Default)]
struct Plan {
    lines: Vec<Value>,
    writes: Vec<Write>,
    /// Errands of all entries, run together: one turn of the loop, not one for each secret.
    errands: Vec<Errand>,
    asked: HashSet<Errand>,
    last_key: Option<RowKey>,
}

impl Plan {
    /// The stored object's, or one that no other of this plan has.
    fn key(&mut self, before: Option<&Arc<Object>>, cx: &mut Context<'_>) -> RowKey {
        if let Some(object) = before {
            return object.key;
        }
        let key = self.last_key.map_or_else(|| RowKey::draw(cx.now, cx.entropy), RowKey::next);
        self.last_key = Some(key);
        key
    }

    /// Keeps the errands of an entry that cannot be settled yet.
    fn settled(
        &mut self,
        result: Result<Option<Difference>, Stop>,
    ) -> Result<Option<Difference>, Stop> {
        match result {
            Err(Stop::Need(needs)) => {
                let new = needs.errands.into_iter();
                self.errands.extend(new.filter(|errand| self.asked.insert(errand.clone())));
                Ok(None)
            }
            other => other,
        }
    }

    fn tenant(
        &mut self,
        world: &WorldTenant,
        stored: &Facts,
        all: &Facts,
        prune: bool,
        cx: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let before = stored.tenant.as_ref();
        let id = &world.entry.id;
        let key = self.key(before, cx);
        let place = Place { tenant: RowKey::ROOT, key, before: before.map(|object| &**object) };
        let own = difference(&world.entry, id, &place, all, cx);
        let own = self.settled(own)?;
        let known = stored.objects.iter().map(|(space, id, object)| ((*space, &**id), object));
        let known: HashMap<(Space, &str), &Arc<Object>> = known.collect();
        let mut children = Vec::new();
        for entry in &world.children {
            let known = known.get(&(entry.kind.space(), &*entry.id)).copied();
            let before = known.map(|object| &**object);
            let place = Place { tenant: key, key: self.key(known, cx), before };
            let found = difference(entry, id, &place, all, cx);
            children.extend(self.settled(found)?);
        }
        let chosen = children.iter().any(|child| child.has_chosen_secret);
        self.own(own, before, chosen);
        for child in children {
            self.lines.push(child.line);
            self.writes.push(child.write);
        }
        if prune {
            self.prune(world, stored);
        }
        Ok(())
    }

    /// The tenant's own write, marked if it now has secrets that are slow to compare.
    fn own(&mut self, own: Option<Difference>, before: Option<&Arc<Object>>, chosen: bool) {
        let root = RowKey::ROOT;
        match (own, before) {
            (Some(own), before) => {
                self.lines.push(own.line);
                let object = if chosen { marked(&own.object) } else { own.object };
                let change =
                    if before.is_some() { Change::Replace(object) } else { Change::Create(object) };
                self.writes.push(Write { tenant: root, change });
            }
            (None, Some(object)) if chosen && !is_marked(object) => {
                let next = object.changed(object.standing, marked(object).body.clone());
                self.writes.push(Write { tenant: root, change: Change::Replace(next) });
            }
            (None, _) => {}
        }
    }

    /// Only what a world declared before: what was made by hand stays.
    fn prune(&mut self, world: &WorldTenant, stored: &Facts) {
        let ids = world.children.iter().map(|entry| (entry.kind, &*entry.id));
        let declared: HashSet<(Kind, &str)> = ids.collect();
        for object in stored.whole.iter().flat_map(|(_, objects)| objects) {
            let is_declared = declared.contains(&(object.kind(), object.id()));
            if fingerprint(&object.body).is_none() || is_declared {
                continue;
            }
            self.lines.push(json!({
                "action": "delete",
                "kind": object.kind().as_str(),
                "tenant": world.entry.id,
                "id": object.id(),
                "fields": [],
            }));
            let change = Change::Delete { key: object.key, version: object.version };
            self.writes.push(Write { tenant: object.tenant, change });
        }
    }
}

fn is_marked(object: &Object) -> bool {
    matches!(&object.body, Body::Tenant(tenant) if tenant.has_chosen_secrets)
}

fn marked(object: &Arc<Object>) -> Arc<Object> {
    match &object.body {
        Body::Tenant(tenant) => {
            let body = Body::Tenant(Tenant { has_chosen_secrets: true, ..tenant.clone() });
            Arc::new(Object { body, ..(**object).clone() })
        }
        _ => Arc::clone(object),
    }
}

impl Operation for Apply {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        let mut needs = Needs::default();
        for tenant in &self.world.tenants {
            let mut of_tenant = Needs::default();
            for entry in &tenant.children {
                of_tenant = of_tenant.object(entry.kind.space(), &entry.id);
            }
            if self.prune {
                of_tenant.whole = CHILDREN.iter().map(|(_, kind)| kind.space()).collect();
                of_tenant.whole.dedup();
            }
            needs.others.push((TenantRef::Id(tenant.entry.id.clone()), of_tenant));
        }
        // Behind the tenants: who has the names that they declare.
        needs.others.extend(self.world.claims().map(|claim| (claim.name, Needs::default())));
        needs
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        let mut plan = Plan::default();
        let owners = facts.others.get(self.world.tenants.len()..).unwrap_or_default();
        let moves = Moves::find(&self.world, owners)?;
        for (tenant, stored) in self.world.tenants.iter().zip(&facts.others) {
            plan.tenant(tenant, stored, facts, self.prune, cx)?;
        }
        if !plan.errands.is_empty() {
            let needs = Needs { errands: plan.errands, ..Needs::default() };
            return Err(Stop::Need(Box::new(needs)));
        }
        let count = plan.lines.len();
        let reply = json!({"changes": plan.lines, "applied": !self.dry_run});
        let writes = if self.dry_run { Vec::new() } else { moves.first(plan.writes) };
        let action = format!("world with {count} changes");
        let applied = administered(&self.by, "apply", Kind::Tenant, &action);
        let events = if self.dry_run { Vec::new() } else { vec![applied] };
        Ok(Outcome { writes, reply: Ok(reply), events })
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}
