# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs pki-role and reads the JSON object that it prints. What a role is, what may be written and when
a service is stopped is decided by the binary; nothing here reads a CS.cfg."""

import json
import os

SCHEMA_VERSION = 2
VERSION = (0, 2)

# Options of every module that calls the binary.
OPTIONS = dict(
    executable=dict(type="str", default="pki-role"),
    root=dict(type="path", default="/"),
    systemctl=dict(type="path"),
)

# Where the packages put the binary; these are not on everybody's PATH.
DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"]


def binary(module):
    """The path of the binary, once its version is known to be the right one."""
    executable = module.params["executable"]
    if "/" not in executable:
        executable = module.get_bin_path(executable, required=True, opt_dirs=DIRECTORIES)
    code, output, errors = module.run_command([executable, "--version"])
    words = output.split()
    if code or len(words) != 2 or words[0] != "pki-role":
        module.fail_json(msg="%s is not pki-role: %s" % (executable, (errors or output).strip()))
    if tuple(int(part) for part in words[1].split("-")[0].split(".")[:2]) != VERSION:
        module.fail_json(msg="%s is of version %s; this collection needs 0.2" % (executable, words[1]))
    return executable


def command_line(module, arguments):
    """A command of pki-role, below the root that was given."""
    root = module.params.get("root") or "/"
    return [binary(module)] + (["--root", root] if root != "/" else []) + arguments


def asking(module):
    """The systemctl that was given, as an option."""
    return ["--systemctl", module.params["systemctl"]] if module.params["systemctl"] else []


def run(module, arguments):
    """Runs a command; its exit code, and the object that it printed."""
    argv = command_line(module, arguments + ["--output", "json"])
    code, output, errors = module.run_command(argv)
    try:
        answer = json.loads(output)
    except ValueError:
        module.fail_json(msg="%s: %s" % (" ".join(argv), errors.strip() or output.strip() or "no answer"), rc=code, cmd=argv)
    if answer.get("schema_version") != SCHEMA_VERSION:
        module.fail_json(msg="%s: its JSON is not of version %d" % (" ".join(argv), SCHEMA_VERSION), rc=code, cmd=argv)
    return code, answer


def sentence(error):
    """What failed, what state things are in, and what to do."""
    parts = [error["message"], error["state"], " ".join([error["fix"]] + error["commands"])]
    return "; ".join(part for part in parts if part.strip())


def fail(module, code, error, **result):
    """Ends with a failure of the binary. With exit code 5 something is changed or down."""
    result["changed"] = result.get("changed", False) or code == 5
    module.fail_json(msg=sentence(error), rc=code, error=error, **result)


def saved(module, name, content):
    """A file in Ansible's own folder, which goes with the module."""
    path = os.path.join(module.tmpdir, name)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.encode("utf-8", "surrogateescape"))
    return path
