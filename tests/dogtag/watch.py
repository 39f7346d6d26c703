#!/usr/bin/python3
"""For how long did a server not answer?

    watch.py URL FILE

Asks URL (a getStatus) many times a second until it is ended, and appends
"TIME up" or "TIME down" to FILE at every change.  `run` takes the downtime of
a conversion from it: from the first answer that failed to the first one that
says running again.
"""

import sys
import time
import urllib.request

PACE = 0.05          # seconds between two questions
AT_MOST = 900        # seconds: nobody forgets a watcher for ever

url, path = sys.argv[1:]
before = None
end = time.monotonic() + AT_MOST
with open(path, 'a', buffering=1) as record:
    while time.monotonic() < end:
        asked = time.time()
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                now = 'up' if b'running' in answer.read() else 'down'
        except OSError:
            now = 'down'
        if now != before:
            # a failure dates from the question, an answer from its arrival
            print('%.3f %s' % (asked if now == 'down' else time.time(), now), file=record)
            before = now
        time.sleep(PACE)
