"""curl, Python's http.client and requests against the real server."""

import concurrent.futures
import gzip
import http.client
import json
import signal
import socket
import ssl
import stat
import subprocess
import time

import requests


def curl(*words):
    done = subprocess.run(["curl", "-sS", "-i", *map(str, words)], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), body


def test_curl_over_tcp_and_over_the_socket(server):
    assert curl(f"{server.url}/healthz")[::2] == (200, b"ok")
    assert curl("--unix-socket", server.socket, "http://localhost/healthz")[0] == 200
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o600
    status, head, body = curl("-I", f"{server.url}/api/ledger")
    assert (status, body) == (200, b"") and "content-length:" in head


def test_keep_alive_serves_many_requests_on_one_connection(server):
    with requests.Session() as session:
        for _ in range(50):
            assert session.get(f"{server.url}/api/ledger").status_code == 200
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    ports = set()
    for _ in range(5):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok"
        ports.add(connection.sock.getsockname()[1])
    assert len(ports) == 1


def test_big_replies_are_compressed_for_who_wants_it(server):
    plain = requests.get(f"{server.url}/openapi.json", headers={"Accept-Encoding": "identity"})
    packed = requests.get(f"{server.url}/openapi.json", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.raw.read()) == plain.content


def test_metrics_count_what_was_asked(server):
    requests.get(f"{server.url}/healthz")
    text = requests.get(f"{server.url}/metrics").text
    assert 'solvent_http_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert "process_resident_memory_bytes" in text and "solvent_queue_depth" in text


def test_log_lines_carry_the_request_id(server):
    requests.get(f"{server.url}/healthz", headers={"X-Request-Id": "find-me-7"})
    deadline = time.monotonic() + 5
    while "find-me-7" not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    line = next(line for line in server.log.read_text().splitlines() if "find-me-7" in line)
    assert json.loads(line)["status"] == 200


def test_foreign_hosts_and_origins_are_refused(server):
    assert requests.get(f"{server.url}/api/ledger", headers={"Host": "evil.example"}).status_code == 403
    assert requests.get(f"{server.url}/api/ledger", headers={"Origin": "https://evil.example"}).status_code == 403
    assert requests.get(f"{server.url}/api/ledger", headers={"Origin": server.url}).status_code == 200


def test_bad_tokens_are_refused_with_an_error_that_says_what_to_do(server):
    answer = requests.get(f"{server.url}/api/ledger", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error["code"] == "UNAUTHENTICATED" and error["hint"] and error["request_id"] == answer.headers["X-Request-Id"]


def test_a_programs_session_ends_when_it_says_so(start):
    server = start()
    server.command("principal", "add", "user:ada", "--role", "reader", "--password", "correct horse battery")
    begun = requests.post(f"{server.url}/api/sessions", json={"name": "user:ada", "password": "correct horse battery"})
    bearer = {"Authorization": f"Bearer {begun.json()['secret']}"}
    assert requests.get(f"{server.url}/api/whoami", headers=bearer).json()["principal"] == "user:ada"
    ended = requests.post(f"{server.url}/api/sessions/end", headers=bearer, json={})
    assert ended.status_code == 200, ended.text
    assert requests.get(f"{server.url}/api/whoami", headers=bearer).status_code == 401


def test_a_gigabyte_of_json_is_refused_at_once(server):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port)) as one:
        one.sendall(b"POST /api/signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n")
        assert b" 413 " in one.recv(65536).split(b"\r\n")[0]
    assert time.monotonic() - began < 5


def test_deep_json_is_refused(server):
    answer = requests.post(f"{server.url}/api/signin", data="[" * 100_000, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413, 429) and "error" in answer.json()


def test_many_clients_at_once(server):
    def ask(_):
        with requests.Session() as session:
            return [session.get(f"{server.url}/api/ledger").status_code for _ in range(10)]

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert all(code == 200 for codes in pool.map(ask, range(32)) for code in codes)


def test_sigterm_lets_what_is_under_way_end(start):
    server = start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"ok"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    assert not server.socket.exists()


def test_tls(start, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = start("--certificate", str(tmp_path / "cert.pem"), "--key", str(tmp_path / "key.pem"))
    assert server.url.startswith("https://")
    for _ in range(3):
        assert requests.get(f"{server.url}/healthz", verify=tmp_path / "cert.pem").text == "ok"
    big = requests.get(f"{server.url}/openapi.json", verify=tmp_path / "cert.pem")
    assert big.json()["openapi"].startswith("3.1")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        old.wrap_socket(socket.create_connection(("127.0.0.1", server.port)))
        raise AssertionError("TLS 1.1 was accepted")
    except (ssl.SSLError, OSError):
        pass
