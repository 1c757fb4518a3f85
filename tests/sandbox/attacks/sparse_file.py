from tools import done, must_fail

def grow(path):
    with open(path, "wb") as file:
        file.truncate(1 << 40)

for path in ("/output/sparse", "/tmp/sparse", "/dev/shm/sparse"):
    must_fail(path, grow, path)
import os
os.unlink("/output/sparse")
done()
