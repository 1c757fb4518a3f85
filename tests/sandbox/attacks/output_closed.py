"""Folders and files that nobody may enter or delete afterwards."""
import os
os.makedirs("/output/closed/inner")
open("/output/closed/inner/file", "w").close()
os.chmod("/output/closed/inner/file", 0)
os.chmod("/output/closed/inner", 0)
os.chmod("/output/closed", 0)
os.chmod("/output", 0)
