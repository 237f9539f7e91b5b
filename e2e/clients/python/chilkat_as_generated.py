"""The Chilkat programs with nothing but their host: blanks as the pages' generator left them."""

import check
import page


def refused(stage, the, name, status, errors, blanks=()):
    ran = page.run(stage, name, blanks)
    the.same(f"{name}: status", ran.status, status)
    # What is no JSON reads as an object without members, which would pass for inactive.
    error = ran["jResp"].StringOf("error")
    the.holds(f"{name}: error", error in errors, f"{error!r} of {ran.output}")
    the.holds(f"{name}: description", ran["jResp"].HasMember("error_description"), ran.output)
    the.holds(f"{name}: the program stops", ran.stopped and "Failed." in ran.output, ran.output)


def story(stage, the):
    # Token, client and secret are each the text `{}`.
    refused(stage, the, "introspection.py", 400, ["invalid_client_id"])
    refused(stage, the, "jwt_bearer.py", 400, ["invalid_grant", "invalid_request"])
    # The registration page's token is the text `{{init_access_token}}`. The library takes what begins
    # with a brace for a description of how to get a token, and sends nothing.
    ran = page.run(stage, "registration.py", [])
    the.holds("registration.py: sends nothing", ran.status is None, ran.output)
    the.holds("registration.py: why", "get_access_token_using_client_credentials" in ran.output)


check.run(story)
