//! What an import would do, and what it did, for people and for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    bring::Done,
    finding::{Finding, Thing, Translated, Verdict},
};
use crate::{
    cli::{ImportArgs, Output, aligned, plain, say},
    failure::Failure,
};

pub struct Shown<'a> {
    pub product: &'static str,
    pub args: &'a ImportArgs,
    /// Whether a server was asked what it has.
    pub compared: bool,
}

impl Shown<'_> {
    /// What becomes of each member.
    pub fn plan(&self, translated: &Translated, output: Output) -> Result<(), Failure> {
        if output == Output::Json {
            return say(&format!("{:#}", self.json(translated, None)));
        }
        let mut rows = vec![["OBJECT", "MEMBER", "VERDICT", "NOTE"].map(str::to_owned).to_vec()];
        for finding in &translated.findings {
            rows.push(row("", finding));
        }
        for thing in &translated.things {
            let name = format!("{} {}", thing.noun.name(), thing.id);
            match &thing.left_out {
                Some(why) => {
                    rows.push(vec![name, "-".to_owned(), "left out".to_owned(), why.clone()]);
                }
                None => rows.extend(of_thing(&name, thing)),
            }
        }
        say(aligned(rows).trim_end())?;
        say(&format!("\n{}", totals(translated)))?;
        let flags = flags(translated);
        if !flags.is_empty() {
            say(&format!("decide with: {}", flags.join("  ")))?;
        }
        if self.args.dry_run {
            let not = if self.compared { "" } else { ", and no server was asked what it has" };
            say(&format!("nothing was changed: this was a dry run{not}"))?;
        }
        Ok(())
    }

    pub fn done(
        &self,
        translated: &Translated,
        done: &Done,
        output: Output,
    ) -> Result<(), Failure> {
        if output == Output::Json {
            return say(&format!("{:#}", self.json(translated, Some(done))));
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for thing in &translated.things {
            *counts.entry(done.action(thing)).or_default() += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
        say(&format!("tenant {}: {}", self.args.tenant, counts.join(", ")))?;
        for thing in &translated.things {
            if let Some(why) = &thing.left_out {
                say(&format!("left out: {} {}: {why}", thing.noun.name(), thing.id))?;
            }
        }
        if let Some(path) = &self.args.secrets {
            say(&format!("new secrets are in {}", path.display()))?;
        }
        if let Some(path) = &self.args.undo {
            say(&format!("to take it back: vidimus import undo {}", path.display()))?;
        }
        Ok(())
    }

    fn json(&self, translated: &Translated, done: Option<&Done>) -> Value {
        let thing = |thing: &Thing| {
            let members: Vec<Value> = thing.findings.iter().map(Finding::json).collect();
            let mut told = json!({"kind": thing.noun.array(), "id": thing.id, "members": members});
            if let Value::Object(map) = &mut told {
                if let Some(why) = &thing.left_out {
                    map.insert("left_out".to_owned(), json!(why));
                }
                if let Some(done) = done {
                    map.insert("action".to_owned(), json!(done.action(thing)));
                }
            }
            told
        };
        let objects: Vec<Value> = translated.things.iter().map(thing).collect();
        let findings: Vec<Value> = translated.findings.iter().map(Finding::json).collect();
        let questions: usize = translated.things.iter().map(|t| t.questions().count()).sum();
        json!({
            "product": self.product,
            "tenant": self.args.tenant,
            "applied": done.is_some(),
            "compared": self.compared,
            "needs_a_decision": questions,
            "decide_with": flags(translated),
            "findings": findings,
            "objects": objects,
        })
    }
}

/// What is mapped in one row, and each of the rest in its own.
fn of_thing(name: &str, thing: &Thing) -> Vec<Vec<String>> {
    let is_mapped = |finding: &&Finding| finding.verdict == Verdict::Mapped;
    let mapped: Vec<&str> =
        thing.findings.iter().filter(is_mapped).map(|finding| finding.member.as_str()).collect();
    let all = Finding {
        member: format!("{} members", mapped.len()),
        verdict: Verdict::Mapped,
        note: mapped.join(", "),
    };
    let rest = thing.findings.iter().filter(|finding| !is_mapped(finding));
    std::iter::once(&all).chain(rest).map(|finding| row(name, finding)).collect()
}

fn row(name: &str, finding: &Finding) -> Vec<String> {
    vec![
        plain(if name.is_empty() { "-" } else { name }),
        plain(&finding.member),
        finding.verdict.as_str().to_owned(),
        plain(&finding.note),
    ]
}

fn totals(translated: &Translated) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let left_out = translated.things.iter().filter(|thing| thing.left_out.is_some()).count();
    let of_things = translated.things.iter().filter(|thing| thing.left_out.is_none());
    let findings = of_things.flat_map(|thing| &thing.findings).chain(&translated.findings);
    for finding in findings {
        *counts.entry(finding.verdict.as_str()).or_default() += 1;
    }
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    format!(
        "{} objects, {left_out} of them left out; members: {} mapped, {} changed, {} dropped, {} need a \
         decision",
        translated.things.len(),
        count("mapped"),
        count("changed"),
        count("dropped"),
        count("needs a decision"),
    )
}

fn flags(translated: &Translated) -> Vec<&'static str> {
    let questions = translated.things.iter().flat_map(Thing::questions);
    let mut flags: Vec<&str> = questions.map(|(_, question)| question.flag()).collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}
