import socket
from tools import done, must_fail, target

def send(family, kind, protocol, address):
    with socket.socket(family, kind, protocol) as link:
        link.sendto(b"stolen", address)

must_fail("udp", send, socket.AF_INET, socket.SOCK_DGRAM, 0, ("127.0.0.1", target()["udp"]))
must_fail("udp broadcast", send, socket.AF_INET, socket.SOCK_DGRAM, 0, ("255.255.255.255", 9))
must_fail("icmp", send, socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP, ("127.0.0.1", 0))
must_fail("raw", send, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW, ("127.0.0.1", 0))
done()
