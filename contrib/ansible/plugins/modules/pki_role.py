#!/usr/bin/python
# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Why it exists: one conversion on one host, with check mode, differences and failures as Ansible knows them."""

DOCUMENTATION = r"""
---
module: pki_role
short_description: Make a Dogtag CA or OCSP responder a master or a clone
version_added: 0.1.0
description:
  - Converts one CA or OCSP responder of Dogtag PKI, Red Hat Certificate System or FreeIPA by editing its CS.cfg, with its
    service stopped meanwhile. C(pki-role) does it; see its README for what is changed and why.
  - Exactly one CA of a topology may be the master. Demote the old one first. The playbooks C(pki_role.dogtag.move_ca_master)
    and C(pki_role.dogtag.move_ocsp_master) do the whole move over all hosts.
  - Where nothing has to be changed, no service is stopped and nothing is written.
extends_documentation_fragment:
  - pki_role.dogtag.tool
options:
  state:
    description:
      - What the subsystem is to be.
      - With V(ca_master), a CA that is the master already is left alone, whatever the former master's settings say, as its
        CRL settings may have been edited since.
      - With V(ca_clone), a CA that is a clone already is made to follow O(new_master).
    type: str
    required: true
    choices: [ca_master, ca_clone, ocsp_master, ocsp_clone]
  instance:
    description:
      - The instance on the host. Exactly one of O(instance) and O(path) is needed.
    type: str
  path:
    description:
      - The CS.cfg.
    type: path
  former_master_cfg:
    description:
      - For V(ca_master), the former master's CS.cfg, or a backup of it, on this host.
    type: path
  former_master_settings:
    description:
      - For V(ca_master), instead of O(former_master_cfg), the settings that M(pki_role.dogtag.pki_role_crl_info) returned.
    type: str
  with_publishing:
    description:
      - For V(ca_master), copy the former master's C(ca.publish.*) settings too.
    type: bool
    default: false
  cert_status_update_interval:
    description:
      - For V(ca_master), seconds between two runs of the certificate status update task; C(600) where it is not given.
    type: int
  new_master:
    description:
      - For V(ca_clone), the new master's C(HOST:PORT), with its agent port.
    type: str
  refresh_in_sec:
    description:
      - For V(ocsp_clone), the refresh interval, C(21600) or C(14400); C(21600) where it is not given.
      - For V(ocsp_master), an interval to set; where it is not given the key is deleted.
    type: int
  service:
    description:
      - The unit to stop and start. By default the one of the instance that the file belongs to.
    type: str
  manage_service:
    description:
      - Whether the unit may be stopped and started. Without, a file whose unit is active is refused.
    type: bool
    default: true
  allow_running:
    description:
      - With O(manage_service=false), edit although the unit is active.
    type: bool
    default: false
  start:
    description:
      - Whether the unit is started afterwards.
    type: bool
    default: true
  timeout:
    description:
      - How many seconds a stop, a start, or the wait for an answer may last; C(120) where it is not given.
    type: int
  settle:
    description:
      - How many seconds CS.cfg must have been left alone after a start before the role is looked at once more; C(4) where it
        is not given.
    type: int
  rollback:
    description:
      - Put the role's keys back when the service does not come up with the new ones.
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
  expected_warnings:
    description:
      - Codes of warnings that are no news here. They are returned, but not shown.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Tells what would be changed and touches nothing.
    support: full
  diff_mode:
    description: Shows the settings that change, each as it was and as it is.
    support: full
seealso:
  - module: pki_role.dogtag.pki_role_info
  - module: pki_role.dogtag.pki_role_crl_info
author:
  - the pki-role maintainers (@pki-role)
"""

EXAMPLES = r"""
- name: Make the old master a clone that follows ca2
  pki_role.dogtag.pki_role:
    state: ca_clone
    instance: pki-tomcat
    new_master: ca2.example.com:8443

- name: Make ca2 the master, with the CRL settings of the old one
  pki_role.dogtag.pki_role:
    state: ca_master
    instance: pki-tomcat
    former_master_settings: "{{ hostvars['ca1'].former.settings }}"

- name: The same with a backup that lies on ca2
  pki_role.dogtag.pki_role:
    state: ca_master
    instance: pki-tomcat
    former_master_cfg: /root/ca1.CS.cfg

- name: Make an OCSP responder the master
  pki_role.dogtag.pki_role:
    state: ocsp_master
    instance: pki-ocsp
"""

