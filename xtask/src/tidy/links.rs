//! A link in the documentation leads somewhere: to a file of the tree and to a heading in it.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::Tree;

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md")) {
        for (line, target) in targets(text) {
            if let Err(message) = resolve(tree, path, &target) {
                findings.push(Finding::new(path, line, format!("{target}: {message}")));
            }
        }
    }
    findings
}

fn resolve(tree: &Tree, from: &str, target: &str) -> Result<(), String> {
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with('<') {
        return Ok(());
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { Some(from.to_owned()) } else { join(from, file) };
    let path = path.ok_or("leads out of the repository")?;
    if !path.is_empty() && !tree.has(&path) {
        return Err(format!("there is no {path}"));
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let text = tree.text(&path).ok_or("an anchor in what is no text")?;
    if anchors(text).contains(anchor) { Ok(()) } else { Err(format!("no such heading in {path}")) }
}

/// `None` above the root.
fn join(from: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines of prose: outside fences, with inline code blanked.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fence: Option<usize> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let ticks = line.trim_start().chars().take_while(|c| *c == '`').count();
        match fence {
            Some(open) if ticks >= open => fence = None,
            None if ticks >= 3 => fence = Some(ticks),
            None => {
                let pieces = line.split('`').enumerate();
                let kept: Vec<_> =
                    pieces.map(|(at, text)| if at % 2 == 0 { text } else { "" }).collect();
                return Some((index + 1, kept.join("``")));
            }
            Some(_) => {}
        }
        None
    })
}

fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, prose) in prose(text) {
        for piece in prose.split("](").skip(1) {
            let target = piece.split([')', ' ']).next().unwrap_or_default();
            found.push((line, target.to_owned()));
        }
        if prose.starts_with('[')
            && let Some((_, target)) = prose.split_once("]: ")
        {
            found.push((line, target.trim().to_owned()));
        }
    }
    found
}

/// As GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let slug: String = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let again = (1..).map(|count| format!("{slug}-{count}"));
        let free = std::iter::once(slug.clone()).chain(again).find(|one| !found.contains(one));
        found.extend(free);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: &str = "# A `b_c`: d/e\n## Twice\n```\n# no\n```\n## Twice\n";

    fn lines(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("docs/a.md", text), ("docs/b/c.md", TARGET), ("src/x.rs", "")]);
        find(&tree).iter().map(|found| found.line).collect()
    }

    #[test]
    fn links_that_lead_somewhere() {
        for text in [
            "[x](b/c.md) and [y](../src/x.rs) and [z](../src)",
            "[x](b/c.md#a-b_c-de) [y](b/c.md#twice-1)",
            "# Here\n[x](#here) [y](https://example.com/nowhere) ![z](b/c.md \"title\")",
            "`[x](nowhere)`\n```\n[x](nowhere)\n```\n[x]: b/c.md\n",
        ] {
            assert_eq!(lines(text), Vec::<usize>::new(), "{text}");
        }
    }

    #[test]
    fn links_that_lead_nowhere() {
        for text in [
            "[x](nowhere.md)",
            "[x](b/c.md#no)",
            "[x](#nowhere)",
            "[x](../../out.md)",
            "[x]: nowhere.md",
            "[x](b/c.md) [y](d.md)",
        ] {
            assert_eq!(lines(&format!("\n{text}")), [2], "{text}");
        }
    }
}
