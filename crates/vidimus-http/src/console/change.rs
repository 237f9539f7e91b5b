//! Making, changing and ending what is declared.

use serde_json::{Value, json};
use vidimus_console::operator::{
    Confirm, Form as ShownForm, Shown, TENANTS, confirm, form, of_tenant, shown,
};
use vidimus_core::{
    admin::{Conditional, Create, Delete, IfMatch, Update, entity_tag},
    engine::Store,
    errand::Errands,
    error::{ErrorCode, OAuthError},
    facts::TenantRef,
    model::Kind,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    declaration::{declared, fields, mark},
    failure::status_of,
    objects::{place, place_of},
    told::text,
    visit::{Visit, page, see_other},
};
use crate::{exchange::Exchange, failure::Failure};

/// Under these a reply has what was made and is shown once.
const SECRETS: [(&str, &str); 3] =
    [("client_secret", "Client secret"), ("secret", "Secret"), ("token", "Token")];

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn new_object(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let noun = visit.found.noun;
        if !visit.is_post {
            let shown = new_form(visit);
            return Ok(page(form(&visit.shell(noun.path), &shown)));
        }
        let made = match declared(noun, &visit.form, None) {
            Ok(declaration) => {
                let at = match noun.kind {
                    Kind::Tenant => id_of(&declaration).map(TenantRef::Id),
                    _ => Ok(visit.tenant()),
                };
                match at {
                    Ok(at) => {
                        let create = Create { kind: noun.kind, declaration, by: visit.by() };
                        self.run(&create, &at, exchange).await
                    }
                    Err(error) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        };
        match made {
            Ok(view) => Ok(done(visit, &view, "created")),
            Err(failure) => refused(visit, new_form(visit), failure),
        }
    }

    pub(super) async fn edit(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let noun = visit.found.noun;
        if !noun.can_be_changed {
            return Err(OAuthError::new(ErrorCode::NotFound, "It cannot be changed.").into());
        }
        let view = self.view_of(visit, exchange).await?;
        let shown = edit_form(visit, &view);
        if !visit.is_post {
            return Ok(page(form(&visit.shell(noun.path), &shown)));
        }
        let changed = match declared(noun, &visit.form, Some(&view)) {
            Ok(patch) => {
                let (kind, id) = (noun.kind, visit.found.id.clone());
                let operation = Update { kind, id, patch, by: visit.by() };
                // Of the version whose page was filled in, and of none that came after.
                let version = visit.form.get("version").and_then(|text| text.parse().ok());
                let tag = version.and_then(|version: i64| tag_of(&view, version));
                let if_match = Some(IfMatch::OneOf(tag.into_iter().collect()));
                let operation = Conditional { operation, if_match };
                self.run(&operation, &visit.tenant(), exchange).await
            }
            Err(error) => Err(error.into()),
        };
        match changed {
            Ok(view) => Ok(done(visit, &view, "updated")),
            Err(failure) => refused(visit, shown, failure),
        }
    }

    pub(super) async fn delete(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let (noun, id) = (visit.found.noun, visit.found.id.clone());
        if !visit.is_confirmed() {
            // Whether there is anything to delete.
            self.view_of(visit, exchange).await?;
            let asked = Confirm {
                title: format!("Delete {} {id}?", noun.one.to_lowercase()),
                what: format!("{} This cannot be undone.", noun.end),
                to: place(visit, "/delete"),
                submit: "Delete".to_owned(),
                cancel: place(visit, ""),
                ..Confirm::default()
            };
            return Ok(page(confirm(&visit.shell(noun.path), &asked)));
        }
        let operation = Delete { kind: noun.kind, id, by: visit.by() };
        self.run(&operation, &visit.tenant(), exchange).await?;
        let list = match noun.kind {
            Kind::Tenant => "/console/tenants".to_owned(),
            _ => visit.list_path(),
        };
        Ok(see_other(&format!("{list}?done=deleted")))
    }

    pub(super) async fn act_on_object(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let (noun, action) = (visit.found.noun, visit.form.get("action").unwrap_or_default());
        let question = match action {
            "disable" => "Its tokens are inactive at once, until it is enabled again.",
            "renew-secret" => {
                "The secret that is used now is refused at once. The new one is shown once."
            }
            "revoke-tokens" => "Every token that was issued until now is inactive at once.",
            _ => "",
        };
        if !question.is_empty() && !visit.is_confirmed() {
            let asked = Confirm {
                title: format!("{} of {}?", words(action), visit.found.id),
                what: question.to_owned(),
                to: place(visit, "/act"),
                hidden: vec![("action".to_owned(), action.to_owned())],
                submit: words(action).to_owned(),
                cancel: place(visit, ""),
                ..Confirm::default()
            };
            return Ok(page(confirm(&visit.shell(noun.path), &asked)));
        }
        let (patch, said) = match action {
            "disable" => (json!({"disabled": true}), "disabled"),
            "enable" => (json!({"disabled": false}), "enabled"),
            "renew-secret" => (json!({"renew_secret": true}), "updated"),
            "revoke-tokens" => (json!({"revoke_tokens": true}), "revoked"),
            _ => return Err(OAuthError::invalid_request("There is no such action.").into()),
        };
        let id = visit.found.id.clone();
        let operation = Update { kind: noun.kind, id, patch, by: visit.by() };
        let view = self.run(&operation, &visit.tenant(), exchange).await?;
        Ok(done(visit, &view, said))
    }
}

fn words(action: &str) -> &'static str {
    match action {
        "disable" => "Disable",
        "renew-secret" => "Rotate the secret",
        _ => "Revoke all tokens",
    }
}

