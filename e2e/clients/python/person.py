"""A person at a browser without script: one cookie jar, the form of each page, and its buttons."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

# The server and the clients that run here; any other host is only where the browser was sent.
HERE = "127.0.0.1"
STEPS_MAX = 10


class Form(HTMLParser):
    """The first form of a page: what it carries along, what is to be filled in, what can be pressed."""

    def __init__(self, page):
        super().__init__()
        self.carried, self.blanks, self.buttons, self.action = {}, set(), set(), ""
        self.begun = self.ended = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag == "form" and not self.begun:
            self.begun, self.action = True, named.get("action", "")
        if not self.begun or self.ended:
            return
        if tag == "input" and named.get("type") == "hidden":
            self.carried[named["name"]] = named.get("value", "")
        elif tag == "input":
            self.blanks.add(named.get("name"))
        elif tag == "button" and named.get("name"):
            self.buttons.add((named["name"], named.get("value", "")))

    def handle_endtag(self, tag):
        self.ended = self.ended or tag == "form" and self.begun


class Person:
    def __init__(self, stage):
        self.username, self.password = stage["username"], stage["password"]
        self.browser = requests.Session()
        self.seen = []
        # Every place that the browser was sent to.
        self.way = []

    def opens(self, url):
        """Where the browser ends up: a page that is here, or the address elsewhere."""
        return self._followed(self.browser.get(url, allow_redirects=False))

    def presses(self, page, action, **filled):
        """Sends the page's form, if it has that button and these blanks."""
        form = Form(page.text)
        if ("action", action) not in form.buttons or not filled.keys() <= form.blanks:
            raise SystemExit(f"{page.url} has no {action}, or not all of {list(filled)}:\n{page.text}")
        values = {**form.carried, **filled, "action": action}
        answer = self.browser.post(
            urljoin(page.url, form.action), data=values, allow_redirects=False
        )
        return self._followed(answer)

    def signs_in(self, page):
        self.seen.append("sign-in")
        return self.presses(page, "login", username=self.username, password=self.password)

    def consents(self, page, action="allow"):
        self.seen.append("consent")
        return self.presses(page, action)

    def authorizes(self, url, consent="allow"):
        """Goes through what the server asks, if it asks; `seen` tells what it was."""
        self.seen.clear()
        place = self.opens(url)
        if shows(place, "password"):
            place = self.signs_in(place)
        if shows(place, f"consent-{consent}"):
            place = self.consents(place, consent)
        return place

    def _followed(self, answer):
        for _ in range(STEPS_MAX):
            if answer.status_code not in (302, 303):
                return answer
            place = urljoin(answer.url, answer.headers["Location"])
            self.way.append(place)
            if urlsplit(place).hostname != HERE:
                return place
            answer = self.browser.get(place, allow_redirects=False)
        raise SystemExit(f"sent on and on, at last to {answer.url}")


def shows(place, id):
    return not isinstance(place, str) and f'id="{id}"' in place.text


def told(place):
    """The parameters of an authorization response: of the query, or of the fragment."""
    if not isinstance(place, str):
        raise SystemExit(f"the browser was not sent back: {place.status_code}\n{place.text}")
    parts = urlsplit(place)
    return dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
