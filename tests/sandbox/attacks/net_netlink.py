import socket
from tools import done, must_fail

for protocol in (0, 4, 9, 12, 15, 16):
    must_fail(f"netlink {protocol}", socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, protocol)
done()
