import os
from tools import done, escaped, must_fail, report_marks, search, target

def read(path):
    with open(path, "rb") as file:
        report_marks(path, file.read())
        return path

must_fail("the stage of another", read, target()["other"])
must_fail("the folder of all jobs", os.listdir, target()["jobs"])
for line in open("/proc/self/mountinfo"):
    parts = line.split()
    if "/stage" in parts[3] and parts[4] not in ("/input", "/submission"):
        escaped(line)
print("files read:", search("/"))
done()
