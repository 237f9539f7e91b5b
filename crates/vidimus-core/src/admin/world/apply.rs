//! The operation: every tenant of the world in one decision and one commit.

use serde_json::{Value, json};

use super::{
    super::{
        declare::named,
        object::{administered, name_taken},
        put::By,
    },
    claims::Moves,
    parse::{CHILDREN, World},
    plan::Plan,
};
use crate::{
    context::Context,
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs, TenantRef},
    model::Kind,
    outcome::{Decision, Outcome, Stop},
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

impl Operation for Apply {
    type Reply = Value;

    fn needs(&self, vault: &Vault) -> Needs {
        let mut needs = Needs::default();
        for tenant in &self.world.tenants {
            let mut of_tenant = Needs::default();
            for entry in &tenant.children {
                of_tenant = of_tenant.object(entry.kind.space(), &entry.id);
                of_tenant = named(entry.kind, &entry.map, vault, of_tenant);
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
        let (tenants, behind) = split(&facts.others, self.world.tenants.len());
        let (owners, answers) = split(behind, self.world.claims().count());
        let moves = Moves::find(&self.world, owners)?;
        let mut plan = Plan::new(facts, answers, By { administrator: &self.by, now: cx.now });
        for (tenant, stored) in self.world.tenants.iter().zip(tenants) {
            plan.tenant(tenant, stored, self, cx)?;
        }
        if plan.asks.are_answered() {
            plan.reach.check(&mut plan.asks)?;
        }
        if !plan.errands.is_empty() || !plan.asks.are_answered() {
            let (errands, others) = (plan.errands, plan.asks.unanswered());
            return Err(Stop::Need(Box::new(Needs { errands, others, ..Needs::default() })));
        }
        let count = plan.lines.len();
        let reply = json!({"changes": plan.lines, "applied": !self.dry_run});
        if self.dry_run {
            return Ok(Outcome::reply(reply));
        }
        let action = format!("world with {count} changes");
        let applied = administered(&self.by, "apply", Kind::Tenant, &action);
        let writes = moves.first(plan.reach.around(plan.writes));
        Ok(Outcome { writes, reply: Ok(reply), events: vec![applied] })
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}

fn split(facts: &[Facts], at: usize) -> (&[Facts], &[Facts]) {
    facts.split_at_checked(at).unwrap_or((facts, &[]))
}
