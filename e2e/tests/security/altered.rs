//! Texts that are nearly a token (SEC-130, SEC-131, SEC-146).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, form_encode};

use crate::keys::{SigningKey, message, part, random_bytes};
use crate::pair::{Pair, RS1};
use crate::token_text::{CHECKSUM_CHARS, PREFIX_CHARS, TOKEN_CHARS, never_issued, with_checksum};
use crate::world::{
    Party, Tenant, World, assert_inactive, introspection, on_each_store, refusal, verdict,
};

/// Order of the group of P-256, big-endian.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// (r, n − s) is as good a signature as (r, s).
fn twin(signature: &[u8]) -> Vec<u8> {
    let mut twin = signature.to_vec();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i32::from(N[at]) - i32::from(signature[32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        twin[32 + at] = u8::try_from(difference.rem_euclid(256)).expect("a byte");
    }
    twin
}

fn altered_jwts(jwt: &str, public_jwk: &Value) -> Vec<(&'static str, String)> {
    let (signed, signature) = jwt.rsplit_once('.').expect("a compact JWS");
    let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let (header, claims) = (part(jwt, 0), part(jwt, 1));
    let with = |mut of: Value, key: &str, value: Value| {
        of[key] = value;
        of
    };
    let wider = with(claims.clone(), "scope", json!("read write admin"));
    let longer = with(claims.clone(), "exp", json!(claims["exp"].as_i64().expect("exp") + 1));
    let resigned = |header: &Value, claims: &Value| SigningKey::es256("x").sign(header, claims);
    let unsigned = |alg: &str, claims: &Value| {
        format!("{}.", message(&with(header.clone(), "alg", json!(alg)), claims))
    };
    let (x, y) = (public_jwk["x"].as_str().expect("x"), public_jwk["y"].as_str().expect("y"));
    let key = URL_SAFE_NO_PAD.decode(x).expect("x");
    let by_hmac = |key: &[u8]| {
        let message = message(&with(header.clone(), "alg", json!("HS256")), &claims);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let mut flipped = bytes.clone();
    flipped[40] ^= 1;
    let own_key = with(header.clone(), "jwk", SigningKey::es256("y").public_jwk());
    // The last character of 64 bytes in base64 has four bits to spare.
    let spare = match signature.as_bytes()[85] {
        b'A' => 'B',
        b'Q' => 'R',
        b'g' => 'h',
        _ => 'x',
    };
    vec![
        ("a bit of the signature", format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&flipped))),
        ("its twin", format!("{signed}.{}", URL_SAFE_NO_PAD.encode(twin(&bytes)))),
        ("spare bits", format!("{signed}.{}{spare}", &signature[..85])),
        ("padding", format!("{jwt}==")),
        ("the other alphabet", format!("{signed}.{}", STANDARD.encode(&bytes))),
        ("wider scope", format!("{}.{signature}", message(&header, &wider))),
        ("longer life", format!("{}.{signature}", message(&header, &longer))),
        ("signed by another", resigned(&header, &claims)),
        ("wider, signed by another", resigned(&header, &wider)),
        ("its own key within", resigned(&own_key, &claims)),
        ("no algorithm", unsigned("none", &claims)),
        ("No algorithm", unsigned("None", &claims)),
        ("no signature", format!("{signed}.")),
        ("two parts", signed.to_owned()),
        ("four parts", format!("{jwt}.x")),
        ("HMAC with x", by_hmac(&key)),
        ("HMAC with the text of the key", by_hmac(format!("{x}{y}").as_bytes())),
        ("HMAC with nothing", by_hmac(b"")),
        ("as JSON", json!({"protected": "e30", "payload": "e30", "signature": "x"}).to_string()),
    ]
}

#[test]
fn sec_130_a_jwt_that_was_not_issued_so() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let jwt = pair.jwt_for_rs1(world);
        let keys = world.exchange(&Request::get(&pair.a.at("/oauth2/jwks"))).json();
        for (what, altered) in altered_jwts(&jwt, &keys["keys"][0]) {
            assert_ne!(altered, jwt, "{what}");
            for party in [&pair.rs1, &pair.auditor, &pair.signed] {
                assert!(!world.is_active(&pair.a, party, &altered), "{what}");
            }
            let bearer = Request::post(&pair.a.at("/oauth2/introspect")).form(&[("token", "x")]);
            assert_eq!(world.exchange(&bearer.bearer(&altered)).status, 401, "{what}");
            world.revoke(&pair.a, &pair.signed, &altered);
        }
        assert!(world.is_active(&pair.a, &pair.rs1, &jwt), "the token itself is good still");
    });
}

const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Another character of the alphabet at every place; then the same with a right checksum.
fn changed(token: &str, into: &mut Vec<String>) {
    let random: [u8; TOKEN_CHARS] = random_bytes();
    for (at, start) in random.into_iter().map(usize::from).enumerate() {
        let now = token.as_bytes()[at];
        let other = (0..62).map(|n| DIGITS[(start + n) % 62]).find(|&digit| digit != now);
        let mut text = token.to_owned();
        text.replace_range(at..=at, &char::from(other.expect("another digit")).to_string());
        if (PREFIX_CHARS..TOKEN_CHARS - CHECKSUM_CHARS).contains(&at) {
            into.push(with_checksum(&text));
        }
        into.push(text);
    }
}

