//! Name resolution that drops every address outside the public internet, so that what was checked
//! is what is connected to: a name that answers differently the second time gains nothing.

use std::{io, net::SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::outbound::address::is_public;

pub struct GuardedResolver {
    pub allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let all = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<SocketAddr> =
                all.filter(|address| allow_private || is_public(address.ip())).collect();
            if fit.is_empty() {
                let what = format!("{} has no public address", name.as_str());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, what).into());
            }
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}
