//! One check for all: what is compared, as whose guess, and what a device is worth.

use std::net::IpAddr;

use super::*;
use crate::{
    context::Context,
    engine::Operation,
    error::ErrorCode,
    facts::Facts,
    model::Body,
    outcome::{Decision, Outcome},
    row_key::RowKey,
    testing::{FOO, Ran, Scene, phc},
    vault::Vault,
};

const PASSWORD: &str = "wonderland";

struct Check {
    presented: String,
    password: Secret,
    peer: Option<IpAddr>,
    device: Option<Secret>,
    purpose: Purpose,
}

impl Check {
    fn of(presented: &str, password: &str) -> Self {
        Self {
            presented: presented.to_owned(),
            password: Secret::new(password),
            peer: Some(IpAddr::from([192, 0, 2, 1])),
            device: None,
            purpose: Purpose::SignIn,
        }
    }
}

impl Operation for Check {
    type Reply = RowKey;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<RowKey> {
        let tenant = facts.tenant().unwrap();
        let Self { presented, password, peer, device, purpose } = self;
        let attempt = Attempt { presented, password, peer: *peer, device: device.as_ref() };
        let user = match purpose {
            Purpose::SignIn => authenticate(&attempt, tenant, facts, cx)?,
            Purpose::Caller => compare(&attempt, *purpose, tenant, facts, cx)?.unwrap(),
        };
        Ok(Outcome::reply(user.key()))
    }
}

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.password_hash = Some(phc(PASSWORD));
    });
    scene
}

#[track_caller]
fn guess(ran: &Ran<RowKey>) -> Guess {
    let [Errand::VerifyGuess { guess, .. }] = ran.errands.as_slice() else {
        panic!("{:?}", ran.errands)
    };
    guess.clone()
}

