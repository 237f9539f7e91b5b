"""mod_auth_openidc: people sign in and out of what Apache protects, and it asks about every token."""

import time
from urllib.parse import quote

import requests

import check
from person import Person, shows

NOTIFIED_SECONDS_MAX = 20


class Site:
    def __init__(self, stage, the):
        self.stage, self.the = stage, the
        self.app, self.api = f"{stage['apache']}/app/", f"{stage['apache']}/api/"

    def signed_in(self, what):
        person = Person(self.stage)
        page = person.authorizes(self.app)
        self.the.same(f"{what}: status", page.status_code, 200)
        self.the.same(f"{what}: page", (page.url, page.text), (self.app, "protected\n"))
        return person, page

    def knows(self, person):
        """Whether the browser is let in, without a detour to the server."""
        answer = person.browser.get(self.app, allow_redirects=False)
        if answer.status_code == 302:
            self.the.holds("sent to sign in", self.asks(answer), answer.headers["Location"])
        return answer.status_code == 200

    def asks(self, answer):
        return answer.headers["Location"].startswith(f"{self.stage['url']}/oauth2/authorize?")

    def reads(self, token):
        return requests.get(self.api, headers={"Authorization": f"Bearer {token}"})


def signing_in(site):
    the, stage = site.the, site.stage
    person, page = site.signed_in("sign-in")
    the.same("pages", person.seen, ["sign-in", "consent"])
    asked = [place for place in person.way if "/oauth2/authorize?" in place]
    the.holds("PKCE", "code_challenge_method=S256" in asked[0], asked)
    the.same("REMOTE_USER", page.headers["X-Remote-User"], stage["username"])
    the.same("a claim of userinfo", page.headers["X-Email"], stage["email"])
    the.holds("let in again", site.knows(person))
    return person, page


def signing_out(site, person):
    """At the relying party, which ends the session of the server, too."""
    the, bye = site.the, f"{site.stage['apache']}/bye.html"
    page = person.opens(f"{site.app}callback?logout={quote(bye, safe='')}")
    if shows(page, "logout-confirm"):
        page = person.presses(page, "logout")
    the.same("sign-out: where to", (page.status_code, page.url), (200, bye))
    ended = [place for place in person.way if "/oauth2/logout?" in place]
    the.holds("sign-out: asked by the session's ID token", "id_token_hint=" in ended[0], ended)
    the.holds("sign-out: the relying party's session", not site.knows(person))
    the.holds("sign-out: the server's session", shows(person.opens(site.app), "password"))


def notified(site):
    """At the server, which tells the relying party by the back channel."""
    the = site.the
    (person, _), (other, _) = site.signed_in("one browser"), site.signed_in("another browser")
    the.holds("before", site.knows(person) and site.knows(other))
    page = person.opens(f"{site.stage['url']}/oauth2/logout")
    the.holds("the server asks first", shows(page, "logout-confirm"), page.text)
    the.holds("only asked", site.knows(person))
    person.presses(page, "logout")
    deadline = time.monotonic() + NOTIFIED_SECONDS_MAX
    while site.knows(person) and time.monotonic() < deadline:
        time.sleep(0.1)
    the.holds("the session has ended by the back channel", not site.knows(person))
    # The logout token names the session, not all of the user's.
    the.holds("the other browser's has not", site.knows(other))


def reading(site, token, subject):
    the, client = site.the, (site.stage["client_id"], site.stage["client_secret"])
    for what, answer in [
        ("no token", requests.get(site.api)),
        ("unknown token", site.reads("vat_unknown")),
        ("altered token", site.reads(token[:-1] + ("A" if token[-1] != "A" else "B"))),
    ]:
        the.same(f"{what}: status", answer.status_code, 401)
        challenge = answer.headers.get("WWW-Authenticate", "")
        the.holds(f"{what}: challenge", challenge.startswith("Bearer"), challenge)
    for _ in range(2):
        answer = site.reads(token)
        the.same("with a token", (answer.status_code, answer.text), (200, "protected\n"))
        the.same("REMOTE_USER of the token", answer.headers["X-Remote-User"], subject)
    narrow = requests.post(
        f"{site.stage['url']}/oauth2/token",
        auth=client,
        data={"grant_type": "client_credentials", "scope": "orders:read"},
    ).json()["access_token"]
    challenge = site.reads(narrow).headers.get("WWW-Authenticate", "")
    the.holds("another scope", 'error="insufficient_scope"' in challenge, challenge)
    answer = requests.post(
        f"{site.stage['url']}/oauth2/revoke", auth=client, data={"token": token}
    )
    the.same("revocation", answer.status_code, 200)
    the.same("with the revoked token", site.reads(token).status_code, 401)


def story(stage, the):
    site = Site(stage, the)
    person, page = signing_in(site)
    reading(site, page.headers["X-Access-Token"], page.headers["X-Subject"])
    signing_out(site, person)
    notified(site)


check.run(story)
