import socket
from tools import done, must_fail

must_fail("kernel crypto", socket.socket, socket.AF_ALG, socket.SOCK_SEQPACKET, 0)
done()
