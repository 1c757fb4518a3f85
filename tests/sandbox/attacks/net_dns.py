import socket
from tools import done, must_fail

must_fail("getaddrinfo", socket.getaddrinfo, "example.org", 80)
must_fail("gethostbyname", socket.gethostbyname, "example.org")
done()
