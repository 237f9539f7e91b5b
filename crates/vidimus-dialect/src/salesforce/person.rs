//! What is told of a user: under the identity URL, and at UserInfo under the claims' names.

use serde_json::{Map, Value, json};
use vidimus_core::{entity_id, userinfo::Userinfo};

use super::{members::Members, place};
use crate::{Asked, Shape};

/// Where the version of an API stands in a URL until a client puts its own there.
const VERSION: &str = "{version}";
/// What `latest` stands for.
const LATEST: &str = "67.0";
const USER_TYPE: &str = "STANDARD";
const LANGUAGE: &str = "en_US";
/// The one zone whose offset is known without a table of all.
const NO_OFFSET: [&str; 4] = ["GMT", "UTC", "Etc/UTC", "Etc/GMT"];

/// Any of these tells everything of the user; `openid` alone tells who it is.
const SCOPES_TO_TELL: [&str; 8] =
    ["id", "profile", "email", "address", "phone", "api", "web", "full"];

struct Person<'a> {
    known: &'a Userinfo,
    claims: &'a Map<String, Value>,
    instance: String,
    organization: String,
    user: String,
}

impl<'a> Person<'a> {
    fn new(known: &'a Userinfo, asked: &Asked<'_>) -> Self {
        let tells = known.scope.split(' ').any(|scope| SCOPES_TO_TELL.contains(&scope));
        Self {
            known,
            claims: if tells { &known.all } else { &known.claims },
            instance: place::instance(asked),
            organization: entity_id::long(entity_id::ORGANIZATION, known.tenant),
            user: entity_id::long(entity_id::USER, known.user),
        }
    }

    fn claim(&self, name: &str) -> Option<Value> {
        self.claims.get(name).cloned()
    }

    fn or_username(&self, name: &str) -> Value {
        self.claim(name).unwrap_or_else(|| json!(self.known.username))
    }

    fn email_verified(&self) -> bool {
        self.claim("email_verified").and_then(|flag| flag.as_bool()).unwrap_or(false)
    }

    fn address(&self, part: &str) -> Option<Value> {
        self.claims.get("address")?.get(part).cloned()
    }

    fn zone(&self) -> Value {
        self.claim("zoneinfo").unwrap_or_else(|| json!("GMT"))
    }

    /// Milliseconds; unknown of any zone that has an offset.
    fn offset(&self) -> Option<i64> {
        self.zone().as_str().filter(|zone| NO_OFFSET.contains(zone)).map(|_| 0)
    }

    /// The product separates with a low line what the claim separates with a hyphen.
    fn locale(&self) -> String {
        let claim = self.claims.get("locale").and_then(Value::as_str);
        claim.unwrap_or(LANGUAGE).replace('-', "_")
    }

    fn picture(&self, size: char) -> Value {
        let made = || json!(format!("{}/profilephoto/005/{size}", self.instance));
        self.claim("picture").unwrap_or_else(made)
    }

    fn photos(&self) -> Value {
        json!({"picture": self.picture('F'), "thumbnail": self.picture('T')})
    }

    fn urls(&self, asked: &Asked<'_>) -> Members {
        let version = asked.parameter("version").and_then(version).unwrap_or(VERSION);
        let at = |path: &str| format!("{}/services/{path}", self.instance);
        let organization = entity_id::short(entity_id::ORGANIZATION, self.known.tenant);
        let soap = |kind: &str| at(&format!("Soap/{kind}/{version}/{organization}"));
        let data = |path: &str| at(&format!("data/v{version}/{path}"));
        Members::default()
            .and("enterprise", soap("c"))
            .and("metadata", soap("m"))
            .and("partner", soap("u"))
            .and("rest", data(""))
            .and("sobjects", data("sobjects/"))
            .and("search", data("search/"))
            .and("query", data("query/"))
            .and("recent", data("recent/"))
            .and("tooling_soap", soap("T"))
            .and("tooling_rest", data("tooling/"))
            .and("profile", format!("{}/{}", self.instance, self.user))
            .and("feeds", data("chatter/feeds"))
            .and("groups", data("chatter/groups"))
            .and("users", data("chatter/users"))
            .and("feed_items", data("chatter/feed-items"))
            .and("feed_elements", data("chatter/feed-elements"))
            .and("custom_domain", self.instance.as_str())
    }
}

pub fn identity(known: &Userinfo, asked: &Asked<'_>) -> Shape {
    let person = Person::new(known, asked);
    let mobile_verified = person.claim("phone_number_verified").is_some_and(|flag| flag == true);
    Members::default()
        .and("id", place::identity(asked, known.user))
        .and("asserted_user", true)
        .and("user_id", person.user.as_str())
        .and("organization_id", person.organization.as_str())
        .and("username", known.username.as_str())
        .and("nick_name", person.or_username("nickname"))
        .and("display_name", person.or_username("name"))
        .known("email", person.claim("email"))
        .and("email_verified", person.email_verified())
        .known("first_name", person.claim("given_name"))
        .known("last_name", person.claim("family_name"))
        .and("timezone", person.zone())
        .and("photos", person.photos())
        .known("addr_street", person.address("street_address"))
        .known("addr_city", person.address("locality"))
        .known("addr_state", person.address("region"))
        .known("addr_country", person.address("country"))
        .known("addr_zip", person.address("postal_code"))
        .known("mobile_phone", person.claim("phone_number"))
        .and("mobile_phone_verified", mobile_verified)
        .and("is_lightning_login_user", false)
        .and("status", json!({"created_date": null, "body": null}))
        .and("urls", person.urls(asked))
        .and("active", true)
        .and("user_type", USER_TYPE)
        .and("language", LANGUAGE)
        .and("locale", person.locale())
        .known("utcOffset", person.offset())
        .and("last_modified_date", known.made_at.rfc_3339())
        .written("user", asked)
}

