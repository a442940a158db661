"""A gRPC client made from `proto/`, as anybody makes one.

The protos of others that ours import come from the server itself: `strongroom descriptors` prints everything.
"""

import importlib
import subprocess
import sys

import grpc
from product import BINARY, REPOSITORY
from google.rpc import error_details_pb2
from grpc_status import rpc_status


def generate(folder):
    """The three lines that the README shows, then the modules they make."""
    described = folder / "contract.binpb"
    described.write_bytes(subprocess.run([BINARY, "descriptors"], check=True, capture_output=True).stdout)
    protos = REPOSITORY / "proto"
    ours = sorted(str(file) for file in protos.rglob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", f"--descriptor_set_in={described}"]
    command += [f"--python_out={folder}", f"--grpc_python_out={folder}", *ours, "buf/validate/validate.proto"]
    subprocess.run(command, check=True)
    sys.path.insert(0, str(folder))
    return Modules()


class Modules:
    """`modules.secrets` is `strongroom/v1/secrets_pb2.py`, `modules.secrets_rpc` its services."""

    def __getattr__(self, noun):
        file = noun.removesuffix("_rpc")
        ending = "pb2_grpc" if noun.endswith("_rpc") else "pb2"
        return importlib.import_module(f"strongroom.v1.{file}_{ending}")


def rejection(call, *arguments, **options):
    """What the caller is told: code, and the details by their type."""
    try:
        call(*arguments, **options)
    except grpc.RpcError as error:
        return Rejection(error)
    raise AssertionError("the call should have been rejected")


class Rejection:
    def __init__(self, error):
        self.code = error.code()
        self.sentence = error.details()
        self.raw = repr([self.sentence, error.trailing_metadata(), error.initial_metadata()])
        self.reason, self.domain, self.violations = None, None, []
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason, self.domain = info.reason, info.domain
            elif detail.Unpack(bad):
                self.violations = [violation.field for violation in bad.field_violations]

