# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of what every module that calls the binary has: the options of module_utils/tool.py."""


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - pki-role 0.2 on the host
  - Python 3.6 or later on the host
options:
  executable:
    description:
      - The binary, by name or by path.
    type: str
    default: pki-role
  root:
    description:
      - Where the host's C(/etc/pki) and C(/var/lib/pki) are, for an image that is not running.
    type: path
    default: /
  systemctl:
    description:
      - The systemctl to call.
    type: path
attributes:
  platform:
    description: Where pki-role runs.
    platforms: posix
    support: full
"""
