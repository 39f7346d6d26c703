#!/usr/bin/python
# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r"""
---
module: pki_role_plan
short_description: Judge a topology of Dogtag servers, and plan a move or a repair
version_added: 0.2.0
description:
  - Runs C(pki-role check) and C(pki-role plan) over statuses that M(pki_role.dogtag.pki_role_info) gathered, on any one host.
  - A wrong topology and open questions are no failure of this module; look at RV(problems), RV(unplanned) and RV(questions).
extends_documentation_fragment:
  - pki_role.dogtag.tool
  - pki_role.dogtag.looking
options:
  statuses:
    description:
      - The C(files) of every host, by the host's name in the inventory.
    type: dict
    required: true
  move:
    description:
      - Plan a move to O(new_master); without it only what is wrong is put right.
    type: bool
    default: false
  new_master:
    description:
      - The host of the inventory that becomes the master.
    type: str
  new_master_address:
    description:
      - Its C(HOST:PORT), where its CS.cfg does not name it.
    type: str
  ocsp:
    description:
      - Plan for the OCSP responders.
    type: bool
    default: false
  dead:
    description:
      - Names of dead hosts, as other servers know them.
    type: list
    elements: str
    default: []
  former_cfg:
    description:
      - The content of a dead master's CS.cfg, or of a backup of it.
    type: str
  with_publishing:
    description:
      - Whether the publishing settings move too. Without it that is asked where it matters.
    type: bool
  accept:
    description:
      - Codes of problems that count as warnings.
    type: list
    elements: str
    default: []
seealso:
  - module: pki_role.dogtag.pki_role
  - module: pki_role.dogtag.pki_role_info
author:
  - the pki-role maintainers (@pki-role)
"""

EXAMPLES = r"""
- name: Plan a move to ca2
  pki_role.dogtag.pki_role_plan:
    statuses: "{{ statuses }}"
    move: true
    new_master: ca2
    with_publishing: true
  register: planned
"""

RETURN = r"""
ok:
  description: Whether the topology has no problem.
  returned: success
  type: bool
problems:
  description: What is wrong, each with C(code), C(message), C(fix), C(host), C(instance), C(config) and C(line).
  returned: success
  type: list
  elements: dict
notes:
  description: Warnings, of the same shape.
  returned: success
  type: list
  elements: dict
unplanned:
  description: The problems of servers for which the plan has no step.
  returned: success
  type: list
  elements: dict
questions:
  description: What has to be decided first, each with C(code), C(question), C(host), C(config) and C(commands).
  returned: success
  type: list
  elements: dict
steps:
  description: The steps, in order.
  returned: success
  type: list
  elements: dict
  contains:
    inventory_host:
      description: The host of the inventory on which it is carried out; none for a dead host.
      type: str
    needs:
      description: What it needs before; C(inventory_host) is where C(argv) is typed.
      type: dict
    crls:
      description: For a wait, the CRL number to wait for, by issuing point.
      type: dict
    argv:
      description: The command.
      type: list
      elements: str
    command:
      description: The command as it is typed.
      type: str
    host:
      description: The host, as its CS.cfg names it.
      type: str
    reason:
      description: Why.
      type: str
    notes:
      description: What should be known about it.
      type: list
      elements: str
    optional:
      description: Whether it puts only a warning right.
      type: bool
    when:
      description: V(now) or V(before-it-returns).
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

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pki_role.dogtag.plugins.module_utils import tool


def ask(module, arguments):
    code, answer = tool.run(module, arguments)
    if "error" in answer:
        tool.fail(module, code, answer["error"])
    return answer


def of_subsystem(module, inventory_host):
    kind = "OCSP" if module.params["ocsp"] else "CA"
    return [file for file in module.params["statuses"].get(inventory_host, []) if file["subsystem"] == kind]


def name_of_new_master(module):
    """The server's own name for what the inventory calls the new master."""
    if module.params["new_master_address"]:
        return module.params["new_master_address"]
    files = of_subsystem(module, module.params["new_master"])
    if len(files) != 1:
        kind = "OCSP responders" if module.params["ocsp"] else "CAs"
        module.fail_json(msg="%s has %d %s: name the instance with pki_role_instance" % (module.params["new_master"], len(files), kind))
    if not files[0]["host"]:
        return files[0]["config"]
    return "%s@%s" % (files[0]["instance"], files[0]["host"]) if files[0]["instance"] else files[0]["host"]


def plan(module, files, with_publishing):
    arguments = ["plan"] + files
    if module.params["move"]:
        arguments.append("--new-master=%s" % name_of_new_master(module))
    if module.params["ocsp"]:
        arguments.append("--ocsp")
    arguments += ["--dead=%s" % host for host in module.params["dead"]]
    if with_publishing is not None and not module.params["ocsp"]:
        arguments.append("--with-publishing" if with_publishing else "--without-publishing")
    return ask(module, arguments)


def servers(module):
    return [(name, file) for name, files in sorted(module.params["statuses"].items()) for file in files]


def placed(module, place):
    """The host of the inventory that a step means."""
    for name, file in servers(module):
        if file["host"] == place.get("host") and place.get("instance") in (None, file["instance"]):
            return name
    return None


