#!/usr/bin/python
# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r"""
---
module: pki_role_info
short_description: Show the role of Dogtag CAs and OCSP responders
version_added: 0.1.0
description:
  - Returns what C(pki-role status) shows of a host; on request also what a promotion elsewhere needs of its CA.
  - A host without Dogtag has no files; that is no failure.
extends_documentation_fragment:
  - pki_role.dogtag.tool
  - pki_role.dogtag.looking
options:
  instance:
    description:
      - An instance on the host, with all its subsystems. Without it and without O(path), every instance.
    type: str
  path:
    description:
      - One CS.cfg.
    type: path
  export:
    description:
      - Return the output of C(pki-role export-ca) too. It needs O(instance) or O(path).
    type: bool
    default: false
  live:
    description:
      - Ask running servers for their CRLs, caches and security domain.
    type: bool
    default: true
  wait_for:
    description:
      - By issuing point, the number of a CRL. Waits until the server's own last CRL has this number or a higher one.
    type: dict
    default: {}
  wait_timeout:
    description:
      - Seconds for which to wait at most.
    type: int
    default: 900
seealso:
  - module: pki_role.dogtag.pki_role
  - module: pki_role.dogtag.pki_role_plan
author:
  - the pki-role maintainers (@pki-role)
"""

EXAMPLES = r"""
- name: Show the roles on every host
  pki_role.dogtag.pki_role_info:
  register: shown

- name: Export what a promotion on another host needs
  pki_role.dogtag.pki_role_info:
    instance: pki-tomcat
    export: true
  register: former
  no_log: true
"""

RETURN = r"""
files:
  description:
    - One element for each CS.cfg, as C(pki-role status --output json) prints it; C(pki-role generate schema) describes it.
  returned: success
  type: list
  elements: dict
  contains:
    config:
      description: The file.
      type: str
    subsystem:
      description: V(CA), V(OCSP), V(KRA), V(TKS) or V(TPS).
      type: str
    instance:
      description: The instance.
      type: str
    host:
      description: The host that the file names as its own.
      type: str
    role:
      description: V(master), V(clone), V(mixed), V(unknown) or V(none).
      type: str
    summary:
      description: The role in a sentence.
      type: str
    service:
      description: The unit, with C(unit), C(active) and C(enabled).
      type: dict
    live:
      description: What the running server answered, its CRLs among it.
      type: dict
    warnings:
      description: Findings, each with C(code), C(severity), C(message), C(fix) and C(line).
      type: list
      elements: dict
export:
  description: The output of C(pki-role export-ca).
  returned: with O(export=true)
  type: str
error:
  description: Why it failed, with C(code), C(exit_code), C(message), C(state), C(fix) and C(commands).
  returned: failure of pki-role
  type: dict
rc:
  description: The exit code of pki-role.
  returned: failure of pki-role
  type: int
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pki_role.dogtag.plugins.module_utils import tool


def status(module):
    arguments = ["status"] + tool.asking(module)
    if not module.params["live"]:
        arguments.append("--no-live")
    if module.params["instance"]:
        arguments.append("--instance=%s" % module.params["instance"])
    if module.params["path"]:
        # By its folder, so that no path is taken for an option.
        arguments.append(os.path.abspath(module.params["path"]))
    code, answer = tool.run(module, arguments)
    error = answer.get("error") or (answer.get("errors") or [None])[0]
    if error and error["code"] == "no-instance-here":
        return []
    if error:
        tool.fail(module, code, error)
    return answer["files"]


def behind(module, files):
    """The issuing points whose CRL has not come yet."""
    shown = {}
    for file in files:
        for crl in (file.get("live") or {}).get("crls", []):
            shown[crl["issuing_point"]] = max(crl.get("number") or 0, shown.get(crl["issuing_point"], 0))
    wanted = module.params["wait_for"]
    return sorted("%s %s" % (point, number) for point, number in wanted.items() if shown.get(point, 0) < int(number))


def awaited(module):
    """The files, once they show the CRLs that are waited for."""
    end = time.time() + module.params["wait_timeout"]
    while True:
        files = status(module)
        missing = behind(module, files)
        if not missing:
            return files
        if time.time() > end:
            module.fail_json(msg="replication has not caught up: this server does not show CRL %s" % ", ".join(missing), files=files)
        time.sleep(5)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            tool.OPTIONS,
            instance=dict(type="str"),
            path=dict(type="path"),
            export=dict(type="bool", default=False),
            live=dict(type="bool", default=True),
            wait_for=dict(type="dict", default={}),
            wait_timeout=dict(type="int", default=900),
        ),
        mutually_exclusive=[("instance", "path")],
        required_if=[("export", True, ("instance", "path"), True)],
        supports_check_mode=True,
    )
    result = dict(files=awaited(module))
    if module.params["export"]:
        target = ("--instance=%s" % module.params["instance"]) if module.params["instance"] else "--to=%s" % module.params["path"]
        code, output, errors = module.run_command(tool.command_line(module, ["export-ca", target] + tool.asking(module)))
        if code:
            module.fail_json(msg=errors.strip(), rc=code)
        result["export"] = output
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