pub fn userinfo(known: &Userinfo, asked: &Asked<'_>) -> Shape {
    let person = Person::new(known, asked);
    let profile = person.claim("profile");
    let own_page = || json!(format!("{}/{}", person.instance, person.user));
    Members::default()
        .and("sub", known.subject.as_str())
        .and("user_id", person.user.as_str())
        .and("organization_id", person.organization.as_str())
        .and("preferred_username", known.username.as_str())
        .and("nickname", person.or_username("nickname"))
        .and("name", person.or_username("name"))
        .known("email", person.claim("email"))
        .and("email_verified", person.email_verified())
        .known("given_name", person.claim("given_name"))
        .known("family_name", person.claim("family_name"))
        .and("zoneinfo", person.zone())
        .and("photos", person.photos())
        .and("profile", profile.unwrap_or_else(own_page))
        .and("picture", person.picture('F'))
        .and("address", person.claim("address").unwrap_or_else(|| json!({"country": null})))
        .and("is_salesforce_integration_user", false)
        .and("urls", person.urls(asked))
        .and("active", true)
        .and("user_type", USER_TYPE)
        .and("language", LANGUAGE)
        .and("locale", person.locale())
        .known("utcOffset", person.offset())
        .and("updated_at", known.made_at.rfc_3339())
        .and("is_app_installed", true)
        .json()
}

/// What a client may put into the URLs: `latest`, or a number such as `58.0`.
fn version(asked: &str) -> Option<&str> {
    let is_number = !asked.is_empty()
        && asked.len() <= 5
        && asked.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    match asked {
        "latest" => Some(LATEST),
        number => Some(number).filter(|_| is_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ORGANIZATION, Scene, TENANT_KEY, USER, USER_KEY, body};
    use vidimus_core::{form::Form, time::Time};

    fn known(scope: &str) -> Userinfo {
        let all = json!({"name": "Test User", "email": "test@test.com", "locale": "de-DE",
            "address": {"country": "CH"}, "given_name": "Test"});
        let Value::Object(all) = all else { panic!("an object") };
        Userinfo {
            user: USER_KEY,
            subject: format!("https://as.example/id/{ORGANIZATION}/{USER}"),
            username: "test@test.com".to_owned(),
            tenant: TENANT_KEY,
            email: Some("test@test.com".to_owned()),
            roles: Vec::new(),
            claims: Map::new(),
            signed: None,
            all,
            client_id: None,
            scope: scope.to_owned(),
            made_at: Time::from_seconds(1_581_114_694),
        }
    }

    fn members(shape: &Shape) -> (Vec<String>, Value) {
        let value: Value = serde_json::from_str(&body(shape)).unwrap();
        (value.as_object().unwrap().keys().cloned().collect(), value)
    }

    #[test]
    fn an_identity_has_every_member_in_order() {
        let (names, value) = members(&identity(&known("id"), &Scene::new("").asked()));
        assert_eq!(
            names.join(" "),
            "id asserted_user user_id organization_id username nick_name display_name email \
             email_verified first_name last_name timezone photos addr_street addr_city addr_state \
             addr_country addr_zip mobile_phone mobile_phone_verified is_lightning_login_user \
             status urls active user_type language locale utcOffset last_modified_date"
        );
        assert_eq!(value["id"], format!("https://as.example/id/{ORGANIZATION}/{USER}"));
        assert_eq!(value["addr_country"], "CH");
        assert_eq!(value["locale"], "de_DE");
        assert_eq!(value["last_modified_date"], "2020-02-07T22:31:34Z");
        let urls: Vec<&String> = value["urls"].as_object().unwrap().keys().collect();
        assert_eq!(urls.len(), 17);
        assert_eq!(value["urls"]["rest"], "https://as.example/t/org/services/data/v{version}/");
    }

    #[test]
    fn a_version_is_a_number_or_stays_open() {
        let scene = Scene::new("/customers");
        for (asked, wanted) in
            [("58.0", "v58.0/"), ("latest", "v67.0/"), ("../x", "v{version}/"), ("", "v{version}/")]
        {
            let form = Form::of([("version".to_owned(), asked.to_owned())]).unwrap();
            let asked = Asked { form: Some(&form), ..scene.asked() };
            let (_, value) = members(&identity(&known("id"), &asked));
            let rest = format!("https://as.example/customers/services/data/{wanted}");
            assert_eq!(value["urls"]["rest"], rest);
        }
    }

    #[test]
    fn userinfo_has_every_member_in_order() {
        let (names, value) = members(&userinfo(&known("openid api"), &Scene::new("").asked()));
        assert_eq!(
            names.join(" "),
            "sub user_id organization_id preferred_username nickname name email email_verified \
             given_name family_name zoneinfo photos profile picture address \
             is_salesforce_integration_user urls active user_type language locale utcOffset \
             updated_at is_app_installed"
        );
        assert_eq!(value["sub"], format!("https://as.example/id/{ORGANIZATION}/{USER}"));
        assert_eq!(value["email"], "test@test.com");
    }

    #[test]
    fn openid_alone_tells_who_it_is_and_no_more() {
        let (_, value) = members(&userinfo(&known("openid"), &Scene::new("").asked()));
        assert_eq!(value["preferred_username"], "test@test.com");
        assert_eq!((&value["email"], &value["given_name"]), (&Value::Null, &Value::Null));
        assert_eq!(value["address"], json!({"country": null}));
    }
}
