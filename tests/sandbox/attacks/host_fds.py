import os
from tools import done, escaped, report_marks

for number in range(3, 1024):
    try:
        facts = os.fstat(number)
    except OSError:
        continue
    escaped(f"descriptor {number}: {facts}")
    try:
        report_marks(f"descriptor {number}", os.pread(number, 4096, 0))
    except OSError:
        pass
for number in (0, 1, 2):
    try:
        report_marks(f"descriptor {number}", os.read(number, 4096) if number == 0 else b"")
    except OSError:
        pass
done()
