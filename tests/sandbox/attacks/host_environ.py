import glob
import os
from tools import done, escaped, report_marks

report_marks("own environment", repr(dict(os.environ)).encode())
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        with open(path, "rb") as file:
            report_marks(path, file.read())
    except OSError:
        continue
for name in os.environ:
    if name.startswith(("CSPON_", "SSH_", "AWS_", "PIP_", "GIT_")):
        escaped(name)
done()
