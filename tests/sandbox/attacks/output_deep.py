import os
os.chdir("/output")
for _ in range(300):
    os.mkdir("d")
    os.chdir("d")
