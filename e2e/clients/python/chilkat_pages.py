"""The three Chilkat programs with only the host and the blanks filled in, one after the other."""

import re

import assertion
import check
import page


def jwt_bearer(stage, the):
    ran = page.run(
        stage,
        "jwt_bearer.py",
        [('"assertion",""', f'"assertion","{assertion.sign(stage)}"')],
    )
    the.same("JWT bearer: status", ran.status, 200)
    wanted = ["access_token", "scope", "instance_url", "id", "token_type"]
    the.same("JWT bearer: members", ran.members, wanted)
    token = ran["access_token"]
    the.holds("JWT bearer: access_token", re.fullmatch(r"00D\w{12}![\w.]+", token), token)
    the.same("JWT bearer: scope", set(ran["scope"].split()), set(stage["scope"].split()))
    the.holds("JWT bearer: instance_url", ran["instance_url"].startswith("https://"), ran.output)
    identity = re.escape(stage["url"]) + r"/id/00D\w{15}/005\w{15}"
    the.holds("JWT bearer: id", re.fullmatch(identity, ran["id"]), ran["id"])
    the.same("JWT bearer: token_type", ran["token_type"], "Bearer")
    return token, ran["id"]


def introspection(stage, the, token, identity):
    ran = page.run(
        stage,
        "introspection.py",
        [
            ("jsonParam1.Emit()", repr(token)),
            ("jsonParam3.Emit()", repr(stage["client_id"])),
            ("jsonParam4.Emit()", repr(stage["client_secret"])),
        ],
    )
    the.same("introspection: status", ran.status, 200)
    wanted = "active scope client_id username sub token_type exp iat nbf".split()
    the.same("introspection: members", ran.members, wanted)
    the.holds("introspection: active", ran["active"], ran.output)
    the.same("introspection: scope", set(ran["scope"].split()), set(stage["scope"].split()))
    the.same("introspection: client_id", ran["client_id"], stage["client_id"])
    the.same("introspection: username", ran["username"], stage["username"])
    the.same("introspection: sub", ran["v_sub"], identity)
    the.same("introspection: token_type", ran["token_type"], "access_token")
    the.holds("introspection: exp", ran["exp"] > ran["iat"] > 1_700_000_000, ran.output)
    the.same("introspection: nbf", ran["nbf"], ran["iat"])


def registration(stage, the):
    ran = page.run(
        stage, "registration.py", [("{{init_access_token}}", stage["init_access_token"])]
    )
    the.same("registration: status", ran.status, 201)
    wanted = (
        "client_id client_secret registration_access_token registration_client_uri"
        " client_id_issued_at client_secret_expires_at token_endpoint_auth_method redirect_uris"
        " response_types grant_types contacts client_name scopes"
    )
    the.same("registration: members", ran.members, wanted.split())
    for name in ("client_id", "client_secret", "registration_access_token"):
        the.holds(f"registration: {name}", len(ran[name]) > 10, repr(ran[name]))
    where = f"{stage['url']}/services/oauth2/register/{ran['client_id']}"
    the.same("registration: registration_client_uri", ran["registration_client_uri"], where)
    the.holds("registration: issued", ran["client_id_issued_at"] > 1_700_000_000, ran.output)
    the.same("registration: client_secret_expires_at", ran["client_secret_expires_at"], 0)
    method = ran["token_endpoint_auth_method"]
    the.same("registration: token_endpoint_auth_method", method, "client_secret_post")
    the.same("registration: client_name", ran["client_name"], "Example Olivier")
    for array, texts in [
        ("redirect_uris", ["http://localhost"]),
        ("response_types", ["code", "token", "id_token"]),
        ("grant_types", ["authorization_code", "hybrid_auth_code", "implicit", "refresh_token"]),
        ("contacts", ["abc@sf.com"]),
        ("scopes", ["openid", "refresh_token", "id", "api"]),
    ]:
        the.same(f"registration: {array}", ran.texts(array), texts)


def story(stage, the):
    token, identity = jwt_bearer(stage, the)
    introspection(stage, the, token, identity)
    registration(stage, the)


check.run(story)
