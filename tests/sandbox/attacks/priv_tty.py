"""Puts words into the terminal of the worker; also with bits that the kernel does not look at."""
from tools import done, syscall

for name, command in (("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541C), ("TIOCSCTTY", 0x540E)):
    for descriptor in (0, 1, 2):
        syscall(name, 16, descriptor, command, b"x")
        syscall(f"{name} with high bits", 16, descriptor, (1 << 32) | command, b"x")
        syscall(f"{name} with all high bits", 16, descriptor, (0xFFFFFFFF << 32) | command, b"x")
done()
