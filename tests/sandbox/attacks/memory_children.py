"""Shares the bomb among children, so that no single process is large."""
import os
import time

for _ in range(40):
    if os.fork() == 0:
        block = bytearray(24 << 20)
        block[::4096] = b"x" * len(block[::4096])
        time.sleep(60)
        os._exit(0)
time.sleep(60)