#[test]
fn sec_190_whatever_is_wrong_is_one_comparison_and_one_answer() {
    type Edit = fn(&mut Scene);
    let edits: [(&str, &str, Cause, Edit); 6] = [
        ("mallory", PASSWORD, Cause::UnknownUser, |_| ()),
        ("alice", "looking-glass", Cause::WrongPassword, |_| ()),
        ("alice", "", Cause::WrongPassword, |scene| password_hash(scene, Some(""))),
        ("alice", PASSWORD, Cause::WrongPassword, |scene| password_hash(scene, None)),
        ("alice", PASSWORD, Cause::InactiveUser, |scene| scene.disable("alice")),
        ("alice", PASSWORD, Cause::InactiveUser, |scene| {
            scene.edit("alice", |object| {
                let Body::User(user) = &mut object.body else { panic!("no user") };
                user.locked = true;
            });
        }),
    ];
    let mut seen = Vec::new();
    for (name, password, cause, edit) in edits {
        let mut scene = scene();
        edit(&mut scene);
        let ran = scene.run(&Check::of(name, password));
        assert_eq!((ran.error().cause, ran.writes.len()), (cause, 0), "{name} {password}");
        guess(&ran);
        seen.push((ran.code(), ran.error().description.clone()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

fn password_hash(scene: &mut Scene, password: Option<&str>) {
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.password_hash = password.map(phc);
    });
}

#[test]
fn sec_191_known_and_unknown_names_are_counted_alike() {
    let mut scene = scene();
    for (known, unknown) in [("alice", "mallory"), ("alice@foo.com", "mallory@foo.com")] {
        let known = guess(&scene.run(&Check::of(known, "wrong")));
        let unknown = guess(&scene.run(&Check::of(unknown, "wrong")));
        assert_eq!((known.account.as_str(), unknown.account.as_str()), ("alice", "mallory"));
        assert_eq!(Guess { account: unknown.account.clone(), ..known }, unknown);
    }
    let ran = scene.run(&Check { peer: None, ..Check::of("ALICE.", PASSWORD) });
    assert_eq!(ran.error().cause, Cause::UnknownUser);
    let [limit] = guess(&ran).limits().try_into().unwrap();
    assert_eq!(limit.who, format!("guess account {} alice", scene.key(FOO).0));
}

#[test]
fn sec_191_beyond_the_limit_nothing_is_told() {
    for (name, password) in [("alice", PASSWORD), ("alice", "wrong"), ("mallory", "wrong")] {
        let mut scene = scene();
        scene.admits = Err(41);
        let ran = scene.run(&Check::of(name, password));
        let (code, cause) = (ran.code(), ran.error().cause);
        assert_eq!((code, cause), (ErrorCode::TooManyRequests, Cause::TooManyGuesses));
        assert_eq!(ran.error().retry_after_seconds, Some(41));
    }
}

#[test]
fn one_network_is_one_guesser() {
    let mut scene = scene();
    let mut from = |peer: &str| {
        let peer = Some(peer.parse().unwrap());
        guess(&scene.run(&Check { peer, ..Check::of("alice", "wrong") })).limits()
    };
    assert_eq!(from("2001:db8::1"), from("2001:db8::2:3:4:5"));
    assert_eq!(from("192.0.2.1"), from("::ffff:192.0.2.1"));
    let (one, other) = (from("192.0.2.1"), from("192.0.2.2"));
    assert_eq!((one.len(), one.last()), (3, other.last()), "the account is one wherever it is");
    assert!(one.iter().take(2).all(|limit| !other.contains(limit)));
}

#[test]
fn sec_192_a_known_device_is_counted_alone_and_wherever_it_is() {
    let mut scene = scene();
    let (foo, alice) = (scene.key(FOO), scene.key("alice"));
    let text = |scene: &Scene, tenant, user, password: &str| {
        known_device(&scene.vault, tenant, user, &phc(password)).expose().to_owned()
    };
    let as_known = |scene: &mut Scene, value: &str, purpose| {
        let device = Some(Secret::new(value));
        let ran = scene.run(&Check { device, purpose, ..Check::of("alice", PASSWORD) });
        ran.ok();
        guess(&ran)
    };
    let good = text(&scene, foo, alice, PASSWORD);
    for value in [good.clone(), format!("other~{good}")] {
        let known = as_known(&mut scene, &value, Purpose::SignIn);
        assert!(known.is_known_device && known.from.is_none(), "{value}");
        let [limit] = known.limits().try_into().unwrap();
        assert_eq!(limit.who, format!("guess device {} alice", foo.0));
    }
    for bad in [
        text(&scene, foo, RowKey(5), PASSWORD),
        text(&scene, RowKey(5), alice, PASSWORD),
        text(&scene, foo, alice, "an older one"),
        format!("{good}x"),
        String::new(),
        format!("1~2~3~4~5~{good}"),
    ] {
        assert!(!as_known(&mut scene, &bad, Purpose::SignIn).is_known_device, "{bad}");
    }
    assert!(!as_known(&mut scene, &good, Purpose::Caller).is_known_device);
    password_hash(&mut scene, None);
    let device = Some(Secret::new(good));
    let ran = scene.run(&Check { device, ..Check::of("alice", PASSWORD) });
    assert!(!guess(&ran).is_known_device, "nobody signs in without a password");
}

#[test]
fn a_device_knows_its_latest_users() {
    let mut scene = scene();
    let foo = scene.object(FOO);
    let tenant = Named::of(&foo).unwrap();
    let mut cookie = |before: Option<&Secret>, user: i64| {
        scene.with_context(|cx| device_cookie(before, tenant, RowKey(user), "phc", cx)).value
    };
    let one = cookie(None, 1);
    assert_eq!(cookie(Some(&one), 1), one, "again");
    let two = cookie(Some(&one), 2);
    assert!(two.expose().ends_with(one.expose()) && two.expose().len() > one.expose().len());
    let many = (3..20).fold(two, |before, user| cookie(Some(&before), user));
    assert_eq!(many.expose().split('~').count(), 5);
    let junk = Secret::new(format!("{}~short~{}", "x".repeat(5000), one.expose()));
    assert_eq!(cookie(Some(&junk), 2).expose().split('~').count(), 2);
}

#[test]
fn a_caller_s_password_may_be_remembered() {
    let mut scene = scene();
    let purpose = Purpose::Caller;
    let ran = scene.run(&Check { purpose, ..Check::of("alice", PASSWORD) });
    assert!(guess(&ran).trusts_memory);
    assert!(!guess(&scene.run(&Check::of("alice", PASSWORD))).trusts_memory);
}

#[test]
fn a_tenant_may_leave_counting_to_others() {
    let mut scene = scene();
    scene.policy(|policy| policy.allow_unlimited_guesses = true);
    for name in ["alice", "mallory"] {
        let ran = scene.run(&Check::of(name, "wrong"));
        assert!(matches!(ran.errands.as_slice(), [Errand::VerifySecret { .. }]), "{name}");
    }
}

#[test]
fn a_chosen_password_is_counted_in_characters() {
    assert_eq!(check_chosen(&Secret::new("ääääääää")), Ok(()));
    assert_eq!(check_chosen(&Secret::new("ääääää7")), Err(8));
    assert_eq!(check_chosen(&Secret::new("        ")), Ok(()), "any characters");
}
