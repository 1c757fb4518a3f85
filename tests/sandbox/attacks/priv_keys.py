from tools import done, syscall

syscall("add_key", 248, b"user", b"name", b"data", 4, 0xFFFFFFFD)
syscall("request_key", 249, b"user", b"name", b"", 0)
for operation in range(0, 33):
    syscall(f"keyctl {operation}", 250, operation, 0xFFFFFFFD, 0, 0, 0)
done()