def former_master(module):
    """After an interrupted move nobody generates CRLs. The former master is the clone that was redirected
    to the new one last: the one with the newest backup."""
    new = of_subsystem(module, module.params["new_master"])[0]
    follows = []
    for name, file in servers(module):
        redirect = file.get("redirect") or {}
        if file["subsystem"] == "CA" and file is not new and redirect.get("host") == new["host"] and file["instance"]:
            follows.append(((file.get("backups") or [""])[-1], name, file))
    return max(follows, key=lambda each: each[0])[1:] if follows else None


def resumed(module, steps):
    """An interrupted move goes on with the settings of the master that it demoted."""
    for step in steps:
        former = former_master(module) if step["argv"][1] == "promote-ca" and "--keep-settings" in step["argv"] else None
        is_clone = former and of_subsystem(module, module.params["new_master"])[0]["role"] == "clone"
        if is_clone and not module.params["dead"]:
            argv = ["pki-role", "export-ca", "-i", former[1]["instance"]]
            step["needs"] = dict(host=former[1]["host"], argv=argv, file="former-master.export", inventory_host=former[0])
            at = step["argv"].index("--keep-settings")
            publishing = ["--with-publishing"] if module.params["with_publishing"] else []
            step["argv"][at:at + 1] = ["--from", "former-master.export"] + publishing
            step["command"] = " ".join(step["argv"])
            step["notes"] = ["its settings are those of %s, which was demoted last" % former[1]["host"]]


def interrupted(module, steps):
    """A server that an interrupted run left stopped: the same command again starts it."""
    for name, file in servers(module):
        redirect = file.get("redirect") or {}
        is_planned = any(step["inventory_host"] == name and step["argv"][1] not in ("status", "check") for step in steps)
        if not file.get("interrupted") or is_planned or not file["instance"]:
            continue
        if file["subsystem"] == "CA" and file["role"] == "clone" and redirect.get("host"):
            argv = ["redirect-ca", "-i", file["instance"], "--new-master", "%s:%s" % (redirect["host"], redirect["port"])]
        elif file["subsystem"] == "OCSP" and file["role"] in ("master", "clone"):
            argv = ["promote-ocsp" if file["role"] == "master" else "demote-ocsp", "-i", file["instance"]]
        else:
            continue
        argv = ["pki-role"] + argv
        yield dict(
            inventory_host=name, host=file["host"], instance=file["instance"], config=file["config"], argv=argv,
            command=" ".join(argv), needs=None, optional=False, when="now", notes=[], crls={},
            reason="start what an interrupted run left stopped",
        )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            tool.OPTIONS,
            statuses=dict(type="dict", required=True),
            move=dict(type="bool", default=False),
            new_master=dict(type="str"),
            new_master_address=dict(type="str"),
            ocsp=dict(type="bool", default=False),
            dead=dict(type="list", elements="str", default=[]),
            former_cfg=dict(type="str", no_log=True),
            with_publishing=dict(type="bool"),
            accept=dict(type="list", elements="str", default=[]),
        ),
        required_if=[("move", True, ("new_master",))],
        supports_check_mode=True,
    )
    gathered = [file for unused, file in servers(module)]
    if not gathered:
        module.fail_json(msg="no host has a CS.cfg: there is nothing to judge")
    status = tool.saved(module, "status.json", json.dumps(dict(schema_version=tool.SCHEMA_VERSION, files=gathered)))
    files = [status]
    former = module.params["former_cfg"]
    if former is not None:
        files.append(tool.saved(module, "former-master.cfg", former))
    checked = ask(module, ["check", status] + ["--accept=%s" % code for code in module.params["accept"]])
    planned = plan(module, files, module.params["with_publishing"])
    if module.params["with_publishing"] and [each["code"] for each in planned["questions"]] == ["nothing-to-publish-from"]:
        without = plan(module, files, False)
        planned = without if former_master(module) else planned
    steps = [step for step in planned["steps"] if step["argv"][1] != "check"]
    for step in steps:
        step["inventory_host"] = placed(module, step) if step["when"] == "now" else None
        if step["needs"] and "argv" in step["needs"]:
            argv = step["needs"]["argv"]
            instance = argv[argv.index("-i") + 1] if "-i" in argv else None
            step["needs"]["inventory_host"] = placed(module, dict(host=step["needs"]["host"], instance=instance))
    if module.params["move"] and not module.params["ocsp"]:
        resumed(module, steps)
    for step in steps:
        step["crls"] = dict((each["issuing_point"], each["number"]) for each in step.pop("awaits"))
    steps = list(interrupted(module, steps)) + steps
    hosts = [step["host"] for step in steps]
    unplanned = [problem for problem in checked["problems"] if problem["host"] and problem["host"] not in hosts]
    for question in planned["questions"]:
        question["commands"] = [command.replace(status, "STATUS") for command in question["commands"]]
    module.exit_json(
        changed=False,
        ok=checked["ok"],
        problems=checked["problems"],
        notes=checked["warnings"],
        unplanned=unplanned,
        questions=planned["questions"],
        steps=steps,
    )


if __name__ == "__main__":
    main()
