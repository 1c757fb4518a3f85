import socket
from tools import done, must_fail

def listen(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.bind(address)
        link.listen(1)

must_fail("listen in the output", listen, "/output/door")
must_fail("listen in /tmp", listen, "/tmp/door")
must_fail("listen on an abstract name", listen, b"\0door")
done()
