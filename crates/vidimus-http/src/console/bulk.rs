//! Several at once: asked about first, then each by itself, as if one had gone to its page.

use serde_json::json;
use vidimus_console::operator::{Confirm, Message, confirm, message};
use vidimus_core::{
    admin::{Delete, Update},
    engine::Store,
    errand::Errands,
    error::OAuthError,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    visit::{Visit, page, see_other},
};
use crate::{exchange::Exchange, failure::Failure};

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn bulk(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let noun = visit.found.noun;
        let deletes = match visit.form.get("action") {
            Some("delete") => true,
            Some("disable") if noun.can_be_disabled => false,
            _ => return Err(OAuthError::invalid_request("There is no such action.").into()),
        };
        let picked: Vec<(&str, &str)> =
            visit.form.pairs().filter(|(name, _)| name.starts_with("pick.")).collect();
        if picked.is_empty() {
            let what = "Nothing is selected. Go back and tick what it shall be done to.";
            return Err(OAuthError::invalid_request(what).into());
        }
        if !visit.is_confirmed() {
            return Ok(asked(visit, deletes, &picked));
        }
        let mut failures = Vec::new();
        for (_, id) in &picked {
            let done = self.do_to(visit, id, deletes, exchange).await;
            match done {
                Ok(()) => {}
                Err(Failure::Refused(refused)) => {
                    failures.push(format!("{id}: {}", refused.error.description));
                }
                Err(fault) => return Err(fault),
            }
        }
        if failures.is_empty() {
            return Ok(see_other(&format!("{}?done=all-done", visit.list_path())));
        }
        let shown = Message {
            title: format!("{} of {} were not done", failures.len(), picked.len()),
            what: failures.join("; "),
            advice: "The others are done.".to_owned(),
            next: Some((visit.list_path(), format!("To the {}", noun.many.to_lowercase()))),
            ..Message::default()
        };
        Ok(page(message(Some(&visit.shell(noun.path)), &shown)).status(409))
    }

    async fn do_to(
        &self,
        visit: &Visit<'_>,
        id: &str,
        deletes: bool,
        exchange: &mut Exchange,
    ) -> Result<(), Failure> {
        let (kind, id, by) = (visit.found.noun.kind, id.to_owned(), visit.by());
        if deletes {
            self.run(&Delete { kind, id, by }, &visit.tenant(), exchange).await?;
        } else {
            let patch = json!({"disabled": true});
            self.run(&Update { kind, id, patch, by }, &visit.tenant(), exchange).await?;
        }
        Ok(())
    }
}

fn asked(visit: &Visit<'_>, deletes: bool, picked: &[(&str, &str)]) -> Shape {
    let noun = visit.found.noun;
    let verb = if deletes { "Delete" } else { "Disable" };
    let mut hidden = vec![("action".to_owned(), verb.to_lowercase())];
    hidden.extend(picked.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())));
    let what = if deletes { noun.end } else { "Their tokens are inactive at once." };
    let shown = Confirm {
        title: format!("{verb} {} {}?", picked.len(), noun.many.to_lowercase()),
        what: what.to_owned(),
        items: picked.iter().map(|(_, id)| (*id).to_owned()).collect(),
        to: visit.parts.uri.path().to_owned(),
        hidden,
        submit: verb.to_owned(),
        cancel: visit.list_path(),
    };
    page(confirm(&visit.shell(noun.path), &shown))
}
