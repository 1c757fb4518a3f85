"""The words of the command line, in the reader's language."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cspon_node.cli import commands
from cspon_node.formats import CHANNELS
from cspon_node.version import VERSION
from portal.kit.i18n import _


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """The heading in the reader's language."""
        super().add_usage(usage, actions, groups, prefix or _("Usage:") + " ")


class _Parser(argparse.ArgumentParser):
    def __init__(self, **given: Any) -> None:
        super().__init__(formatter_class=_Formatter, add_help=False, **given)
        self._positionals.title, self._optionals.title = _("Arguments"), _("Options")
        self.common = self.add_argument_group(_("General options"))
        self.common.add_argument("-h", "--help", action="help", help=_("show this help"))


def parse(words: Sequence[str]) -> argparse.Namespace | None:
    """The command asked for; None, after saying how to use this, where there is none. Wrong use ends with status 2."""
    top = _Parser(
        prog="cspon-node",
        description=_("Verify, install and run what the CSPON Commons portal rolls out, without a network."),
        epilog=_exits(),
    )
    top.common.add_argument("--version", action="version", version=VERSION, help=_("show the version"))
    kinds = top.add_subparsers(prog=top.prog, title=_("Commands"), metavar=_("COMMAND"), parser_class=_Parser)
    for add in (
        _init,
        _key,
        _verify,
        _install,
        _list,
        _run,
        _rollback,
        _remove,
        _runtime,
        _receipt,
        _pull,
        _witness,
    ):
        add(kinds)
    given, rest = top.parse_known_args(words)
    if rest and hasattr(given, "inputs") and not any(each.startswith("-") for each in rest):
        given.inputs += rest  # inputs behind an option, which argparse does not expect there
    elif rest:
        top.error(_("unknown: %(words)s", words=" ".join(rest)))
    if not hasattr(given, "run"):
        top.print_help()
        return None
    return given


def _exits() -> str:
    meanings = [
        _("done"),
        _("the program that was run failed"),
        _("wrong use"),
        _("this is no bundle, or a hostile one"),
        _("the signatures of the roll-out do not hold"),
        _("files were changed"),
        _("statements or the log do not hold"),
        _("withdrawn"),
        _("this machine is not able"),
        _("the portal"),
    ]
    lines = [f"  {code:>3}  {meaning}" for code, meaning in enumerate(meanings)]
    return "\n".join([_("Exit codes:"), *lines, "  130  " + _("stopped")])


def _command(kinds: Any, name: str, run: Callable[..., int], text: str, **given: Any) -> _Parser:
    made: _Parser = kinds.add_parser(name, help=text, description=text, **given)
    made.set_defaults(run=run)
    made.common.add_argument(
        "--home", type=Path, metavar=_("DIR"), help=_("the node's home (CSPON_NODE_HOME)")
    )
    made.common.add_argument("--json", action="store_true", help=_("print one JSON value, for scripts"))
    made.common.add_argument("--language", choices=("zh", "en"), help=_("language of the messages"))
    return made


def _init(kinds: Any) -> None:
    made = _command(kinds, "init", commands.init, _("Make a node: its home, its key, and whom it trusts."))
    made.add_argument("--trust", type=Path, required=True, metavar="ROOT.json",
                      help=_("the portal's root.json, handed over in person"))  # fmt: skip
    made.add_argument(
        "--name", default="", help=_("the node's name, without spaces; the machine's name if left out")
    )
    made.add_argument("--witness", action="append", default=[], metavar=_("KEY"),
                      help=_("key of a witness of the log whose signature counts; may be repeated"))  # fmt: skip
    made.add_argument("--witnesses-needed", type=int, default=0, metavar="N",
                      help=_("so many of them must have signed a bundle's checkpoint"))  # fmt: skip


def _key(kinds: Any) -> None:
    made = _command(
        kinds, "key", commands.key, _("Print the node's public key, to be registered at the portal.")
    )
    made.add_argument("--witness", action="store_true", help=_("as a witness of the log is registered"))


def _verify(kinds: Any) -> None:
    made = _command(
        kinds, "verify", commands.verify, _("Check a bundle wholly, without network; nothing is run.")
    )
    made.add_argument("bundle", type=Path, metavar=_("BUNDLE"))
    made.add_argument("--trust", type=Path, metavar="ROOT.json",
                      help=_("the portal's root.json; the node's own if left out"))  # fmt: skip


