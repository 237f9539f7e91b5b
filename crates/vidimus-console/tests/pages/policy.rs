//! Content-Security-Policy of each page: nothing inline, a script by its hash alone.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use vidimus_console::{check_session, form_post, render};
use vidimus_core::{
    authorize::reply::Dress,
    page::{Page, SignedOut},
};

use super::{
    markup::tags,
    samples::{PLAIN, Samples},
};

fn policy_of(form_action: Option<&str>, frames: &[&str]) -> String {
    let dress = Dress {
        form_action: form_action.map(str::to_owned),
        frames: frames.iter().map(|frame| (*frame).to_owned()).collect(),
        ..Dress::default()
    };
    let page = Page::SignedOut(SignedOut { frames: Vec::new(), next: None, client: None });
    render(&page, &dress, &[]).content_security_policy
}

#[test]
fn a_page_may_what_it_needs() {
    let start = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'";
    let end = "; base-uri 'none'; frame-ancestors 'none'";
    assert_eq!(policy_of(None, &[]), format!("{start}{end}"));
    assert_eq!(
        policy_of(Some("com.example.app:"), &["https://a.example", "http://[::1]:8080"]),
        format!("{start} com.example.app:; frame-src https://a.example http://[::1]:8080{end}")
    );
}

#[test]
fn no_source_can_widen_a_policy() {
    let plain = policy_of(None, &[]);
    for hostile in [
        "*",
        "'unsafe-inline'",
        "https://a; script-src *",
        "https://a b",
        "https://a,b",
        "https://*",
        "",
    ] {
        assert_eq!(policy_of(Some(hostile), &[hostile]), plain, "{hostile}");
    }
    for (name, page) in (Samples { mark: "; script-src 'unsafe-inline' *", ..PLAIN }).all() {
        assert!(!page.content_security_policy.contains("unsafe"), "{name}");
    }
}

#[test]
fn pages_have_nothing_inline_and_no_script() {
    for (name, page) in PLAIN.all() {
        let policy = &page.content_security_policy;
        assert!(policy.starts_with("default-src 'none'; "), "{name}");
        assert!(policy.contains("; frame-ancestors 'none'"), "{name}");
        assert_eq!(policy.contains("script-src"), name == "form-post", "{name}");
        for tag in tags(&page.html) {
            let inline = |(attribute, _): &(String, String)| {
                attribute == "style" || attribute.starts_with("on")
            };
            assert!(!tag.attributes.iter().any(inline), "{name}: {tag:?}");
            assert_ne!(tag.name, "style", "{name}");
            assert!(tag.name != "script" || name == "form-post", "{name}");
        }
    }
}

/// That what stands in the page is what the policy lets run.
fn is_by_hash(html: &str, policy: &str) -> bool {
    let (_, rest) = html.split_once("<script>").expect("a script");
    let (script, rest) = rest.split_once("</script>").expect("its end");
    let hash = STANDARD.encode(digest(&SHA256, script.as_bytes()));
    !rest.contains("<script") && policy.contains(&format!("; script-src 'sha256-{hash}';"))
}

#[test]
fn a_response_goes_to_its_client_alone() {
    let parameters = [("code", "a\"b<c>&d"), ("state", "")];
    let page = form_post(
        "https://photos.example/cb?a=1&b=\"2",
        &parameters,
        "https://photos.example",
        &["de".to_owned()],
    );
    assert!(is_by_hash(&page.html, &page.content_security_policy));
    assert!(page.content_security_policy.contains("; form-action https://photos.example; "));
    let tags = tags(&page.html);
    let form = tags.iter().find(|tag| tag.name == "form").expect("a form");
    assert_eq!(form.get("action"), Some("https://photos.example/cb?a=1&#38;b=&#34;2"));
    assert_eq!(form.get("method"), Some("post"));
    let inputs: Vec<_> = tags.iter().filter(|tag| tag.name == "input").collect();
    assert!(inputs.iter().all(|tag| tag.get("type") == Some("hidden")));
    let values: Vec<_> = inputs.iter().map(|tag| (tag.get("name"), tag.get("value"))).collect();
    let code = (Some("code"), Some("a&#34;b&#60;c&#62;&#38;d"));
    assert_eq!(values, [code, (Some("state"), Some(""))]);
    assert!(tags.iter().any(|tag| tag.name == "button"), "for those without scripts");
    assert!(page.html.contains("<html lang=\"de\">"));

    let nowhere = form_post("x:", &parameters, "'self'", &[]);
    assert!(nowhere.content_security_policy.contains("; form-action 'none'; "));
}

#[test]
fn the_session_frame_may_be_framed_and_nothing_else() {
    let page = check_session("__Host-vidimus-state-1\"<");
    assert!(is_by_hash(&page.html, &page.content_security_policy));
    assert!(page.content_security_policy.ends_with("; base-uri 'none'; frame-ancestors *"));
    assert!(page.html.contains("content=\"__Host-vidimus-state-1&#34;&#60;\""), "{}", page.html);
}
