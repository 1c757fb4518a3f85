import os
while True:
    os.write(2, b"\x1b]0;evil\x07" * 5000)
