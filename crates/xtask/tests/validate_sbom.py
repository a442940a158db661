"""Holds an SBOM against the schema that CycloneDX publishes: validate_sbom.py FILE"""

import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

text = pathlib.Path(sys.argv[1]).read_text()
version = SchemaVersion.from_version(json.loads(text)["specVersion"])
if problem := JsonStrictValidator(version).validate_str(text):
    sys.exit(f"{sys.argv[1]} does not follow CycloneDX {version.to_version()}: {problem}")
print(f"{sys.argv[1]} follows CycloneDX {version.to_version()}")
