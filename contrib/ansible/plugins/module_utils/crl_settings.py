# Copyright: the pki-role maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lines of a former master's CS.cfg that a promotion copies, and no others.

They are cut out on the host where the file is, so that nothing else of it leaves that host. Lines
are joined and keys told apart as the server does it; each line that is taken stays as it is
written. What may be copied is judged by pki-role, which reads the result.
"""

import re

CRL = b"ca.crl."
PUBLISHING = b"ca.publish."

# What tells pki-role whose lines these are, so that it can warn: the subsystem, the host, the CA's
# certificate, and whether it is still a master. `pki-role status` tells all of it to anybody who asks.
IDENTITY = [
    b"cs.type",
    b"machineName",
    b"service.machineName",
    b"ca.signing.cert",
    b"ca.certStatusUpdateInterval",
    b"ca.listenToCloneModifications",
    b"master.ca.agent.host",
    b"master.ca.agent.port",
]

BLANKS = b" \t\f"
KEY = re.compile(rb"[^=: \t\f]*")


def logical_lines(data):
    """Each logical line of a CS.cfg: its physical lines, and its text with continuations joined."""
    physical, joined = [], b""
    for line in re.split(rb"\r\n|\r|\n", data):
        text = line.lstrip(BLANKS) if physical else line
        is_comment = not physical and line[:1] in (b"#", b"!")
        physical.append(line)
        backslashes = len(text) - len(text.rstrip(b"\\"))
        if backslashes % 2 and not is_comment:
            joined += text[:-1]
            continue
        yield physical, b"" if is_comment else joined + text
        physical, joined = [], b""
    if physical:
        yield physical, joined


def crl_settings(data, with_publishing):
    """The lines to copy, with those that tell whose they are; and how many CRL settings are among them."""
    taken, count = [], 0
    for physical, text in logical_lines(data):
        key = KEY.match(text.lstrip(BLANKS)).group()
        count += key.startswith(CRL)
        if key.startswith(CRL) or key in IDENTITY or (with_publishing and key.startswith(PUBLISHING)):
            taken += physical
    return b"\n".join(taken) + b"\n", count
