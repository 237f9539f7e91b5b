"""Authlib: registration, code flow with PKCE, hybrid flow, refresh, userinfo, introspection, revocation."""

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken, HybridIDToken, UserInfo
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

import check
from person import Person, shows, told

CALLBACK = "https://app.example/cb"
SCOPE = "openid profile email offline_access"


class Provider:
    def __init__(self, stage):
        url = f"{stage['url']}/.well-known/openid-configuration"
        self.metadata = requests.get(url).json()
        self.keys = None

    def __getitem__(self, name):
        return self.metadata[name]

    def registers(self, **members):
        wanted = {
            "client_name": "Authlib's story",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": SCOPE,
            **members,
        }
        answer = requests.post(self["registration_endpoint"], json=wanted)
        if answer.status_code != 201:
            raise SystemExit(f"registration: {answer.status_code} {answer.text}")
        return answer.json()

    def decoded(self, token, registry):
        """As the library's integrations do: keys are fetched when needed, and for an unknown one again."""
        try:
            return jwt.decode(token, self.keys or self.fetched(), registry=registry)
        except InvalidKeyIdError:
            return jwt.decode(token, self.fetched(), registry=registry)

    def fetched(self):
        self.keys = KeySet.import_key_set(requests.get(self["jwks_uri"]).json())
        return self.keys

    def id_token(self, session, token, nonce, kind=CodeIDToken, **bound):
        """Its claims, as the library validates them."""
        algorithms = [
            name for name in self["id_token_signing_alg_values_supported"] if name != "none"
        ]
        decoded = self.decoded(token, JWSRegistry(algorithms=algorithms))
        expected = {"iss": {"essential": True, "value": self["issuer"]}}
        expected["aud"] = {"essential": True, "value": session.client_id}
        bound = {"nonce": nonce, "client_id": session.client_id, "max_age": 600, **bound}
        claims = kind(decoded.claims, decoded.header, expected, bound)
        claims.validate()
        return claims


class Authorized:
    """A session after the code flow, with all that was checked on the way."""

    def __init__(self, the, how, provider, person, session):
        self.the, self.how, self.provider, self.session = the, how, provider, session
        self.verifier, self.nonce = generate_token(48), generate_token(20)
        url, state = session.create_authorization_url(
            provider["authorization_endpoint"],
            code_verifier=self.verifier,
            nonce=self.nonce,
            max_age=600,
        )
        the.holds(f"{how}: PKCE", "code_challenge_method=S256" in url, url)
        self.place = person.authorizes(url)
        self.seen = list(person.seen)
        the.same(f"{how}: iss", told(self.place).get("iss"), provider["issuer"])
        self.token = session.fetch_token(
            provider["token_endpoint"],
            authorization_response=self.place,
            state=state,
            code_verifier=self.verifier,
        )
        self.claims = provider.id_token(
            session, self.token["id_token"], self.nonce, access_token=self.token["access_token"]
        )
        the.holds(f"{how}: at_hash", self.claims.get("at_hash"), self.claims)

    def introspected(self, token, hint="access_token"):
        answer = self.session.introspect_token(
            self.provider["introspection_endpoint"], token=token, token_type_hint=hint
        )
        self.the.same(f"{self.how}: introspection", answer.status_code, 200)
        return answer.json()

    def revoke(self, token, hint):
        answer = self.session.revoke_token(
            self.provider["revocation_endpoint"], token=token, token_type_hint=hint
        )
        self.the.same(f"{self.how}: revocation of {hint}", answer.status_code, 200)

    def exchanged_again(self):
        self.session.fetch_token(
            self.provider["token_endpoint"],
            authorization_response=self.place,
            code_verifier=self.verifier,
        )