fn mutants(token: &str, other: &str) -> Vec<String> {
    let mut mutants: Vec<String> = (1..TOKEN_CHARS).map(|end| token[..end].to_owned()).collect();
    mutants.extend((1..PREFIX_CHARS + 1).map(|start| token[start..].to_owned()));
    changed(token, &mut mutants);
    let half = TOKEN_CHARS / 2;
    let halves = format!("{}{}", &token[..half], &other[half..]);
    mutants.push(with_checksum(&halves));
    mutants.push(halves);
    mutants.push(with_checksum(&never_issued(token)));
    for digit in ["0", "A", "=", ".", "\u{e9}"] {
        mutants.push(format!("{token}{digit}"));
    }
    let case = |c: char| {
        if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
    };
    let flipped: String = token.chars().map(case).collect();
    let body: String = token[PREFIX_CHARS..].chars().map(case).collect();
    mutants.extend([flipped, with_checksum(&format!("{}{body}", &token[..PREFIX_CHARS]))]);
    mutants.extend([token.to_uppercase(), token.to_lowercase(), token.chars().rev().collect()]);
    // Decoded once too often, they would be the token again.
    mutants.push(form_encode(&token.replacen('_', "%5F", 1)));
    mutants.push(token.replacen('_', "%5F", 1));
    mutants.push(format!("{token}%00"));
    mutants.retain(|mutant| mutant != token);
    mutants
}

/// How often the token itself is asked about between its mutants.
const GENUINE_EVERY: usize = 8;

fn assert_none_is_active(
    world: &World,
    tenant: &Tenant,
    party: &Party,
    tokens: &[String],
) -> usize {
    let mut connection = world.connect();
    let mut asked = 0;
    for (which, token) in tokens.iter().enumerate() {
        let other = &tokens[(which + 1) % tokens.len()];
        let genuine = introspection(tenant, party, token);
        // Just asked about, so that whatever is kept of it is at hand.
        assert!(verdict(&connection.exchange(&genuine).expect("an answer")), "the token itself");
        for mutant in mutants(token, other) {
            let request = introspection(tenant, party, &mutant);
            let answer = connection.exchange(&request).expect("an answer");
            assert_eq!(answer.text(), crate::world::INACTIVE, "{mutant} made of {token}");
            asked += 1;
            if asked % GENUINE_EVERY == 0 {
                assert!(verdict(&connection.exchange(&genuine).expect("an answer")), "still");
            }
        }
    }
    asked
}

#[test]
fn sec_131_no_mutant_of_a_token_is_active() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let tokens: Vec<String> = (0..100).map(|_| pair.for_rs1(world)).collect();
        let (one, two) = tokens.split_at(50);
        let asked: usize = std::thread::scope(|scope| {
            let (tenant, party) = (&pair.a, &pair.rs1);
            let ask = |half| scope.spawn(move || assert_none_is_active(world, tenant, party, half));
            [ask(one), ask(two)].map(|half| half.join().expect("no mutant is active")).iter().sum()
        });
        assert!(asked >= 100 * 130, "{asked}");
    });
}

#[test]
fn sec_146_only_the_exact_single_value() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.for_rs1(world);
        assert!(world.is_active(&pair.a, &pair.rs1, &token), "and so at hand");
        let near = [
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\n"),
            format!("\r\n{token}"),
            format!("\t{token}"),
            format!("{token}\u{a0}"),
            format!("\u{feff}{token}"),
            format!("Bearer {token}"),
            format!("\"{token}\""),
            format!("{token},{token}"),
            format!("{token}&x"),
        ];
        for text in near {
            assert_inactive(&world.introspect(&pair.a, &pair.rs1, &text));
        }
        let target = pair.a.at("/oauth2/introspect");
        let ask = |body: String| {
            let request = Request::post(&target).basic("rs1", &pair.rs1.secret);
            let form = ("Content-Type", "application/x-www-form-urlencoded");
            world.exchange(&request.header(form.0, form.1).body(body))
        };
        let many: String = (0..100).map(|n| format!("&p{n}=x")).collect();
        let refused = [
            format!("token={token}&token={token}"),
            format!("token={token}&token=x"),
            format!("token=x&token={token}"),
            format!("token=&token={token}"),
            format!("token={token}&token="),
            format!("%74oken={token}&token=x"),
            format!("token[]={token}"),
            format!("token%5B%5D={token}"),
            format!("Token={token}"),
            format!("token={token}{many}"),
            format!("token={token}%00"),
            format!("token={token}%"),
            format!("token={token}%ff"),
            format!("resource={RS1}"),
            "token=".to_owned(),
            String::new(),
        ];
        for body in refused {
            assert_eq!(refusal(&ask(body.clone())), (400, "invalid_request".to_owned()), "{body}");
        }
        assert!(verdict(&ask(format!("token={token}"))));
        assert!(verdict(&ask(format!("x=1&token={token}&y[]=2&"))), "others do not count");
    });
}
