import threading
import time
from tools import done, escaped

count = 0
try:
    while count < 1000:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        count += 1
except RuntimeError as error:
    print("stopped at", count, error, flush=True)
if count > 64:
    escaped(f"{count} threads")
import os
print("DONE", flush=True)
os._exit(0)
