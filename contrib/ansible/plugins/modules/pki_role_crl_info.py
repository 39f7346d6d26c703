#!/usr/bin/python
# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Why it exists: a promotion needs the former master's CRL settings, and only these may travel."""

DOCUMENTATION = r"""
---
module: pki_role_crl_info
short_description: Read the CRL settings of a CA's CS.cfg, and nothing else of it
version_added: 0.1.0
description:
  - Returns the lines of a CS.cfg that begin with C(ca.crl.), which a new master takes over from the former one.
  - With them go the lines that tell whose settings they are and whether that CA is still a master
    (C(cs.type), C(machineName), C(ca.signing.cert), C(ca.certStatusUpdateInterval), C(ca.listenToCloneModifications),
    C(master.ca.agent.*)). M(pki_role.dogtag.pki_role_info) returns these too. No other line leaves the host.
  - It needs no pki-role on the host, so that it reads a backup anywhere, on the control node too.
options:
  path:
    description:
      - The CS.cfg of the former master, or a backup of it.
    type: path
    required: true
  with_publishing:
    description:
      - Return the lines that begin with C(ca.publish.) too.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode; it changes nothing.
    support: full
  diff_mode:
    description: It changes nothing, so that there is no difference to show.
    support: none
  platform:
    description: Where CS.cfg files are.
    platforms: posix
    support: full
seealso:
  - module: pki_role.dogtag.pki_role
author:
  - the pki-role maintainers (@pki-role)
"""

EXAMPLES = r"""
- name: Read what the new master takes over
  pki_role.dogtag.pki_role_crl_info:
    path: /etc/pki/pki-tomcat/ca/CS.cfg
  register: former

- name: Read it from a backup on the control node, as the old master is dead
  pki_role.dogtag.pki_role_crl_info:
    path: /backup/ca1/CS.cfg
  delegate_to: localhost
  register: former
"""

RETURN = r"""
settings:
  description: The lines, as O(pki_role.dogtag.pki_role#module:former_master_settings) takes them.
  returned: success
  type: str
  sample: "cs.type=CA\nca.crl.MasterCRL.class=com.netscape.ca.CRLIssuingPoint\n"
count:
  description: How many C(ca.crl.) settings there are to copy.
  returned: success
  type: int
  sample: 61
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pki_role.dogtag.plugins.module_utils.crl_settings import crl_settings


def main():
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            with_publishing=dict(type="bool", default=False),
        ),
        supports_check_mode=True,
    )
    path = module.params["path"]
    try:
        with open(path, "rb") as file:
            settings, count = crl_settings(file.read(), module.params["with_publishing"])
        text = settings.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        module.fail_json(msg="%s cannot be read: %s; state: nothing was touched" % (path, error))
    if not count:
        module.fail_json(
            msg="%s holds no line that begins with `ca.crl.`: there is nothing to copy; state: nothing was touched; "
            "next: name the former master's CS.cfg, or a backup that still holds these lines" % path
        )
    module.exit_json(changed=False, settings=text, count=count)


if __name__ == "__main__":
    main()
