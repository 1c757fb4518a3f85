"""An archive that would climb out if anybody unpacked it."""
import zipfile
with zipfile.ZipFile("/output/predictions.zip", "w") as archive:
    archive.writestr("../../../../tmp/cspon-climbed", "out")
    archive.writestr("/etc/cron.d/cspon-climbed", "out")
with open("/output/predictions.csv", "w") as file:
    file.write("=cmd|'/c calc'!A1\n../../etc/passwd\n")
