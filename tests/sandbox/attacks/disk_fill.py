"""The whole output, in files below the limit of a single one."""
number = 0
while True:
    with open(f"/output/{number}", "wb", buffering=0) as file:
        for _ in range(8):
            file.write(b"x" * (1 << 20))
    number += 1
