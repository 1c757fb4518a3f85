import os
from tools import done, escaped, libc, must_fail, syscall

for name, number, arguments in (("setuid", 105, (0,)), ("setgid", 106, (0,)), ("setreuid", 113, (0, 0)), ("setregid", 114, (0, 0)),
    ("setresuid", 117, (0, 0, 0)), ("setresgid", 119, (0, 0, 0)), ("setgroups", 116, (0, 0)), ("setfsuid", 122, (0,)), ("setfsgid", 123, (0,))):
    syscall(name, number, *arguments)
status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    if int(status[name], 16):
        escaped(f"{name} {status[name]}")
if status["NoNewPrivs"] != "1" or status["Seccomp"] != "2":
    escaped("no NoNewPrivs or no filter")
if os.getuid() == 0 or os.geteuid() == 0:
    escaped("is root")
libc.prctl(38, 0, 0, 0, 0)
if libc.prctl(39, 0, 0, 0, 0) != 1:
    escaped("took off NoNewPrivs")
must_fail("become another's file", os.chown, "/output", 0, 0)
done()
