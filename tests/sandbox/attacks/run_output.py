"""Carries a program of its own into the output and starts it there."""
import os
import shutil
from tools import done, must_fail
shutil.copyfile("/runtime/bin/python", "/output/own")
os.chmod("/output/own", 0o755)
must_fail("run from the output", os.execv, "/output/own", ["own", "-c", "print('ESCAPED own program runs')"])
os.unlink("/output/own")
done()
