"""schemathesis holds the running server against its own description."""

import json
import os
import pathlib
import re
import subprocess
import sys

# Cases an operation and phase: half a minute. The same ones each time, so that a failure is of the change at hand;
# for a hunt, run schemathesis by hand with more and other ones.
EXAMPLES = 25

# Without `positive_data_acceptance`: what is right by type can be wrong by state, such as a name that is taken.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
]

# Parts of the description that could not be checked count as wrong.
UNCHECKED = ["missing_auth", "missing_deserializer", "unresolvable_reference", "unsupported_regex"]


# Enough that deleting some, which is tried too, leaves others.
NAMES = [f"name-{number}" for number in range(300)]


def settings_for(server):
    """A guessed project is rejected before anything else is looked at, and a guessed name where there is no such secret:
    so most calls get ones that exist, and the rest anything that the description allows."""
    answer = server.call("POST", "/secrets/batch-import", {"secrets": [{"name": name, "secret_string": "x"} for name in NAMES]})
    assert answer.json()["success"] == len(NAMES), answer.text
    secrets = server.call("GET", f"/secrets?limit={len(NAMES)}").json()["secrets"]
    known = {
        "secret_name": NAMES,
        "secret_id": [secret["id"] for secret in secrets],
        "version_id": ["v1", "latest"],
        "stage_name": ["SYSCURRENT", "SYSPREVIOUS", "GREEN"],
    }
    lines = ["[warnings]", f"fail-on = {UNCHECKED}", "[parameters]"]
    lines.append(f'"path.project_id" = "{server.credentials["project_id"]}"')
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in known]
    for name, values in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    return "\n".join(lines)


def test_the_server_does_what_its_description_says(start_server, tmp_path):
    server = start_server()
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(settings_for(server))
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={settings}", "run"]
    command += [f"{server.url}/openapi.yaml", f"--url={server.url}", f"--header=X-Auth-Token: {server.token}"]
    command += [f"--checks={','.join(CHECKS)}", f"--max-examples={EXAMPLES}", "--continue-on-failure"]
    command += ["--generation-deterministic", "--request-timeout=20", "--no-color"]
    # It would end the token of this run.
    command += ["--exclude-operation-id=revoke_token"]
    hooks = {"SCHEMATHESIS_HOOKS": "lines", "PYTHONPATH": str(pathlib.Path(__file__).parent)}
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, **hooks})
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    selected, tested = (re.search(rf"{word}: (\d+)", run.stdout)[1] for word in ["Selected", "Tested"])
    assert selected == tested != "0", run.stdout[-2_000:]
    # Sequences of calls, where one takes what another answered.
    assert int(re.search(r"API Links: +(\d+) covered", run.stdout)[1]) > 0, run.stdout[-4_000:]
    assert server.is_well()
