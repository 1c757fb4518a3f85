import os
from tools import done, escaped

for folder, limit in (("/tmp", 4096), ("/job", 4096), ("/dev/shm", 256)):
    count = 0
    try:
        while count < 5000:
            os.mkdir(f"{folder}/{count}")
            count += 1
    except OSError as error:
        print("stopped at", count, error)
    if count >= limit:
        escaped(f"{folder} took {count} entries")
done()
