"""Tells a pickle of protocol 0, which is plain text, from other text."""

import io
import pickletools
import re

IDENTIFIER = re.compile(r"[A-Za-z_][\w.]* [A-Za-z_][\w.]*")
CALLS = frozenset({"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"})
ARGUMENTS = frozenset({"TUPLE", "EMPTY_TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "GET", "BINGET", "LONG_BINGET"})
MARK = "MARK"


def looks_like_pickle(data: bytes) -> bool:
    """True when the bytes, read as opcodes, import a name and call it with a sound stack.

    What follows does not matter: a pickle that breaks after the call has already made it. The first opcode that
    does not fit ends the search, so that ordinary text costs nothing and is not mistaken for a pickle.
    """
    stack: list[str] = []
    imported = False
    try:
        for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
            if opcode.name in ("GLOBAL", "INST") and not IDENTIFIER.fullmatch(str(argument)):
                return False
            imported = imported or opcode.name in ("GLOBAL", "INST", "STACK_GLOBAL")
            reduces = opcode.name == "REDUCE" and bool(stack) and stack[-1] in ARGUMENTS
            if not _apply(opcode, stack):
                return False
            if imported and (reduces or opcode.name in CALLS):
                return True
    except Exception:  # the disassembler raises many kinds on ordinary text
        return False
    return False


def _apply(opcode: pickletools.OpcodeInfo, stack: list[str]) -> bool:
    """Take what the opcode takes from the stack (of opcode names) and put what it puts; False when it cannot."""
    if pickletools.markobject in opcode.stack_before:
        if MARK not in stack:
            return False
        del stack[len(stack) - 1 - stack[::-1].index(MARK) :]
        needed = opcode.stack_before.index(pickletools.markobject)
    else:
        needed = len(opcode.stack_before)
    if needed > len(stack):
        return False
    del stack[len(stack) - needed :]
    stack += [opcode.name] * len(opcode.stack_after)
    return True
