import os
import socket
import stat
from tools import done, must_fail

must_fail("fifo", os.mkfifo, "/output/fifo")
must_fail("device", os.mknod, "/output/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
must_fail("block device", os.mknod, "/output/disk", stat.S_IFBLK | 0o666, os.makedev(254, 0))
must_fail("socket node", os.mknod, "/output/socket", stat.S_IFSOCK | 0o666)
must_fail("unix socket", lambda: socket.socket(socket.AF_UNIX).bind("/output/door"))
done()
