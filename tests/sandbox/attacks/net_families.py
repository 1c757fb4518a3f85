"""Every address family there is, also with bits that only a 64-bit comparison sees."""
import socket
from tools import done, must_fail, syscall

for family in range(2, 46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        must_fail(f"socket {family} {kind}", socket.socket, family, kind, 0)
    syscall(f"socketpair {family}", 53, family, 1, 0, 0)
for family in (2, 10, 16, 17, 40):
    syscall(f"socket {family} with high bits", 41, (1 << 32) | family, 1, 0)
done()