/// The entity tag of that version of what is seen now.
fn tag_of(view: &Value, version: i64) -> Option<String> {
    let mut then = view.clone();
    if let Value::Object(map) = &mut then {
        map.insert("version".to_owned(), json!(version));
    }
    entity_tag(&then)
}

fn id_of(declaration: &Value) -> Result<String, OAuthError> {
    let id = declaration.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let missing = || OAuthError::invalid_request("A tenant needs an id.").at("/id");
    id.map(str::to_owned).ok_or_else(missing)
}

/// What was made is shown once; whatever else is looked at again.
fn done(visit: &Visit<'_>, view: &Value, said: &str) -> Shape {
    let noun = visit.found.noun;
    let to = place_of(noun, view, &visit.list_path());
    let made = SECRETS
        .iter()
        .find_map(|(member, label)| Some((*label, view.get(member).and_then(Value::as_str)?)));
    let Some((label, value)) = made else {
        return see_other(&format!("{to}?done={said}"));
    };
    let id = text(view, noun.id_member);
    let once = Shown {
        title: format!("{label} of {id}"),
        label: label.to_owned(),
        value: value.to_owned(),
        note: "It is shown this once and is stored nowhere. Copy it now.".to_owned(),
        back: (to, format!("To the {}", noun.one.to_lowercase())),
    };
    page(shown(&visit.shell(noun.path), &once))
}

fn new_form(visit: &Visit<'_>) -> ShownForm {
    let noun = visit.found.noun;
    let is_tenant = noun.kind == Kind::Tenant;
    ShownForm {
        title: format!("New {}", noun.one.to_lowercase()),
        lead: if is_tenant { TENANTS.lead } else { noun.lead }.to_owned(),
        to: match is_tenant {
            true => "/console/tenants/new".to_owned(),
            false => of_tenant(&visit.found.tenant, &format!("/new/{}", noun.path)),
        },
        fields: fields(noun, None, visit.is_post.then_some(&visit.form)),
        submit: "Create".to_owned(),
        cancel: match is_tenant {
            true => "/console/tenants".to_owned(),
            false => visit.list_path(),
        },
        ..ShownForm::default()
    }
}

fn edit_form(visit: &Visit<'_>, view: &Value) -> ShownForm {
    let noun = visit.found.noun;
    let typed = visit.is_post.then_some(&visit.form);
    let version = match typed {
        Some(form) => form.get("version").and_then(|text| text.parse().ok()),
        None => view.get("version").and_then(Value::as_i64),
    };
    ShownForm {
        title: format!("Edit {}", visit.found.id),
        to: place(visit, "/edit"),
        fields: fields(noun, Some(view), typed),
        version,
        submit: "Save".to_owned(),
        cancel: place(visit, ""),
        ..ShownForm::default()
    }
}

/// The form again, with what is wrong beside its field.
fn refused(visit: &Visit<'_>, form_of: ShownForm, failure: Failure) -> Result<Shape, Failure> {
    let Failure::Refused(refused) = failure else { return Err(failure) };
    if refused.error.code == ErrorCode::NotFound {
        return Err(refused.into());
    }
    let mut shown = form_of;
    let is_stale = refused.error.code == ErrorCode::PreconditionFailed;
    shown.error = if is_stale {
        Some(
            "Somebody else has changed it meanwhile. Below is what you typed, and nothing of it is \
             saved: cancel, look at what it is now, and edit it again."
                .to_owned(),
        )
    } else {
        mark(&mut shown.fields, &refused.error)
    };
    let status = status_of(&refused);
    Ok(page(form(&visit.shell(visit.found.noun.path), &shown)).status(status))
}
