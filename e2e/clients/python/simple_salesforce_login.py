"""simple-salesforce: login by JWT, client credentials and password, then what it can ask with the session."""

import re
import warnings
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceRefusedRequest,
)

import check

# Where it logs in, sandboxes included, and an organization's own domain.
DOMAINS = ["login", "test", "acme.my"]


class Elsewhere(HTTPAdapter):
    """The library writes a host into every login: here that host is the server under test."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def send(self, request, **options):
        host = urlsplit(request.url)
        request.url = self.url + request.url.removeprefix(f"{host.scheme}://{host.netloc}")
        return super().send(request, **options)


def session(stage):
    made = requests.Session()
    for domain in DOMAINS:
        made.mount(f"https://{domain}.salesforce.com", Elsewhere(stage["url"]))
    return made


def by_jwt(stage, **other):
    keys = {
        "username": stage["username"],
        "consumer_key": stage["client_id"],
        "privatekey": stage["private_key"],
    }
    return Salesforce(session=session(stage), **{**keys, **other})


def by_client_credentials(stage):
    keys = {"consumer_key": stage["client_id"], "consumer_secret": stage["client_secret"]}
    return Salesforce(session=session(stage), domain="acme.my", **keys)


def by_password(stage, **other):
    keys = {
        "username": stage["username"],
        "password": stage["password"],
        "consumer_key": stage["client_id"],
        "consumer_secret": stage["client_secret"],
    }
    return Salesforce(session=session(stage), **{**keys, **other})


def introspected(stage, sf):
    """Everything in the query of a POST whose body is empty, said to be JSON, beside a Bearer."""
    parameters = {
        "token": sf.session_id,
        "token_type_hint": "access_token",
        "client_id": stage["client_id"],
        "client_secret": stage["client_secret"],
    }
    return sf.oauth2("introspect", params=parameters, method="POST")


def used(stage, the, how, sf):
    the.holds(f"{how}: session", re.fullmatch(r"00D\w{12}![\w.]+", sf.session_id), sf.session_id)
    the.same(f"{how}: instance", sf.sf_instance, stage["url"].removeprefix("https://"))
    user = sf.oauth2("userinfo")
    the.same(f"{how}: userinfo", user["preferred_username"], stage["username"])
    identity = f"{stage['url']}/id/{user['organization_id']}/{user['user_id']}"
    the.same(f"{how}: sub", user["sub"], identity)
    answer = sf.session.get(identity, headers=sf.headers, params={"format": "json"})
    the.same(f"{how}: identity", answer.status_code, 200)
    the.same(f"{how}: identity's user", answer.json()["username"], stage["username"])
    told = introspected(stage, sf)
    the.same(f"{how}: active", told["active"], True)
    the.same(f"{how}: introspected sub", told.get("sub"), identity)


def revoked(stage, the, sf):
    sf.oauth2("revoke", params={"token": sf.session_id}, method="POST")
    the.same("revoked: introspection", dict(introspected(stage, sf)), {"active": False})
    what = "revoked: userinfo"
    raised = the.raises(what, SalesforceRefusedRequest, lambda: sf.oauth2("userinfo"))
    if raised:
        the.same(what, raised.content, "Bad_OAuth_Token")


def refused(the, what, code, message, act):
    raised = the.raises(what, SalesforceAuthenticationFailed, act)
    if raised:
        the.same(what, (raised.code, raised.auth_message), (code, message))


def story(stage, the):
    used(stage, the, "JWT", by_jwt(stage))
    # `https://test.salesforce.com` is then its audience, too.
    used(stage, the, "JWT of a sandbox", by_jwt(stage, domain="test"))
    sf = by_client_credentials(stage)
    the.same("client credentials", introspected(stage, sf)["active"], True)
    sf = by_password(stage)
    used(stage, the, "password", sf)
    revoked(stage, the, sf)
    unknown = ("invalid_client_id", "client identifier invalid")
    refused(the, "unknown client", *unknown, lambda: by_password(stage, consumer_key="nobody"))
    wrong = ("invalid_client", "invalid client credentials")
    refused(the, "wrong secret", *wrong, lambda: by_password(stage, consumer_secret="wrong"))
    denied = ("invalid_grant", "authentication failure")
    refused(the, "wrong password", *denied, lambda: by_password(stage, password="wrong"))
    unapproved = ("invalid_grant", "user hasn't approved this consumer")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        refused(
            the,
            "without approval",
            *unapproved,
            lambda: by_jwt(stage, consumer_key=stage["unapproved_client_id"]),
        )
    told = [str(one.message) for one in warned if "authorize this" in str(one.message)]
    the.holds("without approval: the library knows the text", told)


check.run(story)
