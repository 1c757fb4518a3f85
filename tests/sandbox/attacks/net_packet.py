import socket
from tools import done, must_fail

for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
    must_fail(f"packet {kind}", socket.socket, socket.AF_PACKET, kind, socket.htons(3))
done()
