# Verifies deliveries with the libraries of Python alone. Reads JSON lines: verifier, headers and body. Prints true or
# false for each.
import base64
import hashlib
import hmac
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_valid(verifier, headers, body):
    kind, _, encoded = verifier.partition("_")
    key = base64.b64decode(encoded)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    for each in headers["webhook-signature"].split(" "):
        version, _, signature = each.partition(",")
        raw = base64.b64decode(signature)
        if kind == "whsec" and version == "v1":
            if hmac.compare_digest(raw, hmac.new(key, signed, hashlib.sha256).digest()):
                return True
        if kind == "whpk" and version == "v1a":
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(raw, signed)
                return True
            except InvalidSignature:
                pass
    return False


for line in sys.stdin:
    each = json.loads(line)
    print(json.dumps(is_valid(each["verifier"], each["headers"], each["body"])))
