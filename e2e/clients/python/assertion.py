"""The JWT that a connected app signs for the JWT bearer flow."""

import time

import jwt


def sign(stage, **claims):
    standard = {
        "iss": stage["client_id"],
        "sub": stage["username"],
        "aud": "https://login.salesforce.com",
        "exp": str(int(time.time()) + 180),
    }
    return jwt.encode({**standard, **claims}, stage["private_key"], algorithm="RS256")
