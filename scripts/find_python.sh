#!/bin/sh
# Print a Python >= 3.11 that can make virtual environments; say what to install when there is none.
lacking=""
for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
    [ -n "$candidate" ] || continue
    command -v "$candidate" >/dev/null 2>&1 || continue
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
        command -v "$candidate"
        exit 0
    fi
    lacking="$candidate"
done
if [ -n "$lacking" ]; then
    echo "$lacking cannot make virtual environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv)." >&2
else
    echo "No Python >= 3.11 was found. Install one, or name it: make PYTHON=/path/to/python3.11" >&2
fi
exit 1
