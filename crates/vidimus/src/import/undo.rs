//! `import undo`: what an import made is deleted, what it replaced is put back, last first; what has
//! changed since is left, and named.

use std::{collections::HashSet, path::Path};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    finding::Noun,
    journal::{Journal, Line},
    standing::There,
};
use crate::{
    admin::AdminClient,
    cli::{Global, Output, aligned, connect, say},
    failure::Failure,
};

struct Step {
    noun: Noun,
    id: String,
    became: &'static str,
}

/// # Errors
/// It is no undo file, or the server does not answer.
pub async fn run(path: &Path, global: &Global) -> Result<(), Failure> {
    let mut journal = Journal::open(path)?;
    let server = connect(global).await?;
    let undone: HashSet<(Noun, String)> = journal
        .lines
        .iter()
        .filter(|line| matches!(line, Line::Undone { .. }))
        .map(|line| line.whose())
        .map(|(noun, id)| (noun, id.to_owned()))
        .collect();
    let lines: Vec<Line> = journal.lines.iter().rev().cloned().collect();
    let mut steps = Vec::new();
    for line in lines {
        let (noun, id) = line.whose();
        if matches!(line, Line::Undone { .. }) || undone.contains(&(noun, id.to_owned())) {
            continue;
        }
        let became = take_back(&server, &journal.header.tenant, &line).await?;
        journal.write(vec![Line::Undone { noun, id: id.to_owned() }])?;
        steps.push(Step { noun, id: id.to_owned(), became });
    }
    show(&steps, global.output)?;
    match steps.iter().filter(|step| step.became == CHANGED).count() {
        0 => Ok(()),
        count => {
            Err(Failure::refused(format!("{count} have changed since the import, and were left")))
        }
    }
}

const CHANGED: &str = "changed since: left as it is";

async fn take_back(
    server: &AdminClient,
    tenant: &str,
    line: &Line,
) -> Result<&'static str, Failure> {
    let (noun, id) = line.whose();
    let path = ["tenants", tenant, noun.route(), id];
    let Ok(view) = server.try_ask(Method::GET, &path, None).await? else {
        return Ok("gone already");
    };
    let there = There::of(&view);
    match line {
        // Its use changes it, and leaves the mark of the import on it; whoever changes it takes that off.
        Line::Made { .. } if there.is_imported => {
            server.ask(Method::DELETE, &path, None).await?;
            Ok("deleted")
        }
        // Recorded, and then the import went no further.
        Line::Replaced { version, .. } if there.version == *version => Ok("never replaced"),
        Line::Replaced { sealed, .. } if there.is_imported => {
            let order = json!({"kind": noun.array(), "id": id, "sealed": sealed,
                "version": there.version});
            let path = ["tenants", tenant, "snapshots", "put-back"];
            server.ask(Method::POST, &path, Some(&order)).await?;
            Ok("put back")
        }
        _ => Ok(CHANGED),
    }
}

fn show(steps: &[Step], output: Output) -> Result<(), Failure> {
    match output {
        Output::Json => {
            let item = |s: &Step| json!({"kind": s.noun.array(), "id": s.id, "became": s.became});
            let items: Vec<Value> = steps.iter().map(item).collect();
            say(&format!("{:#}", json!({ "items": items })))
        }
        Output::Table if steps.is_empty() => say("nothing to undo"),
        Output::Table => {
            let row = |s: &Step| vec![s.became.to_owned(), s.noun.name().to_owned(), s.id.clone()];
            say(aligned(steps.iter().map(row).collect()).trim_end())
        }
    }
}
