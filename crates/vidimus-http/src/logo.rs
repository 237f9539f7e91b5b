//! Logos as pictures and nothing else: whatever the bytes are, no browser runs anything of them.

use vidimus_core::{engine::Store, errand::Errands, logo::LogoRequest};
use vidimus_dialect::Shape;

use crate::{
    app::App, endpoints::Answered, exchange::Exchange, failure::Failure, headers::Cache, turn::Turn,
};

impl<S: Store, E: Errands> App<S, E> {
    pub async fn logo(
        &self,
        turn: &Turn<'_>,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let client = turn.target.captured.last().cloned();
        let operation =
            client.map_or(LogoRequest::Tenant, |client_id| LogoRequest::Client { client_id });
        let image = self.on_turn(&operation, turn, operation.client_id(), exchange).await?;
        Ok(Answered::new(Cache::Anybody, move |_, _| {
            Shape::text(image.content_type, image.bytes.clone())
                .header("content-security-policy", "default-src 'none'; sandbox")
                .header("cache-control", "private, max-age=3600")
        }))
    }
}
