"""Schemathesis reads /openapi.json and asks the real server everything that it allows, and much that it does not."""

import json
import os
import subprocess
import sys
import urllib.request

EXAMPLES = os.environ.get("SOLVENT_OPENAPI_EXAMPLES", "15")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_every_operation_is_described(server):
    document = json.load(urllib.request.urlopen(f"{server.url}/openapi.json"))
    assert document["openapi"].startswith("3.1")
    assert {"/api/ledger", "/api/debts"} <= set(document["paths"])
    # What is no operation is described all the same: how files come to the server, and how the page signs in.
    assert {"/api/uploads", "/api/uploads/{upload}/{digest}", "/api/signin", "/api/signout"} <= set(document["paths"])


def ask(server, *more):
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--checks", CHECKS,
         "--max-examples", EXAMPLES, "--seed", "20261124", "--phases", "examples,coverage,fuzzing",
         # Of some path parameters it throws most of its own examples away; that says nothing of the server.
         "--suppress-health-check", "filter_too_much", *more],
        cwd=server.folder, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_schemathesis_over_loopback(server):
    ask(server)


def test_schemathesis_as_somebody_who_may_write(start):
    # Foreign clients may write on an open loopback; the setting is what lets a tool without a token reach every handler.
    ask(start("--set", "server.open_loopback=true"))
