import os
from tools import done, must_fail, syscall

kinds = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000,
         "cgroup": 0x2000000, "time": 0x80}
for name, flag in kinds.items():
    syscall(f"unshare {name}", 272, flag)
    syscall(f"clone {name}", 56, flag | 17, 0, 0, 0, 0)
    syscall(f"clone {name}, high bits", 56, (1 << 32) | flag | 17, 0, 0, 0, 0)
    syscall(f"setns {name}", 308, 0, flag)
syscall("clone3", 435, bytes(88), 88)
for name in os.listdir("/proc/self/ns"):
    must_fail(f"ns {name} of pid 1 is writable", open, f"/proc/1/ns/{name}", "wb")
syscall("sethostname", 170, b"evil", 4)
done()
