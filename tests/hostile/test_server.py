"""What a hostile client sends: bodies without end, deep JSON, bad tokens, foreign hosts."""

import json
import socket
import threading
import time

import pytest
import requests

GIB = 1 << 30


@pytest.fixture
def own_server(bare, serve):
    """A server of the test's own, whose memory nobody else has grown."""
    bare.run("init").ok()
    return serve(bare)


def raw(server, head, feed=None, bytes_max=GIB, seconds=60):
    """Sends a head, then pieces of `feed` until the server answers; (status line, JSON body, bytes of the body sent)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(head)
        sent = 0
        answered = threading.Event()
        reply = b""

        def read():
            nonlocal reply
            try:
                while piece := connection.recv(65536):
                    reply += piece
            except OSError:
                pass  # a reset after the answer
            answered.set()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            while feed and sent < bytes_max and not reply:
                connection.sendall(feed)
                sent += len(feed)
        except OSError:
            pass  # the server has heard enough
        if feed is None:
            connection.shutdown(socket.SHUT_WR)
        answered.wait(seconds)
        reader.join(seconds)
    status, _, rest = reply.partition(b"\r\n")
    return status.decode(), json.loads(rest.partition(b"\r\n\r\n")[2] or b"{}"), sent


def head(server, more, method="POST", path="/api/audits", token=True):
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Content-Type: application/json", *more]
    if token:
        lines.append(f"Authorization: Bearer {server.token}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


PIECE = b'"' + b"x" * 65534 + b'"'


def test_a_gigabyte_of_json_that_is_announced(own_server):
    server = own_server
    requests.get(f"{server.url}/api/ledger", timeout=10)
    before = server.memory_kib()
    status, body, sent = raw(server, head(server, [f"Content-Length: {GIB}"]), PIECE)
    assert status.startswith("HTTP/1.1 413 "), (status, body)
    assert "too large" in body["error"]["message"] and body["error"]["hint"], body
    assert sent < 16 << 20, "refused by its head, so hardly anything of it is sent"
    assert server.memory_kib() - before < 32 << 10
    assert requests.get(f"{server.url}/healthz", timeout=10).text == "ok"


def test_a_gigabyte_of_json_that_is_not_announced(own_server):
    """Chunked: nobody knows how much comes, until the limit is passed."""
    server = own_server
    requests.get(f"{server.url}/api/ledger", timeout=10)
    before = server.memory_kib()
    chunk = b"%x\r\n" % len(PIECE) + PIECE + b"\r\n"
    status, body, sent = raw(server, head(server, ["Transfer-Encoding: chunked"]), chunk)
    assert status.startswith("HTTP/1.1 413 "), (status, body)
    assert "too large" in body["error"]["message"] and body["error"]["hint"], body
    assert sent < 64 << 20, f"{sent} bytes were taken before it was refused"
    assert server.memory_kib() - before < 64 << 10
    assert requests.get(f"{server.url}/healthz", timeout=10).text == "ok"
    assert server.process.poll() is None


def test_gzip_that_unpacks_to_a_gigabyte(own_server):
    import gzip
    import io

    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(1024):
            file.write(b" " * (1 << 20))
    server = own_server
    before = server.memory_kib()
    answer = requests.post(
        f"{server.url}/api/audits", data=packed.getvalue(), timeout=60,
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json", "Authorization": f"Bearer {server.token}"},
    )  # fmt: skip
    assert answer.status_code in (413, 415), answer.text
    assert answer.json()["error"]["hint"]
    assert server.memory_kib() - before < 64 << 10


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 500_000, "[" * 1_000_000 + "]" * 1_000_000, '{"trees":' + "[" * 65 + "]" * 65 + "}"])
def test_deep_json(server, text):
    answer = requests.post(f"{server.url}/api/audits", data=text, timeout=30, headers={
        "Content-Type": "application/json", "Authorization": f"Bearer {server.token}"})  # fmt: skip
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "INVALID_ARGUMENT" and "deep" in error["message"], error
    assert requests.get(f"{server.url}/healthz", timeout=10).text == "ok"


@pytest.mark.parametrize("body, cause", [
    ("{", "JSON"), ("[]", "the body must be a JSON object"), ('{"trees": 7}', "trees"), ('{"tress": []}', "tress"),
    ('{"trees": [], "trees": []}', "trees"), ('{"trees": [{"root": "/etc"}]}', "a server opens no path of a client's"), ("\x00", "JSON"),
])  # fmt: skip
def test_json_that_is_no_request(server, body, cause):
    answer = requests.post(f"{server.url}/api/audits", data=body, timeout=30, headers={
        "Content-Type": "application/json", "Authorization": f"Bearer {server.token}"})  # fmt: skip
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert cause in error["message"] + error["subject"] and error["hint"], error


@pytest.mark.parametrize("token", ["wrong", "", "x" * 10_000, "Basic", "\x7f", "slv_" + "0" * 64, "ünïcode".encode().decode("latin-1")])
def test_a_bad_token(server, token):
    for method, path in (("GET", "/api/ledger"), ("POST", "/api/workspace/verify")):
        answer = requests.request(method, server.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        if token == "" and method == "GET":
            assert answer.status_code in (200, 401)  # an empty one is none
            continue
        if len(token) > 4096:
            assert answer.status_code in (401, 431), answer.text
        else:
            assert answer.status_code in (400, 401, 403), (answer.status_code, answer.text)
        assert answer.json()["error"]["hint"], answer.text
    if token.isascii() and token.isprintable() and token:
        server.place.run("data", "list", "--server", server.url, "--token", token).refused(3, "token", "token")


def test_no_token_may_read_on_loopback_and_not_write(place, serve):
    server = serve(place)
    assert requests.get(f"{server.url}/api/ledger", timeout=10).status_code == 200
    answer = requests.post(f"{server.url}/api/workspace/verify", timeout=10)
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["hint"], answer.text
    (place.folder / "a.csv").write_text("a\n1\n")
    done = place.run("data", "put", "a.csv", "--name", "a", "--server", server.url)
    assert done.code == 3 and "error: " in done.err and "next:  " in done.err, done.err
    assert place.versions() == {}


def test_a_token_that_was_taken_away(place, serve):
    server = serve(place)
    place.run("principal", "add", "service:ci", "--role", "reader", "--scopes", "*").ok()
    made = place.run("token", "create", "--principal", "service:ci", "--json").json()
    token = made["secret"]
    listed = lambda: place.run("data", "list", "--server", server.url, "--token", token)  # noqa: E731
    listed().ok()
    place.run("token", "revoke", made["id"], "--yes").ok()
    time.sleep(2.1)  # server.token_cache_ms
    listed().refused(3, "token", "token")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "169.254.169.254", "localhost.evil"])
def test_a_foreign_host(server, host):
    for method, path in (("GET", "/"), ("GET", "/api/ledger"), ("GET", "/healthz"), ("POST", "/api/workspace/verify")):
        request = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\nContent-Length: 0\r\n\r\n".encode()
        status, body, _ = raw(server, request)
        assert status.split()[1] in ("400", "403"), (method, path, status)
        assert body["error"]["hint"], body
        if host:
            assert body["error"]["message"] == "this server does not go by that name", body
            assert body["error"]["hint"] == "use its own address, or add the name to the setting server.hosts", body


@pytest.mark.parametrize("field, value", [
    ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://127.0.0.1:1"), ("Sec-Fetch-Site", "cross-site"),
])  # fmt: skip
def test_a_foreign_origin(server, field, value):
    answer = requests.post(f"{server.url}/api/workspace/verify", headers={field: value, "Authorization": f"Bearer {server.token}"}, timeout=10)
    assert answer.status_code == 403, answer.text
    error = answer.json()["error"]
    assert "site" in error["message"] and error["hint"] == "open the page that this server serves", error
    own = requests.post(f"{server.url}/api/workspace/verify", headers={"Origin": server.url, "Authorization": f"Bearer {server.token}"}, timeout=60)
    assert own.status_code == 200, own.text