def _install(kinds: Any) -> None:
    made = _command(
        kinds, "install", commands.install, _("Check a bundle and install it, wholly or not at all.")
    )
    made.add_argument("bundle", type=Path, metavar=_("BUNDLE"))
    made.add_argument(
        "--trust", type=Path, metavar="ROOT.json", help=_("must be the root this node trusts already")
    )


def _list(kinds: Any) -> None:
    text = _("Show what is installed, what is newer, and what was withdrawn.")
    made = _command(kinds, "list", commands.show, text, aliases=["status"])
    made.add_argument(
        "name", nargs="?", metavar=_("NAME"), help=_("one version in full: namespace/name or …@version")
    )


def _run(kinds: Any) -> None:
    made = _command(
        kinds, "run", commands.run, _("Run an installed version in a jail on data of this machine.")
    )
    made.add_argument("name", metavar=_("NAME"), help=_("namespace/name, or namespace/name@version"))
    made.add_argument("inputs", nargs="*", metavar=_("INPUT"), help=_("a file, a folder, or NAME=FILE"))
    made.add_argument(
        "--out", type=Path, required=True, metavar=_("DIR"), help=_("a new folder for the output")
    )
    made.add_argument(
        "--parameters", type=Path, metavar=_("FILE"), help=_("JSON with the values of its parameters")
    )
    made.add_argument("--log", type=Path, metavar=_("FILE"), help=_("keep what it prints in this file"))
    for name, text in (
        ("time-s", _("seconds it may run")), ("memory-mb", _("memory in MB")), ("threads", _("processors")),
        ("output-mb", _("size of its output in MB")),
    ):  # fmt: skip
        made.add_argument(f"--{name}", type=float, metavar="N", help=text)
    made.add_argument("--allow-weak-sandbox", action="store_true",
                      help=_("run it though not every limit can be enforced; the receipt says so"))  # fmt: skip
    _sources(made)


def _sources(made: _Parser) -> None:
    made.add_argument("--runtimes", type=Path, action="append", default=[], metavar=_("DIR"),
                      help=_("folder with built runtimes (CSPON_NODE_RUNTIMES); may be repeated"))  # fmt: skip
    made.add_argument("--wheels", type=Path, metavar=_("DIR"), help=_("build the runtime from these wheels"))


def _runtime(kinds: Any) -> None:
    made = _command(
        kinds, "runtime", commands.runtime, _("Find or build the runtime that an installed version needs.")
    )
    made.add_argument("name", metavar=_("NAME"))
    _sources(made)
    made.add_argument(
        "--from-index", action="store_true", help=_("let pip ask the index set up on this machine")
    )


def _rollback(kinds: Any) -> None:
    made = _command(
        kinds, "rollback", commands.rollback, _("Go back to the version that was installed before.")
    )
    made.add_argument("name", metavar=_("NAME"), help=_("namespace/name"))


def _remove(kinds: Any) -> None:
    made = _command(kinds, "remove", commands.remove, _("Take a version off this machine."))
    made.add_argument("name", metavar=_("NAME"), help=_("namespace/name, or namespace/name@version"))


def _receipt(kinds: Any) -> None:
    made = _command(
        kinds, "receipt", commands.receipt, _("Check the node's receipts and export them for the portal.")
    )
    made.add_argument(
        "--out", type=Path, metavar=_("FILE"), help=_("write them there; the screen if left out")
    )
    made.add_argument("--from", type=int, dest="first", metavar="N", help=_("from this number on"))
    made.add_argument("--send", metavar="URL", help=_("hand them in at this portal"))
    _online(made, url=False)


def _pull(kinds: Any) -> None:
    made = _command(kinds, "pull", commands.pull, _("Fetch what the portal offers this node, and check it."))
    made.add_argument("--channel", choices=CHANNELS, metavar=_("CHANNEL"), help=", ".join(CHANNELS))
    made.add_argument("--install", action="store_true", help=_("install what holds"))
    _online(made)


def _witness(kinds: Any) -> None:
    made = _command(
        kinds, "witness", commands.witness, _("Check that the portal's log only grew, and countersign it.")
    )
    made.add_argument("--log-key", metavar=_("KEY"), help=_("the log's key, until a bundle has told it"))
    _online(made)


def _online(made: _Parser, *, url: bool = True) -> None:
    if url:
        made.add_argument("--portal", required=True, metavar="URL", help=_("the portal's address"))
    made.add_argument("--token-file", type=Path, metavar=_("FILE"),
                      help=_("file with the node's token, readable by its owner only (CSPON_NODE_TOKEN)"))  # fmt: skip
    made.add_argument("--allow-http", action="store_true", help=_("speak to the portal without encryption"))
