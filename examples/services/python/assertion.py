# An upstream that verifies the assertion of each request. It needs Python 3.8 and PyJWT:
# pip install "pyjwt[crypto]", or the packages python3-jwt and python3-cryptography of Debian.
# python3 assertion.py
import json
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

API = "acme"
URL = os.environ.get("MIFTAH_JWKS", "http://127.0.0.1:4100/.well-known/miftah/jwks.json")
# How long keys are used, and how often they are read at most.
MAX_AGE_SECONDS = 600
PAUSE_SECONDS = float(os.environ.get("KEYS_PAUSE_SECONDS", "10"))
WAIT_SECONDS = int(os.environ.get("MIFTAH_WAIT_MS", "1000")) / 1000


class KeysUnavailable(Exception):
    pass


class Keys:
    """The public keys of Miftah by kid."""

    def __init__(self):
        self.keys = {}
        self.read_at = self.tried_at = -float("inf")
        self.lock = threading.Lock()

    def find(self, kid):
        """Returns the key or None. Raises KeysUnavailable if the keys are too old."""
        with self.lock:
            now = time.monotonic()
            is_needed = now - self.read_at > MAX_AGE_SECONDS or kid not in self.keys
            # The pause keeps forged assertions from calling Miftah for each request.
            if is_needed and now - self.tried_at >= PAUSE_SECONDS:
                self.tried_at = now
                try:
                    self.keys = read_keys()
                    self.read_at = now
                except Exception as error:
                    print("keys not read:", type(error).__name__, file=sys.stderr)
            if now - self.read_at > MAX_AGE_SECONDS:
                raise KeysUnavailable()
            return self.keys.get(kid)


def read_keys():
    request = urllib.request.Request(URL, headers={"Cache-Control": "no-cache"})
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as reply:
        found = json.load(reply)["keys"]
    usable = [each for each in found if (each.get("kty"), each.get("crv")) == ("OKP", "Ed25519")]
    return {each["kid"]: jwt.PyJWK(each).key for each in usable}


keys = Keys()


def verify(assertion):
    """
    Returns the claims. Raises jwt.InvalidTokenError if Miftah did not sign them for this API or they have expired, and
    KeysUnavailable without keys.
    """
    header = jwt.get_unverified_header(assertion)
    if header.get("alg") != "EdDSA" or "crit" in header or not isinstance(header.get("kid"), str):
        raise jwt.InvalidTokenError("the header is not one of Miftah")
    key = keys.find(header["kid"])
    if key is None:
        raise jwt.InvalidTokenError("the kid is unknown")
    claims = jwt.decode(
        assertion,
        key,
        # A constant: never the alg of the header.
        algorithms=["EdDSA"],
        issuer="miftah",
        audience=API,
        # Without this, an assertion that has no exp would work forever. iat stays unchecked: a slow clock would refuse
        # new assertions.
        options={"require": ["exp", "iss", "aud", "sub", "org"], "verify_iat": False},
    )
    if not isinstance(claims["exp"], int) or not isinstance(claims["org"], str):
        raise jwt.InvalidTokenError("a claim has the wrong type")
    return claims


class Upstream(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            claims = verify(self.headers.get("X-Miftah-Assertion", ""))
            names = {"org": "org", "key": "sub", "env": "env", "scope": "scope"}
            self.reply(200, {name: claims.get(claim) for name, claim in names.items()})
        except KeysUnavailable:
            self.reply(503, {"error": "unavailable"})
        except jwt.InvalidTokenError as error:
            # Never log the assertion itself.
            print("not verified:", type(error).__name__, file=sys.stderr)
            self.reply(401, {"error": "not verified"})

    def reply(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Upstream).serve_forever()
