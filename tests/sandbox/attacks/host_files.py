import os
from tools import done, must_fail, target

def read(path):
    with open(path, "rb") as file:
        return file.read(100)

paths = ["/etc/shadow", "/etc/passwd", "/root/.ssh/id_rsa", "/root", "/home", "/var/tmp", "/usr/lib/os-release", "/bin/sh"]
paths += ["/sys/kernel/notes", "/sys/fs/cgroup/cgroup.procs", "/run/utmp", "/boot", "/dev/mem", "/dev/kmsg", "/dev/sda"]
paths += ["/dev/vda", "/dev/tty", "/proc/kcore", "/proc/1/root/etc/shadow", "/proc/self/root/etc/shadow"]
paths += ["/submission/../etc/shadow", "/output/../../etc/shadow", "/proc/self/cwd/../../etc/shadow"]
for path in [*paths, target()["secret"]]:
    must_fail(path, read, path)
for name in ("etc", "root", "home", "usr", "var", "sys", "run", "boot", "mnt", "srv"):
    must_fail(f"/{name}", os.listdir, f"/{name}")
done()
