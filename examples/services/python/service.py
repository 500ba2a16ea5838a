# A service that asks Miftah about each request. It needs Python 3.8 and its standard library.
# MIFTAH_TOKEN=... python3 service.py
import http.client
import json
import os
import queue
import re
import select
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MIFTAH = urlsplit(os.environ.get("MIFTAH_URL", "http://127.0.0.1:4101"))
TOKEN = os.environ["MIFTAH_TOKEN"]
API = "acme"
# The hosts that this service serves, each with its environment: live, test, or any for both.
ENVIRONMENTS = {"api.acme.test": "live", "sandbox.acme.test": "test"}
# The addresses of your own proxies, which may say who the client is.
PROXIES = set(os.environ.get("TRUSTED_PROXIES", "").split(","))
# The longest wait for a connection, and for each part of an answer.
WAIT_SECONDS = int(os.environ.get("MIFTAH_WAIT_MS", "300")) / 1000

UNAVAILABLE = {
    "status": 503,
    "headers": {"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": "1"},
    "body": '{"error":"unavailable"}',
}

# Open connections to Miftah that no thread uses now.
idle = queue.LifoQueue()


class NoVerdict(Exception):
    """Its text is for the log: it never has a part of the request."""


def connect():
    """Returns a connection. One that Miftah has closed has something to read: its end. It opens again by itself."""
    try:
        connection = idle.get_nowait()
    except queue.Empty:
        kind = http.client.HTTPSConnection if MIFTAH.scheme == "https" else http.client.HTTPConnection
        return kind(MIFTAH.hostname, MIFTAH.port, timeout=WAIT_SECONDS)
    if connection.sock is not None:
        poll = select.poll()
        poll.register(connection.sock, select.POLLIN)
        if poll.poll(0):
            connection.close()
    return connection


def ask(facts):
    """Returns Miftah's answer to `facts`. Raises if there is none in time: then no request may pass."""
    connection = connect()
    try:
        body = json.dumps(facts).encode()
        headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}
        connection.request("POST", "/v1/verify", body, headers)
        reply = connection.getresponse()
        text = reply.read()
    except BaseException:
        # Its next answer would belong to this request.
        connection.close()
        raise
    idle.put(connection)
    if reply.status != 200:
        # 401: MIFTAH_TOKEN is wrong. 400: a fact is missing or wrong. 500, 503: Miftah can't decide.
        raise NoVerdict("Miftah answered %d" % reply.status)
    return json.loads(text)


def decide(facts):
    """
    Returns the reply to send, or None and what an allowed request needs: the headers that say who sent it, and headers
    for the reply.
    """
    try:
        answer = ask(facts)
        verdict = answer["verdict"]
        if verdict == "allowed":
            return None, answer["forward"]["headers"], answer["reply"]["headers"]
        if verdict in ("refused", "answered"):
            reply = answer["reply"]
            return {name: reply[name] for name in ("status", "headers", "body")}, {}, {}
        raise NoVerdict("the verdict is unknown")
    except Exception as error:
        # Only this: the facts hold the key.
        reason = str(error) if isinstance(error, NoVerdict) else type(error).__name__
        print("no verdict:", reason, file=sys.stderr)
        return UNAVAILABLE, {}, {}


def client_of(peer, forwarded):
    """Returns the address of the client: from the right, the first one that is not a proxy of yours."""
    chain = [peer] + [each.strip() for each in reversed(",".join(forwarded).split(","))]
    return next((each for each in chain if each and each not in PROXIES), None)


class Service(BaseHTTPRequestHandler):
    def handle_request(self):
        host = re.sub(r":\d*$", "", self.headers.get("Host", "")).lower()
        if host not in ENVIRONMENTS or len(self.headers.get_all("Host")) > 1:
            return self.reply(421, {"Content-Type": "text/plain"}, "Unknown host\n")
        if not self.path.startswith("/"):
            return self.reply(400, {"Content-Type": "text/plain"}, "Send a path\n")
        facts = {
            "api": API,
            "environment": ENVIRONMENTS[host],
            "method": self.command,
            # The target as the client sent it, with its query and before any decoding.
            "path": self.path,
            # Pairs, so that a header that came twice stays two.
            "headers": self.headers.items(),
        }
        client = client_of(self.client_address[0], self.headers.get_all("X-Forwarded-For", []))
        if client is not None:
            facts["clientIp"] = client
        refused, caller, shared = decide(facts)
        if refused is not None:
            return self.reply(**refused)
        status, headers, body = answer(self, caller)
        for name, value in shared.items():
            if name == "Vary" and "Vary" in headers:
                headers["Vary"] += ", " + value
            elif name != "Cache-Control" or name not in headers:
                headers[name] = value
        self.reply(status, headers, body)

    def log_message(self, *_):
        """Writes nothing: by default it writes the target, and a query may hold a key."""

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_request

    def reply(self, status, headers, body):
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def answer(request, caller):
    """Your service. Only `caller` says who sent the request: its headers of the same names may be forged."""
    text = json.dumps({"org": caller.get("X-Miftah-Org"), "key": caller.get("X-Miftah-Key-Id")})
    return 200, {"Content-Type": "application/json", "Vary": "Accept"}, text


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Service).serve_forever()
