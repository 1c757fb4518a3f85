import socket
from tools import done, must_fail, target

def connect(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(2)
        link.connect(address)
        link.sendall(b"stolen")

must_fail("abstract socket of the host", connect, b"\0" + target()["abstract"].encode())
for path in (target()["unix"], "/run/docker.sock", "/var/run/dbus/system_bus_socket", "/run/systemd/notify"):
    must_fail(path, connect, path)
done()
