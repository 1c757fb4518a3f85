"""Scores that a careless reader would take."""
import json
import os
import sys

path, kind = "/output/scores.json", sys.argv[1]
texts = {
    "nan": '{"f1": NaN}', "infinity": '{"f1": Infinity}', "minus_infinity": '{"f1": -Infinity}', "overflow": '{"f1": 1e999}',
    "huge": '{"f1": 1e300}', "digits": '{"f1": ' + "9" * 5000 + "}", "duplicate": '{"f1": 0.1, "f1": 1.0}', "boolean": '{"f1": true}',
    "text": '{"f1": "1.0"}', "null": '{"f1": null}', "extra": '{"f1": 1.0, "rank": 1}', "missing": "{}", "list": "[1.0]", "empty": "",
    "deep": '{"f1": ' + "[" * 20000 + "]" * 20000 + "}", "nul": '{"f1": 1.0, "\\u0000": 1}', "surrogate": '{"\\ud800": 1}',
    "comment": '{"f1": 1.0} // best', "two": '{"f1": 0.1}{"f1": 1.0}', "giant": '{"f1": 1.0' + " " * (3 << 20) + "}",
}
if kind == "symlink":
    with open("/output/real.json", "w") as file:
        json.dump({"f1": 1.0}, file)
    os.symlink("real.json", path)
elif kind == "folder":
    os.mkdir(path)
elif kind == "latin1":
    with open(path, "wb") as file:
        file.write('{"fé": 1.0}'.encode("latin-1"))
elif kind == "bom":
    with open(path, "wb") as file:
        file.write(b"\xef\xbb\xbf" + b'{"f1": 1.0}')
elif kind != "absent":
    with open(path, "w") as file:
        file.write(texts[kind])