RETURN = r"""
command:
  description: The command of pki-role.
  returned: when pki-role was called
  type: str
  sample: demote-ca
config:
  description: The CS.cfg.
  returned: always, as far as it is known
  type: str
  sample: /etc/pki/pki-tomcat/ca/CS.cfg
role_before:
  description: The role before, V(master), V(clone) or V(mixed).
  returned: always, as far as it is known
  type: str
role_after:
  description: The role after.
  returned: always, as far as it is known
  type: str
changes:
  description: The settings that changed or would change.
  returned: always, as far as it is known
  type: list
  elements: dict
  contains:
    key:
      description: The setting.
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
      description: Why, in the words of the procedure.
      type: str
notes:
  description: What to know about the conversion, each with C(code) and C(message). They are shown as warnings too.
  returned: always, as far as it is known
  type: list
  elements: dict
backup:
  description: The backup, where one was made.
  returned: always, as far as it is known
  type: str
service:
  description: What became of the unit, with C(unit), C(was_active), C(stopped), C(started) and C(ready).
  returned: always, as far as it is known
  type: dict
error:
  description: Why it failed, with C(code), C(message), C(state) and C(remedy).
  returned: failure
  type: dict
rc:
  description: The exit code of pki-role. It tells the state that a failure left; with 3 and 4 everything is as it was,
    with 5 something is changed or down.
  returned: failure
  type: int
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pki_role.dogtag.plugins.module_utils import tool

COMMANDS = dict(
    ca_master="promote-ca",
    ca_clone="demote-ca",
    ocsp_master="promote-ocsp",
    ocsp_clone="demote-ocsp",
)

# Options of the binary that are passed on where they are given.
VALUES = ["systemctl", "service", "timeout", "settle", "backup_dir"]
OF_STATE = dict(
    ca_master=["cert_status_update_interval"],
    ca_clone=["new_master"],
    ocsp_master=["refresh_in_sec"],
    ocsp_clone=["refresh_in_sec"],
)


def former_master(module):
    """The file that holds the former master's settings; Ansible's own folder goes with the module."""
    settings = module.params["former_master_settings"]
    if settings is None:
        return module.params["former_master_cfg"]
    path = os.path.join(module.tmpdir, "former-master.CS.cfg")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(settings.encode("utf-8"))
    return path


def arguments(module):
    """The command line, as a list."""
    params = module.params
    target = ["--instance", params["instance"]] if params["instance"] else ["--to", params["path"]]
    told = list(target)
    for name in VALUES + OF_STATE[params["state"]]:
        if params[name] is not None:
            # With "=", so that no value is taken for an option.
            told.append("--%s=%s" % (name.replace("_", "-"), params[name]))
    if params["state"] == "ca_master":
        told.append("--from=%s" % former_master(module))
    flags = [
        ("--with-publishing", params["with_publishing"] and params["state"] == "ca_master"),
        ("--no-service", not params["manage_service"]),
        ("--allow-running", params["allow_running"]),
        ("--no-start", not params["start"]),
        ("--rollback", params["rollback"]),
        ("--no-backup", not params["backup"]),
        ("--dry-run", module.check_mode),
    ]
    return told + [flag for flag, given in flags if given]


def difference(told):
    """The settings that change, as Ansible shows a difference."""
    def lines(when):
        set_then = [change for change in told["changes"] if change[when] is not None]
        return "".join("%s=%s\n" % (change["key"], change[when]) for change in set_then)

    header = "%s (%s)"
    return dict(
        before_header=header % (told["config"], told["role_before"]),
        after_header=header % (told["config"], told["role_after"]),
        before=lines("before"),
        after=lines("after"),
    )


def leave_a_master_alone(module):
    """Ends here where the CA is the master already."""
    for file in tool.status(module):
        if file["subsystem"] == "CA" and file["role"] == "master":
            module.exit_json(
                changed=False,
                config=file["config"],
                role_before="master",
                role_after="master",
                changes=[],
                notes=[],
                backup=None,
                service=None,
            )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            tool.OPTIONS,
            state=dict(type="str", required=True, choices=["ca_master", "ca_clone", "ocsp_master", "ocsp_clone"]),
            former_master_cfg=dict(type="path"),
            former_master_settings=dict(type="str"),
            with_publishing=dict(type="bool", default=False),
            cert_status_update_interval=dict(type="int"),
            new_master=dict(type="str"),
            refresh_in_sec=dict(type="int"),
            service=dict(type="str"),
            manage_service=dict(type="bool", default=True),
            allow_running=dict(type="bool", default=False),
            start=dict(type="bool", default=True),
            timeout=dict(type="int"),
            settle=dict(type="int"),
            rollback=dict(type="bool", default=False),
            backup=dict(type="bool", default=True),
            backup_dir=dict(type="path"),
            expected_warnings=dict(type="list", elements="str", default=[]),
        ),
        required_one_of=[("instance", "path")],
        mutually_exclusive=[("instance", "path"), ("former_master_cfg", "former_master_settings")],
        required_if=[
            ("state", "ca_master", ("former_master_cfg", "former_master_settings"), True),
            ("state", "ca_clone", ("new_master",)),
        ],
        supports_check_mode=True,
    )
    state = module.params["state"]
    if state == "ca_master":
        leave_a_master_alone(module)
    code, told = tool.run(module, COMMANDS[state], arguments(module))
    for warning in told["warnings"]:
        if warning["code"] not in module.params["expected_warnings"]:
            module.warn("%s [%s]" % (warning["message"], warning["code"]))
    fields = ["changed", "command", "config", "role_before", "role_after", "changes", "backup", "service"]
    result = dict((field, told[field]) for field in fields)
    # Ansible has a use of its own for `warnings`.
    result["notes"] = told["warnings"]
    if told["changed"]:
        result["diff"] = difference(told)
    if "error" in told:
        tool.fail(module, code, told["error"], **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
