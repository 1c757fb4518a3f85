import os
import stat
from tools import done, escaped, must_fail

for number, (major, minor) in enumerate(((1, 1), (1, 3), (5, 1), (8, 0), (254, 0), (10, 229))):
    must_fail(f"char {major} {minor}", os.mknod, f"/tmp/c{number}", stat.S_IFCHR | 0o666, os.makedev(major, minor))
    must_fail(f"block {major} {minor}", os.mknod, f"/tmp/b{number}", stat.S_IFBLK | 0o666, os.makedev(major, minor))
extra = set(os.listdir("/dev")) - {"null", "zero", "urandom", "random", "shm"}
if extra:
    escaped(f"devices {extra}")
must_fail("unlink /dev/null", os.unlink, "/dev/null")
done()
