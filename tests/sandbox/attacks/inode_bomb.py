number = 0
while True:
    open(f"/output/{number}", "w").close()
    number += 1
