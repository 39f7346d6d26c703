#!/usr/bin/python
# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Why it exists: who is master is asked on each host and judged over all of them; nothing is changed."""

DOCUMENTATION = r"""
---
module: pki_role_info
short_description: Tell the role of Dogtag CAs and OCSP responders, or judge a whole topology
version_added: 0.1.0
description:
  - Without O(topology), tells what C(pki-role status) tells of the host's CS.cfg files.
  - With O(topology), judges what it told on several hosts, as C(pki-role check) does. A topology is right with exactly one
    CA master, one OCSP master, and redirects that agree. A wrong one is no failure of this module; look at RV(ok).
extends_documentation_fragment:
  - pki_role.dogtag.tool
options:
  instance:
    description:
      - An instance on the host, with all its subsystems.
      - Without it and without O(path), every instance on the host.
    type: str
  path:
    description:
      - One CS.cfg.
    type: path
  topology:
    description:
      - Entries of RV(files), gathered on several hosts.
    type: list
    elements: dict
attributes:
  check_mode:
    description: Can run in check mode; it changes nothing.
    support: full
  diff_mode:
    description: It changes nothing, so that there is no difference to show.
    support: none
seealso:
  - module: pki_role.dogtag.pki_role
author:
  - the pki-role maintainers (@pki-role)
"""

EXAMPLES = r"""
- name: Tell the roles on every host
  pki_role.dogtag.pki_role_info:
  register: told

- name: Judge all of them on one host
  pki_role.dogtag.pki_role_info:
    topology: "{{ ansible_play_hosts | map('extract', hostvars, ['told', 'files']) | flatten }}"
  register: judged
  run_once: true

- name: Fail where the topology is wrong
  ansible.builtin.assert:
    that: judged.ok
    fail_msg: "{{ judged.problems | map(attribute='message') | join('; ') }}"
  run_once: true
"""

RETURN = r"""
files:
  description:
    - What is told of each CS.cfg. The fields are those of C(pki-role status --output json); the README of pki-role
      describes all of them.
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
    host:
      description: The host that the file says it belongs to.
      type: str
    agent_port:
      description: The agent port.
      type: str
    role:
      description: V(master), V(clone), V(mixed), or V(none) where masters and clones are alike.
      type: str
    summary:
      description: The role in words.
      type: str
    evidence:
      description: The keys that the role was told from.
      type: list
      elements: dict
    redirect:
      description: Where a CA clone sends CRL requests, as C(host) and C(port).
      type: dict
    service:
      description: The unit, and whether it is active, as C(unit) and C(active).
      type: dict
ok:
  description: Whether the topology is right.
  returned: with O(topology)
  type: bool
problems:
  description: What is wrong, each with C(code), C(message), C(remedy), C(config), C(host) and C(line).
  returned: with O(topology)
  type: list
  elements: dict
notes:
  description: What to know beside that, each with C(code) and C(message).
  returned: with O(topology)
  type: list
  elements: dict
error:
  description: Why it failed, with C(code), C(message), C(state) and C(remedy).
  returned: failure
  type: dict
"""

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pki_role.dogtag.plugins.module_utils import tool


def judge(module, topology):
    """What `pki-role check` says of saved statuses."""
    saved = os.path.join(module.tmpdir, "status.json")
    with open(saved, "w") as file:
        json.dump({"files": topology}, file)
    code, told = tool.run(module, "check", [saved])
    if "error" in told:
        tool.fail(module, code, told["error"])
    # Ansible has a use of its own for `warnings`.
    return dict(ok=told["ok"], problems=told["problems"], notes=told["warnings"], files=told["files"])


def main():
    module = AnsibleModule(
        argument_spec=dict(tool.OPTIONS, topology=dict(type="list", elements="dict")),
        mutually_exclusive=[("instance", "path")],
        supports_check_mode=True,
    )
    topology = module.params["topology"]
    result = dict(files=tool.status(module)) if topology is None else judge(module, topology)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
