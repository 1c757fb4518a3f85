import resource
from tools import done, escaped, must_fail

for name in ("NPROC", "NOFILE", "FSIZE", "CORE", "MEMLOCK", "STACK", "CPU", "MSGQUEUE", "RTPRIO"):
    kind = getattr(resource, f"RLIMIT_{name}", {"MSGQUEUE": 12, "RTPRIO": 14}.get(name))
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        escaped(f"{name} has no limit")
    must_fail(f"raise {name}", resource.setrlimit, kind, (hard + 1, hard + 1))
done()
