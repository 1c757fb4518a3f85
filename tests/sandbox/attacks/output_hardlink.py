import os
from tools import must_fail

must_fail("hard link to the program", os.link, "/submission/tools.py", "/output/tools.py")
must_fail("hard link to the runtime", os.link, "/runtime/runtime.json", "/output/runtime.json")
with open("/output/a", "w") as file:
    file.write("twice")
os.link("/output/a", "/output/b")
