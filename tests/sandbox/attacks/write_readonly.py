import os
from tools import done, must_fail

def write(path):
    with open(path, "w") as file:
        file.write("1")

for path in ("/new", "/runtime/new", "/runtime/bin/python", "/submission/new", "/submission/tools.py", "/input/new", "/dev/new",
             "/lib64/new", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger",
             "/proc/self/oom_score_adj", "/proc/self/uid_map", "/proc/self/setgroups", "/proc/1/mem", "/proc/self/clear_refs"):
    must_fail(path, write, path)
must_fail("rename", os.rename, "/submission/tools.py", "/submission/t.py")
must_fail("chmod", os.chmod, "/submission/tools.py", 0o777)
must_fail("utime", os.utime, "/input/target.json", (0, 0))
must_fail("xattr", os.setxattr, "/submission/tools.py", "user.evil", b"1")
done()
