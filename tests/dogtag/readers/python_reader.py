#!/usr/bin/python3
"""What pki-server reads from CS.cfg files.

The unit of a Dogtag instance runs pki-server before every start; it loads
CS.cfg with pki.util.load_properties (pki/server/subsystem.py, PKISubsystem).
This program asks that very function.

    python3 -I python_reader.py DIR

For every DIR/NAME.cfg it writes DIR/NAME.python: a line "HEXKEY HEXVALUE" per
key, sorted, in the hexadecimal digits of the string's UTF-8 bytes, or the one
line "ERROR message" where the loader raises.
"""

import pathlib
import sys

import pki.util


def hexed(text):
    return text.encode('utf-8').hex()


def read(path):
    properties = {}
    try:
        pki.util.load_properties(str(path), properties)
    except Exception as error:  # whatever the loader raises stops the service
        return ['ERROR %s: %s' % (type(error).__name__, ' '.join(str(error).split()))]
    return sorted('%s %s' % (hexed(k), hexed(v)) for k, v in properties.items())


for config in pathlib.Path(sys.argv[1]).glob('*.cfg'):
    lines = read(config)
    config.with_suffix('.python').write_text(''.join(line + '\n' for line in lines))
