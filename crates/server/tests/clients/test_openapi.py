"""schemathesis holds the running server against its own description."""

import re
import subprocess
import sys

# Cases an operation and phase: half a minute. The same ones each time, so that a failure is of the change at hand;
# for a hunt, run schemathesis by hand with more and other ones.
EXAMPLES = 40

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


def test_the_server_does_what_its_description_says(start_server, tmp_path):
    server = start_server()
    settings = tmp_path / "schemathesis.toml"
    # A guessed project is refused before anything else is looked at.
    project = server.credentials["project_id"]
    settings.write_text(f'[parameters]\n"path.project_id" = "{project}"\n[warnings]\nfail-on = {UNCHECKED}\n')
    # Names that exist let half of the calls get past "there is no such secret".
    for name in ["0", "a", "A.b_c-d"]:
        answer = server.call("POST", "/secrets", {"name": name, "secret_string": "x"})
        assert answer.status_code == 200, answer.text
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={settings}", "run"]
    command += [f"{server.url}/openapi.yaml", f"--url={server.url}", f"--header=X-Auth-Token: {server.token}"]
    command += [f"--checks={','.join(CHECKS)}", f"--max-examples={EXAMPLES}", "--continue-on-failure"]
    command += ["--generation-deterministic", "--request-timeout=20", "--no-color"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    selected, tested = (re.search(rf"{word}: (\d+)", run.stdout)[1] for word in ["Selected", "Tested"])
    assert selected == tested != "0", run.stdout[-2_000:]
    assert server.is_well()
