"""What the documented operations answer, member by member. Every answer the SDK gets is held against this."""

import re

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

# `?`: may be null. `[...]`: a list of them. `=`: one of these texts. Everything else is a type below or a check.
TYPES = {
    "Secret": {
        "id": "uuid",
        "name": "text",
        "state": "=ENABLED|DISABLED|PENDING_DELETE|FROZEN",
        "kms_key_id": "text",
        "description": "string",
        "create_time": "time",
        "update_time": "time",
        "scheduled_delete_time": "time?",
        "secret_type": "=COMMON|RDS|RDS-FG|GaussDB-FG",
        "auto_rotation": "boolean",
        "rotation_period": "string",
        "rotation_config": "string",
        "rotation_time": "time?",
        "next_rotation_time": "time?",
        "last_used_time": "time?",
        "event_subscriptions": "[text]",
        "enterprise_project_id": "text",
        "rotation_func_urn": "string",
        "domain_id": "text",
        "replica_type": "=STANDALONE",
        "replicas": "[nothing]",
        # Our own: no documented answer of a secret holds its tags, and the SDK passes them over.
        "tags": "[TagItem]",
    },
    "PageInfo": {"next_marker": "text?", "previous_marker": "text?", "current_count": "integer"},
    "ErrorInfo": {"name": "string", "error_msg": "text"},
    "FailedDeletedSecrets": {"secret_name": "text", "error_msg": "text"},
    "VersionMetadata": {
        "id": "version",
        "create_time": "time",
        "expire_time": "time?",
        "kms_key_id": "text",
        "secret_name": "text",
        "version_stages": "[text]",
    },
    "Version": {"version_metadata": "VersionMetadata", "secret_binary": "text?", "secret_string": "string?"},
    "Stage": {"name": "text", "update_time": "time", "secret_name": "text", "version_id": "version"},
    "TagItem": {"key": "text", "value": "string"},
    "TagResponse": {"key": "text", "values": "[string]"},
    "ActionResources": {
        "resource_id": "uuid",
        "resource_name": "text",
        "resource_detail": "Secret",
        "tags": "[TagItem]",
        "sys_tags": "[nothing]?",
    },
}

SECRET = {"secret": "Secret"}
VERSION_METADATA = {"version_metadata": "VersionMetadata"}
STAGE = {"stage": "Stage"}
CONFIG = {"checking_secret_strength": "boolean"}

# Status and members of each answer, by the SDK's name of the operation.
ANSWERS = {
    "batch_create_or_delete_tags": (204, None),
    "batch_delete_secrets": (
        200,
        {"total": "integer", "success_secrets": "[text]", "failed_secrets": "[FailedDeletedSecrets]"},
    ),
    "batch_get_secret_value": (200, {"total_count": "integer", "versions": "[Version]"}),
    "batch_import_secrets": (
        200,
        {"error_list": "[ErrorInfo]", "total": "integer", "success": "integer", "failed": "integer"},
    ),
    "check_secrets": (200, {"type": "text", "data": "object"}),
    "create_secret": (200, SECRET),
    "create_secret_tag": (204, None),
    "create_secret_version": (200, VERSION_METADATA),
    "delete_secret": (200, None),
    "delete_secret_for_schedule": (200, SECRET),
    "delete_secret_stage": (204, None),
    "delete_secret_tag": (204, None),
    "download_secret_blob": (200, {"secret_blob": "text"}),
    "generate_random_password": (200, {"password": "text"}),
    # `truncated` is our own.
    "list_project_secrets_tags": (200, {"tags": "[TagResponse]", "truncated": "boolean"}),
    "list_resource_instances": (200, {"resources": "[ActionResources]?", "total_count": "integer"}),
    "list_secret_tags": (200, {"tags": "[TagItem]", "sys_tags": "[nothing]?"}),
    "list_secret_versions": (200, {"version_metadatas": "[VersionMetadata]", "page_info": "PageInfo"}),
    "list_secrets": (200, {"secrets": "[Secret]", "page_info": "PageInfo"}),
    "restore_secret": (200, SECRET),
    "show_secret": (200, SECRET),
    "show_secret_stage": (200, STAGE),
    "show_secret_version": (200, {"version": "Version"}),
    "show_secrets_config": (200, CONFIG),
    "update_secret": (200, SECRET),
    "update_secret_stage": (200, STAGE),
    "update_secrets_config": (200, CONFIG),
    "update_version": (200, VERSION_METADATA),
    "upload_secret_blob": (200, SECRET),
}

# Members of our own, which clients that know the documentation ignore.
OURS = {
    "ErrorInfo": {"index", "problems"},
    "batch_get_secret_value": {"not_returned"},
    "batch_import_secrets": {"outcomes", "batch_id", "dry_run_token"},
    "batch_delete_secrets": {"outcomes", "batch_id", "dry_run_token", "project_total"},
}


def check(operation, status, body):
    """Fails with the place of the first difference."""
    expected, members = ANSWERS[operation]
    assert status == expected, f"{operation} answers {status}, documented is {expected}"
    if members is None:
        assert body is None, f"{operation} has a body"
    else:
        check_members(body, members, operation, operation)


def check_members(value, members, kind, where):
    assert isinstance(value, dict), f"{where} is no object"
    missing, unknown = members.keys() - value.keys(), value.keys() - members.keys() - OURS.get(kind, set())
    assert not missing, f"{where} lacks {sorted(missing)}"
    assert not unknown, f"{where} has {sorted(unknown)}, which nobody documented"
    for name, member in members.items():
        check_value(value[name], member, f"{where}.{name}")


def check_value(value, kind, where):
    if kind.endswith("?"):
        if value is not None:
            check_value(value, kind[:-1], where)
    elif kind.startswith("["):
        assert isinstance(value, list), f"{where} is no list"
        for number, element in enumerate(value):
            check_value(element, kind[1:-1], f"{where}.{number}")
    elif kind in TYPES:
        check_members(value, TYPES[kind], kind, where)
    else:
        assert fits(value, kind), f"{where} is {value!r}, which is not {kind}"


def fits(value, kind):
    whole = isinstance(value, int) and not isinstance(value, bool)
    text = isinstance(value, str)
    if kind.startswith("="):
        return value in kind[1:].split("|")
    return {
        "string": text,
        "text": text and value != "",
        "uuid": text and re.fullmatch(UUID, value) is not None,
        "version": text and re.fullmatch("v[0-9]{1,10}", value) is not None,
        "integer": whole,
        # Milliseconds, of which the service keeps whole seconds.
        "time": whole and value % 1000 == 0 and 10**12 <= value < 10**13,
        "boolean": isinstance(value, bool),
        "object": isinstance(value, dict),
        # Lists that are always empty have no element that fits.
        "nothing": False,
    }[kind]
