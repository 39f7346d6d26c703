#!/usr/bin/python
# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r"""
---
module: pki_role
short_description: Change the role of a Dogtag CA or OCSP responder
version_added: 0.1.0
description:
  - Runs one command of C(pki-role) that changes a CS.cfg, with its service stopped meanwhile, or has a CRL issued.
  - Exactly one CA of a topology may generate CRLs. The playbooks of this collection do whole moves over all hosts.
  - Where nothing has to be changed, nothing is written and no service is stopped.
extends_documentation_fragment:
  - pki_role.dogtag.tool
options:
  command:
    description:
      - The command. Exactly one of O(command) and O(step) is needed.
    type: str
    choices: [demote-ca, promote-ca, demote-ocsp, promote-ocsp, redirect-ca, restore, redirect-publisher, issue-crl]
  step:
    description:
      - The C(argv) of a step that M(pki_role.dogtag.pki_role_plan) returned. It names its target itself.
    type: list
    elements: str
  instance:
    description:
      - The instance on the host. With O(command), exactly one of O(instance) and O(path) is needed.
    type: str
  path:
    description:
      - The CS.cfg.
    type: path
  subsystem:
    description:
      - For C(restore), the subsystem of O(instance).
    type: str
    choices: [ca, ocsp]
  from:
    description:
      - For C(promote-ca), the content of an export, a backup or the former master's CS.cfg; for C(restore), that of a backup.
      - With O(step) it takes the place of the file that the step names.
    type: str
  keep_settings:
    description:
      - For C(promote-ca), keep this CA's own issuing point settings. Exactly one of it and O(from) is needed.
    type: bool
    default: false
  enable_issuing_point:
    description:
      - For C(promote-ca), issuing points to enable.
    type: list
    elements: str
    default: []
  with_publishing:
    description:
      - For C(promote-ca) and C(restore), copy the C(ca.publish.*) parameters too.
    type: bool
    default: false
  with_ipa_proxy:
    description:
      - For C(promote-ca), C(demote-ca) and C(restore) on a FreeIPA host, change the web server's rule too.
    type: bool
    default: false
  cert_status_update_interval:
    description:
      - For C(promote-ca), seconds between two runs of the status update task.
    type: int
  issue_crl:
    description:
      - For C(promote-ca), have a CRL issued afterwards.
    type: bool
    default: false
  agent_cert:
    description:
      - For O(issue_crl=true) and C(issue-crl), the certificate of an agent on the host, in PEM.
    type: path
  agent_key:
    description:
      - Its key, in PEM.
    type: path
  cacert:
    description:
      - The CA's own certificate, in PEM.
    type: path
  new_master:
    description:
      - For C(demote-ca) and C(redirect-ca), the new master's C(HOST:PORT), with its agent port.
    type: str
  old_responder:
    description:
      - For C(redirect-publisher), the C(HOST:PORT) that the publisher names.
    type: str
  new_responder:
    description:
      - For C(redirect-publisher), the C(HOST:PORT) to name.
    type: str
  refresh_in_sec:
    description:
      - For C(demote-ocsp) and C(promote-ocsp), the refresh interval.
    type: int
  accept:
    description:
      - Codes of refusals in spite of which to go on.
    type: list
    elements: str
    default: []
  service:
    description:
      - The unit to stop and start. By default the one of the instance that the file belongs to.
    type: str
  manage_service:
    description:
      - Whether the unit may be stopped and started.
    type: bool
    default: true
  allow_running:
    description:
      - With O(manage_service=false), edit although the server runs.
    type: bool
    default: false
  start:
    description:
      - Whether the unit is started afterwards.
    type: bool
    default: true
  timeout:
    description:
      - Seconds that a stop, a start, or the wait for an answer may last.
    type: int
  settle:
    description:
      - Seconds for which CS.cfg must have been left alone after a start before the role is verified.
    type: int
  rollback:
    description:
      - Put the role's parameters back when the service does not come up with the new ones.
    type: bool
    default: false
  backup:
    description:
      - Whether a backup is made.
    type: bool
    default: true
  backup_dir:
    description:
      - Put the backup into this directory, not beside the file.
    type: path
attributes:
  check_mode:
    description: Shows what would be changed and touches nothing. C(issue-crl) is skipped.
    support: full
  diff_mode:
    description: Shows the parameters that change, each as it was and as it is.
    support: full
