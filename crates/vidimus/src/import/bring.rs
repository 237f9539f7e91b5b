//! What was translated and decided, given to the server in batches: each all or nothing, and each
//! costing nothing where it is there already.

use std::{collections::HashMap, sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::interval;
use vidimus_core::vault::{hex, sha256};
use vidimus_store::backup::{Unit, Watch as _};

use super::{
    finding::{Noun, Thing, Translated},
    journal::{Header, Journal, Line},
    source::Source,
    standing::Standing,
};
use crate::{
    admin::{AdminClient, Refusal},
    cli::ImportArgs,
    failure::Failure,
    progress::Progress,
};

/// A batch is one commit, and its slow secrets are hashed before that.
const BATCH: usize = 50;
const TICK: Duration = Duration::from_millis(200);

pub struct Order<'a> {
    pub product: &'static str,
    pub args: &'a ImportArgs,
    pub server: &'a AdminClient,
    pub standing: Standing,
}

/// What became of each, by noun and id; what is not among them was there as it is.
#[derive(Default)]
pub struct Done(HashMap<(Noun, String), &'static str>);

impl Done {
    pub fn action(&self, thing: &Thing) -> &'static str {
        match &thing.left_out {
            Some(_) => "left out",
            None => self.0.get(&(thing.noun, thing.id.clone())).copied().unwrap_or("unchanged"),
        }
    }

    fn read(&mut self, reply: &Value) {
        for change in reply.get("changes").and_then(Value::as_array).into_iter().flatten() {
            let member = |name: &str| change.get(name).and_then(Value::as_str).unwrap_or_default();
            let noun = Noun::ALL.into_iter().find(|noun| noun.array() == member("kind"));
            let action = if member("action") == "create" { "created" } else { "updated" };
            if let Some(noun) = noun {
                self.0.insert((noun, member("id").to_owned()), action);
            }
        }
    }
}

impl Order<'_> {
    /// Whether the server would take it.
    ///
    /// # Errors
    /// It would not; with what of which.
    pub async fn rehearse(&self, translated: &Translated) -> Result<(), Failure> {
        let mut things = wanted(translated);
        // What is not decided is not whole.
        things.retain(|thing| thing.questions().next().is_none());
        for batch in things.chunks(BATCH) {
            self.apply(batch, true).await?;
        }
        Ok(())
    }

    /// # Errors
    /// The server refuses one, with the name of that; those of earlier batches stay.
    pub async fn bring(
        &self,
        translated: &Translated,
        sources: &[Source],
    ) -> Result<Done, Failure> {
        let things = wanted(translated);
        let mut journal = match &self.args.undo {
            Some(path) => Some(Journal::begin(path, self.header(&things, sources))?),
            None => None,
        };
        let progress = Arc::new(Progress::new());
        let total = u64::try_from(things.len()).unwrap_or(u64::MAX);
        progress.begin("importing", Unit::Rows, total);
        let mut done = Done::default();
        for batch in things.chunks(BATCH) {
            if let Some(journal) = &mut journal {
                journal.write(self.before(batch, journal).await?)?;
            }
            let reply = while_drawing(&progress, self.apply(batch, false)).await;
            progress.clear();
            done.read(&reply?);
            progress.advance(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        }
        Ok(done)
    }

    fn header(&self, things: &[&Thing], sources: &[Source]) -> Header {
        let entries: Vec<&Map<String, Value>> = things.iter().map(|thing| &thing.entry).collect();
        let texts: Vec<&str> = sources.iter().map(Source::text).collect();
        // Secrets are among them, and the file is closed to others: a digest tells nobody anything.
        let export = hex(&sha256(json!([entries, texts]).to_string().as_bytes()));
        let (product, tenant) = (self.product.to_owned(), self.args.tenant.clone());
        Header { product, tenant, export }
    }

    /// What stands where these come to.
    async fn before(&self, batch: &[&Thing], journal: &Journal) -> Result<Vec<Line>, Failure> {
        let mut lines = Vec::new();
        for thing in batch.iter().filter(|thing| !journal.knows(thing.noun, &thing.id)) {
            let (noun, id) = (thing.noun, thing.id.clone());
            if self.standing.get(noun, &id).is_none() {
                lines.push(Line::Made { noun, id });
                continue;
            }
            let path = ["tenants", &self.args.tenant, "snapshots"];
            let order = json!({"kind": noun.array(), "id": id});
            let kept = self.server.ask(Method::POST, &path, Some(&order)).await?;
            let sealed = kept.get("sealed").and_then(Value::as_str).unwrap_or_default().to_owned();
            let version = kept.get("version").and_then(Value::as_i64).unwrap_or_default();
            lines.push(Line::Replaced { noun, id, version, sealed });
        }
        Ok(lines)
    }

    async fn apply(&self, batch: &[&Thing], dry_run: bool) -> Result<Value, Failure> {
        let mut tenant = Map::new();
        tenant.insert("id".to_owned(), json!(self.args.tenant));
        for noun in Noun::ALL {
            let of_noun = batch.iter().filter(|thing| thing.noun == noun);
            let entries: Vec<Value> = of_noun.map(|thing| json!(thing.entry)).collect();
            tenant.insert(noun.array().to_owned(), Value::Array(entries));
        }
        let order = json!({"world": {"tenant": [tenant]}, "import": true, "dry_run": dry_run});
        let reply = self.server.try_ask(Method::POST, &["apply"], Some(&order)).await?;
        reply.map_err(|refusal| explain(&refusal, batch))
    }
}

/// Progress is drawn while the server works.
async fn while_drawing<T>(progress: &Progress, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut ticks = interval(TICK);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = ticks.tick() => progress.draw(),
        }
    }
}

fn wanted(translated: &Translated) -> Vec<&Thing> {
    translated.things.iter().filter(|thing| thing.left_out.is_none()).collect()
}

/// `/tenant/0/client/3/scope` as the client that it is about.
fn explain(refusal: &Refusal, batch: &[&Thing]) -> Failure {
    let pointer = refusal.pointer.as_deref().unwrap_or_default();
    let mut steps = pointer.trim_start_matches("/tenant/0/").split('/');
    let noun = steps.next().and_then(|step| Noun::ALL.into_iter().find(|n| n.array() == step));
    let at = steps.next().and_then(|step| step.parse::<usize>().ok());
    let thing =
        noun.zip(at).and_then(|(noun, at)| batch.iter().filter(|thing| thing.noun == noun).nth(at));
    let rest: Vec<&str> = steps.collect();
    Failure::Refused(match thing {
        Some(thing) => {
            let (name, at) = (thing.noun.name(), rest.join("."));
            format!("{name} {}: {at}: {}", thing.id, refusal.message)
        }
        None => refusal.message.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_it_is_about() {
        let things = [
            Thing::new(Noun::Client, "client_id", "a"),
            Thing::new(Noun::User, "username", "u"),
            Thing::new(Noun::Client, "client_id", "b"),
        ];
        let batch: Vec<&Thing> = things.iter().collect();
        let refusal =
            |pointer: &str| Refusal { message: "no".to_owned(), pointer: Some(pointer.to_owned()) };
        let said = explain(&refusal("/tenant/0/client/1/redirect_uris"), &batch);
        assert_eq!(said.to_string(), "client b: redirect_uris: no");
        assert_eq!(explain(&refusal(""), &batch).to_string(), "no");
    }
}
