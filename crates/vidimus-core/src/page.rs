//! What pages for people say, before anybody has put it into words or HTML. Every text of a client's
//! or a user's own is as they gave it: escaping is the page's.

use crate::{
    model::{Named, Tenant},
    public_url,
    secret::Secret,
    time::Time,
};

const LANGUAGES_MAX: usize = 8;

/// What all pages of a tenant have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What people know the tenant by.
    pub tenant_name: String,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// A path of ours.
    pub logo: Option<String>,
    /// Languages that the request asks for (`ui_locales`), best first; the browser's come after.
    pub languages: Vec<String>,
}

impl Look {
    /// Of whichever page, and whichever tenant.
    pub fn of(tenant: Named<'_, Tenant>, ui_locales: Option<&str>, issuer: &str) -> Self {
        let look = &tenant.body.look;
        let wanted = ui_locales.unwrap_or_default().split(' ');
        let languages = wanted.filter(|language| !language.is_empty()).take(LANGUAGES_MAX);
        Self {
            tenant_name: tenant.name(issuer),
            color: look.color.clone(),
            // By its path alone: a page's own policy lets it show nothing of another host.
            logo: look.logo.as_ref().map(|_| format!("{}/oauth2/logo", public_url::path(issuer))),
            languages: languages.map(str::to_owned).collect(),
        }
    }
}

#[derive(Debug)]
pub enum Page {
    SignIn(SignIn),
    Choose(Choose),
    Consent(Consent),
    UserCode(UserCode),
    /// What the device asked for was answered.
    DeviceDone {
        allowed: bool,
        client: ClientCard,
    },
    Account(Account),
    SignOut(SignOut),
    SignedOut(SignedOut),
}

/// The client as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientCard {
    pub client_id: String,
    /// What it calls itself; its id where it has no name.
    pub name: String,
    /// Where an answer goes: what of it nobody can choose freely. `None` for devices.
    pub host: Option<String>,
    pub client_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    /// A path of ours: the client's own picture is fetched by us alone.
    pub logo: Option<String>,
    /// It registered itself, so nobody has looked at it.
    pub is_self_registered: bool,
}

/// Every form of a page posts to the page's own address, with this as `csrf`.
#[derive(Clone, Debug)]
pub struct FormToken(pub Secret);

/// `#username`, `#password`, `#login`.
#[derive(Debug)]
pub struct SignIn {
    pub csrf: FormToken,
    pub client: Option<ClientCard>,
    /// Put into the name's field.
    pub username: String,
    /// The name is given: the user is to prove once more to be that one.
    pub is_again: bool,
    pub failure: Option<SignInFailure>,
    pub can_cancel: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFailure {
    /// The name or the password, and no page tells which.
    Wrong,
    TooMany {
        retry_after_seconds: u32,
    },
}

/// Several accounts in one browser: buttons named `session`, and one for another account.
#[derive(Debug)]
pub struct Choose {
    pub csrf: FormToken,
    pub client: Option<ClientCard>,
    pub accounts: Vec<Known>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its value in the form.
    pub session: String,
    pub username: String,
    pub name: Option<String>,
}

/// `#consent-allow`, `#consent-deny`.
#[derive(Debug)]
pub struct Consent {
    pub csrf: FormToken,
    pub client: ClientCard,
    pub username: String,
    /// What is asked for and was not allowed before.
    pub scopes: Vec<String>,
    /// What was.
    pub known_scopes: Vec<String>,
    /// Claims asked for one by one.
    pub claims: Vec<String>,
    /// The resource servers it is for.
    pub audience: Vec<String>,
    /// Of a device: the code that it shows, to be compared.
    pub user_code: Option<String>,
}

/// `#user-code`.
#[derive(Debug)]
pub struct UserCode {
    pub csrf: FormToken,
    pub user_code: String,
    pub failure: Option<UserCodeFailure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCodeFailure {
    Unknown,
    TooMany { retry_after_seconds: u32 },
}

#[derive(Debug)]
pub struct Account {
    pub csrf: FormToken,
    pub username: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub sessions: Vec<SessionLine>,
    pub applications: Vec<Application>,
    pub has_password: bool,
    pub notice: Option<AccountNotice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Its value in the form.
    pub session: String,
    pub is_this: bool,
    pub agent: String,
    pub address: String,
    pub started_at: Time,
    pub seen_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub client_id: String,
    pub name: String,
    pub scopes: Vec<String>,
    pub since: Time,
    /// Where its own sign-in begins (OpenID Connect Core §4), with whom it is to ask.
    pub opens_at: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountNotice {
    PasswordChanged,
    WrongPassword,
    PasswordTooShort { chars_min: usize },
    PasswordsDiffer,
    TooMany { retry_after_seconds: u32 },
    SessionEnded,
    ApplicationRevoked,
}

/// `#logout-confirm`.
#[derive(Debug)]
pub struct SignOut {
    pub csrf: FormToken,
    pub username: Option<String>,
    pub client: Option<ClientCard>,
}

#[derive(Debug)]
pub struct SignedOut {
    /// Addresses of clients to be loaded in hidden frames (OpenID Connect Front-Channel Logout).
    pub frames: Vec<String>,
    /// Where the client wants the browser next.
    pub next: Option<String>,
    pub client: Option<ClientCard>,
}