seealso:
  - module: pki_role.dogtag.pki_role_info
  - module: pki_role.dogtag.pki_role_plan
author:
  - the pki-role maintainers (@pki-role)
"""

EXAMPLES = r"""
- name: Make the old master a clone that follows ca2
  pki_role.dogtag.pki_role:
    command: demote-ca
    instance: pki-tomcat
    new_master: ca2.example.com:8443

- name: Make ca2 the master, with the settings of the old one
  pki_role.dogtag.pki_role:
    command: promote-ca
    instance: pki-tomcat
    from: "{{ hostvars['ca1'].former.export }}"
"""

RETURN = r"""
command:
  description: The command of pki-role.
  returned: when pki-role was called
  type: str
  sample: demote-ca
config:
  description: The CS.cfg.
  returned: when pki-role was called
  type: str
  sample: /etc/pki/pki-tomcat/ca/CS.cfg
role_before:
  description: The role before, V(master), V(clone), V(mixed) or V(unknown).
  returned: for a change
  type: str
role_after:
  description: The role after.
  returned: for a change
  type: str
changes:
  description: The parameters that changed or would change.
  returned: for a change
  type: list
  elements: dict
  contains:
    key:
      description: The parameter.
      type: str
    before:
      description: Its value before; none where there was none.
      type: str
    after:
      description: Its value after; none where it was removed.
      type: str
    line:
      description: The line where it was.
      type: int
    reason:
      description: Why.
      type: str
notes:
  description: Findings, each with C(code), C(severity), C(message), C(fix) and C(line). They are shown as warnings too.
  returned: for a change
  type: list
  elements: dict
accepted:
  description: Codes of the refusals that were accepted.
  returned: for a change
  type: list
  elements: str
backup:
  description: The backup, where one was made.
  returned: for a change
  type: str
service:
  description: What became of the unit, with C(unit), C(was_active), C(stopped), C(started), C(ready) and C(down_seconds).
  returned: for a change
  type: dict
issued:
  description: The CRLs that were issued, each with C(issuing_point), C(before), C(crl) and C(publish_error).
  returned: when pki-role was called
  type: list
  elements: dict
not_issued:
  description: The issuing points at which none was issued, each with C(issuing_point), C(code) and C(message).
  returned: for C(issue-crl)
  type: list
  elements: dict
error:
  description: Why it failed, with C(code), C(exit_code), C(message), C(state), C(fix) and C(commands).
  returned: failure of pki-role
  type: dict
rc:
  description: The exit code of pki-role. With 3 and 4 everything is as it was, with 5 something is changed or down.
  returned: failure of pki-role
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pki_role.dogtag.plugins.module_utils import tool

CHANGES = ["demote-ca", "promote-ca", "demote-ocsp", "promote-ocsp", "redirect-ca", "restore", "redirect-publisher"]
ISSUES = ["promote-ca", "issue-crl"]
PUBLISHES = ["promote-ca", "restore"]
PROXIES = ["promote-ca", "demote-ca", "restore"]

# Options with a value, and the commands that have them.
VALUES = dict(
    new_master=["demote-ca", "redirect-ca"],
    old_responder=["redirect-publisher"],
    new_responder=["redirect-publisher"],
    refresh_in_sec=["demote-ocsp", "promote-ocsp"],
    cert_status_update_interval=["promote-ca"],
    subsystem=["restore"],
    agent_cert=ISSUES,
    agent_key=ISSUES,
    cacert=ISSUES,
    systemctl=CHANGES + ["issue-crl"],
    timeout=CHANGES + ["issue-crl"],
    service=CHANGES,
    settle=CHANGES,
    backup_dir=CHANGES,
)
FIELDS = ["command", "config", "role_before", "role_after", "changes", "accepted", "backup", "service", "issued", "not_issued"]


def named(module, command):
    """The target and the settings: as the step has them, or as options."""
    params = module.params
    source = tool.saved(module, "from", params["from"]) if params["from"] is not None else None
    if params["step"]:
        arguments = params["step"][2:]
        if source and "--from" in arguments:
            arguments[arguments.index("--from") + 1] = source
        return arguments
    target = "--instance=%s" % params["instance"] if params["instance"] else "--to=%s" % params["path"]
    return [target] + (["--from=%s" % source] if source else [])