def used(authorized, stage):
    the, how, token = authorized.the, authorized.how, authorized.token
    answer = authorized.session.get(authorized.provider["userinfo_endpoint"])
    user = UserInfo(answer.json())
    the.same(f"{how}: userinfo's sub", user.sub, authorized.claims["sub"])
    the.same(f"{how}: userinfo's email", user.email, stage["email"])
    seen = authorized.introspected(token["access_token"])
    the.same(f"{how}: active", seen["active"], True)
    the.same(f"{how}: introspected sub", seen["sub"], authorized.claims["sub"])
    the.same(f"{how}: introspected client", seen["client_id"], authorized.session.client_id)
    the.same(f"{how}: introspected scope", set(seen["scope"].split()), set(SCOPE.split()))


def refreshed(authorized):
    the, how, before = authorized.the, authorized.how, dict(authorized.token)
    after = authorized.session.refresh_token(authorized.provider["token_endpoint"])
    for name in ["access_token", "refresh_token"]:
        the.holds(f"{how}: another {name}", after[name] != before[name])
    # OpenID Connect Core 1.0 §12.2: the same sub, and the time of the sign-in, not of the refresh.
    again = authorized.provider.id_token(authorized.session, after["id_token"], None)
    for name in ["iss", "sub", "aud", "auth_time"]:
        the.same(f"{how}: {name} after refresh", again[name], authorized.claims[name])
    return after


def revoked(authorized, token):
    the, how = authorized.the, authorized.how
    authorized.revoke(token["access_token"], "access_token")
    seen = authorized.introspected(token["access_token"])
    the.same(f"{how}: revoked access token", seen, {"active": False})
    answer = authorized.session.get(authorized.provider["userinfo_endpoint"])
    the.same(f"{how}: userinfo with it", answer.status_code, 401)
    challenge = answer.headers.get("WWW-Authenticate", "")
    the.holds(f"{how}: challenge", 'error="invalid_token"' in challenge, challenge)
    seen = authorized.introspected(token["refresh_token"], "refresh_token")
    the.same(f"{how}: its refresh token lives on", seen["active"], True)
    authorized.revoke(token["refresh_token"], "refresh_token")
    seen = authorized.introspected(token["refresh_token"], "refresh_token")
    the.same(f"{how}: revoked refresh token", seen, {"active": False})
    refresh = lambda: authorized.session.refresh_token(authorized.provider["token_endpoint"])
    refused(the, f"{how}: refresh with it", "invalid_grant", refresh)


def refused(the, what, error, act):
    raised = the.raises(what, OAuthError, act)
    if raised:
        the.same(what, raised.error, error)


