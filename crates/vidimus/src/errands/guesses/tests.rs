//! Guesses at passwords: how many are looked at, whom they cost, and what costs nothing.

use std::net::IpAddr;

use vidimus_core::{
    limits::{
        GUESSES_OF_ACCOUNT_MAX, GUESSES_OF_DEVICE_MAX, GUESSES_OF_PAIR_MAX, GUESSES_OF_PEER_MAX,
    },
    row_key::RowKey,
};

use super::*;

struct Scene {
    secrets: SlowHashes,
    admissions: Admissions,
    phc: Arc<str>,
}

/// The cheapest argon2id there is: these tests are about how often, not how slowly.
fn cheap(password: &str) -> Arc<str> {
    use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
    let params = Params::new(8, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Arc::from(argon2.hash_password(password.as_bytes()).unwrap().to_string())
}

fn scene() -> Scene {
    Scene { secrets: SlowHashes::new(2), admissions: Admissions::new(), phc: cheap("right") }
}

fn from(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

fn guess(account: &str, from: Option<IpAddr>) -> Guess {
    let (tenant, account) = (RowKey(7), account.to_owned());
    Guess { tenant, account, from, is_known_device: false, trusts_memory: false }
}

/// Whether it was right; `None`: it was not looked at.
async fn tried(scene: &Scene, guess: &Guess, password: &str) -> Option<bool> {
    let (phc, presented) = (Arc::clone(&scene.phc), Secret::new(password));
    match verify(&scene.secrets, &scene.admissions, phc, presented, guess).await.unwrap() {
        Done::Verified(matches) => Some(matches),
        Done::Admitted(Err(seconds)) if seconds > 0 => None,
        other => panic!("{other:?}"),
    }
}

/// How many of so many different wrong ones were looked at.
async fn looked_at(scene: &Scene, guess: impl Fn(usize) -> Guess, times: usize) -> u32 {
    let mut count = 0;
    for n in 0..times {
        count += u32::from(tried(scene, &guess(n), &format!("wrong {n}")).await.is_some());
    }
    count
}

#[tokio::test]
async fn sec_191_so_many_guesses_at_one_account_wherever_from() {
    let scene = scene();
    let everywhere = |n: usize| guess("alice", from(u8::try_from(n).unwrap()));
    assert_eq!(looked_at(&scene, everywhere, 200).await, GUESSES_OF_ACCOUNT_MAX);
    // From then on nobody learns whether he is right.
    assert_eq!(tried(&scene, &guess("alice", from(201)), "right").await, None);
    assert_eq!(tried(&scene, &guess("bob", from(201)), "right").await, Some(true));
}

#[tokio::test]
async fn sec_192_whoever_guesses_from_one_place_slows_himself() {
    let scene = scene();
    let attacker = guess("alice", from(1));
    assert_eq!(looked_at(&scene, |_| attacker.clone(), 10_000).await, GUESSES_OF_PAIR_MAX);
    assert_eq!(tried(&scene, &attacker, "right").await, None);
    assert_eq!(tried(&scene, &guess("alice", from(2)), "right").await, Some(true));
    assert_eq!(tried(&scene, &attacker, "right").await, None, "remembered for another place");
}

#[tokio::test]
async fn sec_192_a_known_device_has_guesses_of_its_own() {
    let scene = scene();
    let everywhere = |n: usize| guess("alice", from(u8::try_from(n % 256).unwrap()));
    looked_at(&scene, everywhere, 10_000).await;
    let device = Guess { is_known_device: true, ..guess("alice", None) };
    assert_eq!(tried(&scene, &device, "right").await, Some(true));
    assert_eq!(looked_at(&scene, |_| device.clone(), 50).await, GUESSES_OF_DEVICE_MAX);
    assert_eq!(tried(&scene, &device, "right").await, None);
}

#[tokio::test]
async fn one_place_has_so_many_guesses_at_all_accounts() {
    let scene = scene();
    let spray = |n: usize| guess(&format!("user {n}"), from(1));
    assert_eq!(looked_at(&scene, spray, 200).await, GUESSES_OF_PEER_MAX);
    let fresh = guess("alice", from(1));
    assert_eq!(tried(&scene, &fresh, "right").await, None);
    assert_eq!(tried(&scene, &guess("alice", from(2)), "right").await, Some(true));
}

#[tokio::test]
async fn what_is_right_counts_for_nothing() {
    let scene = scene();
    let alice = guess("alice", from(1));
    for n in 0..GUESSES_OF_PAIR_MAX - 1 {
        assert_eq!(tried(&scene, &alice, &format!("wrong {n}")).await, Some(false));
        for _ in 0..20 {
            assert_eq!(tried(&scene, &alice, "right").await, Some(true));
        }
    }
    assert_eq!(tried(&scene, &alice, "wrong once more").await, Some(false));
    assert_eq!(tried(&scene, &alice, "wrong too often").await, None);
}

#[tokio::test]
async fn the_same_wrong_one_again_is_no_further_guess() {
    let scene = scene();
    let alice = guess("alice", from(1));
    let wrong: [_; 50] = std::array::from_fn(|_| tried(&scene, &alice, "wrong"));
    let wrong = futures_util::future::join_all(wrong).await;
    assert_eq!(wrong, [Some(false); 50]);
    assert_eq!(looked_at(&scene, |_| alice.clone(), 50).await, GUESSES_OF_PAIR_MAX - 1);
}

#[tokio::test]
async fn a_busy_caller_is_stopped_by_nobody_elses_guesses() {
    let scene = scene();
    let caller = Guess { trusts_memory: true, ..guess("svc", from(1)) };
    let crowd: [_; 50] = std::array::from_fn(|_| tried(&scene, &caller, "right"));
    assert_eq!(futures_util::future::join_all(crowd).await, [Some(true); 50], "one comparison");
    let everywhere = |n: usize| {
        let from = from(u8::try_from(n % 256).unwrap());
        Guess { trusts_memory: true, ..guess("svc", from) }
    };
    assert_eq!(looked_at(&scene, everywhere, 1000).await, GUESSES_OF_ACCOUNT_MAX);
    assert_eq!(tried(&scene, &caller, "right").await, Some(true));
    // Elsewhere even the right one is a guess.
    assert_eq!(tried(&scene, &everywhere(9), "right").await, None);
}

#[tokio::test]
async fn a_comparison_that_failed_us_is_not_counted() {
    let scene = Scene { phc: Arc::from("no hash at all"), ..scene() };
    let alice = guess("alice", from(1));
    for n in 0..100 {
        let (phc, wrong) = (Arc::clone(&scene.phc), Secret::new(format!("{n}")));
        let answer = verify(&scene.secrets, &scene.admissions, phc, wrong, &alice).await;
        assert!(matches!(answer, Err(Fault::Corrupt(_))));
    }
    let scene = Scene { phc: cheap("right"), ..scene };
    assert_eq!(looked_at(&scene, |_| alice.clone(), 50).await, GUESSES_OF_PAIR_MAX);
}
