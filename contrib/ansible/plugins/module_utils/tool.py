# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs pki-role and reads the JSON object that it answers with.

The one place that knows how the binary is called. Both modules that call it are thin: what a role
is, what may be written and when a service is stopped is decided by the binary.
"""

import json

# Options of every module that calls the binary.
OPTIONS = dict(
    executable=dict(type="str", default="pki-role"),
    root=dict(type="path", default="/"),
    systemctl=dict(type="path", default="systemctl"),
    instance=dict(type="str"),
    path=dict(type="path"),
)

# Where the packages put the binary; these are not on everybody's PATH.
DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"]


def run(module, command, arguments):
    """Runs a command of pki-role; its exit code, and the object that it printed."""
    executable = module.params["executable"]
    if "/" not in executable:
        executable = module.get_bin_path(executable, required=True, opt_dirs=DIRECTORIES)
    argv = [executable, "--root", module.params["root"], command] + arguments + ["--output", "json"]
    code, output, errors = module.run_command(argv)
    try:
        return code, json.loads(output)
    except ValueError:
        # A wrong command line, or no pki-role at all: it answered in words.
        words = errors.strip() or output.strip() or "no answer"
        module.fail_json(msg="%s %s: %s" % (executable, command, words), rc=code, cmd=argv)


def fail(module, code, error, **result):
    """Ends with what failed, what state things are in and what mends it, in the tool's words."""
    # With exit code 5 something is changed or down, if only the service.
    result["changed"] = result.get("changed", False) or code == 5
    message = "%s; state: %s; next: %s" % (error["message"], error["state"], error["remedy"])
    module.fail_json(msg=message, rc=code, error=error, **result)


def status(module):
    """What `pki-role status` tells of the module's instance or path, or of every instance here."""
    arguments = ["--systemctl", module.params["systemctl"]]
    if module.params["instance"]:
        arguments += ["--instance", module.params["instance"]]
    if module.params["path"]:
        arguments.append(module.params["path"])
    code, told = run(module, "status", arguments)
    if "error" in told:
        fail(module, code, told["error"])
    if told.get("errors"):
        fail(module, code, told["errors"][0])
    return told["files"]