def with_a_secret(stage, the, provider, person):
    client = provider.registers()
    session = lambda: OAuth2Session(
        client["client_id"],
        client["client_secret"],
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    authorized = Authorized(the, "secret", provider, person, session())
    the.same("secret: the person's pages", authorized.seen, ["sign-in", "consent"])
    used(authorized, stage)
    revoked(authorized, refreshed(authorized))
    again = Authorized(the, "signed in", provider, person, session())
    # Whether offline access asks for consent anew is the server's; a password it must not ask for.
    the.holds("signed in: no password", "sign-in" not in again.seen, again.seen)
    the.same("signed in: sub", again.claims["sub"], authorized.claims["sub"])
    refused(the, "a code used twice", "invalid_grant", again.exchanged_again)
    # RFC 6749 §4.1.2: and what the code gave is revoked.
    seen = again.introspected(again.token["access_token"])
    the.same("a code used twice: its token", seen, {"active": False})
    verified(the, provider, person, session())
    denied(the, provider, person, session())


def verified(the, provider, person, session):
    url, _ = session.create_authorization_url(
        provider["authorization_endpoint"], code_verifier=generate_token(48)
    )
    place = person.authorizes(url)
    exchange = lambda: session.fetch_token(
        provider["token_endpoint"],
        authorization_response=place,
        code_verifier=generate_token(48),
    )
    refused(the, "another verifier", "invalid_grant", exchange)


def denied(the, provider, person, session):
    url, state = session.create_authorization_url(
        provider["authorization_endpoint"], code_verifier=generate_token(48), prompt="consent"
    )
    answer = told(person.authorizes(url, consent="deny"))
    the.same("denied: pages", person.seen, ["consent"])
    found = {name: answer.get(name) for name in ["error", "state", "iss", "code"]}
    wanted = {"error": "access_denied", "state": state, "iss": provider["issuer"], "code": None}
    the.same("denied", found, wanted)
    url, _ = session.create_authorization_url(
        provider["authorization_endpoint"], code_verifier=generate_token(48), prompt="none"
    )
    stranger = Person({"username": "", "password": ""})
    the.same("nobody there", told(stranger.opens(url)).get("error"), "login_required")


def with_a_key(stage, the, provider, person):
    key = ECKey.generate_key("P-256", {"kid": "1", "use": "sig", "alg": "ES256"})
    client = provider.registers(
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
        jwks={"keys": [key.as_dict(private=False)]},
        id_token_signed_response_alg="ES256",
    )
    session = OAuth2Session(
        client["client_id"],
        key,
        token_endpoint_auth_method="private_key_jwt",
        revocation_endpoint_auth_method="private_key_jwt",
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    # The library calls it the token endpoint; what an assertion is for is the issuer (RFC 7523bis §3).
    session.register_client_auth_method(PrivateKeyJWT(provider["issuer"], alg="ES256"))
    authorized = Authorized(the, "key", provider, person, session)
    the.same("key: alg", authorized.claims.header["alg"], "ES256")
    used(authorized, stage)
    revoked(authorized, refreshed(authorized))
    exchange = lambda: session.fetch_token(provider["token_endpoint"], code="unknown")
    refused(the, "an unknown code", "invalid_grant", exchange)
    session.register_client_auth_method(PrivateKeyJWT("https://other.example", alg="ES256"))
    refused(the, "an assertion for another server", "invalid_client", exchange)
    session.register_client_auth_method(PrivateKeyJWT(provider["issuer"], alg="ES256"))
    session.client_secret = ECKey.generate_key("P-256", {"kid": "1"})
    refused(the, "another key", "invalid_client", exchange)


def hybrid(the, provider, person):
    kinds = ["code id_token", "code id_token token"]
    client = provider.registers(
        grant_types=["authorization_code", "implicit"], response_types=kinds
    )
    session = OAuth2Session(
        client["client_id"], client["client_secret"], scope="openid", redirect_uri=CALLBACK
    )
    for kind in kinds:
        nonce = generate_token(20)
        url, state = session.create_authorization_url(
            provider["authorization_endpoint"], response_type=kind, nonce=nonce
        )
        place = person.authorizes(url)
        answer = told(place)
        the.holds(f"{kind}: in the fragment", place.startswith(f"{CALLBACK}#"), place)
        the.same(f"{kind}: state", answer["state"], state)
        the.same(f"{kind}: a token", "access_token" in answer, "token" in kind.split())
        bound = {name: answer[name] for name in ["code", "access_token"] if name in answer}
        front = provider.id_token(
            session, answer["id_token"], nonce, HybridIDToken, max_age=None, **bound
        )
        token = session.fetch_token(provider["token_endpoint"], code=answer["code"])
        back = provider.id_token(session, token["id_token"], nonce, max_age=None)
        for name in ["iss", "sub"]:
            the.same(f"{kind}: {name} of both", back[name], front[name])


def story(stage, the):
    provider = Provider(stage)
    the.same("issuer", provider["issuer"], stage["url"])
    person = Person(stage)
    with_a_secret(stage, the, provider, person)
    with_a_key(stage, the, provider, person)
    hybrid(the, provider, person)
    wrong = Person({**stage, "password": "not it"})
    client = provider.registers()
    session = OAuth2Session(client["client_id"], scope="openid", redirect_uri=CALLBACK)
    url, _ = session.create_authorization_url(provider["authorization_endpoint"])
    the.holds("a wrong password", shows(wrong.authorizes(url), "password"))


check.run(story)
