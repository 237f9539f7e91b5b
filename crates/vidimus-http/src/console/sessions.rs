//! Where users are signed in, and the tokens of a user or a client; each can be ended.

use serde_json::Value;
use vidimus_console::operator::{
    Cell, MadeRow, RowEnd, Rows, Tone, browser, encoded, of_tenant, rows,
};
use vidimus_core::{
    admin::{EndSession, RevokeFamily},
    engine::Store,
    errand::Errands,
    error::{ErrorCode, OAuthError},
    model::Kind,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    objects::place,
    told::{all, is, text},
    visit::{Visit, page, see_other},
};
use crate::{
    exchange::Exchange,
    failure::Failure,
    trail::{TokensOf, row_key},
};

const ROWS: u32 = 40;

impl<S: Store, E: Errands> Console<'_, S, E> {
    /// Of the whole tenant, or of one user.
    pub(super) async fn user_sessions(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let is_of_one = visit.found.route.path.contains("{noun}");
        if is_of_one && visit.found.noun.kind != Kind::User {
            let what = "Only users have sessions.";
            return Err(OAuthError::new(ErrorCode::NotFound, what).into());
        }
        let of_user = (visit.found.noun.kind == Kind::User).then_some(visit.found.id.as_str());
        let username = of_user.or(visit.query.get("username"));
        let after = visit.query.get("after").unwrap_or_default();
        let found = self.sessions(&visit.found.tenant, username, (after, ROWS), exchange).await?;
        let path = visit.parts.uri.path();
        let kept = match (of_user, username) {
            (None, Some(username)) => format!("username={}&", encoded(username)),
            _ => String::new(),
        };
        let shown = Rows {
            title: of_user.map_or_else(|| "Sessions".to_owned(), |id| format!("Sessions of {id}")),
            lead: "Where users are signed in. Ended here, it is as if they had signed out."
                .to_owned(),
            back: of_user.map(|id| (place(visit, ""), id.to_owned())),
            search: of_user
                .is_none()
                .then(|| (path.to_owned(), username.unwrap_or_default().to_owned())),
            columns: vec![
                "User",
                "Signed in",
                "Last seen",
                "Ends",
                "Browser",
                "Address",
                "Clients",
            ],
            rows: found.items.iter().map(session).collect(),
            end_at: (of_tenant(&visit.found.tenant, "/sessions/end"), "session"),
            empty: "Nobody is signed in.".to_owned(),
            next: found.next.map(|next| format!("{path}?{kept}after={}", encoded(&next))),
            first: (!after.is_empty()).then(|| format!("{path}?{kept}")),
        };
        Ok(page(rows(&visit.shell("sessions"), &shown)))
    }

    pub(super) async fn end_user_session(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let session = row_key(visit.form.get("session").unwrap_or_default(), "/session")?;
        self.run(&EndSession { session, by: visit.by() }, &visit.tenant(), exchange).await?;
        Ok(see_other(&of_tenant(&visit.found.tenant, "/sessions?done=ended")))
    }

    /// Of a user or a client.
    pub(super) async fn tokens_of(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let id = Some(visit.found.id.as_str());
        let of = match visit.found.noun.kind {
            Kind::User => TokensOf { username: id, ..TokensOf::default() },
            Kind::Client => TokensOf { client_id: id, ..TokensOf::default() },
            _ => {
                let what = "Only users and clients have tokens.";
                return Err(OAuthError::new(ErrorCode::NotFound, what).into());
            }
        };
        // Clients and resource servers share their names: it must be of this kind.
        self.view_of(visit, exchange).await?;
        let after = visit.query.get("after").unwrap_or_default();
        let found = self.tokens(&visit.found.tenant, of, (after, ROWS), exchange).await?;
        let path = visit.parts.uri.path();
        let shown = Rows {
            title: format!("Tokens of {}", visit.found.id),
            lead:
                "The newest first. Of the texts nothing is stored: only what was issued, and when."
                    .to_owned(),
            back: Some((place(visit, ""), visit.found.id.clone())),
            columns: vec!["Issued", "Kind", "State", "Client", "User", "Scope", "Ends"],
            rows: found.items.iter().map(token).collect(),
            end_at: (of_tenant(&visit.found.tenant, "/families/revoke"), "family"),
            empty: "There are no tokens.".to_owned(),
            next: found.next.map(|next| format!("{path}?after={}", encoded(&next))),
            first: (!after.is_empty()).then(|| path.to_owned()),
            ..Rows::default()
        };
        Ok(page(rows(&visit.shell(visit.found.noun.path), &shown)))
    }

    pub(super) async fn revoke_family(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let family = row_key(visit.form.get("family").unwrap_or_default(), "/family")?;
        self.run(&RevokeFamily { family, by: visit.by() }, &visit.tenant(), exchange).await?;
        Ok(see_other(&of_tenant(&visit.found.tenant, "/users?done=revoked")))
    }
}

fn moment(item: &Value, name: &str) -> Cell {
    item.get(name).and_then(Value::as_i64).map_or(Cell::None, Cell::When)
}

fn texts(item: &Value, name: &str) -> Cell {
    let texts = all(item, name).filter_map(|one| one.as_str().map(str::to_owned));
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { Cell::None } else { Cell::Codes(texts) }
}

fn session(item: &Value) -> MadeRow {
    let username = text(item, "username");
    MadeRow {
        end: Some(RowEnd { value: text(item, "sid"), text: "End", of: username.clone() }),
        cells: vec![
            Cell::Text(username),
            moment(item, "auth_time"),
            moment(item, "seen_at"),
            moment(item, "ends_at"),
            Cell::Text(browser(&text(item, "user_agent"))),
            Cell::text(Some(&text(item, "address"))),
            texts(item, "clients"),
        ],
    }
}

fn token(item: &Value) -> MadeRow {
    let is_active = is(item, "active");
    let state = match is_active {
        true => Cell::Tag(Tone::Good, "active".to_owned()),
        false => Cell::Tag(Tone::Bad, text(item, "reason").replace('_', " ")),
    };
    let family = text(item, "family");
    let scope = text(item, "scope").split_whitespace().map(str::to_owned).collect();
    MadeRow {
        end: (is_active && !family.is_empty()).then(|| RowEnd {
            value: family,
            text: "Revoke authorization",
            of: text(item, "jti"),
        }),
        cells: vec![
            moment(item, "iat"),
            Cell::Text(text(item, "kind").replace('_', " ")),
            state,
            Cell::text(Some(&text(item, "client_id"))),
            Cell::text(Some(&text(item, "username"))),
            Cell::Codes(scope),
            moment(item, "exp"),
        ],
    }
}
