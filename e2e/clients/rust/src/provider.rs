//! The provider as the library discovers it, with the endpoints that its own types leave to the
//! application, and a client that registers there.

use openidconnect::core::{
    CoreApplicationType, CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreRegisterErrorResponseType, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
};
use openidconnect::registration::{
    AdditionalClientMetadata, ClientRegistrationRequest, EmptyAdditionalClientRegistrationResponse,
};
use openidconnect::{
    AdditionalProviderMetadata, DeviceAuthorizationUrl, EndSessionUrl, EndpointMaybeSet,
    EndpointSet, IntrospectionUrl, IssuerUrl, LogoutProviderMetadata, ProviderMetadata,
    RedirectUrl, ResponseTypes, RevocationUrl,
};
use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::{BYE, CALLBACK, Stage, Wrong};

pub type Tokens = CoreTokenResponse;
pub type Client = CoreClient<
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type Metadata = ProviderMetadata<
    LogoutProviderMetadata<Endpoints>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Registration = ClientRegistrationRequest<
    Members,
    EmptyAdditionalClientRegistrationResponse,
    CoreApplicationType,
    CoreClientAuthMethod,
    CoreRegisterErrorResponseType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// RFC 8414 §2, RFC 8628 §4.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Endpoints {
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: RevocationUrl,
    device_authorization_endpoint: DeviceAuthorizationUrl,
}

impl AdditionalProviderMetadata for Endpoints {}

/// RFC 7591 §2, OpenID Connect RP-Initiated Logout 1.0 §3.1.
#[derive(Debug, Deserialize, Serialize)]
struct Members {
    scope: String,
    post_logout_redirect_uris: Vec<String>,
}

impl AdditionalClientMetadata for Members {}

pub struct Provider(Metadata);

impl Provider {
    pub fn discovered(stage: &Stage, http: &Agent) -> Result<Self, Wrong> {
        Ok(Self(Metadata::discover(&IssuerUrl::new(stage.url.clone())?, http)?))
    }

    pub fn end_session_endpoint(&self) -> EndSessionUrl {
        let endpoint = &self.0.additional_metadata().end_session_endpoint;
        endpoint.clone().expect("an end_session_endpoint")
    }

    pub fn registered(&self, http: &Agent) -> Result<Client, Wrong> {
        let members = Members {
            scope: "openid email offline_access".to_owned(),
            post_logout_redirect_uris: vec![BYE.to_owned()],
        };
        let callback = RedirectUrl::new(CALLBACK.to_owned())?;
        let grants = [
            CoreGrantType::AuthorizationCode,
            CoreGrantType::RefreshToken,
            CoreGrantType::DeviceCode,
        ];
        let made = Registration::new(vec![callback.clone()], members)
            .set_grant_types(Some(grants.into()))
            .set_response_types(Some(vec![ResponseTypes::new(vec![CoreResponseType::Code])]))
            .register(self.0.registration_endpoint().ok_or("no registration_endpoint")?, http)?;
        let endpoints = &self.0.additional_metadata().additional_metadata;
        let secret = made.client_secret().cloned();
        Ok(CoreClient::from_provider_metadata(self.0.clone(), made.client_id().clone(), secret)
            .set_redirect_uri(callback)
            .set_introspection_url(endpoints.introspection_endpoint.clone())
            .set_revocation_url(endpoints.revocation_endpoint.clone())
            .set_device_authorization_url(endpoints.device_authorization_endpoint.clone()))
    }
}
