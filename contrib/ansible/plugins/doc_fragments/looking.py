# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation of what every module that only looks has."""


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: It changes nothing.
    support: full
  diff_mode:
    description: It changes nothing, so there is no difference to show.
    support: none
"""
