//! `bench`: what this machine can do, with a server of its own on a database that goes afterwards. The bars
//! that the project holds itself to are measured elsewhere, against what is bare.

mod load;
mod server;

use std::{sync::Arc, time::Duration};

use clap::Args;
use serde_json::{Value, json};

use crate::{
    bench::{
        load::{Load, Took},
        server::Server,
    },
    cli::{self, Output},
    failure::Failure,
};

pub const HELP: &str = "Example: vidimus bench --seconds 1 --connections 4 --output json\n\n\
     Server and load share the machine's processors: CPU per request is the figure to compare.";

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// How long each row takes
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// How many ask at the same time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub connections: u64,
}

/// # Errors
/// The server did not start, or an answer was not the expected one.
pub async fn run(args: &BenchArgs, output: Output) -> Result<(), Failure> {
    let server = Server::start().await?;
    let parties = server.parties().await?;
    let load = Load {
        address: server.address,
        connections: args.connections,
        took: Duration::from_secs(args.seconds),
    };
    let measure = async |what: &str, requests: Vec<Arc<[u8]>>| -> Result<(Value, Took), Failure> {
        eprintln!("{what} …");
        let before = server.cpu()?;
        let took = load.run(requests).await?;
        let spent = server.cpu()?.saturating_sub(before);
        Ok((row(what, &took, spent), took))
    };
    let issue = vec![parties.issue()];
    let (issued, took) = measure("client_credentials, durable", issue).await?;
    let tokens: Vec<_> = took.tokens.iter().map(|token| parties.introspect(token)).collect();
    if tokens.is_empty() {
        return Err(Failure::refused("no token was issued in this time"));
    }
    let (introspected, _) = measure("introspection, active", tokens).await?;
    let (unknown, _) =
        measure("introspection, unknown", vec![parties.introspect("vat_none")]).await?;
    let items = json!({"items": [issued, introspected, unknown], "next": null});
    let columns = ["what", "per_second", "cpu_us", "p50_us", "p99_us"];
    cli::print(&items, output, &columns)
}

fn row(what: &str, took: &Took, spent: Duration) -> Value {
    let count = took.latencies_us.len().max(1);
    let at = |part: usize| took.latencies_us.get(count * part / 100).copied().unwrap_or_default();
    let per_second = count as u128 * 1_000_000 / took.elapsed.as_micros().max(1);
    json!({
        "what": what,
        "per_second": u64::try_from(per_second).unwrap_or(u64::MAX),
        "cpu_us": u64::try_from(spent.as_micros()).unwrap_or(u64::MAX) / count as u64,
        "p50_us": at(50),
        "p99_us": at(99),
        "requests": count,
    })
}
