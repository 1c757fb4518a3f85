"""System V segments, filled and let go of, stay in memory without any process."""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
for _ in range(64):
    number = libc.shmget(0, ctypes.c_size_t(32 << 20), 0o1600)
    if number < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    address = libc.shmat(number, None, 0)
    ctypes.memset(address, 1, 32 << 20)
    libc.shmdt(ctypes.c_void_p(address))
print("ESCAPED two gigabytes of shared memory")
