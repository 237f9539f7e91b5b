//! Every statement names the tenant: what belongs to one is never read or written without saying whose.

use super::Finding;
use super::source::{Source, is_word};
use super::tree::{Tree, is_test_file};

const TABLES: &[&str] =
    &["object", "name", "token", "family", "once", "locator", "ticket", "root_client"];
const COLUMN: &str = "tenant";
/// What expires is swept for all tenants at once; a file, constant or function says so in its name.
const EXEMPT: &str = "sweep";

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let store = |path: &str| path.starts_with("crates/vidimus-store/") && !is_test_file(path);
    for (path, source) in tree.rust().filter(|(path, _)| store(path)) {
        for literal in &source.literals {
            let exempt = source.is_test_line(literal.line) || is_sweep(path, source, literal.at);
            if !exempt {
                check(path, literal.line, &literal.text, &mut findings);
            }
        }
    }
    for (path, text) in tree.files().filter(|(path, _)| store(path) && path.ends_with(".sql")) {
        if !path.contains(EXEMPT) {
            check(path, 1, &without_comments(text), &mut findings);
        }
    }
    findings
}

fn check(path: &str, first: usize, text: &str, findings: &mut Vec<Finding>) {
    let mut line = first;
    for statement in text.split(';') {
        let words = words(statement);
        if let Some(table) = touched(&words)
            && !words.iter().any(|word| word == COLUMN)
        {
            let blank = statement.len() - statement.trim_start().len();
            let at = line + statement[..blank].matches('\n').count();
            findings.push(Finding::new(path, at, format!("{table} without its {COLUMN}")));
        }
        line += statement.matches('\n').count();
    }
}

/// The governed table that a statement, or a piece of one, reads, writes or makes.
fn touched(words: &[String]) -> Option<&str> {
    const BEFORE_A_TABLE: &[&str] = &["from", "into", "update", "join", "table", "exists"];
    let pairs = words.windows(2).filter(|pair| BEFORE_A_TABLE.contains(&pair[0].as_str()));
    let mut named = pairs.map(|pair| pair[1].as_str()).filter(|word| TABLES.contains(word));
    // Prose may say "update token"; it says nothing else of SQL.
    const VERBS: &[&str] =
        &["select", "insert", "update", "delete", "with", "create", "from", "join"];
    let begins = words.first().is_some_and(|word| VERBS.contains(&word.as_str()));
    const GRAMMAR: &[&str] = &["from", "into", "set", "where", "values", "table"];
    let grammar = words.iter().any(|word| GRAMMAR.contains(&word.as_str()));
    if begins && grammar { named.next() } else { None }
}

fn words(statement: &str) -> Vec<String> {
    let cleaned = statement.replace("\\n", " ").replace("\\\n", " ");
    let pieces = cleaned.split(|character: char| !is_word(character));
    pieces.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
}

/// By the file, or by the constant or function that the literal stands in.
fn is_sweep(path: &str, source: &Source, at: usize) -> bool {
    let before = &source.code[..at];
    let item = ["const ", "fn ", "static "].iter().filter_map(|kind| before.rfind(kind)).max();
    let named = item.is_some_and(|start| {
        let name = before[start..].split_whitespace().nth(1).unwrap_or_default();
        name.to_ascii_lowercase().contains(EXEMPT)
    });
    named || path.contains(EXEMPT)
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        find(&Tree::of(&[(path, text)])).iter().map(|found| found.line).collect()
    }

    #[test]
    fn a_statement_without_the_tenant_is_found() {
        let path = "crates/vidimus-store/src/a.rs";
        for statement in [
            "SELECT a FROM token WHERE id = ?1",
            "select a from token where id = ?1",
            "DELETE FROM family WHERE id = ?1",
            "UPDATE object SET a = ?1",
            "INSERT INTO once (id) VALUES (?1)",
            "CREATE TABLE name (id INTEGER)",
            "CREATE TABLE IF NOT EXISTS name (id INTEGER)",
            "SELECT 1; SELECT a FROM token",
        ] {
            assert_eq!(
                lines(path, &format!("\nconst A: &str = \"{statement}\";")),
                [2],
                "{statement}"
            );
        }
    }

    #[test]
    fn what_names_it_or_is_no_statement_is_not() {
        let path = "crates/vidimus-store/src/a.rs";
        for text in [
            "const A: &str = \"SELECT a FROM token WHERE tenant = ?1 AND id = ?2\";",
            "const A: &str = \"CREATE TABLE name (tenant TEXT, id INTEGER)\";",
            "const A: &str = \"SELECT version FROM schema\";",
            "const A: &str = \"update token failed\";",
            "const SWEEP_TOKENS: &str = \"DELETE FROM token WHERE expires_at < ?1\";",
            "#[cfg(test)]\nmod tests { const A: &str = \"SELECT a FROM token\"; }",
        ] {
            assert_eq!(lines(path, text), Vec::<usize>::new(), "{text}");
        }
        let bare = "const A: &str = \"SELECT a FROM token\";";
        assert_eq!(lines("crates/vidimus-store/src/sweep.rs", bare), Vec::<usize>::new());
        assert_eq!(lines("crates/vidimus-store/tests/a.rs", bare), Vec::<usize>::new());
    }

    #[test]
    fn sql_files_are_read_without_their_comments() {
        let text = "-- no tenant here\nCREATE TABLE token (\n  tenant TEXT\n);\n\nCREATE TABLE once (\n  id TEXT -- tenant\n);\n";
        assert_eq!(lines("crates/vidimus-store/src/schema/1.sql", text), [6]);
    }

    #[test]
    fn sec_291_no_statement_of_ours_forgets_its_tenant() {
        let tree = Tree::read(crate::root()).expect("the tree");
        let read = tree.files().filter(|(path, _)| path.ends_with("/sql.rs")).count();
        assert_eq!((read, find(&tree)), (2, Vec::new()));
    }
}
