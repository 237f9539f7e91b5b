//! Whose logo is there, and whose is not.

use super::LogoRequest;
use crate::{
    error::ErrorCode,
    model::{Body, Client, Logo},
    testing::{FOO, Scene},
};

fn logo(scene: &mut Scene, client_id: &str) -> Result<&'static str, ErrorCode> {
    let ran = scene.act(&LogoRequest::Client { client_id: client_id.to_owned() });
    ran.reply.map(|image| image.content_type).map_err(|error| error.code)
}

fn with_logo(uri: &'static str) -> impl FnOnce(&mut Client) {
    move |client| client.metadata.logo_uri = Some(uri.to_owned())
}

#[test]
fn a_logo_is_what_was_fetched_and_nothing_else() {
    let mut scene = Scene::new();
    assert_eq!(scene.tenant.name(), FOO);
    assert_eq!(logo(&mut scene, "web"), Err(ErrorCode::NotFound));
    assert_eq!(logo(&mut scene, "nobody"), Err(ErrorCode::NotFound));
    scene.client("web", with_logo("https://client.example/logo"));
    assert_eq!(logo(&mut scene, "web"), Ok("image/png"));
    scene.disable("web");
    assert_eq!(logo(&mut scene, "web"), Err(ErrorCode::NotFound));
}

#[test]
fn a_logo_that_does_not_come_is_none() {
    let mut scene = Scene::new();
    scene.client("web", with_logo("https://elsewhere.example/logo"));
    assert_eq!(logo(&mut scene, "web"), Err(ErrorCode::NotFound));
}

#[test]
fn a_tenants_logo_is_what_was_declared() {
    let mut scene = Scene::new();
    let tenants = |scene: &mut Scene| scene.act(&LogoRequest::Tenant).reply;
    assert_eq!(tenants(&mut scene).map(drop).unwrap_err().code, ErrorCode::NotFound);
    scene.edit(FOO, |object| {
        let Body::Tenant(tenant) = &mut object.body else { panic!("no tenant") };
        let (content_type, data) = ("image/webp".to_owned(), "AQI=".to_owned());
        tenant.look.logo = Some(Logo { content_type, data });
    });
    let logo = tenants(&mut scene).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((logo.content_type, logo.bytes.as_slice()), ("image/webp", &[1, 2][..]));
}
