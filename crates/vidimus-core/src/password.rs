//! The one way a user's password is checked, wherever it is presented: one comparison and one answer
//! whatever is wrong, and so many guesses at one account (NIST SP 800-63B §5.2.2).

mod choice;
mod device;
mod guess;
mod renewal;

pub use choice::check_chosen;
pub use device::{cookie_name, device_cookie, known_device};
pub use guess::{Guess, Limit};
pub use renewal::renewal;

use std::{net::IpAddr, sync::Arc};

use crate::{
    context::Context,
    errand::{Done, Errand, NOBODYS_PHC},
    error::{Cause, OAuthError},
    facts::{Facts, Needs, mismatch},
    limits::{CLIENT_ID_BYTES_MAX, SECRET_BYTES_MAX},
    model::{Named, Tenant, User},
    outcome::Stop,
    secret::Secret,
    username,
};

/// A name and a password as they came.
pub struct Attempt<'a> {
    pub presented: &'a str,
    pub password: &'a Secret,
    /// Who is at the other end of the connection.
    pub peer: Option<IpAddr>,
    /// The value of the cookie that tells a device on which the user has signed in before.
    pub device: Option<&'a Secret>,
}

/// For what the password is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A user wants to be signed in, or a client wants tokens.
    SignIn,
    /// With every request, as often as there are requests.
    Caller,
}

/// That it is not the user. Nobody outside may learn more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    pub cause: Cause,
    pub why: &'static str,
}

/// The user, or the one refusal there is.
///
/// # Errors
/// `invalid_grant`, `too_many_requests`, or a need.
pub fn authenticate<'a>(
    attempt: &Attempt<'_>,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Named<'a, User>, Stop> {
    compare(attempt, Purpose::SignIn, tenant, facts, cx)?.map_err(|failed| {
        let what = "The user name or the password is wrong.";
        OAuthError::invalid_grant(failed.cause, what).because(failed.why).into()
    })
}

/// One comparison whatever is wrong: neither text nor time tells which names exist.
///
/// # Errors
/// `too_many_requests`, or a need.
pub fn compare<'a>(
    attempt: &Attempt<'_>,
    purpose: Purpose,
    tenant: Named<'_, Tenant>,
    facts: &'a Facts,
    cx: &Context<'_>,
) -> Result<Result<Named<'a, User>, Failed>, Stop> {
    let (presented, password) = (attempt.presented, attempt.password);
    // Longer ones are never hashed, for anybody.
    if password.expose().len() > SECRET_BYTES_MAX || presented.len() > CLIENT_ID_BYTES_MAX {
        return failed(Cause::WrongPassword, "the name or the password is too long");
    }
    facts.known(username::needs(Needs::default(), presented))?;
    let user = username::find(presented, tenant, facts);
    let guess = Guess::of(attempt, purpose, user, tenant, cx.vault);
    let Some((user, phc)) = user.and_then(|user| Some((user, user.body.password_hash.as_ref()?)))
    else {
        // The edge remembers what it verified. Each name must cost anew, as it does where each
        // has a hash of its own.
        let tenant = tenant.key().0;
        let mixed = format!("{tenant} {} {presented}{}", presented.len(), password.expose());
        matches(&Arc::from(NOBODYS_PHC), &Secret::new(mixed), guess, facts)?;
        return match user {
            None => failed(Cause::UnknownUser, "there is no such user"),
            Some(_) => failed(Cause::WrongPassword, "the user has no password"),
        };
    };
    // What was hashed of nothing proves nothing.
    if !matches(phc, password, guess, facts)? || password.expose().is_empty() {
        return failed(Cause::WrongPassword, "the password is wrong");
    }
    if user.is_inactive() {
        return failed(Cause::InactiveUser, "the user is locked or disabled");
    }
    Ok(Ok(user))
}

const fn failed<T>(cause: Cause, why: &'static str) -> Result<Result<T, Failed>, Stop> {
    Ok(Err(Failed { cause, why }))
}

fn matches(
    phc: &Arc<str>,
    presented: &Secret,
    guess: Option<Guess>,
    facts: &Facts,
) -> Result<bool, Stop> {
    let Some(guess) = guess else { return facts.verified(phc, presented) };
    let errand = Errand::VerifyGuess { phc: Arc::clone(phc), presented: presented.clone(), guess };
    match facts.errand(errand)? {
        Done::Verified(matches) => Ok(*matches),
        Done::Admitted(Err(seconds)) => {
            let why = "too many wrong passwords, of this account or from this address";
            let error = OAuthError::too_many(*seconds).caused(Cause::TooManyGuesses);
            Err(error.because(why).into())
        }
        other => Err(mismatch(other)),
    }
}

#[cfg(test)]
mod tests;
