//! UserInfo (OpenID Connect Core §5.3.1) and its like: an access token, wherever the route lets it
//! stand.

use hyper::{HeaderMap, body::Bytes};
use vidimus_core::{
    client_auth::bearer::Bearer, engine::Store, errand::Errands, secret::Secret,
    userinfo::UserinfoRequest,
};
use vidimus_dialect::{Endpoint, Reading};

use crate::{
    app::App, endpoints::Answered, exchange::Exchange, failure::Failure, headers::Cache,
    parameters, request::authorization, turn::Turn,
};

impl<S: Store, E: Errands> App<S, E> {
    /// OpenID Connect Core §5.3.1: the token in the header or among the parameters.
    pub async fn userinfo(
        &self,
        turn: &mut Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let route = turn.target.route;
        let header = authorization(&turn.parts.headers)?;
        if route.reading.query || (Bearer::find(header).is_none() && !bytes.is_empty()) {
            turn.form = Some(parameters::read(route.reading, turn.parts, bytes).await?);
        }
        let given = turn.form.as_ref().and_then(|form| form.secret("access_token"));
        // The same token twice is one; some clients send it wherever it may stand.
        let twice = |given: &&Secret| {
            let same = Bearer::text(header).is_some_and(|text| text == **given);
            route.reading.query && same
        };
        let given = given.filter(|given| !twice(given)).cloned();
        let given = given.or_else(|| in_other_header(route.reading, &turn.parts.headers));
        let mut operation = UserinfoRequest::parse(header, given, route.manner)?;
        if route.endpoint == Endpoint::Identity {
            let word = |at| turn.target.captured.get(at).map_or("", String::as_str);
            operation = operation.named(word(0), word(1));
        }
        let reply = self.on_turn(&operation, turn, None, exchange).await?;
        Ok(Answered::new(Cache::Nobody, move |d, asked| (d.userinfo)(&reply, asked)))
    }
}

/// The token in a header of the product's own, where there is one and it is there once.
fn in_other_header(reading: &Reading, headers: &HeaderMap) -> Option<Secret> {
    let mut values = headers.get_all(reading.token_header?).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok().map(Secret::new)
}
