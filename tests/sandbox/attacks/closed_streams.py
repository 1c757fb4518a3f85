"""Lets go of its output and goes on: the end of the log is not the end of the program."""
import os
import time
os.close(0)
os.close(1)
os.close(2)
time.sleep(600)
