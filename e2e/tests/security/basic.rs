//! Basic credentials, strictly as RFC 6749 §2.3.1 writes them (SEC-054).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;
use vidimus_e2e::http::{Request, form_encode};

use crate::world::{Tenant, World, on_each_store};

/// With `+` and `/` in its base64, an escape in its encoding, and padding at its end.
const ID: &str = "ab?>~client";
const SECRET: &str = "s3cr~t?>with:colon %and/long-enough";

fn status(world: &World, tenant: &Tenant, headers: &[&[u8]]) -> u16 {
    let body = b"grant_type=client_credentials";
    let mut bytes =
        format!("POST {} HTTP/1.1\r\nHost: h\r\n", tenant.at("/oauth2/token")).into_bytes();
    for value in headers {
        bytes.extend([b"Authorization: ", *value, b"\r\n"].concat());
    }
    bytes.extend(b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n");
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    let answer = vidimus_e2e::connection::raw(&world.server.address(), &bytes).expect("an answer");
    assert!(answer.status == 200 || !answer.text().contains("vat_"), "{}", answer.text());
    answer.status
}

fn tenant_with_client(world: &World) -> Tenant {
    let tenant = world.tenant("basic", json!({}));
    let declaration =
        json!({"client_secret": SECRET, "grant_types": ["client_credentials"], "scope": "read"});
    world.client(&tenant, ID, declaration);
    tenant
}

#[test]
fn sec_054_one_spelling_of_basic() {
    on_each_store(|world| {
        let tenant = tenant_with_client(world);
        let joined = format!("{}:{}", form_encode(ID), form_encode(SECRET));
        let good = STANDARD.encode(&joined);
        for scheme in ["Basic", "basic", "BASIC", "bAsIc"] {
            assert_eq!(
                status(world, &tenant, &[format!("{scheme} {good}").as_bytes()]),
                200,
                "{scheme}"
            );
        }
        let unpadded = good.trim_end_matches('=').to_owned();
        assert_ne!(unpadded, good, "the test needs padding");
        let (head, tail) = good.split_at(12);
        let bad = [
            ("whitespace inside", format!("Basic {head} {tail}")),
            ("two spaces", format!("Basic  {good}")),
            ("a tab", format!("Basic\t{good}")),
            ("no scheme", good.clone()),
            ("no space", format!("Basic{good}")),
            ("no padding", format!("Basic {unpadded}")),
            ("too much padding", format!("Basic {good}=")),
            ("comma after it", format!("Basic {good},")),
            ("not encoded at all", format!("Basic {joined}")),
            ("no colon", format!("Basic {}", STANDARD.encode(form_encode(ID)))),
            ("broken escape", format!("Basic {}", STANDARD.encode(format!("{joined}%")))),
            ("half an escape", format!("Basic {}", STANDARD.encode(format!("{joined}%4")))),
            ("NUL", format!("Basic {}", STANDARD.encode(format!("{joined}%00")))),
            ("empty", "Basic ".to_owned()),
            ("another scheme", format!("Digest {good}")),
            ("as a bearer", format!("Bearer {good}")),
        ];
        for (what, value) in bad {
            let status = status(world, &tenant, &[value.as_bytes()]);
            assert!(matches!(status, 400 | 401), "{what}: {status}");
        }
    });
}

#[test]
fn sec_054_not_even_of_the_same_bytes() {
    on_each_store(|world| {
        let tenant = tenant_with_client(world);
        let raw = format!("{ID}:{SECRET}");
        let joined = format!("{}:{}", form_encode(ID), form_encode(SECRET));
        let good = format!("Basic {}", STANDARD.encode(&joined));
        // The secret holds `%a`, which is no escape: only the percent-encoded form can be read.
        let unencoded = format!("Basic {}", STANDARD.encode(&raw));
        // The url-safe alphabet, of a text where the two alphabets differ.
        let twisted = joined.replacen("ab%3F", "ab?", 1);
        assert_ne!(
            STANDARD.encode(&twisted),
            URL_SAFE.encode(&twisted),
            "the test needs a difference"
        );
        let url_safe = format!("Basic {}", URL_SAFE.encode(&twisted));
        let latin = format!("Basic {}", STANDARD.encode([joined.as_bytes(), b"\xff"].concat()));
        let escaped_latin = format!("Basic {}", STANDARD.encode(format!("{joined}%FF")));
        for value in [unencoded, url_safe, latin, escaped_latin] {
            let status = status(world, &tenant, &[value.as_bytes()]);
            assert!(matches!(status, 400 | 401), "{value}: {status}");
        }
        let good = good.as_bytes();
        assert_eq!(status(world, &tenant, &[good]), 200);
        assert_eq!(status(world, &tenant, &[good, good]), 400, "two equal headers");
        assert_eq!(status(world, &tenant, &[good, b"Basic eDp5"]), 400, "two headers");
        let bytes = [good, b"\xfc"].concat();
        assert!(matches!(status(world, &tenant, &[&bytes]), 400 | 401), "bytes outside ASCII");
    });
}

#[test]
fn sec_054_an_escaped_and_a_plain_character_are_the_same() {
    on_each_store(|world| {
        let tenant = tenant_with_client(world);
        let every: String =
            format!("{ID}\u{0}{SECRET}").bytes().map(|c| format!("%{c:02x}")).collect();
        let value = format!("Basic {}", STANDARD.encode(every.replacen("%00", ":", 1)));
        assert_eq!(status(world, &tenant, &[value.as_bytes()]), 200);
        let request = Request::post(&tenant.at("/oauth2/token"))
            .basic(ID, SECRET)
            .form(&[("grant_type", "client_credentials")]);
        assert_eq!(world.exchange(&request).status, 200);
    });
}
