import socket
from tools import done, must_fail, target

def connect(cid):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as link:
        link.settimeout(2)
        link.connect((cid, target()["tcp"]))

must_fail("vsock to the host", connect, 2)
must_fail("vsock to itself", connect, 1)
must_fail("vsock socket", socket.socket, socket.AF_VSOCK, socket.SOCK_DGRAM)
done()
