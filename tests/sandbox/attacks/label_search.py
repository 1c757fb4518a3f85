"""Looks for the hidden labels everywhere: by name, by content, in memory that may be shared."""
import glob
import os
from tools import done, escaped, report_marks, search

for folder, folders, names in os.walk("/"):
    folders[:] = [n for n in folders if os.path.join(folder, n) not in ("/runtime", "/proc")]
    for name in names + folders:
        if ("label" in name.lower() or "scorer" in name.lower()) and folder != "/submission":
            escaped(os.path.join(folder, name))
print("files read:", search("/"))
for path in glob.glob("/proc/[0-9]*/fd/*") + glob.glob("/proc/[0-9]*/root/labels/*"):
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            report_marks(path, file.read(4096) if os.path.isfile(path) else b"")
    except OSError:
        continue
done()
