"""What the attack programs share: they try, and say aloud what they were not refused."""

import ctypes
import errno
import json
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
REFUSED = {errno.EPERM, errno.ENOSYS, errno.EACCES}


def target():
    """What the test tells the attacker about the host; attackers know their victims."""
    with open("/input/target.json") as file:
        return json.load(file)


def escaped(what):
    print("ESCAPED", what, flush=True)


def must_fail(what, action, *args):
    """Any exception of the system is a refusal."""
    try:
        result = action(*args)
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        print("refused", what, repr(error)[:80], flush=True)
        return None
    escaped(f"{what}: {result!r}")
    return result


def syscall(what, number, *args):
    """A bare system call; reaching the kernel's own code (any other error) counts as an escape."""
    ctypes.set_errno(0)
    words = [ctypes.c_long(number)]
    words += [a if isinstance(a, (bytes, ctypes.c_void_p)) else ctypes.c_ulong(a) for a in args]
    result = libc.syscall(*words)
    code = ctypes.get_errno()
    if result >= 0 or code not in REFUSED:
        escaped(f"{what}: {result} {errno.errorcode.get(code, code)}")
    else:
        print("refused", what, errno.errorcode[code], flush=True)


def report_marks(where, data):
    """Print every hidden mark that the data hold."""
    mark = b"CSPON-" + b"HIDDEN-"
    at = data.find(mark)
    while at >= 0:
        escaped(f"{where}: {data[at : at + 60]!r}")
        at = data.find(mark, at + 1)


def search(root):
    """Read whatever can be read below root, looking for hidden marks; how many files were read."""
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = [n for n in folders if os.path.join(folder, n) not in ("/runtime", "/proc/sys")]
        for name in names:
            path = os.path.join(folder, name)
            try:
                with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                    report_marks(path, file.read(1 << 20) or b"")  # None: nothing yet
                    count += 1
            except OSError:
                continue
    return count


def done():
    print("DONE", flush=True)
    sys.exit(0)
