//! `doctor`: one line for each thing that a server needs, and how to mend what is wrong.

pub mod certificate;
mod checks;
mod names;
mod online;
mod probe;

use serde_json::{Value, json};

use crate::{
    cli::{DoctorArgs, Global, Output, aligned, say},
    config::{self, Environment},
    failure::Failure,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    Warning,
    Failed,
    /// Nobody could be asked: neither good nor bad.
    Skipped,
}

/// One check and what it found; for anything but [`Verdict::Ok`] also what to do.
#[derive(Debug)]
pub struct Finding {
    pub check: &'static str,
    pub verdict: Verdict,
    pub detail: String,
}

impl Finding {
    pub fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, detail: detail.into() }
    }

    pub fn warning(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warning, detail: detail.into() }
    }

    pub fn skipped(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Skipped, detail: detail.into() }
    }

    pub fn failed(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Failed, detail: detail.into() }
    }
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// # Errors
/// A check failed.
pub async fn run(
    args: &DoctorArgs,
    global: &Global,
    environment: &Environment,
) -> Result<(), Failure> {
    if let Some(url) = &args.probe {
        return probe::probe(url).await;
    }
    let findings = match config::load(args.config.as_deref(), environment) {
        Err(problem) => vec![Finding::failed("configuration", problem.to_string())],
        Ok(config) => {
            let mut findings = vec![Finding::ok("configuration", "read and understood")];
            findings.extend(checks::all(&config, global).await);
            findings
        }
    };
    show(&findings, global.output)?;
    let failed = findings.iter().filter(|f| f.verdict == Verdict::Failed).count();
    if failed > 0 {
        return Err(Failure::refused(format!("{failed} of {} checks failed", findings.len())));
    }
    Ok(())
}

fn show(findings: &[Finding], output: Output) -> Result<(), Failure> {
    let verdict = |finding: &Finding| finding.verdict.as_str().to_owned();
    match output {
        Output::Table => {
            let row = |f: &Finding| vec![verdict(f), f.check.to_owned(), f.detail.clone()];
            say(aligned(findings.iter().map(row).collect()).trim_end())
        }
        Output::Json => {
            let item =
                |f: &Finding| json!({"check": f.check, "verdict": verdict(f), "detail": f.detail});
            let checks: Vec<Value> = findings.iter().map(item).collect();
            say(&format!("{:#}", json!({ "checks": checks })))
        }
    }
}
