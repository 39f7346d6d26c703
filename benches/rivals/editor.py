"""editor.py promote|demote print|apply - the conversion by a plain line editor, on the files `work` and `old`."""
import os, re, sys
role, apply = sys.argv[1], sys.argv[2] == "apply"
new = {"promote": {"ca.certStatusUpdateInterval": "600", "ca.listenToCloneModifications": "true"},
       "demote": {"ca.certStatusUpdateInterval": "0", "ca.listenToCloneModifications": "false",
                  "master.ca.agent.host": "ca2.example.com", "master.ca.agent.port": "8443"}}[role]
removed = ("master.ca.agent.host=", "master.ca.agent.port=", *(key + "=" for key in new))
switch = re.compile(r"(ca\.crl\.[^.]+\.enableCRL(?:Cache|Updates))=")


def switched(line):
    match = switch.match(line)
    return f"{match[1]}={'true' if role == 'promote' else 'false'}\n" if match else line


def block(path):
    with open(path) as file:
        return [switched(line) for line in file if line.startswith("ca.crl.")]


out, pending = [], role == "promote"
with open("work") as file:
    for line in file:
        if line.startswith("ca.crl.") and role == "promote":
            if pending:
                out += block("old")
                pending = False
        elif not line.startswith(removed):
            out.append(switched(line))
out += [f"{key}={value}\n" for key, value in new.items()]
if apply:
    with open("work", "w") as file:
        file.writelines(out)
        file.flush()
        os.fsync(file.fileno())
else:
    sys.stdout.writelines(out)
