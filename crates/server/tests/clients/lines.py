"""How schemathesis writes and reads bodies of lines."""

import json

import schemathesis

LINES = "application/x-ndjson"


@schemathesis.serializer(LINES)
def written(_context, value):
    return json.dumps(value).encode() + b"\n"


@schemathesis.deserializer(LINES)
def read(_context, response):
    """The last line; the others are of the same form."""
    return json.loads(response.content.splitlines()[-1])
