//! Orders: what a body asks for that is no object.

use serde::Deserialize;
use serde_json::Value;
use vidimus_core::{
    admin::{
        Apply, DeviceApprove, Explain, IntrospectAny, KeyRotate, Mint, MintOrder, PutBack,
        RevokeAny, Snapshot, World, operator::Invite,
    },
    engine::Store,
    errand::Errands,
    facts::TenantRef,
    model::{Kind, SigningAlgorithm},
    secret::Secret,
};

use super::{assertion::manner, json::parse, routes::Action};
use crate::{
    app::App,
    exchange::Exchange,
    failure::{Failure, Refused},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfToken {
    token: Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToExplain {
    token: Secret,
    caller: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceAnswer {
    user_code: Secret,
    username: String,
    approve: bool,
}

/// What stands by itself, and may be put back as it was.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Client,
    ResourceServer,
    User,
    TrustedIssuer,
}

impl From<Kept> for Kind {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Client => Self::Client,
            Kept::ResourceServer => Self::ResourceServer,
            Kept::User => Self::User,
            Kept::TrustedIssuer => Self::TrustedIssuer,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfObject {
    kind: Kept,
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToPutBack {
    kind: Kept,
    id: String,
    sealed: String,
    version: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InviteOrder {
    username: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateOrder {
    alg: Option<SigningAlgorithm>,
    #[serde(default)]
    compromised: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyOrder {
    world: Value,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    prune: bool,
    #[serde(default)]
    import: bool,
}

impl<S: Store, E: Errands> App<S, E> {
    pub(super) async fn order(
        &self,
        action: Action,
        body: &[u8],
        by: String,
        at: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        Ok(match action {
            Action::Mint => {
                let mut order: MintOrder = parse(body)?;
                order.manner = order.profile.as_deref().map(manner).transpose()?;
                self.run(&Mint { order, by }, at, exchange).await?
            }
            Action::Introspect => {
                let OfToken { token } = parse(body)?;
                self.run(&IntrospectAny { token }, at, exchange).await?
            }
            Action::Explain => {
                let ToExplain { token, caller } = parse(body)?;
                self.explain(&Explain { token, caller }, at, exchange).await?
            }
            Action::Revoke => {
                let OfToken { token } = parse(body)?;
                self.run(&RevokeAny { token, by }, at, exchange).await?
            }
            Action::DeviceApprove => {
                let DeviceAnswer { user_code, username, approve } = parse(body)?;
                let answer = DeviceApprove { user_code, username, approve, by };
                self.run(&answer, at, exchange).await?
            }
            Action::Invite => {
                let InviteOrder { username } = parse(body)?;
                let invite = Invite { username, first_only: false, by };
                self.run(&invite, &self.default_tenant, exchange).await?
            }
            Action::AssertionCheck => self.check_assertion(parse(body)?, at, exchange).await?,
            Action::Snapshot => {
                let OfObject { kind, id } = parse(body)?;
                self.run(&Snapshot { kind: kind.into(), id }, at, exchange).await?
            }
            Action::PutBack => {
                let ToPutBack { kind, id, sealed, version } = parse(body)?;
                let kind = kind.into();
                self.run(&PutBack { kind, id, sealed, version, by }, at, exchange).await?
            }
            Action::RevokeOf => self.revoke_of(parse(body)?, by, at, exchange).await?,
            Action::KeyRotate => {
                let RotateOrder { alg: algorithm, compromised } = parse(body)?;
                self.run(&KeyRotate { algorithm, compromised, by }, at, exchange).await?
            }
            Action::Apply => {
                let ApplyOrder { world, dry_run, prune, import } = parse(body)?;
                let world = World { is_import: import, ..World::parse(world)? };
                self.run(&Apply { world, dry_run, prune, by }, at, exchange).await?
            }
            _ => return Err(Refused::nowhere().into()),
        })
    }
}
