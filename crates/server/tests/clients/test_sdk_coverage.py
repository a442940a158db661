"""Every operation of the published SDK is called by a test, or is known to be missing."""

import pathlib
import re

from compatibility import Routes
from documented import ANSWERS
from huaweicloudsdkcsms.v1 import CsmsClient
from sdk import NEWER

# What there is no answer to yet, by what it is about.
NOT_YET = {
    "agencies": {"create_agency", "show_agency"},
    "events": {
        "create_secret_event",
        "delete_secret_event",
        "list_secret_events",
        "show_secret_event",
        "update_secret_event",
    },
    "function templates": {"show_secret_function_templates"},
    "grants": {"create_grants", "delete_grant", "list_grants", "update_grant"},
    "notification records": {"list_notification_records"},
    "rotation": {"list_secret_task", "rotate_secret"},
    "users": {"list_users", "show_user_detail", "update_user_password"},
}


def published():
    """Name of each operation with its method and path."""
    found = {}
    for attribute in dir(CsmsClient):
        if described := re.fullmatch("_(.+)_http_info", attribute):
            # What it sends is described without a request, too.
            info = getattr(CsmsClient, attribute)(type("Nothing", (), {"attribute_map": {}})())
            found[described[1]] = (info["method"], info["resource_path"])
    return found


def test_every_operation_is_called_or_known_to_be_missing():
    missing = set().union(*NOT_YET.values())
    folder = pathlib.Path(__file__).parent
    texts = [file.read_text() for file in [folder / "sdk.py", *folder.glob("test_sdk_*.py")]]
    called = {operation for text in texts for operation in re.findall(r"\bclient\.(\w+)\(", text)}
    called |= {operation for text in texts for operation in re.findall(r"\bclient\.(\w+), ", text)}
    assert len(published()) == 45
    assert published().keys() - called - missing == set()
    # What a call answers is held against the documentation.
    assert (published().keys() | NEWER.keys()) - missing == ANSWERS.keys()


def test_what_is_known_to_be_missing_is_missing():
    routes = Routes()
    paths = published()
    for operation in set().union(*NOT_YET.values()):
        method, path = paths[operation]
        assert routes.operation(method, path) is None, f"{operation} is there: call it in a test"
