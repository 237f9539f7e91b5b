//! A world as JSON: tenants, and in each its clients, users and so on.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{
    super::{
        declare::{Declaration, Origin, TENANT_KEYS, id_key},
        fields::Fields,
    },
    claims::{Claim, claims, each_once},
};
use crate::{error::OAuthError, limits::OBJECT_BYTES_MAX, model::Kind};

/// The arrays that a tenant's table holds, in the order in which they are applied: what another
/// names comes before it.
pub const CHILDREN: [(&str, Kind); 6] = [
    ("client", Kind::Client),
    ("resource_server", Kind::ResourceServer),
    ("user", Kind::User),
    ("trusted_issuer", Kind::TrustedIssuer),
    ("registration_token", Kind::RegistrationToken),
    ("api_token", Kind::ApiToken),
];

pub struct World {
    pub tenants: Vec<WorldTenant>,
    /// What stands in the tenants is brought in from elsewhere: tenants that are there stay as they
    /// are, and what is made belongs to no world, so that none prunes it.
    pub is_import: bool,
}

pub struct WorldTenant {
    pub entry: Entry,
    pub children: Vec<Entry>,
}

/// One declared thing, its id, and where it stands in the file.
pub struct Entry {
    pub kind: Kind,
    pub id: String,
    pub map: Map<String, Value>,
    pub pointer: String,
}

impl Entry {
    pub fn declaration(&self) -> Declaration<'_> {
        Declaration {
            kind: self.kind,
            map: &self.map,
            pointer: &self.pointer,
            origin: Origin::World,
        }
    }
}

impl World {
    /// # Errors
    /// `invalid_request` at the JSON pointer of what cannot be read: an unknown key, a missing id,
    /// an id that is declared twice, a host or path alias of two tenants.
    pub fn parse(world: Value) -> Result<Self, OAuthError> {
        let Value::Object(mut map) = world else {
            return Err(OAuthError::invalid_request("A world is an object.").at(""));
        };
        Fields { map: &map, pointer: "" }.only(&["tenant"])?;
        let mut tenants = Vec::<WorldTenant>::new();
        let mut ids = HashSet::new();
        for (at, value) in array(map.remove("tenant"), "/tenant")?.into_iter().enumerate() {
            let tenant = tenant(value, format!("/tenant/{at}"))?;
            if !ids.insert(tenant.entry.id.clone()) {
                return Err(twice(&tenant.entry));
            }
            tenants.push(tenant);
        }
        each_once(tenants.iter().map(|tenant| &tenant.entry))?;
        Ok(Self { tenants, is_import: false })
    }

    /// Every host and path alias of every tenant, always in the same order.
    pub fn claims(&self) -> impl Iterator<Item = Claim<'_>> {
        self.tenants.iter().flat_map(|tenant| claims(&tenant.entry))
    }
}

fn tenant(value: Value, pointer: String) -> Result<WorldTenant, OAuthError> {
    let mut map = object(value, &pointer)?;
    let known: Vec<&str> =
        TENANT_KEYS.into_iter().chain(CHILDREN.into_iter().map(|(key, _)| key)).collect();
    let fields = Fields { map: &map, pointer: &pointer };
    fields.only(&known)?;
    let mut children = Vec::<Entry>::new();
    let (mut ids, mut texts) = (HashSet::new(), HashSet::new());
    for (key, kind) in CHILDREN {
        let at = format!("{pointer}/{key}");
        let mut unnamed = Unnamed::default();
        for (index, value) in array(map.remove(key), &at)?.into_iter().enumerate() {
            let at = format!("{at}/{index}");
            let mut child = entry(kind, object(value, &at)?, at)?;
            if child.id.is_empty() {
                child.id = unnamed.id(&child);
            }
            if !ids.insert((kind.space(), child.id.clone())) {
                return Err(twice(&child));
            }
            if let Some(text) = child.map.get("token").and_then(Value::as_str)
                && !texts.insert((kind, text.to_owned()))
            {
                let what = "this token is declared twice";
                return Err(
                    OAuthError::invalid_request(what).at(format!("{}/token", child.pointer))
                );
            }
            children.push(child);
        }
    }
    Ok(WorldTenant { entry: entry(Kind::Tenant, map, pointer)?, children })
}

/// Ids of those that are declared without one: by their place among their like, which stays the
/// same as long as what is added is added behind.
#[derive(Default)]
struct Unnamed(HashMap<String, usize>);

impl Unnamed {
    fn id(&mut self, child: &Entry) -> String {
        let whose = match child.kind {
            Kind::ApiToken => child.map.get("username").and_then(Value::as_str),
            _ => None,
        };
        let whose = whose.unwrap_or("registration");
        let count = self.0.entry(whose.to_owned()).or_default();
        *count += 1;
        format!("{whose}/{count}")
    }
}

fn entry(kind: Kind, map: Map<String, Value>, pointer: String) -> Result<Entry, OAuthError> {
    let declaration = Declaration { kind, map: &map, pointer: &pointer, origin: Origin::World };
    let id = declaration.id()?.unwrap_or_default().to_owned();
    // No more than the same entry may have on its own over the API.
    if serde_json::to_vec(&map).map_or(0, |text| text.len()) > OBJECT_BYTES_MAX {
        let what = format!("{} {id} has more than {OBJECT_BYTES_MAX} bytes", kind.as_str());
        return Err(OAuthError::invalid_request(what).at(pointer));
    }
    Ok(Entry { kind, id, map, pointer })
}

fn twice(entry: &Entry) -> OAuthError {
    let what = format!("{} {} is declared twice", entry.kind.as_str(), entry.id);
    OAuthError::invalid_request(what).at(format!("{}/{}", entry.pointer, id_key(entry.kind)))
}

fn array(value: Option<Value>, pointer: &str) -> Result<Vec<Value>, OAuthError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(OAuthError::invalid_request("This must be a list of tables.").at(pointer)),
    }
}

fn object(value: Value, pointer: &str) -> Result<Map<String, Value>, OAuthError> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(OAuthError::invalid_request("This must be a table.").at(pointer)),
    }
}
