//! A sample of every page, with a text of the test's own in each place that others fill.

use vidimus_console::{Failure, Rendered, failure, form_post, render};
use vidimus_core::{
    authorize::reply::Dress,
    page::{
        Account, AccountNotice, Application, Choose, ClientCard, Consent, FormToken, Known, Look,
        Page, SessionLine, SignIn, SignInFailure, SignOut, SignedOut, UserCode, UserCodeFailure,
    },
    secret::Secret,
    time::Time,
};

pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// What stands after everything that a client, a user or an administrator named.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    pub mark: &'a str,
    pub color: Option<&'a str>,
    pub language: &'a str,
}

pub const PLAIN: Samples<'static> = Samples { mark: "", color: None, language: "en" };

impl Samples<'_> {
    fn say(&self, text: &str) -> String {
        format!("{text}{}", self.mark)
    }

    fn csrf(&self) -> FormToken {
        FormToken(Secret::new(self.say("Zm9ybSB0b2tlbg")))
    }

    pub fn look(&self) -> Look {
        Look {
            tenant_name: self.say("Northwind"),
            color: self.color.map(|color| self.say(color)),
            logo: None,
            languages: vec![self.say(self.language), self.language.to_owned()],
        }
    }

    pub fn dress(&self) -> Dress {
        Dress {
            look: self.look(),
            form_action: Some(self.say("https://photos.example")),
            frames: vec![self.say("https://photos.example")],
        }
    }

    pub fn client(&self) -> ClientCard {
        ClientCard {
            client_id: self.say("photos"),
            name: self.say("Photo Album"),
            host: Some(self.say("photos.example")),
            client_uri: Some(self.say("https://photos.example/")),
            policy_uri: Some(self.say("https://photos.example/privacy")),
            tos_uri: Some(self.say("https://photos.example/terms")),
            logo: None,
            is_self_registered: false,
        }
    }

    fn sign_in(&self) -> SignIn {
        SignIn {
            csrf: self.csrf(),
            client: Some(self.client()),
            username: String::new(),
            is_again: false,
            failure: None,
            can_cancel: true,
        }
    }

    pub fn consent(&self) -> Consent {
        Consent {
            csrf: self.csrf(),
            client: self.client(),
            username: self.say("mia.berger"),
            scopes: ["openid", "profile", "email", "offline_access"].map(str::to_owned).to_vec(),
            known_scopes: Vec::new(),
            claims: Vec::new(),
            audience: Vec::new(),
            user_code: None,
        }
    }

    fn consent_of_a_stranger(&self) -> Consent {
        let client = ClientCard {
            logo: Some(self.say("/assets/logo.svg")),
            is_self_registered: true,
            ..self.client()
        };
        Consent {
            client,
            scopes: vec!["openid".to_owned(), self.say("photos:write")],
            known_scopes: vec!["profile".to_owned(), self.say("photos:read")],
            claims: vec!["birthdate".to_owned(), self.say("https://claims.example/badge")],
            audience: vec![self.say("https://api.photos.example/v2")],
            ..self.consent()
        }
    }

    pub fn account(&self, notice: Option<AccountNotice>) -> Account {
        let session = |is_this: bool, agent: &str, address: &str, started_at: i64| SessionLine {
            session: self.say(&format!("s{started_at}")),
            is_this,
            agent: self.say(agent),
            address: self.say(address),
            started_at: Time::from_seconds(started_at),
            seen_at: Time::from_seconds(started_at + 5_000),
        };
        let application = |name: &str, scopes: &[&str], since: i64| Application {
            client_id: self.say(name),
            name: self.say(name),
            scopes: scopes.iter().map(|scope| self.say(scope)).chain(["email".into()]).collect(),
            since: Time::from_seconds(since),
            opens_at: Some(format!("https://album.example/login?{}", self.say("iss"))),
        };
        Account {
            csrf: self.csrf(),
            username: self.say("mia.berger"),
            name: Some(self.say("Mia Berger")),
            email: Some(self.say("mia@northwind.example")),
            sessions: vec![
                session(true, FIREFOX, "203.0.113.7", 1_795_248_000),
                session(false, "curl/8.5.0", "2001:db8::7:1", 1_795_000_000),
            ],
            applications: vec![
                application("Photo Album", &["profile", "photos:write"], 1_790_000_000),
                application("Calendar", &["openid"], 1_780_000_000),
            ],
            has_password: true,
            notice,
        }
    }

    fn sign_ins(&self) -> Vec<(&'static str, Page)> {
        let of = |failure, username: &str, is_again| {
            let username = self.say(username);
            Page::SignIn(SignIn { username, is_again, failure, ..self.sign_in() })
        };
        let wait = SignInFailure::TooMany { retry_after_seconds: 150 };
        vec![
            ("sign-in", Page::SignIn(self.sign_in())),
            (
                "sign-in-plain",
                Page::SignIn(SignIn { client: None, can_cancel: false, ..self.sign_in() }),
            ),
            ("sign-in-wrong", of(Some(SignInFailure::Wrong), "mia.berger", false)),
            ("sign-in-too-many", of(Some(wait), "mia.berger", false)),
            ("sign-in-again", of(None, "mia.berger", true)),
        ]
    }

    fn consents(&self) -> Vec<(&'static str, Page)> {
        let of_a_device = ClientCard { host: None, ..self.client() };
        vec![
            ("consent", Page::Consent(self.consent())),
            ("consent-stranger", Page::Consent(self.consent_of_a_stranger())),
            (
                "consent-device",
                Page::Consent(Consent {
                    client: of_a_device,
                    user_code: Some(self.say("WDJB-MJHT")),
                    ..self.consent()
                }),
            ),
            ("consent-nothing", Page::Consent(Consent { scopes: Vec::new(), ..self.consent() })),
        ]
    }

    fn devices(&self) -> Vec<(&'static str, Page)> {
        let code = |user_code: String, failure| {
            Page::UserCode(UserCode { csrf: self.csrf(), user_code, failure })
        };
        let wait = UserCodeFailure::TooMany { retry_after_seconds: 30 };
        vec![
            ("user-code", code(String::new(), None)),
            ("user-code-unknown", code(self.say("WDJB-MJHX"), Some(UserCodeFailure::Unknown))),
            ("user-code-too-many", code(self.say("WDJB-MJHX"), Some(wait))),
            ("device-allowed", Page::DeviceDone { allowed: true, client: self.client() }),
            ("device-denied", Page::DeviceDone { allowed: false, client: self.client() }),
        ]
    }

    fn accounts(&self) -> Vec<(&'static str, Page)> {
        let bare = Account {
            name: None,
            applications: Vec::new(),
            has_password: false,
            ..self.account(Some(AccountNotice::SessionEnded))
        };
        vec![
            ("account", Page::Account(self.account(None))),
            ("account-bare", Page::Account(bare)),
            ("account-changed", Page::Account(self.account(Some(AccountNotice::PasswordChanged)))),
            ("account-wrong", Page::Account(self.account(Some(AccountNotice::WrongPassword)))),
            (
                "account-short",
                Page::Account(
                    self.account(Some(AccountNotice::PasswordTooShort { chars_min: 12 })),
                ),
            ),
        ]
    }

    fn leaves(&self) -> Vec<(&'static str, Page)> {
        let known = |username: &str, name: Option<&str>| Known {
            session: self.say(username),
            username: self.say(username),
            name: name.map(|name| self.say(name)),
        };
        let accounts = vec![
            known("mia.berger", Some("Mia Berger")),
            known("operations@northwind.example", None),
        ];
        let out = |client, next: Option<&str>| {
            let frames = vec![self.say("https://photos.example/logout?sid=1")];
            Page::SignedOut(SignedOut { frames, next: next.map(|next| self.say(next)), client })
        };
        vec![
            (
                "choose",
                Page::Choose(Choose { csrf: self.csrf(), client: Some(self.client()), accounts }),
            ),
            (
                "sign-out",
                Page::SignOut(SignOut {
                    csrf: self.csrf(),
                    username: Some(self.say("mia.berger")),
                    client: Some(self.client()),
                }),
            ),
            (
                "sign-out-plain",
                Page::SignOut(SignOut { csrf: self.csrf(), username: None, client: None }),
            ),
            ("signed-out", out(None, None)),
            ("signed-out-next", out(Some(self.client()), Some("https://photos.example/bye"))),
        ]
    }

    /// Every page of core's.
    pub fn pages(&self) -> Vec<(&'static str, Rendered)> {
        let all =
            [self.sign_ins(), self.consents(), self.devices(), self.accounts(), self.leaves()];
        let dress = self.dress();
        all.into_iter().flatten().map(|(name, page)| (name, render(&page, &dress, &[]))).collect()
    }

    /// Refusals of every kind.
    pub fn failures(&self) -> Vec<(&'static str, Rendered)> {
        let of = |status: u16, code: &str, description: &str| {
            let (code, description) = (self.say(code), self.say(description));
            let request_id = self.say("01JD9Q4T7K");
            let told =
                Failure { status, code: &code, description: &description, request_id: &request_id };
            failure(&told, &self.look(), &[])
        };
        vec![
            ("failure", of(400, "invalid_request", "redirect_uri is not one of the client's")),
            ("failure-client", of(400, "invalid_client", "")),
            ("failure-busy", of(429, "slow_down", "too many requests")),
            ("failure-ours", of(500, "server_error", "the request could not be finished")),
        ]
    }

    pub fn form_post(&self) -> Rendered {
        let (state, code) = (self.say("af0ifjsldkj"), self.say("vac_123"));
        let parameters = [("code", code.as_str()), ("state", &state), (&self.say("x"), "1")];
        let to = self.say("https://photos.example/cb");
        form_post(&to, &parameters, "https://photos.example", &[self.language.to_owned()])
    }

    pub fn all(&self) -> Vec<(&'static str, Rendered)> {
        let mut all = self.pages();
        all.extend(self.failures());
        all.push(("form-post", self.form_post()));
        all
    }
}
