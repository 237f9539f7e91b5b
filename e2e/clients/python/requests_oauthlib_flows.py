"""requests-oauthlib: code flow with PKCE, automatic refresh, revocation, public clients, implicit flow."""

import requests
from oauthlib.oauth2 import (
    InvalidGrantError,
    MobileApplicationClient,
    OAuth2Error,
    UnauthorizedClientError,
)
from requests_oauthlib import OAuth2Session

import check
from person import Person, told

CALLBACK = "https://app.example/cb"
SCOPE = ["openid", "profile", "email", "offline_access"]


class Story:
    def __init__(self, stage, the, site=""):
        self.stage, self.the = stage, the
        # RFC 8414 §3.1: the path of an issuer comes after the well-known part.
        place = f"{stage['url']}/.well-known/oauth-authorization-server{site}"
        self.metadata = requests.get(place).json()
        the.same("issuer", self.metadata["issuer"], f"{stage['url']}{site}")
        self.person = Person(stage)

    def authorized(self, session, **parameters):
        url, state = session.authorization_url(self.metadata["authorization_endpoint"], **parameters)
        place = self.person.authorizes(url)
        self.the.same("state", told(place).get("state"), state)
        return place

    def exchanged(self, session, place, **keys):
        token = session.fetch_token(
            self.metadata["token_endpoint"], authorization_response=place, **keys
        )
        # The library warns of any other scope than it asked for.
        self.the.same("scope", token.scope_changed, False)
        return token

    def who(self, session):
        return session.get(self.metadata["userinfo_endpoint"])

    def signed_in(self, how, session):
        answer = self.who(session)
        self.the.same(f"{how}: userinfo", answer.status_code, 200)
        self.the.same(f"{how}: email", answer.json().get("email"), self.stage["email"])

    def turned_away(self, how, session):
        answer = self.who(session)
        self.the.same(f"{how}: userinfo", answer.status_code, 401)

    def refused(self, what, kind, act):
        self.the.raises(what, kind, act)

    def revoke(self, session, token, hint, auth):
        url, headers, body = session._client.prepare_token_revocation_request(
            self.metadata["revocation_endpoint"], token, token_type_hint=hint
        )
        answer = requests.post(url, headers=headers, data=body, auth=auth)
        self.the.same(f"revocation of {hint}", answer.status_code, 200)


def confidential(story):
    the, auth = story.the, ("web", story.stage["client_secret"])
    session = OAuth2Session("web", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
    place = story.authorized(session)
    the.same("secret: pages", story.person.seen, ["sign-in", "consent"])
    token = story.exchanged(session, place, client_secret=auth[1])
    story.signed_in("secret", session)
    again = lambda: session.fetch_token(
        story.metadata["token_endpoint"], authorization_response=place, client_secret=auth[1]
    )
    story.refused("a code used twice", InvalidGrantError, again)
    story.turned_away("a code used twice", session)
    session = OAuth2Session("web", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
    token = story.exchanged(session, story.authorized(session), client_secret=auth[1])
    renewing(story, token, auth)


def renewing(story, token, auth):
    """The library refreshes by itself what it holds to be expired."""
    the, kept = story.the, []
    session = OAuth2Session(
        "web",
        token={**token, "expires_in": -30, "expires_at": 1},
        auto_refresh_url=story.metadata["token_endpoint"],
        auto_refresh_kwargs={"client_id": auth[0], "client_secret": auth[1]},
        token_updater=kept.append,
    )
    story.signed_in("refreshed", session)
    the.same("refreshed: once", len(kept), 1)
    for name in ["access_token", "refresh_token"]:
        the.holds(f"refreshed: another {name}", kept[0][name] != token[name])
    story.revoke(session, kept[0]["refresh_token"], "refresh_token", auth)
    refresh = lambda: session.refresh_token(story.metadata["token_endpoint"])
    story.refused("refresh after revocation", InvalidGrantError, refresh)
    # RFC 7009 §2.1: the access tokens of the same grant go with it.
    story.turned_away("after revocation", session)


def public(story):
    session = OAuth2Session("native", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
    place = story.authorized(session)
    story.exchanged(session, place, include_client_id=True)
    story.signed_in("public", session)
    session.refresh_token(story.metadata["token_endpoint"], client_id="native")
    story.signed_in("public, refreshed", session)
    session = OAuth2Session("native", scope=SCOPE, redirect_uri=CALLBACK, pkce="S256")
    place = story.authorized(session)
    session._code_verifier = "another-" * 8
    exchange = lambda: story.exchanged(session, place, include_client_id=True)
    story.refused("another verifier", InvalidGrantError, exchange)
    session = OAuth2Session("native", scope=SCOPE, redirect_uri=CALLBACK)
    answer = told(story.authorized(session))
    story.the.same("public without PKCE", answer.get("error"), "invalid_request")


def implicit(story):
    session = script()
    place = story.authorized(session)
    story.the.holds("implicit: in the fragment", place.startswith(f"{CALLBACK}#"), place)
    token = session.token_from_fragment(place)
    story.the.same("implicit: members", "refresh_token" in token, False)
    story.signed_in("implicit", session)
    place = story.authorized(script())
    forged = lambda: session.token_from_fragment(place)
    story.refused("another session's state", ValueError, forged)


def no_implicit(story):
    session = script()
    place = story.authorized(session)
    # RFC 6749 §4.2.2.1: errors of this flow are in the fragment, too.
    story.the.holds("no implicit: in the fragment", place.startswith(f"{CALLBACK}#"), place)
    raised = story.the.raises(
        "no implicit", OAuth2Error, lambda: session.token_from_fragment(place)
    )
    if raised:
        known = ["unsupported_response_type", UnauthorizedClientError.error]
        story.the.holds("no implicit: error", raised.error in known, raised.error)


def script():
    return OAuth2Session(
        client=MobileApplicationClient("script"), scope=SCOPE[:3], redirect_uri=CALLBACK
    )


def story(stage, the):
    at_the_root = Story(stage, the)
    confidential(at_the_root)
    public(at_the_root)
    implicit(at_the_root)
    strict = Story(stage, the, "/t/strict")
    public(strict)
    no_implicit(strict)


check.run(story)
