"""Clients over HTTP/1.1 that send a large body which is rejected early read the rejection, each time."""

import http.client
import json
import shutil
import subprocess

import pytest

KILOBYTE = 1_000
SIZES = [(100 * KILOBYTE, 100), (5_000 * KILOBYTE, 100), (45_000 * KILOBYTE, 10)]
SECONDS = 300

FETCH = """
const [url, token, size, tries] = process.argv.slice(1);
const body = new Uint8Array(Number(size)).fill(120);
const headers = { "X-Auth-Token": token, "Content-Type": "application/json" };
for (let i = 0; i < Number(tries); i++) {
  const answer = await fetch(url, { method: "POST", headers, body });
  const told = await answer.json();
  if (!told.error_code) throw new Error(JSON.stringify(told));
  console.log(answer.status);
}
"""

JAVA = """
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpClient.Version;

public class Early {
    public static void main(String[] given) throws Exception {
        byte[] body = new byte[Integer.parseInt(given[2])];
        java.util.Arrays.fill(body, (byte) 'x');
        for (int i = 0; i < Integer.parseInt(given[3]); i++) {
            HttpClient client = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
            HttpRequest request = HttpRequest.newBuilder(URI.create(given[0]))
                .header("X-Auth-Token", given[1]).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (!answer.body().contains("error_code")) throw new Exception(answer.body());
            System.out.println(answer.statusCode());
        }
    }
}
"""


def expected(size):
    """Too large for anybody, or sent by nobody known."""
    return 400 if size > 40 * 1_024 * 1_024 else 401


def token(server, size):
    return server.token if expected(size) == 400 else "A" * 43


def url(server):
    return f"{server.url}/v1/{server.credentials['project_id']}/secrets/batch-import"


@pytest.mark.parametrize(("size", "tries"), SIZES)
def test_pythons_http_client(server, size, tries):
    host, port = server.host_and_port
    body = b"x" * size
    headers = {"X-Auth-Token": token(server, size), "Content-Type": "application/json"}
    for _ in range(tries):
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        connection.request("POST", url(server).removeprefix(server.url), body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert (answer.status, len(told["request_id"])) == (expected(size), 32)
        connection.close()


@pytest.mark.parametrize(("size", "tries"), SIZES)
def test_fetch_of_node(server, size, tries):
    command = ["node", "--input-type=module", "-e", FETCH, url(server), token(server, size), str(size), str(tries)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(expected(size))] * tries


@pytest.mark.parametrize(("size", "tries"), SIZES)
def test_javas_http_client(server, tmp_path, size, tries):
    modules = subprocess.run(["java", "--list-modules"], capture_output=True, text=True).stdout
    if shutil.which("java") is None or "jdk.compiler" not in modules:
        pytest.skip("no compiler for Java here")
    source = tmp_path / "Early.java"
    source.write_text(JAVA)
    command = ["java", str(source), url(server), token(server, size), str(size), str(tries)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(expected(size))] * tries
