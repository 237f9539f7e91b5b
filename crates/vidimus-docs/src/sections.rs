//! Pages cut out of a longer one: one for each error code, and that of the reasons of inactivity.

use crate::{library, markdown};

pub const ERRORS: &str = "docs/reference/errors.md";
pub const INACTIVE: &str = "docs/reference/inactive-tokens.md";

/// The words of products for what is said otherwise here.
const PRODUCTS: &str = "docs/reference/product-errors.md";

/// The page that knows a product's own code.
pub fn of_products(code: &str) -> Option<&'static str> {
    let is_code =
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let cell = format!("\n| `{code}` |");
    (is_code && library::text(PRODUCTS)?.contains(&cell)).then_some(PRODUCTS)
}

/// The codes that have a section of their own.
pub fn codes() -> impl Iterator<Item = &'static str> {
    headings(library::text(ERRORS).unwrap_or_default())
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
}

/// The section of an error code as a page.
pub fn error(code: &str) -> Option<markdown::Page> {
    let text = library::text(ERRORS)?;
    let mut lines = text.lines().skip_while(|line| *line != format!("## `{code}`"));
    let first = lines.next()?.strip_prefix('#')?.to_owned();
    let rest = lines.take_while(|line| !line.starts_with("## ")).map(|line| match line {
        line if line.starts_with("###") => line.strip_prefix('#').unwrap_or(line),
        line => line,
    });
    let cut = std::iter::once(first.as_str()).chain(rest).collect::<Vec<_>>().join("\n");
    Some(markdown::render(ERRORS, &cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_core::introspect::Reason;

    const CODES: &str = include_str!("../../vidimus-core/src/error.rs");
    const REASONS: &str = include_str!("../../vidimus-core/src/introspect/judge.rs");

    /// What stands between quotes behind an arrow of the function that names each.
    fn named(source: &str) -> Vec<&str> {
        let arms = source.lines().filter(|line| line.trim_start().starts_with("Self::"));
        arms.filter_map(|line| line.split_once("=> \"")?.1.split('"').next()).collect()
    }

    #[test]
    fn each_error_code_has_a_page() {
        let codes = named(CODES);
        assert!(codes.len() > 30 && codes.contains(&"invalid_client"), "{codes:?}");
        // A fault is told by these, and the admin API's problems name their pages too.
        for code in codes.into_iter().chain(["temporarily_unavailable", "server_error"]) {
            let page = error(code).unwrap_or_else(|| panic!("{code} has no section in {ERRORS}"));
            assert_eq!(page.title, code);
            for part in ["At fault", "To fix"] {
                assert!(page.html.contains(part), "{code} does not say: {part}");
            }
        }
    }

    #[test]
    fn each_cause_is_told_of() {
        let declared =
            CODES.split_once("pub enum Cause {").and_then(|(_, rest)| rest.split_once('}'));
        let (declared, _) = declared.unwrap();
        let names = declared.lines().filter_map(|line| line.trim().strip_suffix(','));
        let names: Vec<_> =
            names.filter(|name| !name.starts_with("//") && *name != "Other").collect();
        assert!(names.len() > 40);
        for name in names {
            let label = snake(name.split('(').next().unwrap());
            let text = library::text(ERRORS).unwrap();
            let told = text.contains(&format!("`{label}`")) || text.contains(&format!("`{label}_"));
            assert!(told, "{label} is not in {ERRORS}");
        }
    }

    /// As the request log spells it.
    fn snake(name: &str) -> String {
        let mut label = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !label.is_empty() {
                label.push('_');
            }
            label.push(c.to_ascii_lowercase());
        }
        label
    }

    #[test]
    fn each_reason_of_inactivity_is_told_of() {
        let reasons = named(REASONS);
        assert!(reasons.contains(&Reason::KeyRevoked.label()) && reasons.len() > 15);
        let told: Vec<_> = headings(library::text(INACTIVE).unwrap()).collect();
        for reason in reasons {
            assert!(told.contains(&reason), "{reason} is not in {INACTIVE}");
        }
    }
}
