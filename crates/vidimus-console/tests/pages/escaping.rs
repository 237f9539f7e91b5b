//! Whatever a client, a user or an administrator calls things, it is text (SEC-197).

use vidimus_console::render;
use vidimus_core::{
    authorize::reply::Dress,
    page::{ClientCard, Consent, Page, SignedOut},
};

use super::{
    markup::{skeleton, tags},
    samples::{PLAIN, Samples},
};

const PROBES: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea></style></script><svg onload=alert(1)>",
    "<!--",
    "--><b>",
    "<![CDATA[",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;&#60;b&#62;",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "`${alert(1)}`",
    "\u{0}<b>\u{202e}\r\n<i>",
    "><",
    "/>",
    "=x y=z",
];

#[test]
fn sec_197_no_text_becomes_markup() {
    let plain = Samples { mark: "x", color: Some("#123456"), ..PLAIN };
    let expected: Vec<_> =
        plain.all().into_iter().map(|(name, page)| (name, skeleton(&page.html))).collect();
    for probe in PROBES {
        let pages = Samples { mark: probe, ..plain }.all();
        for ((name, skeleton_expected), (_, page)) in expected.iter().zip(pages) {
            assert_eq!(&skeleton(&page.html), skeleton_expected, "{name}: {probe}");
        }
    }
}

/// The check above would pass where a page showed nothing of what it was given.
#[test]
fn what_was_given_is_shown() {
    let probe = "<i>mark</i>";
    for (name, page) in (Samples { mark: probe, ..PLAIN }).all() {
        assert!(!page.html.contains(probe), "{name}");
        assert!(page.html.contains("&#60;i&#62;mark&#60;/i&#62;"), "{name}: {}", page.html);
    }
}

#[test]
fn only_addresses_of_the_web_are_links() {
    let hostile = || Some("javascript:alert(1)//https://photos.example".to_owned());
    let client = ClientCard {
        client_uri: hostile(),
        policy_uri: Some("data:text/html,x".to_owned()),
        tos_uri: Some("https://photos.example/terms".to_owned()),
        ..PLAIN.client()
    };
    let page = Page::Consent(Consent { client, ..PLAIN.consent() });
    let links: Vec<_> = tags(&render(&page, &Dress::default(), &[]).html)
        .into_iter()
        .filter(|tag| tag.name == "a")
        .map(|tag| (tag.get("href").map(str::to_owned), tag.get("rel").map(str::to_owned)))
        .collect();
    let rel = Some("noopener noreferrer".to_owned());
    assert_eq!(links, [(Some("https://photos.example/terms".to_owned()), rel)]);

    let page = Page::SignedOut(SignedOut { frames: Vec::new(), next: hostile(), client: None });
    let html = render(&page, &Dress::default(), &[]).html;
    assert!(!html.contains("javascript:") && !html.contains("refresh"), "{html}");
}

#[test]
fn a_refusal_links_to_nothing() {
    for (name, page) in PLAIN.failures() {
        let names: Vec<_> = tags(&page.html).into_iter().map(|tag| tag.name).collect();
        assert!(!names.iter().any(|one| one == "a" || one == "form"), "{name}");
    }
}
