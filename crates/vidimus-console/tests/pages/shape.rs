//! Landmarks, headings, labels, ids and fields, as people and programs look for them.

use std::collections::BTreeSet;

use vidimus_console::{Rendered, render};
use vidimus_core::{
    authorize::reply::Dress,
    page::{AccountNotice, Page},
};

use super::{
    markup::{Tag, tags},
    samples::{PLAIN, Samples},
};

fn named<'a>(tags: &'a [Tag], name: &str) -> Vec<&'a Tag> {
    tags.iter().filter(|tag| tag.name == name).collect()
}

fn ids(tags: &[Tag]) -> BTreeSet<&str> {
    tags.iter().filter_map(|tag| tag.get("id")).collect()
}

fn page(name: &str) -> Vec<Tag> {
    let found: Option<(_, Rendered)> = PLAIN.all().into_iter().find(|(known, _)| *known == name);
    tags(&found.unwrap_or_else(|| panic!("no sample {name}")).1.html)
}

#[test]
fn pages_open_and_close_what_they_have() {
    const VOID: [&str; 6] = ["!doctype", "meta", "link", "input", "img", "br"];
    for (name, page) in PLAIN.all() {
        let mut open = Vec::new();
        for tag in tags(&page.html) {
            match tag.name.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop().as_deref(), Some(closed), "{name}"),
                None if VOID.contains(&tag.name.as_str()) => {}
                None => open.push(tag.name),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}

#[test]
fn pages_have_one_heading_one_main_and_a_language() {
    for (language, samples) in [("en", PLAIN), ("de", Samples { language: "de", ..PLAIN })] {
        for (name, page) in samples.all() {
            let tags = tags(&page.html);
            for once in ["h1", "main", "title"] {
                assert_eq!(named(&tags, once).len(), 1, "{name}: {once}");
            }
            assert_eq!(named(&tags, "html")[0].get("lang"), Some(language), "{name}");
            assert!(page.html.contains("width=device-width"), "{name}");
            let all: Vec<_> = tags.iter().filter_map(|tag| tag.get("id")).collect();
            assert_eq!(all.len(), ids(&tags).len(), "{name}: {all:?}");
        }
    }
}

#[test]
fn fields_have_labels_and_what_describes_them_is_there() {
    for (name, page) in PLAIN.all() {
        let tags = tags(&page.html);
        let ids = ids(&tags);
        let labels: BTreeSet<_> =
            named(&tags, "label").into_iter().filter_map(|tag| tag.get("for")).collect();
        for input in named(&tags, "input") {
            let unseen = input.get("type") == Some("hidden") || input.has("hidden");
            let id = input.get("id").unwrap_or_default();
            assert!(unseen || labels.contains(id), "{name}: {input:?}");
            assert!(unseen || input.has("autocomplete"), "{name}: {input:?}");
        }
        for attribute in ["aria-describedby", "aria-labelledby"] {
            let told = tags.iter().filter_map(|tag| tag.get(attribute));
            for id in told.flat_map(str::split_whitespace) {
                assert!(ids.contains(id), "{name}: {id}");
            }
        }
        for image in named(&tags, "img") {
            assert!(image.has("alt"), "{name}");
        }
    }
}

#[test]
fn forms_post_to_their_own_page_and_prove_where_they_are_from() {
    let mut seen = 0;
    for (name, page) in PLAIN.pages() {
        for form in page.html.split("<form ").skip(1) {
            let (form, _) = form.split_once("</form>").expect("its end");
            let html = format!("<form {form}");
            let tags = tags(&html);
            assert_eq!(tags[0].get("method"), Some("post"), "{name}");
            // A device's link brings the code in its query, and the form sends it too.
            let action = name.starts_with("user-code").then_some("?");
            assert_eq!(tags[0].get("action"), action, "{name}");
            let csrf: Vec<_> = tags.iter().filter(|tag| tag.get("name") == Some("csrf")).collect();
            assert_eq!(csrf.len(), 1, "{name}");
            assert_eq!(csrf[0].get("value"), Some("Zm9ybSB0b2tlbg"), "{name}");
            for button in named(&tags, "button") {
                let known = matches!(button.get("name"), Some("action" | "session"));
                assert!(known && button.has("value"), "{name}: {button:?}");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Ids that programs click and fill, with the value that a button sends.
#[test]
fn ids_are_as_promised() {
    for (name, promised) in [
        (
            "sign-in",
            &[("username", ""), ("password", ""), ("login", "login"), ("cancel", "cancel")][..],
        ),
        ("sign-in-again", &[("username", "mia.berger"), ("password", ""), ("login", "login")]),
        ("choose", &[("other", "other")]),
        ("consent", &[("consent-allow", "allow"), ("consent-deny", "deny")]),
        ("consent-device", &[("consent-allow", "allow"), ("consent-deny", "deny")]),
        ("user-code", &[("user-code", ""), ("continue", "continue")]),
        (
            "account",
            &[
                ("sign-out", "sign-out"),
                ("password", ""),
                ("new-password", ""),
                ("new-password-again", ""),
                ("change-password", "change-password"),
            ],
        ),
        ("sign-out", &[("logout-confirm", "logout"), ("stay", "cancel")]),
    ] {
        let tags = page(name);
        for (id, value) in promised {
            let found = tags.iter().find(|tag| tag.get("id") == Some(id));
            let found = found.unwrap_or_else(|| panic!("{name} has no {id}"));
            assert_eq!(found.get("value").unwrap_or_default(), *value, "{name}: {id}");
            assert!(["input", "button"].contains(&found.name.as_str()), "{name}: {id}");
        }
    }
    for name in ["failure", "failure-client", "failure-busy", "failure-ours"] {
        assert!(ids(&page(name)).contains("error-code"), "{name}");
    }
}

#[test]
fn the_error_stands_alone_in_its_element() {
    for (_, page) in PLAIN.failures().into_iter().take(1) {
        assert!(page.html.contains("<code id=\"error-code\">invalid_request</code>"));
        assert!(page.html.contains("01JD9Q4T7K"));
    }
}

#[test]
fn a_failure_is_announced_and_described() {
    for (name, field) in [
        ("sign-in-wrong", "password"),
        ("sign-in-too-many", "password"),
        ("user-code-unknown", "user-code"),
        ("account-wrong", "password"),
        ("account-short", "new-password"),
    ] {
        let tags = page(name);
        let alert = tags.iter().find(|tag| tag.get("role") == Some("alert")).expect(name);
        let field = tags.iter().find(|tag| tag.get("id") == Some(field)).expect(name);
        let described = field.get("aria-describedby").unwrap_or_default();
        assert!(described.split(' ').any(|id| Some(id) == alert.get("id")), "{name}");
    }
    assert!(page("account-changed").iter().any(|tag| tag.get("role") == Some("status")));
    let tags = page("account");
    assert!(!tags.iter().any(|tag| matches!(tag.get("role"), Some("alert" | "status"))));
}

#[test]
fn every_notice_says_something() {
    for notice in [
        AccountNotice::PasswordChanged,
        AccountNotice::WrongPassword,
        AccountNotice::PasswordTooShort { chars_min: 12 },
        AccountNotice::PasswordsDiffer,
        AccountNotice::TooMany { retry_after_seconds: 5 },
        AccountNotice::SessionEnded,
        AccountNotice::ApplicationRevoked,
    ] {
        let page = Page::Account(PLAIN.account(Some(notice)));
        let html = render(&page, &Dress::default(), &[]).html;
        let (_, rest) = html.split_once("id=\"notice\">").expect("a notice");
        let (said, _) = rest.split_once("</p>").expect("its end");
        assert!(said.contains(' ') && !said.contains('{'), "{notice:?}: {said}");
    }
}

/// Known scopes are put into words, others stand as they are.
#[test]
fn scopes_are_said_in_words_where_there_are_any() {
    let of = |name: &str| PLAIN.pages().into_iter().find(|(known, _)| *known == name).expect("one");
    let html = of("consent").1.html;
    assert!(html.contains("See your e-mail address") && !html.contains("offline_access"));
    let html = of("consent-stranger").1.html;
    for part in ["<code>photos:write</code>", "<code>photos:read</code>", "Date of birth", "itself"]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(of("consent-device").1.html.contains("WDJB-MJHT"));
}

#[test]
fn a_colour_of_a_tenant_is_a_stylesheet_of_ours() {
    let styles = |color| {
        let samples = Samples { color, ..PLAIN };
        let (_, page) = samples.pages().remove(0);
        let links = tags(&page.html).into_iter().filter(|tag| tag.get("rel") == Some("stylesheet"));
        links.filter_map(|tag| tag.get("href").map(str::to_owned)).collect::<Vec<_>>()
    };
    let own = vidimus_console::assets()[0].path.clone();
    assert_eq!(styles(None), vec![own.clone()]);
    assert_eq!(styles(Some("red")), vec![own.clone()]);
    assert_eq!(styles(Some("#F4B400")), [own, "/assets/accent-f4b400.css".to_owned()]);
}

/// The refresh is due when the page has loaded all of itself, frames too.
#[test]
fn signing_out_elsewhere_comes_before_going_on() {
    let tags = page("signed-out-next");
    let refresh = tags.iter().find(|tag| tag.has("http-equiv")).expect("a refresh");
    assert_eq!(refresh.get("content"), Some("0;url=https://photos.example/bye"));
    let frame = named(&tags, "iframe")[0];
    assert_eq!(frame.get("src"), Some("https://photos.example/logout?sid=1"));
    assert!(!frame.get("sandbox").expect("a sandbox").contains("top"));
    assert!(!page("signed-out").iter().any(|tag| tag.has("http-equiv")));
}
