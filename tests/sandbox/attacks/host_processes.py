import os
import signal
from tools import done, escaped, must_fail, target

pids = [int(n) for n in os.listdir("/proc") if n.isdigit()]
if set(pids) - {os.getpid(), 1}:
    escaped(f"sees processes {pids}")
must_fail("kill the worker", os.kill, target()["worker"], signal.SIGKILL)
must_fail("watch the worker", os.pidfd_open, target()["worker"])
if os.getppid() != 0:
    escaped("sees its parent")
done()
