import os
import sys
kind = sys.argv[1]
names = {"bytes": b"\xff\xfe.csv", "control": b"a\x1b[2Jb.csv", "newline": b"a\nb.csv", "backslash": b"..\\..\\evil.py",
         "long": b"n" * 250, "direction": "\u202egpj.exe".encode(), "case": b"Scores.json"}
if kind == "case":
    open(b"/output/scores.json", "w").close()
open(b"/output/" + names[kind], "w").close()
