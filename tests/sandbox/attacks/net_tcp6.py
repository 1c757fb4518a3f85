import socket
from tools import done, must_fail, target

def connect(address):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as link:
        link.settimeout(2)
        link.connect(address)
        link.sendall(b"stolen")

must_fail("tcp6 to the host", connect, ("::1", target()["tcp6"]))
must_fail("tcp6 to a far net", connect, ("2001:db8::1", 80))
done()
