import os
from tools import done, escaped

for folder in ("/tmp", "/job", "/dev/shm"):
    total = 0
    try:
        for number in range(200):
            with open(f"{folder}/{number}", "wb", buffering=0) as file:
                total += file.write(b"x" * (1 << 20))
    except OSError as error:
        print("stopped at", total, error)
    if total > 65 << 20:
        escaped(f"{folder} took {total}")
    for name in os.listdir(folder):
        os.unlink(f"{folder}/{name}")
done()