def arguments(module, command):
    """The command line behind the program's name."""
    params = module.params
    given = [command] + named(module, command)
    for name in sorted(VALUES):
        if params[name] is not None and command in VALUES[name]:
            # With "=", so that no value is taken for an option.
            given.append("--%s=%s" % (name.replace("_", "-"), params[name]))
    if command in CHANGES:
        given += ["--accept=%s" % code for code in params["accept"]]
    if command == "promote-ca":
        given += ["--enable-issuing-point=%s" % point for point in params["enable_issuing_point"]]
    flags = [
        ("--keep-settings", params["keep_settings"] and command == "promote-ca"),
        ("--issue-crl", params["issue_crl"] and command == "promote-ca"),
        ("--with-publishing", params["with_publishing"] and command in PUBLISHES),
        ("--with-ipa-proxy", params["with_ipa_proxy"] and command in PROXIES),
        ("--no-service", not params["manage_service"] and command in CHANGES),
        ("--allow-running", params["allow_running"] and command in CHANGES),
        ("--no-start", not params["start"] and command in CHANGES),
        ("--rollback", params["rollback"] and command in CHANGES),
        ("--no-backup", not params["backup"] and command in CHANGES),
        ("--dry-run", module.check_mode and command in CHANGES),
    ]
    return given + [flag for flag, wanted in flags if wanted and flag not in given]


def difference(answer):
    """The parameters that change, as Ansible shows a difference."""
    def lines(when):
        return "".join("%s=%s\n" % (change["key"], change[when]) for change in answer["changes"] if change[when] is not None)

    header = "%s (%s)"
    return dict(
        before_header=header % (answer["config"], answer["role_before"]),
        after_header=header % (answer["config"], answer["role_after"]),
        before=lines("before"),
        after=lines("after"),
    )


def main():
    text = ["new_master", "old_responder", "new_responder", "service"]
    module = AnsibleModule(
        argument_spec=dict(
            tool.OPTIONS,
            command=dict(type="str", choices=CHANGES[:6] + ["redirect-publisher", "issue-crl"]),
            step=dict(type="list", elements="str"),
            instance=dict(type="str"),
            path=dict(type="path"),
            subsystem=dict(type="str", choices=["ca", "ocsp"]),
            keep_settings=dict(type="bool", default=False),
            enable_issuing_point=dict(type="list", elements="str", default=[]),
            with_publishing=dict(type="bool", default=False),
            with_ipa_proxy=dict(type="bool", default=False),
            cert_status_update_interval=dict(type="int"),
            issue_crl=dict(type="bool", default=False),
            agent_cert=dict(type="path"),
            agent_key=dict(type="path", no_log=False),
            cacert=dict(type="path"),
            refresh_in_sec=dict(type="int"),
            accept=dict(type="list", elements="str", default=[]),
            manage_service=dict(type="bool", default=True),
            allow_running=dict(type="bool", default=False),
            start=dict(type="bool", default=True),
            timeout=dict(type="int"),
            settle=dict(type="int"),
            rollback=dict(type="bool", default=False),
            backup=dict(type="bool", default=True),
            backup_dir=dict(type="path"),
            **dict([("from", dict(type="str", no_log=True))] + [(name, dict(type="str")) for name in text])
        ),
        required_one_of=[("command", "step"), ("step", "instance", "path")],
        mutually_exclusive=[("command", "step"), ("step", "instance", "path"), ("from", "keep_settings")],
        supports_check_mode=True,
    )
    step = module.params["step"]
    if step and (len(step) < 2 or step[0] != "pki-role" or step[1] not in CHANGES + ["issue-crl"]):
        module.fail_json(msg="this is not a step that changes a server: %s" % " ".join(step))
    command = step[1] if step else module.params["command"]
    if command == "issue-crl" and module.check_mode:
        module.exit_json(changed=True, command=command)
    code, answer = tool.run(module, arguments(module, command))
    result = dict((field, answer[field]) for field in FIELDS if field in answer)
    # A refused or failed command may not have got as far as an object of its own.
    result["changed"] = answer.get("changed", bool(answer.get("issued")))
    # Ansible has a use of its own for `warnings`.
    result["notes"] = answer.get("warnings", [])
    for note in result["notes"]:
        module.warn("%s [%s]" % (note["message"], note["code"]))
    if answer.get("changed") and answer.get("changes"):
        result["diff"] = difference(answer)
    if "error" in answer:
        tool.fail(module, code, answer["error"], **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
