"""What can be wrong with the embedded server, in words for whoever starts it."""


class PostgresTrouble(Exception):  # noqa: N818 - one name for refusals and failures alike
    """The embedded PostgreSQL cannot be used: the message says why, ``advice`` what to do about it."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


EXPLANATIONS: tuple[tuple[str, str], ...] = (
    ("No space left on device", "The disk is full: free some space and start again."),
    ("Disk quota exceeded", "The disk quota is used up: free some space and start again."),
    ("Read-only file system", "The file system is read-only: choose another place with CSPON_HOME."),
    (
        "Permission denied",
        "The files belong to somebody else: start as their owner, or chown them.",
    ),
    (
        "could not look up effective user ID",
        "This user id has no name: add it to /etc/passwd.",
    ),
    (
        "could not create shared memory segment",
        "Shared memory is short: make /dev/shm larger.",
    ),
    (
        "could not resize shared memory segment",
        "Shared memory is short: make /dev/shm larger.",
    ),
    ("could not bind Unix", "The socket cannot be made in its folder: choose a shorter or local CSPON_HOME."),
)


def explain(log: str) -> PostgresTrouble:
    """Turn the server's last words into a trouble with advice; unknown words are shown as they are."""
    for sign, advice in EXPLANATIONS:
        if sign in log:
            line = next(line for line in log.splitlines() if sign in line)
            return PostgresTrouble(f"PostgreSQL did not start: {line.strip()}", advice)
    tail = "\n".join(log.strip().splitlines()[-12:]) or "(it left no words)"
    return PostgresTrouble(f"PostgreSQL did not start:\n{tail}\n", "`cspon doctor` may know more.")
