import os
import time
from tools import done, escaped

children = 0
try:
    while children < 1000:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError as error:
    print("stopped at", children, error)
if children > 64:
    escaped(f"{children} children")
done()
