import socket
from tools import done, must_fail, target

def connect(address):
    with socket.create_connection(address, timeout=2) as link:
        link.sendall(b"stolen")

must_fail("tcp to the host", connect, ("127.0.0.1", target()["tcp"]))
must_fail("tcp to a far net", connect, ("192.0.2.1", 80))
done()
