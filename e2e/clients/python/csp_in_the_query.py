"""A client of VMware Cloud Services that puts everything into the query, as pyvmc and others do."""

import base64
import json

import check
import requests

BASE = "/csp/gateway/am/api"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
ERROR = {"cspErrorCode", "errorCode", "message", "moduleCode", "requestId", "statusCode"}


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


class Client:
    def __init__(self, stage):
        self.url = stage["url"] + BASE
        self.session = requests.Session()

    def post(self, path, **how):
        return self.session.post(self.url + path, **how)

    def get(self, path, token):
        return self.session.get(self.url + path, headers={"Authorization": f"Bearer {token}"})


def access(the, what, answer, stage):
    the.same(f"{what}: status", answer.status_code, 200)
    if answer.status_code != 200:
        the.holds(f"{what}: body", False, answer.text)
        return None
    reply = answer.json()
    the.same(f"{what}: token_type", reply.get("token_type"), "bearer")
    the.same(f"{what}: expires_in", reply.get("expires_in"), 1799)
    the.same(f"{what}: refresh_token", reply.get("refresh_token"), stage["api_token"])
    said = claims(reply["access_token"])
    # `azp` is not among them: nobody but the user stands behind an API token here.
    for name in "sub username domain context iss perms context_name acct jti".split():
        the.holds(f"{what}: claim {name}", name in said, sorted(said))
    the.same(f"{what}: lifetime", said["exp"] - said["iat"], 1800)
    return reply["access_token"]


def by_api_token(client, the, stage):
    key = stage["api_token"]
    authorize = "/auth/api-tokens/authorize"
    shapes = [
        ("api_token, form", {"params": {"api_token": key}, "headers": FORM}),
        ("refresh_token, bare", {"params": {"refresh_token": key}}),
        ("refresh_token, JSON", {"params": {"refresh_token": key}, "headers": JSON}),
        (
            "refresh_token, twice",
            {"params": {"refresh_token": key}, "json": {"refresh_token": key}},
        ),
        ("api_token beside grant_type", {
            "params": {"grant_type": "refresh_token", "refresh_token": key},
        }),
    ]
    token = None
    for what, how in shapes:
        token = access(the, what, client.post(authorize, **how), stage) or token
    answer = client.get("/userinfo", token)
    the.same("userinfo", answer.status_code, 200)
    user = answer.json()
    the.same("userinfo: username", user["username"], stage["username"].split("@")[0])
    the.same("userinfo: context_name", user["context_name"], claims(token)["context_name"])
    return claims(token)


def refused(client, the):
    what = "expired or unknown token"
    answer = client.post("/auth/api-tokens/authorize", params={"refresh_token": "unknown"})
    the.same(f"{what}: status", answer.status_code, 400)
    the.same(f"{what}: members", set(answer.json()), ERROR)
    message = answer.json()["message"]
    the.holds(f"{what}: message", "invalid_grant: Invalid refresh token" in message, message)
    the.same(f"{what}: statusCode", answer.json()["statusCode"], 400)


def introspected(client, the, stage, said):
    who = (stage["csp_client_id"], stage["csp_client_secret"])
    answer = client.post(
        "/auth/introspect", params={"token": stage["api_token"]}, headers=FORM, auth=who
    )
    the.same("introspection: status", answer.status_code, 200)
    reply = answer.json()
    members = ["active", "exp", "iat", "orgId", "sub", "token_type"]
    the.same("introspection: members", list(reply), members)
    the.same("introspection: active", reply["active"], True)
    the.same("introspection: orgId", reply.get("orgId"), said["context_name"])
    the.holds("introspection: exp", reply.get("exp", 0) > reply.get("iat", 0), answer.text)


def introspected_by_a_public_client(client, the, stage):
    who = (stage["csp_public_client_id"], "")
    token = stage["csp_public_refresh_token"]
    answer = client.post("/auth/introspect", params={"token": token}, headers=FORM, auth=who)
    the.same("public client: status", answer.status_code, 200)
    the.same("public client: active", answer.json().get("active"), True)
    # Refresh tokens only; and this one is nothing to this client.
    answer = client.post("/auth/introspect", params={"token": "other"}, headers=FORM, auth=who)
    the.same("public client: another token", answer.text, '{"active":false}')


def by_client_credentials(client, the, stage):
    who = (stage["csp_client_id"], stage["csp_client_secret"])
    asked = {"grant_type": "client_credentials"}
    for what, how in [
        ("client credentials in the body", {"data": asked, "headers": FORM}),
        ("client credentials in the query", {"params": asked, "headers": FORM}),
    ]:
        for path in ("/auth/authorize", "/auth/token"):
            answer = client.post(path, auth=who, **how)
            the.same(f"{what}, {path}: status", answer.status_code, 200)
            said = claims(answer.json()["access_token"])
            the.same(f"{what}, {path}: azp", said["azp"], stage["csp_client_id"])
            # How such a client sees a failure: the member is there or not.
            the.holds(f"{what}, {path}: error", "cspErrorCode" not in answer.json())
    wrong = client.post("/auth/token", auth=(stage["csp_client_id"], "wrong"), data=asked)
    the.holds("wrong secret: error", "cspErrorCode" in wrong.json(), wrong.text)
    the.holds("wrong secret: status", wrong.status_code >= 400, str(wrong.status_code))


def story(stage, the):
    client = Client(stage)
    said = by_api_token(client, the, stage)
    refused(client, the)
    introspected(client, the, stage, said)
    introspected_by_a_public_client(client, the, stage)
    by_client_credentials(client, the, stage)


check.run(story)
