//! What a translation makes of an export: entries for a world, and a finding for each member of it.

use serde_json::{Map, Value, json};

/// What an export's object becomes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Noun {
    Client,
    ResourceServer,
    User,
}

impl Noun {
    pub const ALL: [Self; 3] = [Self::Client, Self::ResourceServer, Self::User];

    /// Its array in a world.
    pub const fn array(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ResourceServer => "resource_server",
            Self::User => "user",
        }
    }

    /// Its place in the admin API.
    pub const fn route(self) -> &'static str {
        match self {
            Self::Client => "clients",
            Self::ResourceServer => "resource-servers",
            Self::User => "users",
        }
    }

    pub const fn id_key(self) -> &'static str {
        match self {
            Self::Client => "client_id",
            Self::ResourceServer => "id",
            Self::User => "username",
        }
    }

    pub const fn secret_key(self) -> &'static str {
        match self {
            Self::Client => "client_secret",
            Self::ResourceServer => "secret",
            Self::User => "password",
        }
    }

    /// Where another server's hash goes; a resource server has none.
    pub const fn hash_key(self) -> Option<&'static str> {
        match self {
            Self::Client => Some("client_secret_hash"),
            Self::ResourceServer => None,
            Self::User => Some("password_hash"),
        }
    }

    /// As commands call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ResourceServer => "resource-server",
            Self::User => "user",
        }
    }

    pub fn of_route(route: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|noun| noun.route() == route)
    }
}

/// What nobody but the operator can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The secret is masked, encrypted, missing, or a hash that nobody here can compare with.
    Secret,
    /// A redirect URI that cannot be registered here.
    Redirect(String),
    /// What it may ever have is not in the export.
    Scope,
    /// There is one of this id already, and no import made it.
    Existing,
}

impl Question {
    pub const fn flag(&self) -> &'static str {
        match self {
            Self::Secret => "--masked-secrets skip|generate",
            Self::Redirect(_) => "--unusable-redirects drop|strip",
            Self::Scope => "--scope \"SCOPES\"",
            Self::Existing => "--existing skip|replace",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Mapped,
    /// It is here, but not as it was there.
    Changed,
    Dropped,
    Decision(Question),
}

impl Verdict {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Changed => "changed",
            Self::Dropped => "dropped",
            Self::Decision(_) => "needs a decision",
        }
    }
}

/// One member of the export's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub member: String,
    pub verdict: Verdict,
    pub note: String,
}

impl Finding {
    pub fn json(&self) -> Value {
        let mut told = json!({"member": self.member, "verdict": self.verdict.as_str()});
        if let Value::Object(map) = &mut told {
            if !self.note.is_empty() {
                map.insert("note".to_owned(), json!(self.note));
            }
            if let Verdict::Decision(question) = &self.verdict {
                map.insert("answer_with".to_owned(), json!(question.flag()));
            }
        }
        told
    }
}

/// An object on its way: what it will be, and what was found of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    pub noun: Noun,
    pub id: String,
    pub entry: Map<String, Value>,
    pub findings: Vec<Finding>,
    /// Why it is not brought in.
    pub left_out: Option<String>,
}

impl Thing {
    /// `member` is what the export calls its id.
    pub fn new(noun: Noun, member: &str, id: &str) -> Self {
        let mut thing = Self {
            noun,
            id: id.to_owned(),
            entry: Map::new(),
            findings: Vec::new(),
            left_out: None,
        };
        thing.mapped(member, noun.id_key(), id);
        thing
    }

    /// One that there is no place for here.
    pub fn without_place(noun: Noun, id: &str, why: &str) -> Self {
        let left_out = Some(why.to_owned());
        Self { noun, id: id.to_owned(), entry: Map::new(), findings: Vec::new(), left_out }
    }

    pub fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.entry.insert(key.to_owned(), value.into());
    }

    /// The same thing under the same or another name.
    pub fn mapped(&mut self, member: &str, key: &str, value: impl Into<Value>) {
        self.put(key, value);
        let note = if member == key { String::new() } else { key.to_owned() };
        self.find(member, Verdict::Mapped, note);
    }

    /// It has no counterpart and none is missed: it says what is so here anyway.
    pub fn holds(&mut self, member: &str) {
        self.find(member, Verdict::Mapped, "so here as well");
    }

    pub fn changed(&mut self, member: &str, note: impl Into<String>) {
        self.find(member, Verdict::Changed, note);
    }

    pub fn dropped(&mut self, member: &str, note: impl Into<String>) {
        self.find(member, Verdict::Dropped, note);
    }

    /// Of these grants, those that a tenant must allow first.
    pub fn switched_off(&mut self, member: &str, grants: &[&str]) {
        for (grant, knob) in
            [("password", "allow_password_grant"), ("implicit", "allow_legacy_response_types")]
        {
            if grants.contains(&grant) {
                let note = format!("{grant} is off unless the tenant's policy.{knob} is on");
                self.changed(member, note);
            }
        }
    }

    pub fn ask(&mut self, member: &str, question: Question, note: impl Into<String>) {
        self.find(member, Verdict::Decision(question), note);
    }

    pub fn find(&mut self, member: &str, verdict: Verdict, note: impl Into<String>) {
        self.findings.push(Finding { member: member.to_owned(), verdict, note: note.into() });
    }

    pub fn questions(&self) -> impl Iterator<Item = (&Finding, &Question)> {
        self.findings.iter().filter_map(|finding| match &finding.verdict {
            Verdict::Decision(question) => Some((finding, question)),
            _ => None,
        })
    }
}

/// All that an export holds.
#[derive(Debug, Default)]
pub struct Translated {
    pub things: Vec<Thing>,
    /// Of the export as a whole.
    pub findings: Vec<Finding>,
}

impl Translated {
    pub fn note(&mut self, member: &str, verdict: Verdict, note: impl Into<String>) {
        self.findings.push(Finding { member: member.to_owned(), verdict, note: note.into() });
    }
}
