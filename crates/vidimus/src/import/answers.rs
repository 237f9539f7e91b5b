//! The operator's answers, put to every question that the translation has left open.

use std::collections::HashSet;

use super::{
    finding::{Question, Thing, Translated, Verdict},
    redirects,
    secrets_file::Made,
    standing::Standing,
};
use crate::{
    cli::{Existing, ImportArgs, MaskedSecrets, UnusableRedirects},
    failure::Failure,
};

/// # Errors
/// An id is missing, or there twice: an export that says two things of one id is not guessed at.
pub fn check_ids(translated: &Translated) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    for thing in &translated.things {
        if thing.id.is_empty() {
            let what =
                format!("a {} in the export has no {}", thing.noun.array(), thing.noun.id_key());
            return Err(Failure::Refused(what));
        }
        if thing.left_out.is_none() && !seen.insert((thing.noun.route(), &thing.id)) {
            let what = format!("{} {} is in the export twice", thing.noun.array(), thing.id);
            return Err(Failure::Refused(what));
        }
    }
    Ok(())
}

/// # Errors
/// A secret cannot be made.
pub fn settle(
    translated: &mut Translated,
    args: &ImportArgs,
    standing: Option<&Standing>,
    secrets: &mut Made,
) -> Result<(), Failure> {
    for thing in translated.things.iter_mut().filter(|thing| thing.left_out.is_none()) {
        let there = standing.and_then(|standing| standing.get(thing.noun, &thing.id));
        if there.is_some_and(|there| !there.is_imported) {
            match args.existing {
                Some(Existing::Skip) => {
                    thing.left_out = Some("it is here already".to_owned());
                    continue;
                }
                Some(Existing::Replace) => thing.changed("id", "takes the place of the one here"),
                None => thing.ask("id", Question::Existing, "there is one here already"),
            }
        }
        if let Some(answer) = args.unusable_redirects {
            redirects::answer(thing, answer == UnusableRedirects::Strip);
        }
        if let Some(answer) = args.masked_secrets {
            secret(thing, answer, secrets)?;
        }
        if let Some(scope) = &args.scope {
            ask_scope(thing, scope);
        }
    }
    Ok(())
}

fn secret(thing: &mut Thing, answer: MaskedSecrets, secrets: &mut Made) -> Result<(), Failure> {
    let is_user = thing.noun == super::finding::Noun::User;
    let (noun, id) = (thing.noun, thing.id.clone());
    let is_asked = |verdict: &Verdict| *verdict == Verdict::Decision(Question::Secret);
    if !thing.findings.iter().any(|finding| is_asked(&finding.verdict)) {
        return Ok(());
    }
    for finding in thing.findings.iter_mut().filter(|finding| is_asked(&finding.verdict)) {
        (finding.verdict, finding.note) = match answer {
            MaskedSecrets::Generate => {
                (Verdict::Changed, format!("{}: a new one is made", finding.note))
            }
            MaskedSecrets::Skip if is_user => {
                (Verdict::Dropped, format!("{}: no password until one is set", finding.note))
            }
            MaskedSecrets::Skip => (Verdict::Dropped, format!("{}: left out", finding.note)),
        };
    }
    match answer {
        MaskedSecrets::Generate => thing.put(noun.secret_key(), secrets.secret(noun, &id)?),
        MaskedSecrets::Skip if is_user => {}
        MaskedSecrets::Skip => thing.left_out = Some("its secret is not in the export".to_owned()),
    }
    Ok(())
}

fn ask_scope(thing: &mut Thing, scope: &str) {
    let mut is_answered = false;
    for finding in &mut thing.findings {
        if finding.verdict == Verdict::Decision(Question::Scope) {
            finding.verdict = Verdict::Changed;
            finding.note = format!("{}: {scope}", finding.note);
            is_answered = true;
        }
    }
    if is_answered {
        thing.put("scope", scope);
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;
    use crate::import::{finding::Noun, standing::There};

    fn args(flags: &[&str]) -> ImportArgs {
        let command = ImportArgs::augment_args(clap::Command::new("import"));
        let words = ["import", "file"].iter().chain(flags);
        ImportArgs::from_arg_matches(&command.get_matches_from(words)).unwrap()
    }

    fn settled(flags: &[&str], is_imported: bool) -> Thing {
        let mut client = Thing::new(Noun::Client, "client_id", "a");
        client.secret("client_secret", Some("***"));
        client.ask("scope", Question::Scope, "not said");
        let mut translated = Translated { things: vec![client], findings: Vec::new() };
        let there = There { version: 1, is_imported };
        let standing = Standing::with(Noun::Client, "a", there);
        let args = args(flags);
        let mut secrets = Made::open(&args).unwrap();
        settle(&mut translated, &args, Some(&standing), &mut secrets).unwrap();
        translated.things.remove(0)
    }

    fn questions(thing: &Thing) -> Vec<Question> {
        thing.questions().map(|(_, question)| question.clone()).collect()
    }

    #[test]
    fn each_flag_answers_its_question_and_no_other() {
        let all = [Question::Secret, Question::Scope, Question::Existing];
        assert_eq!(questions(&settled(&[], false)), all);
        assert_eq!(questions(&settled(&[], true)), all[..2], "an import may be repeated");
        let scoped = settled(&["--scope", "a b"], true);
        assert_eq!(
            (questions(&scoped), &scoped.entry["scope"]),
            (all[..1].to_vec(), &"a b".into())
        );
        assert_eq!(questions(&settled(&["--existing", "replace"], false)), all[..2]);
        assert!(settled(&["--existing", "skip"], false).left_out.is_some());
        assert!(settled(&["--masked-secrets", "skip"], true).left_out.is_some());
    }

    #[test]
    fn a_user_without_a_password_still_comes() {
        let mut user = Thing::new(Noun::User, "username", "u");
        user.ask("credentials", Question::Secret, "none");
        let mut translated = Translated { things: vec![user], findings: Vec::new() };
        let args = args(&["--masked-secrets", "skip"]);
        let mut secrets = Made::open(&args).unwrap();
        settle(&mut translated, &args, None, &mut secrets).unwrap();
        let [user] = translated.things.as_slice() else { panic!() };
        assert!(user.left_out.is_none() && questions(user).is_empty());
        assert!(!user.entry.contains_key("password"));
    }

    #[test]
    fn an_id_is_there_once() {
        let client = |id: &str| Thing::new(Noun::Client, "client_id", id);
        let of = |ids: &[&str]| Translated {
            things: ids.iter().map(|id| client(id)).collect(),
            findings: Vec::new(),
        };
        assert!(check_ids(&of(&["a", "b"])).is_ok());
        assert!(check_ids(&of(&["a", "a"])).is_err());
        assert!(check_ids(&of(&[""])).is_err());
    }
}
